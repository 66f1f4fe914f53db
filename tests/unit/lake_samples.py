"""Small sources written in short, loaded without a validation report, and a lake read back as plain rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.settings import Engine, Ingest, Settings
from recobro_data.tables import TABLES

#: The columns that a sample source writes.
COLUMNS: Mapping[str, Sequence[str]] = {
    "debtors": ("debtor_id", "country"),
    "contact_points": ("debtor_id", "channel", "opted_out"),
    "charges": ("charge_id", "debtor_id", "account_id", "due_on", "amount"),
    "payments": ("payment_id", "charge_id", "account_id", "paid_on", "amount"),
    "contact_attempts": ("attempt_id", "debtor_id", "channel", "attempted_at", "outcome"),
    "promises": ("promise_id", "debtor_id", "made_at", "due_on", "amount"),
    "disputes": ("dispute_id", "charge_id", "opened_on"),
}
Rows = Iterable[Sequence[Any]]


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


def settings_in(home: Path, partitions: int = 2) -> Settings:
    return Settings(home=home, engine=Engine(partitions=partitions, threads=1), ingest=Ingest(max_bad_share=1))


def write_source(folder: Path, **tables: Rows) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([COLUMNS[name], *rows])
    return str(folder)


def load(settings: Settings, **tables: Rows) -> LoadReport:
    source = write_source(settings.home.parent / f"{settings.home.name}-source", **tables)
    return load_source(source, settings, validate=no_report)


def rows_of(lake: Lake, backend: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table in a fixed order; charges and payments give the same a partition at a time."""
    whole = {name: sorted(_plain(lake.read(backend, name))) for name in TABLES}
    for name in ("charges", "payments"):
        parts = [row for part in range(lake.partitions) for row in _plain(lake.read(backend, name, part))]
        assert sorted(parts) == whole[name]
    return whole


def _plain(table: Any) -> list[tuple[Any, ...]]:
    rows = table.to_pyarrow().to_pylist()
    return [tuple(str(value) for value in row.values()) for row in rows]


def held(settings: Settings, table: str, columns: str) -> list[tuple[Any, ...]]:
    paths = Lake(settings.lake_dir).paths(table)
    return duckdb.sql(f"SELECT {columns} FROM read_parquet({paths}) ORDER BY ALL").fetchall() if paths else []


def files_under(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
