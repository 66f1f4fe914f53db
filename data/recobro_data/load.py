"""A load: read a source, check every row, report, and bring what is sound into the lake in one step.

Nothing is in force before the last step, the replacing of the lake's manifest; killed anywhere, the lake is as it was
before the load or as it is after. The caller holds the workspace's lock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.check import check_rows
from recobro_data.ingest.complete import build_good, check_money
from recobro_data.ingest.manifest import Manifest, load_manifest, publish_manifest, sync_folder
from recobro_data.ingest.merge import (
    RAW,
    Generation,
    build_changes,
    build_no_changes,
    build_parts,
    clear_old,
    follow_moved_charges,
    open_lake_tables,
)
from recobro_data.ingest.raw import Raw
from recobro_data.quarantine import build_rejected, write_quarantine
from recobro_data.settings import Settings
from recobro_data.sources import Source, check_columns, open_source
from recobro_data.tables import TABLES

Say = Callable[[str], None]
#: Writes the validation report of a load into a folder and gives the path of its page.
Validate = Callable[[duckdb.DuckDBPyConnection, list[Raw], Settings, Path], Path]


@dataclass(frozen=True)
class TableCount:
    """Rows of one table in one load: every row that was read is exactly one of the other four."""

    read: int
    loaded: int
    replaced: int
    unchanged: int
    quarantined: int

    def __post_init__(self) -> None:
        assert self.read == self.loaded + self.replaced + self.unchanged + self.quarantined, f"rows lost: {self}"


@dataclass(frozen=True)
class LoadReport:
    """What a load did: counts a table, the quarantine file if a row was rejected, and the validation report."""

    load_id: str
    tables: dict[str, TableCount]
    quarantine: Path | None
    report: Path

    def to_json(self) -> dict[str, Any]:
        """The object that `recobro ingest --json` prints."""
        return {
            "load_id": self.load_id,
            "tables": {name: asdict(count) for name, count in self.tables.items()},
            "quarantine": str(self.quarantine) if self.quarantine else None,
            "report": str(self.report),
        }


def validate_load(connection: duckdb.DuckDBPyConnection, raws: list[Raw], settings: Settings, folder: Path) -> Path:
    """The report of Great Expectations, which takes seconds to import."""
    from recobro_data import expectations

    return expectations.validate_load(connection, raws, settings, folder)


def load_source(
    source: str, settings: Settings, *, say: Say = lambda _: None, validate: Validate = validate_load
) -> LoadReport:
    """Validates a source and brings it into the lake. `say` is told each step in a few words.

    Raises:
        SourceRefusedError: the source breaks a table-level rule; what was loaded before stays.
    """
    opened = open_source(source)
    load_id, loaded_at = _stamp()
    lake = settings.lake_dir
    lake.mkdir(parents=True, exist_ok=True)
    clear_old(lake, load_manifest(lake))
    with _workbench(lake / load_id, settings) as connection:
        before = load_manifest(lake) or Manifest(load_id, settings.engine.partitions)
        generation = Generation(lake, before, load_id, loaded_at, settings.engine.partitions)
        report = _load(opened, settings, _Load(connection, generation, say, validate))
    clear_old(lake, load_manifest(lake))
    return report


@dataclass(frozen=True)
class _Load:
    connection: duckdb.DuckDBPyConnection
    generation: Generation
    say: Say
    validate: Validate


def _load(source: Source, settings: Settings, load: _Load) -> LoadReport:
    raws = _read(source, load)
    rejected = _check(raws, load)
    load_id = load.generation.load_id
    quarantine = settings.quarantine_dir / f"{load_id}.ndjson" if any(rejected.values()) else None
    if quarantine:
        write_quarantine(load.connection, raws, quarantine)
    load.say("validating")
    report = load.validate(load.connection, raws, settings, settings.reports_dir / load_id)
    _refuse_bad_share(raws, rejected, settings, load)
    check_money(load.connection, settings)
    counts = _merge(raws, rejected, load)
    return LoadReport(load_id, counts, quarantine, report)


def _read(source: Source, load: _Load) -> list[Raw]:
    raws = []
    for table in source.tables():
        load.say(f"reading {table}")
        raw = source.read_raw(load.connection, table)
        check_columns(raw)
        if raw.header:
            raws.append(raw)
    return raws


def _check(raws: list[Raw], load: _Load) -> dict[str, int]:
    """Rejected rows a table."""
    rejected = {}
    open_lake_tables(load.connection, load.generation)
    for raw in raws:
        load.say(f"checking {raw.table}")
        check_rows(load.connection, raw)
        build_good(load.connection, raw.table, load.generation.partitions)
        rejected[raw.table] = build_rejected(load.connection, raw)
    return rejected


def _refuse_bad_share(raws: list[Raw], rejected: dict[str, int], settings: Settings, load: _Load) -> None:
    most = settings.ingest.max_bad_share
    for raw in raws:
        bad = rejected[raw.table]
        if raw.rows and bad / raw.rows > most:
            raise SourceRefusedError(
                f"at most {most:.0%} bad rows in {raw.table}",
                f"{bad} of {raw.rows}, the first {_example(load.connection, raw.table)}",
                f"Mend the source; {settings.quarantine_dir / load.generation.load_id}.ndjson lists every bad row.",
            )


def _example(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    row = connection.execute(
        f'SELECT "file", "line", "value", "message" FROM rejected_{table} ORDER BY _seq LIMIT 1'
    ).fetchone()
    assert row is not None
    found = "" if row[2] in (None, "") else f", found {row[2]!r}"
    return f"on line {row[1]} of {row[0]} ({row[3]}{found})"


def _merge(raws: list[Raw], rejected: dict[str, int], load: _Load) -> dict[str, TableCount]:
    connection, generation = load.connection, load.generation
    counts = {}
    for raw in raws:
        load.say(f"comparing {raw.table}")
        loaded, replaced = build_changes(connection, raw.table)
        unchanged = sql.number(connection, f"SELECT count(*) FROM good_{raw.table}") - loaded - replaced
        unchanged += sql.number(connection, f"SELECT count(*) FROM same_{raw.table}")
        counts[raw.table] = TableCount(raw.rows, loaded, replaced, unchanged, rejected[raw.table])
    build_no_changes(connection)
    follow_moved_charges(connection, generation)
    _publish(load, raws, sum(count.loaded + count.replaced for count in counts.values()))
    return counts


def _publish(load: _Load, raws: list[Raw], changes: int) -> None:
    connection, generation = load.connection, load.generation
    before = generation.before
    if not changes and before.partitions == generation.partitions:
        return
    tables = {}
    for name in TABLES:
        load.say(f"writing {name}")
        tables[name] = build_parts(connection, generation, name)
    load.say("keeping the rows as they came")
    _keep_raw(connection, generation, raws)
    load.say("publishing")
    sync_folder(generation.folder)
    after = Manifest(generation.load_id, generation.partitions, tables)
    superseded = tuple(sorted(before.paths() - after.paths()))
    loads = (*before.loads, generation.load_id)
    publish_manifest(generation.folder, replace(after, superseded=superseded, loads=loads))


def _keep_raw(connection: duckdb.DuckDBPyConnection, generation: Generation, raws: list[Raw]) -> None:
    """Rows that were loaded or replaced, as they came with all their columns: `raw/LOAD_ID/TABLE.parquet`."""
    folder = generation.folder / RAW / generation.load_id
    folder.mkdir(parents=True)
    for raw in raws:
        named = (f"c{place} AS {sql.name(name or f'column_{place}')}" for place, name in enumerate(raw.header))
        kept = f"{raw.relation} SEMI JOIN change_{raw.table} USING (_seq)"
        connection.execute(
            f"COPY (SELECT _file AS _source_file, _line AS _source_line, {', '.join(named)} FROM {kept})"
            f" TO {sql.text(folder / f'{raw.table}.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )


@contextmanager
def _workbench(folder: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for one load; it goes with the load, the parts that were published stay."""
    folder.mkdir()
    connection = sql.connect(folder, settings)
    try:
        yield connection
    finally:
        connection.close()
        for left in ("load.duckdb", "load.duckdb.wal"):
            (folder / left).unlink(missing_ok=True)
        shutil.rmtree(folder / "spill", ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _stamp() -> tuple[str, str]:
    """An id that sorts by time, and the instant it stands for."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}", now.isoformat()
