"""Versions that loads replaced, kept beside the lake: one file a load and table, written once.

A version has the columns of its lake table, `_load_id` and `_loaded_at` of the load that brought it, `_replaced_by` and
`_replaced_at` of the load that replaced it, and `_place`, from which any number of partitions follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from recobro_data.errors import NoDataError, UsageError
from recobro_data.ingest import sql
from recobro_data.ingest.leftovers import HISTORY
from recobro_data.ingest.manifest import Manifest, sync_file, sync_folder
from recobro_data.ingest.merge import FACTS, Generation
from recobro_data.ingest.states import State
from recobro_data.tables import TABLES, Table

#: What `part_of` of any number of partitions takes the remainder of.
_PLACE: Final = "('0x' || substr(md5(debtor_id), 1, 8))::BIGINT"


def build_history(connection: duckdb.DuckDBPyConnection, generation: Generation) -> dict[str, str]:
    """Writes the lake's rows that the changes replace. Gives the path of each table's file, relative to the lake."""
    files = {}
    for name, table in TABLES.items():
        if sql.number(connection, f"SELECT count(*) FROM change_{name} WHERE _was IS NOT NULL"):
            files[name] = _write_versions(connection, generation, table)
    if files:
        sync_folder(generation.folder / HISTORY)
        sync_folder(generation.folder)
    return files


def _write_versions(connection: duckdb.DuckDBPyConnection, generation: Generation, table: Table) -> str:
    path = Path(HISTORY) / generation.load_id / f"{table.name}.parquet"
    target = generation.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    key = sql.listed(table.key)
    connection.execute(
        f"COPY (SELECT {sql.listed(sql.lake_columns(table))}, _load_id, _loaded_at,"
        f" {sql.text(generation.load_id)} AS _replaced_by, {sql.text(generation.loaded_at)}::TIMESTAMPTZ AS"
        f" _replaced_at, {_PLACE} AS _place FROM lake_{table.name}"
        f" SEMI JOIN (SELECT {key} FROM change_{table.name} WHERE _was IS NOT NULL) USING ({key})"
        f" ORDER BY _place % {generation.partitions}, debtor_id, {key})"
        f" TO {sql.text(target)} (FORMAT parquet, COMPRESSION zstd)"
    )
    sync_file(target)
    return path.as_posix()


class Past:
    """The lake as one of its states left it: rows of later loads gone, what they replaced back."""

    def __init__(self, folder: Path, manifest: Manifest, state: State) -> None:
        place = manifest.states.index(state)
        self.folder, self.manifest, self.state = folder, manifest, state
        self._later = manifest.states[place + 1 :]

    def is_untouched(self, table: str) -> bool:
        """Whether no later load changed that table, so that its files in force are still its files."""
        last = self._later[-1].totals.get(table)
        return self.state.totals.get(table) == last and not any(table in state.replaced for state in self._later)

    def read(self, backend: Any, table: str, files: Sequence[str], partition: int | None) -> Any | None:
        """An Ibis table of the rows in force then, or None; `files` are those of the table now."""
        columns = list(sql.lake_columns(TABLES[table]))
        later = [state.load_id for state in self._later]
        pieces = []
        if files:
            rows = backend.read_parquet(list(files))
            pieces.append(rows.filter(rows["_load_id"].notin(later)).select(*columns))
        if versions := self._versions(table):
            rows = backend.read_parquet(versions)
            kept = rows["_load_id"].notin(later)
            if partition is not None:
                kept &= rows["_place"] % self.manifest.partitions == partition
            pieces.append(rows.filter(kept).select(*columns))
        return pieces[0].union(*pieces[1:]) if pieces[1:] else next(iter(pieces), None)

    def newest(self, table: str, files: Sequence[str]) -> date | None:
        """The newest fact of the table then, None where there was none."""
        later = sql.texts(state.load_id for state in self._later)
        sources = [sql.scan(paths) for paths in (files, self._versions(table)) if paths]
        newest = f"SELECT max({FACTS[table]})::DATE AS day FROM"
        days = " UNION ALL ".join(f"{newest} {source} WHERE _load_id NOT IN {later}" for source in sources)
        if not days:
            return None
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            row = connection.execute(f"SELECT max(day) FROM ({days})").fetchone()
        return row[0] if row else None

    def _versions(self, table: str) -> list[str]:
        """Files of the versions that loads after this state replaced."""
        paths = [state.replaced[table] for state in self._later if table in state.replaced]
        return [str((self.folder / path).absolute()) for path in paths]


def find_past(folder: Path, manifest: Manifest | None, recorded_by: datetime) -> tuple[Manifest | None, Past | None]:
    """The lake at an instant: the manifest with the past state to read, none where it is in force still.

    Raises:
        UsageError: an instant without an offset.
        NoDataError: an instant before the lake kept history.
    """
    if recorded_by.tzinfo is None:
        raise UsageError("an instant with an offset", f"{recorded_by}", "Write 2026-01-31T09:30:00-05:00.")
    if manifest is None:
        return None, None
    known = [state for state in manifest.states if state.was_in_force(recorded_by)]
    if known:
        return manifest, None if known[-1] is manifest.states[-1] else Past(folder, manifest, known[-1])
    if manifest.loads[:1] == tuple(state.load_id for state in manifest.states[:1]):
        return None, None
    since = manifest.states[0].in_force_at if manifest.states else "the next load"
    raise NoDataError(f"an instant from {since} on", f"{recorded_by}", "History was not kept before.")
