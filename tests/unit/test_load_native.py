"""Parquet columns that have a type are taken as they are, and give what their text would give."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.lake_samples import load, no_report, settings_in

from recobro_data.ingest import sql
from recobro_data.ingest.merge import describe_part, row_lanes
from recobro_data.ingest.native import is_native
from recobro_data.ingest.parquet_files import keep_as_they_are, read_parquet
from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.settings import Privacy, Settings
from recobro_data.tables import TABLES

ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
TABLES_GIVEN: dict[str, dict[str, Any]] = {
    "debtors": {"debtor_id": ["d1", " d2 "], "country": ["PE", "PE"], "do_not_contact": [True, None]},
    "charges": {
        "charge_id": ["c1", "c2"],
        "debtor_id": ["d1", "d2"],
        "due_on": [date(2026, 1, 1), date(2026, 2, 1)],
        "amount": [10.005, 20.0],
    },
    "payments": {
        "payment_id": ["p1", "p2"],
        "charge_id": ["c1", "c2"],
        "paid_on": [date(2026, 1, 1)] * 2,
        "amount": [Decimal("1.115"), Decimal("2.000")],
        "recorded_at": [ISSUED, None],
    },
}


def load_parquet(settings: Settings, tables: dict[str, dict[str, Any]], folder: Path) -> LoadReport:
    folder.mkdir(parents=True)
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return load_source(str(folder), settings, validate=no_report)


def lake_rows(settings: Settings, table: str, columns: str) -> list[tuple[Any, ...]]:
    rows = duckdb.sql(f"SELECT {columns} FROM read_parquet({Lake(settings.lake_dir).paths(table)}) ORDER BY ALL")
    return rows.fetchall()


def test_a_column_with_a_type_is_kept_in_it_where_nobody_changes_the_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table(TABLES_GIVEN["charges"]), tmp_path / "charges.parquet")
    connection = duckdb.connect(config={"temp_directory": str(tmp_path)})
    keep_as_they_are(connection)
    raw = read_parquet(connection, "charges", [tmp_path / "charges.parquet"])
    native = [column.name for column in TABLES["charges"].columns if is_native(raw, column)]
    assert native == ["due_on", "amount"]
    assert connection.execute("SELECT c2, c3, n2 FROM raw_charges ORDER BY _seq").fetchone() == (
        *("2026-01-01", "10.005"),
        date(2026, 1, 1),
    )


def test_a_column_that_no_table_declares_leaves_the_rows_as_text(tmp_path: Path) -> None:
    pq.write_table(pa.table(TABLES_GIVEN["charges"] | {"segment": [1, 2]}), tmp_path / "charges.parquet")
    connection = duckdb.connect(config={"temp_directory": str(tmp_path)})
    keep_as_they_are(connection)
    assert not read_parquet(connection, "charges", [tmp_path / "charges.parquet"]).types


def test_money_is_rounded_as_its_text_would_be(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load_parquet(settings, TABLES_GIVEN, tmp_path / "source")
    assert lake_rows(settings, "charges", "charge_id, amount") == [("c1", Decimal("10.01")), ("c2", Decimal("20.00"))]
    assert lake_rows(settings, "payments", "amount") == [(Decimal("1.12"),), (Decimal("2.00"),)]


def test_the_same_values_as_text_are_the_same_rows(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load_parquet(settings, TABLES_GIVEN, tmp_path / "source")
    charges = [("c1", "d1", "", "2026-01-01", "10.005"), ("c2", "d2", "", "2026-02-01", "20")]
    payments = [("p1", "c1", "", "2026-01-01", "1.115"), ("p2", "c2", "", "2026-01-01", "2")]
    again = load(settings, debtors=[("d1", "PE"), ("d2", "PE")], charges=charges, payments=payments)
    assert again.tables["charges"].unchanged == 2


@pytest.mark.parametrize(
    ("amounts", "rule"),
    [([-1.0, 5.0], "range"), ([float("nan"), 5.0], "type"), ([float("inf"), 5.0], "type"), ([1e300, 5.0], "type")],
)
def test_a_typed_value_that_breaks_a_rule_is_quarantined_as_text(
    tmp_path: Path, amounts: list[float], rule: str
) -> None:
    settings = settings_in(tmp_path / "home")
    charges = TABLES_GIVEN["charges"] | {"amount": amounts}
    report = load_parquet(settings, TABLES_GIVEN | {"charges": charges}, tmp_path / "source")
    assert report.quarantine is not None
    first = duckdb.sql(f"SELECT rule, line, value FROM '{report.quarantine}' WHERE \"table\" = 'charges'").fetchone()
    text = duckdb.execute("SELECT $1::DOUBLE::VARCHAR", [amounts[0]]).fetchone()
    assert text is not None
    assert first == (rule, 2, text[0])


def test_the_rows_as_they_came_keep_their_types(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    report = load_parquet(settings, TABLES_GIVEN, tmp_path / "source")
    raw = settings.lake_dir / "raw" / report.load_id / "charges.parquet"
    rows = duckdb.sql(f"SELECT due_on, amount FROM '{raw}' ORDER BY 1").fetchall()
    assert rows[0] == (date(2026, 1, 1), 10.005)


def test_pseudonyms_are_made_of_typed_tables_too(tmp_path: Path) -> None:
    key = {"pseudonymise": ("debtor_id", "account_id"), "key": "0123456789" * 4}
    settings = settings_in(tmp_path / "home").model_copy(update={"privacy": Privacy.model_validate(key)})
    load_parquet(settings, TABLES_GIVEN, tmp_path / "source")
    assert not {row[0] for row in lake_rows(settings, "charges", "debtor_id")} & {"d1", "d2"}


def test_the_digest_of_a_part_is_the_sum_of_the_lanes_of_its_rows(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home", partitions=1)
    load_parquet(settings, TABLES_GIVEN, tmp_path / "source")
    (path,) = Lake(settings.lake_dir).paths("charges")
    lanes = ", ".join(f"sum({lane})::HUGEINT" for lane in row_lanes(TABLES["charges"]))
    folder = settings.lake_dir.absolute()
    part = describe_part(duckdb.connect(), folder, "charges", Path(path).relative_to(folder))
    assert part.digest == duckdb.sql(f"SELECT {lanes} FROM {sql.scan([path])}").fetchone()
