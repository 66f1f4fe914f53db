from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.unit.reader_samples import CHARGES, DEBTORS, PAYMENTS, PORTFOLIO, Loaded, write_files

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import dialect

SPANISH = "charge_id;debtor_id;due_on;amount\nc1;d1;10/01/2026;1.100\nc2;d2;20/01/2026;50,5\nc3;d3;30/01/2026;9,99\n"


@pytest.fixture(scope="module")
def canonical(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The version of the lake that holds the portfolio as the contract writes it."""
    folder = tmp_path_factory.mktemp("canonical")
    return Loaded(write_files(folder / "source", PORTFOLIO), folder / "home").version


def load(folder: Path, **files: bytes) -> Loaded:
    given = {name.replace("_csv", ".csv").replace("_gz", ".gz"): content for name, content in files.items()}
    return Loaded(write_files(folder / "source", PORTFOLIO | given), folder / "home")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_is_found_in_the_header(tmp_path: Path, canonical: str, delimiter: str) -> None:
    assert load(tmp_path, charges_csv=CHARGES.replace(",", delimiter).encode()).version == canonical


def test_the_spanish_way_to_write_a_table_loads_as_the_canonical_one(tmp_path: Path, canonical: str) -> None:
    loaded = load(tmp_path, charges_csv=SPANISH.encode())
    assert loaded.version == canonical
    assert loaded.notes == ["charges.due_on is written dd/mm/yyyy", "charges.amount is written 1.234,56"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_latin_1_is_read_and_reported(tmp_path: Path, canonical: str, encoding: str) -> None:
    loaded = load(tmp_path, payments_csv=PAYMENTS.encode(encoding))
    assert loaded.version == canonical
    assert loaded.notes == ["payments.csv is Latin-1 (Windows-1252), not UTF-8, and was read so"]


def test_signs_that_only_windows_has_are_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, payments_csv=PAYMENTS.replace("débito", "€ “débito”").encode("cp1252"))
    raw = loaded.settings.lake_dir / "raw" / loaded.report.load_id / "payments.parquet"
    assert "€ “débito”".encode() in raw.read_bytes() or not loaded.rejected()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_start_says_the_encoding(tmp_path: Path, canonical: str, encoding: str) -> None:
    assert load(tmp_path, payments_csv=PAYMENTS.encode(encoding)).version == canonical


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("text", [PAYMENTS, PAYMENTS + "\n\n", PAYMENTS.replace("débito", '"débito"')])
def test_line_ends_and_blank_lines_change_nothing(tmp_path: Path, canonical: str, end: str, text: str) -> None:
    assert load(tmp_path, payments_csv=text.replace("\n", end).encode()).version == canonical


def test_a_packed_latin_1_file_with_semicolons_is_read(tmp_path: Path, canonical: str) -> None:
    packed = gzip.compress(PAYMENTS.replace(",", ";").encode("latin-1"))
    assert load(tmp_path, payments_csv=b"", payments_csv_gz=packed).version == canonical


def test_two_packed_files_behind_each_other_are_one(tmp_path: Path, canonical: str) -> None:
    lines = CHARGES.splitlines(keepends=True)
    packed = gzip.compress("".join(lines[:2]).encode()) + gzip.compress("".join(lines[2:]).encode())
    assert load(tmp_path, charges_csv=b"", charges_csv_gz=packed).version == canonical


def test_bad_bytes_in_a_file_of_utf8_cost_their_own_line(tmp_path: Path) -> None:
    loaded = load(tmp_path, payments_csv=PAYMENTS.encode() + b"p3,c3,2026-02-01,5,cr\xe9dito\np4,c3,2026-02-02,5,\n")
    (line,) = loaded.rejected()
    assert (line["line"], line["rule"], line["row"]["method"]) == (4, "fields", "cr\\xe9dito")
    assert loaded.report.tables["payments"].loaded == 3


def test_odd_lines_in_between_leave_every_other_row_its_line(tmp_path: Path) -> None:
    odd = '\nc4,d1\n"c5","d1","2026-02-01","7"\nc6,"d1,2026-02-01,7\nc7,d1,2026-02-01,7,8\n\nc8,d9,2026-02-01,7\n'
    loaded = load(tmp_path, charges_csv=(CHARGES + odd).encode())
    assert [(line["line"], line["rule"]) for line in loaded.rejected()] == [
        *((6, "fields"), (8, "fields"), (9, "fields"), (11, "reference"))
    ]
    assert loaded.report.tables["charges"].loaded == 4


def test_line_ends_within_quotes_are_part_of_the_value(tmp_path: Path) -> None:
    text = CHARGES.replace("amount\n", "amount,product\n").replace("00\n", '00,"a\nb"\n').replace("5\n", '5,"c""d"\n')
    loaded = load(tmp_path, charges_csv=text.replace("99\n", "99,\n").encode())
    raw = loaded.settings.lake_dir / "raw" / loaded.report.load_id / "charges.parquet"
    import duckdb

    rows = duckdb.sql(f"SELECT _source_line, product FROM '{raw}' ORDER BY 1").fetchall()
    assert rows == [(2, "a\nb"), (4, 'c"d'), (5, "")]


def test_a_bad_value_is_kept_as_it_came(tmp_path: Path) -> None:
    loaded = load(tmp_path, charges_csv=(SPANISH + "c4;d1; 2026-01-31 ;1\n").encode())
    (line,) = loaded.rejected()
    assert (line["line"], line["column"], line["rule"], line["value"]) == (5, "due_on", "type", " 2026-01-31 ")


def test_a_packed_file_that_unpacks_into_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "FREE_BYTES", 1 << 20)
    bomb = gzip.compress(b"charge_id,debtor_id,due_on,amount\n" + b"0" * (3 << 20))
    with pytest.raises(SourceRefusedError, match=r"charges.csv.gz that unpacks into more than 200 times its size"):
        load(tmp_path, charges_csv=b"", charges_csv_gz=bomb)


def test_a_file_without_lines_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with pytest.raises(SourceRefusedError, match=r"a line of more than 16 MiB in charges.csv"):
        load(tmp_path, charges_csv=b"0" * (dialect.LONGEST_LINE + dialect.BLOCK))


def test_a_packed_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(CHARGES.encode() * 50)
    with pytest.raises(SourceRefusedError, match=r"charges.csv.gz that breaks off or is damaged"):
        load(tmp_path, charges_csv=b"", charges_csv_gz=packed[: len(packed) // 2])


def test_truth_values_are_read_in_three_languages(tmp_path: Path) -> None:
    words = ["sí", "SI", "sim", "Verdadero", "VERDADEIRO", "y", "no", "NÃO", "falso", "N"]
    rows = "".join(f"d{i + 4},PE,p,{word}\n" for i, word in enumerate(words))
    loaded = load(tmp_path, debtors_csv=(DEBTORS + rows).encode())
    assert loaded.rejected() == []
