from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.unit.reader_samples import CHARGES, PORTFOLIO, Loaded, rows_of, write_files, write_workbook

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.places import written_names
from recobro_data.sources.files import open_source

HELD = frozenset({"debtors", "charges", "payments"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_files(tmp_path / "source", PORTFOLIO)


def write_part(path: Path, query: str) -> None:
    path.parent.mkdir(exist_ok=True)
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def parts_of(source: Path, *queries: str) -> Path:
    """The charges as Parquet parts in place of the CSV."""
    (source / "charges.csv").unlink()
    for number, query in enumerate(queries):
        write_part(source / "charges" / f"{number}.parquet", query)
    return source


ONE = "SELECT 'c1' AS charge_id, 'd1' AS debtor_id, DATE '2026-01-10' AS due_on, 1100 AS amount"
TWO = "SELECT 50.5::DOUBLE AS amount, '2026-01-20' AS due_on, 'd2' AS debtor_id, 'c2' AS charge_id"
THREE = "SELECT 'd3' AS debtor_id, 'c3' AS charge_id, TIMESTAMP '2026-01-30' AS due_on, 9.99::DECIMAL(9,2) AS amount"


@pytest.mark.parametrize("name", ["charges.csv", "charges.csv.gz", "charges.parquet", "charges.xlsx", "Charges.CSV"])
def test_a_single_file_is_a_source_where_the_lake_holds_the_rest(tmp_path: Path, name: str) -> None:
    if name.endswith("xlsx"):
        write_workbook(tmp_path / name, {"Hoja1": rows_of(CHARGES)})
    else:
        write_files(tmp_path, {name: CHARGES.encode()})
    assert open_source(str(tmp_path / name), HELD).tables() == ("charges",)


def test_a_single_file_of_an_empty_lake_lacks_the_rest(tmp_path: Path) -> None:
    write_files(tmp_path, {"charges.csv": CHARGES.encode()})
    with pytest.raises(SourceRefusedError, match="a file for debtors and payments, found only charges in"):
        open_source(str(tmp_path / "charges.csv"))


def test_a_directory_stays_strict_whatever_the_lake_holds(source: Path) -> None:
    (source / "payments.csv").unlink()
    with pytest.raises(SourceRefusedError, match="a file for payments"):
        open_source(str(source), HELD)


def test_a_file_may_go_by_another_name(source: Path) -> None:
    (source / "charges.csv").rename(source / "Cuotas 2026.csv")
    opened = open_source(str(source), written_as={"charges": "cuotas 2026"})
    assert "charges" in opened.tables()
    assert set(written_names(source)) == {"debtors", "Cuotas 2026", "payments"}


def test_parts_with_other_columns_and_types_are_one_table(source: Path, tmp_path: Path) -> None:
    canonical = Loaded(source, tmp_path / "canonical").version
    assert Loaded(parts_of(source, ONE, TWO, THREE), tmp_path / "home").version == canonical


def test_rows_of_parts_keep_their_file_and_place_in_it(source: Path, tmp_path: Path) -> None:
    loaded = Loaded(parts_of(source, ONE, TWO.replace("2026-01-20", "20th")), tmp_path / "home")
    line = loaded.rejected()[0]
    assert (line["file"], line["line"], line["value"]) == ("1.parquet", 2, "20th")


def test_a_number_that_parquet_types_is_no_way_to_write_a_number(source: Path, tmp_path: Path) -> None:
    loaded = Loaded(parts_of(source, ONE.replace("1100", "1.234::DOUBLE")), tmp_path / "home")
    assert loaded.notes == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (ONE.replace("1100", "[1, 2]"), r"`amount` of 1.parquet as INTEGER\[\]"),
        (ONE.replace("1100", "{'sum': 1}"), r"`amount` of 1.parquet as STRUCT"),
        (ONE.replace("'c1'", "'c1'::BLOB"), r"`charge_id` of 1.parquet as BLOB"),
    ],
)
def test_a_canonical_column_that_is_nested_or_binary_is_refused(source: Path, query: str, says: str) -> None:
    with pytest.raises(SourceRefusedError, match=f"plain values in charges, found {says}"):
        Loaded(parts_of(source, TWO, query), source / "home")


def test_a_nested_column_that_nobody_asks_for_is_kept_as_text(source: Path, tmp_path: Path) -> None:
    assert not Loaded(parts_of(source, f"{ONE}, [1] AS extra"), tmp_path / "home").raws["charges"].notes


def test_a_part_that_breaks_off_is_named(source: Path) -> None:
    part = parts_of(source, ONE, TWO) / "charges" / "1.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(SourceRefusedError, match=r"1.parquet that breaks off or is damaged"):
        Loaded(source, source / "home")


def test_a_file_that_goes_while_it_is_read_is_told(source: Path, tmp_path: Path) -> None:
    opened = open_source(str(source))
    (source / "charges.csv").unlink()
    with pytest.raises(SourceRefusedError, match=r"charges.csv that was there when the load began and is gone"):
        opened.read_raw(duckdb.connect(config={"temp_directory": str(tmp_path)}), "charges")


@pytest.mark.parametrize("name", ["charges.csv", "charges"])
def test_a_link_that_leads_out_of_the_directory_is_refused(source: Path, tmp_path: Path, name: str) -> None:
    (source / "charges.csv").rename(tmp_path / "charges.csv")
    write_part(tmp_path / "charges" / "0.parquet", ONE)
    (source / name).symlink_to(tmp_path / name)
    with pytest.raises(SourceRefusedError, match=r"a file for charges inside .* that leads out of it"):
        open_source(str(source))


def test_a_name_that_climbs_out_of_the_directory_finds_nothing(source: Path, tmp_path: Path) -> None:
    (source / "charges.csv").rename(tmp_path / "charges.csv")
    with pytest.raises(SourceRefusedError, match="a file for charges, found only debtors, payments"):
        open_source(str(source), written_as={"charges": "../charges"})


def test_a_directory_that_is_itself_a_link_is_a_directory(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    assert open_source(str(tmp_path / "link")).tables() == ("debtors", "charges", "payments")
