"""A clean CSV whose rows nobody changes is numbered by the engine and kept whole, with the same rows as any other."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.lake_samples import no_report, settings_in

from recobro_data.ingest.csv_files import read_csv
from recobro_data.ingest.dialect import open_bytes
from recobro_data.ingest.originals import Original, keep_original
from recobro_data.ingest.parquet_files import keep_as_they_are
from recobro_data.load import load_source
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Settings

CLEAN = "charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-31,10\nc2,d1,,\n"
MANY = CLEAN + "".join(f"c{number},d{number % 7},2026-02-28,{number}.50\n" for number in range(3, 5000))


def rows_of(folder: Path, text: str, *, stays: bool) -> tuple[str, list[tuple[Any, ...]]]:
    path = folder / "charges.csv"
    path.write_text(text, encoding="utf-8")
    with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
        if stays:
            keep_as_they_are(connection)
        raw = read_csv(connection, "charges", path)
        kinds = connection.execute("SELECT table_type FROM information_schema.tables ORDER BY table_name").fetchall()
        rows = connection.execute(f"SELECT * FROM {raw.relation} ORDER BY _seq").fetchall()
        return ", ".join(kind for (kind,) in kinds), rows


@pytest.mark.parametrize(
    "text", [CLEAN, MANY, MANY.replace("c7,", '"c\n7",'), MANY + "odd\n", CLEAN.replace("d1", "é")]
)
def test_rows_and_their_lines_are_the_same_whoever_may_change_them(tmp_path: Path, text: str) -> None:
    assert rows_of(tmp_path, text, stays=True)[1] == rows_of(tmp_path, text, stays=False)[1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (MANY, "BASE TABLE, VIEW"),
        (MANY + "odd\n", "BASE TABLE"),
        (MANY.replace("c7,", '"c\n7",'), "BASE TABLE"),
        (MANY.replace("debtor_id", "segment"), "BASE TABLE"),
    ],
)
def test_only_a_clean_file_of_declared_columns_is_numbered_by_the_engine(tmp_path: Path, text: str, kind: str) -> None:
    assert rows_of(tmp_path, text, stays=True)[0] == kind


TABLES = {
    "debtors": "debtor_id,country\nd1,PE\nd2,PE\n",
    "charges": 'charge_id;debtor_id;due_on;amount\nc1;d1;31/01/2026;10,50\nc2; d2 ;28/02/2026;"20"\n',
    "payments": "payment_id,charge_id,paid_on,amount\np1,c1,2026-01-31,5\np2,c2,2026-01-31,5\n",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


def load_tables(settings: Settings, source: Path, **tables: str) -> dict[str, Path]:
    """What a load of these files keeps of them, by name."""
    source.mkdir(exist_ok=True)
    for name, text in (TABLES | tables).items():
        packed = gzip.compress(text.encode()) if name == "payments" else text.encode()
        (source / f"{name}.csv{'.gz' * (name == 'payments')}").write_bytes(packed)
    report = load_source(str(source), settings, validate=no_report)
    return {file.name: file for file in (settings.lake_dir / "raw" / report.load_id).iterdir()}


def test_clean_files_are_kept_as_they_came_and_packed(settings: Settings, tmp_path: Path) -> None:
    found = load_tables(settings, tmp_path / "source")
    assert sorted(found) == ["charges.csv.zst", "debtors.csv.zst", "payments.csv.gz"]
    for name, file in found.items():
        with open_bytes(file) as stream:
            assert stream.read(1000).decode() == TABLES[name.split(".")[0]]


@pytest.mark.parametrize(
    "charges",
    [
        TABLES["charges"] + "c3;d1;31/01/2026;-1\n",
        TABLES["charges"] + "c3;d1\n",
        TABLES["charges"].replace("d2", "d2\xa0", 1).encode("cp1252").decode("latin-1") + "c3;nobody;31/01/2026;1\n",
    ],
)
def test_of_a_file_with_a_bad_row_the_sound_ones_are_kept(settings: Settings, tmp_path: Path, charges: str) -> None:
    assert "charges.parquet" in load_tables(settings, tmp_path / "source", charges=charges)


def test_of_a_file_that_is_known_in_part_only_the_news_is_kept(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    found = load_tables(settings, tmp_path / "source", charges=TABLES["charges"] + "c3;d1;31/01/2026;1\n")
    assert duckdb.sql(f"SELECT charge_id FROM '{found['charges.parquet']}'").fetchall() == [("c3",)]


def test_a_forgotten_debtor_is_taken_out_of_the_packed_files(settings: Settings, tmp_path: Path) -> None:
    folder = load_tables(settings, tmp_path / "source")["charges.csv.zst"].parent
    assert forget_debtor("d2", settings).removed["raw"] == 3
    assert sorted(file.name for file in folder.iterdir()) == [
        *("charges.parquet", "debtors.parquet", "payments.parquet")
    ]
    for name, key in (("debtors", "d1"), ("charges", "c1"), ("payments", "p1")):
        rows = duckdb.sql(f"SELECT * FROM '{folder / name}.parquet'").fetchall()
        assert [row[0] for row in rows] == [key]


def test_a_file_that_changed_since_it_was_read_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "charges.csv"
    path.write_text("a\n")
    original = Original.seen(path)
    path.write_text("a,b\n")
    assert not keep_original(original, tmp_path, "charges")
    path.unlink()
    assert not keep_original(original, tmp_path, "charges")
    assert list(tmp_path.iterdir()) == []


def test_a_load_goes_on_where_its_source_goes_while_it_works(settings: Settings, tmp_path: Path) -> None:
    def clear(step: str) -> None:
        if step == "keeping the rows as they came":
            shutil.rmtree(source)

    source = tmp_path / "source"
    source.mkdir()
    for name, text in TABLES.items():
        (source / f"{name}.csv").write_text(text)
    report = load_source(str(source), settings, say=clear, validate=no_report)
    kept = {file.name for file in (settings.lake_dir / "raw" / report.load_id).iterdir()}
    assert kept == {"debtors.parquet", "charges.parquet", "payments.parquet"}
