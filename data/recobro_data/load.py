"""A load: read a source, check every row, report, and bring what is sound into the lake in one step.

Nothing is in force before the last step, the replacing of the lake's manifest; killed anywhere, the lake is as it was
before the load or as it is after. The caller holds the workspace's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.check import check_rows
from recobro_data.ingest.complete import build_good, check_money, open_known
from recobro_data.ingest.decide import decide_forms
from recobro_data.ingest.forgotten import leave_out
from recobro_data.ingest.manifest import Manifest, publish_manifest
from recobro_data.ingest.merge import (
    Generation,
    build_changes,
    build_no_changes,
    follow_moved_charges,
    open_lake_tables,
)
from recobro_data.ingest.parquet_files import damage_told, keep_as_they_are
from recobro_data.ingest.publish import write_changes
from recobro_data.ingest.raw import Raw
from recobro_data.ingest.states import Tombstones
from recobro_data.ingest.validation_page import load_warnings
from recobro_data.ingest.workbench import open_workbench
from recobro_data.privacy.redaction import remove_cut_off
from recobro_data.quarantine.corrections import is_correction
from recobro_data.quarantine.file import build_rejected, write_quarantine
from recobro_data.quarantine.index import clear_quarantined
from recobro_data.row_rules import set_clock
from recobro_data.settings import Settings
from recobro_data.sources.files import Source, check_columns
from recobro_data.sources.mapping import find_mapping
from recobro_data.sources.opening import open_for_load

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
    """What a load did: counts a table, the quarantine file if a row was rejected, and the validation report.

    `notes` are sentences for a person: what the load decided, or left out.
    """

    load_id: str
    tables: dict[str, TableCount]
    quarantine: Path | None
    report: Path
    notes: tuple[str, ...] = ()

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


@contextmanager
def _importing(validate: Validate) -> Iterator[None]:
    """Great Expectations is imported meanwhile: the engine works without Python."""
    with ThreadPoolExecutor(1) as aside:
        if validate is validate_load:
            aside.submit(_import_library)
        yield


def _import_library() -> None:
    from recobro_data import expectations

    expectations.load_library()


def load_source(
    source: str | Source, settings: Settings, *, say: Say = lambda _: None, validate: Validate = validate_load
) -> LoadReport:
    """Validates a source and brings it into the lake. `say` is told each step in a few words.

    A source that is opened already is loaded as it is: under no mapping, its ids as they are.

    Raises:
        SourceRefusedError: the source breaks a table-level rule; what was loaded before stays.
    """
    with open_workbench(settings) as bench:
        opened = open_for_load(source, settings, held=bench.held) if isinstance(source, str) else source
        set_clock(bench.connection, datetime.fromisoformat(bench.started_at))
        remove_cut_off(settings, bench.cut_off)
        before = bench.before or Manifest(bench.work_id, settings.engine.partitions)
        if isinstance(source, str) and not _changes_rows(source, settings, before):
            keep_as_they_are(bench.connection)
        parts = settings.engine.partitions
        generation = Generation(settings.lake_dir, before, bench.work_id, bench.started_at, parts)
        return _load(opened, settings, _Load(bench.connection, generation, say, validate))


def _changes_rows(source: str, settings: Settings, before: Manifest) -> bool:
    """Whether rows may become others on their way in."""
    return bool(before.forgotten.hashes or settings.privacy.pseudonymise or find_mapping(source, settings))


@dataclass(frozen=True)
class _Load:
    connection: duckdb.DuckDBPyConnection
    generation: Generation
    say: Say
    validate: Validate


def _load(source: Source, settings: Settings, load: _Load) -> LoadReport:
    came = _read(source, load)
    open_lake_tables(load.connection, load.generation)
    open_known(load.connection, [raw.table for raw in came], load.generation.partitions)
    raws, left_out, tombstones = leave_out(load.connection, came, load.generation.before.forgotten)
    with _importing(load.validate):
        rejected = _check(raws, load)
        quarantine = _set_aside(raws, rejected, settings, load)
    with _validating(raws, settings, load) as report:
        _refuse_bad_share(raws, rejected, settings, load)
        check_money(load.connection, settings)
        counts = _merge(raws, rejected, left_out, load)
        after = _write(raws, counts, tombstones, load)
        page = report.result()
    _publish(after, load)
    clear_quarantined(load.connection, raws, settings.quarantine_dir, load.generation.load_id)
    notes = (*_notes(raws, left_out), *load_warnings(page))
    return LoadReport(load.generation.load_id, counts, quarantine, page, notes)


@contextmanager
def _validating(raws: list[Raw], settings: Settings, load: _Load) -> Iterator[Future[Path]]:
    """The page of the validation report, which is written while the load goes on; it is there where that fails too."""
    load.say("validating")
    with sql.beside(load.connection) as beside, ThreadPoolExecutor(1) as aside:
        set_clock(beside, datetime.fromisoformat(load.generation.loaded_at))
        yield aside.submit(load.validate, beside, raws, settings, settings.reports_dir / load.generation.load_id)


def _read(source: Source, load: _Load) -> list[Raw]:
    raws = []
    for table in source.tables():
        load.say(f"reading {table}")
        with damage_told(load.connection, table):
            raw = source.read_raw(load.connection, table)
            check_columns(raw)
            if raw.header:
                raws.append(decide_forms(load.connection, raw))
    return raws


def _check(raws: list[Raw], load: _Load) -> dict[str, int]:
    """Rejected rows a table."""
    rejected = {}
    for raw in raws:
        load.say(f"checking {raw.table}")
        with damage_told(load.connection, raw.table):
            check_rows(load.connection, raw, load.generation.partitions)
            build_good(load.connection, raw.table, load.generation.partitions)
            rejected[raw.table] = build_rejected(load.connection, raw)
    return rejected


def _set_aside(raws: list[Raw], rejected: dict[str, int], settings: Settings, load: _Load) -> Path | None:
    """The quarantine file, where a row was rejected."""
    if not any(rejected.values()):
        return None
    quarantine = settings.quarantine_dir / f"{load.generation.load_id}.ndjson"
    write_quarantine(load.connection, raws, quarantine)
    return quarantine


def _refuse_bad_share(raws: list[Raw], rejected: dict[str, int], settings: Settings, load: _Load) -> None:
    most = settings.ingest.max_bad_share
    for raw in raws:
        bad = rejected[raw.table]
        # Of a correction every row was bad, however few are mended.
        if raw.rows and bad / raw.rows > most and not is_correction(raw.header):
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


def _merge(raws: list[Raw], rejected: dict[str, int], left_out: dict[str, int], load: _Load) -> dict[str, TableCount]:
    """Creates `change_T` for every table and counts what became of each row."""
    connection = load.connection
    counts = {}
    for raw in raws:
        load.say(f"comparing {raw.table}")
        loaded, replaced = build_changes(connection, raw.table)
        gone = left_out.get(raw.table, 0)
        unchanged = sql.number(connection, f"SELECT count(*) FROM good_{raw.table}") - loaded - replaced
        unchanged += sql.number(connection, f"SELECT count(*) FROM same_{raw.table}") + gone
        counts[raw.table] = TableCount(raw.rows + gone, loaded, replaced, unchanged, rejected[raw.table])
    build_no_changes(connection)
    follow_moved_charges(connection, load.generation)
    return counts


def _write(raws: list[Raw], counts: dict[str, TableCount], tombstones: Tombstones, load: _Load) -> Manifest | None:
    """Writes the changes. Gives the manifest of the lake with them; None where there are none."""
    generation = load.generation
    changes = sum(count.loaded + count.replaced for count in counts.values())
    same_places = generation.before.partitions == generation.partitions
    if changes or not same_places or tombstones != generation.before.forgotten:
        return write_changes(load.connection, generation, raws, tombstones=tombstones, say=load.say)
    return None


def _publish(after: Manifest | None, load: _Load) -> None:
    """Puts the changes in force; where there are none, the lake stays as it is to the byte."""
    if after:
        load.say("publishing")
        publish_manifest(load.generation.folder, after)


def _notes(raws: list[Raw], left_out: dict[str, int]) -> tuple[str, ...]:
    """What the user should know beside the counts."""
    gone = sum(left_out.values())
    forgotten = (f"{gone} row{'s' * (gone != 1)} of forgotten debtors left out.",) if gone else ()
    return (*(note for raw in raws for note in raw.notes), *forgotten)
