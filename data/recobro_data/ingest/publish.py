"""The files of a load, written beside the lake's, and the manifest that will put them in force."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.history import build_history
from recobro_data.ingest.leftovers import RAW
from recobro_data.ingest.manifest import Manifest, sync_file, sync_folder
from recobro_data.ingest.merge import Generation, build_parts
from recobro_data.ingest.originals import keep_original
from recobro_data.ingest.raw import Raw
from recobro_data.ingest.states import State, Tombstones
from recobro_data.tables import TABLES

#: Rows as they came are written by every load and hardly ever read: no dictionaries of ids that are all different.
_RAW_FORMAT: Final = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000, WRITE_BLOOM_FILTER false"
)


def write_changes(
    connection: duckdb.DuckDBPyConnection,
    generation: Generation,
    raws: Sequence[Raw],
    *,
    tombstones: Tombstones,
    say: Callable[[str], None],
) -> Manifest:
    """Writes the parts that the changes touch, the versions they replace and the rows as they came.

    Gives the manifest that puts them in force; as long as it is not in place, the lake is as it was.
    """
    tables = {}
    for name in TABLES:
        say(f"writing {name}")
        tables[name] = build_parts(connection, generation, name)
    say("keeping what was replaced")
    replaced = build_history(connection, generation)
    say("keeping the rows as they came")
    _keep_raw(connection, generation, raws)
    sync_folder(generation.folder)
    after = Manifest(generation.load_id, generation.partitions, tables, forgotten=tombstones)
    return _following(generation, after, replaced)


def _following(generation: Generation, after: Manifest, replaced: dict[str, str]) -> Manifest:
    """The manifest of this load, with what the one before it knew of older loads."""
    before = generation.before
    in_force_at = max(datetime.now(UTC), datetime.fromisoformat(generation.loaded_at)).isoformat()
    state = State(generation.load_id, generation.loaded_at, in_force_at, after.totals, replaced)
    return replace(
        after,
        superseded=tuple(sorted(before.paths() - after.paths())),
        loads=(*before.loads, generation.load_id),
        states=(*before.states, state),
    )


def _keep_raw(connection: duckdb.DuckDBPyConnection, generation: Generation, raws: Sequence[Raw]) -> None:
    """What was loaded or replaced, as it came with all its columns: a file a table in `raw/LOAD_ID/`.

    A Parquet file of which most rows were is kept whole, and a clean CSV of which all were. Otherwise only those rows
    are, each with the debtor it was loaded for, so that it can be forgotten with the debtor.
    """
    folder = generation.folder / RAW / generation.load_id
    folder.mkdir(parents=True)
    new = [raw for raw in raws if _is_new(connection, raw)]
    with ThreadPoolExecutor(sql.number(connection, "SELECT current_setting('threads')")) as aside:
        whole = dict(zip((raw.table for raw in new), aside.map(partial(_keep_whole, folder), new), strict=True))
    for raw in raws:
        if not whole.get(raw.table):
            _keep_rows(connection, raw, folder / f"{raw.table}.parquet")
    sync_folder(folder)
    sync_folder(folder.parent)


def _is_new(connection: duckdb.DuckDBPyConnection, raw: Raw) -> bool:
    changed = sql.number(connection, f"SELECT count(_seq) FROM change_{raw.table}")
    return 2 * changed >= raw.rows if raw.files else changed == raw.rows


def _keep_whole(folder: Path, raw: Raw) -> bool:
    """Whether the files of a table could be kept just as they came."""
    if raw.files:
        _keep_files(raw, folder)
        return True
    return raw.original is not None and keep_original(raw.original, folder, raw.table)


def _keep_rows(connection: duckdb.DuckDBPyConnection, raw: Raw, target: Path) -> None:
    named = (
        f"{'n' if place in raw.types else 'c'}{place} AS {sql.name(name or f'column_{place}')}"
        for place, name in enumerate(raw.header)
    )
    columns = ", ".join(("_file AS _source_file", "_line AS _source_line", "debtor_id AS _debtor_id", *named))
    connection.execute(
        f"COPY (SELECT {columns} FROM {raw.relation} JOIN (SELECT _seq, debtor_id FROM change_{raw.table})"
        f" USING (_seq)) TO {sql.text(target)} ({_RAW_FORMAT})"
    )
    sync_file(target)


def _keep_files(raw: Raw, folder: Path) -> None:
    """Files of a table: the only one under its name, several in a folder of that name."""
    only = folder / f"{raw.table}.parquet"
    for file in raw.files:
        target = folder / raw.table / file.name if raw.files[1:] else only
        target.parent.mkdir(exist_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:
            # Some file systems have no links.
            shutil.copyfile(file, target)
        sync_file(target)
