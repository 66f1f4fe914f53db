"""Good rows into the lake: what is new or differs by key replaces; partitions it touches are written beside the old.

Files of untouched partitions are named by the new manifest as they are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.complete import ACCOUNTS, OWN_ACCOUNT
from recobro_data.ingest.manifest import Manifest, Part, sync_file, sync_folder
from recobro_data.ingest.states import LANE
from recobro_data.tables import TABLES, Table

#: The day a row became a fact; tables that only describe have none.
FACTS: Final = {
    "charges": "issued_on",
    "payments": "paid_on",
    "contact_attempts": "attempted_at",
    "promises": "made_at",
    "disputes": "opened_on",
}

#: A part without rows.
_NOTHING: Final = Part("", 0, (0, 0), None)

#: Which neighbours change places when the bytes of 64 bits are turned round: bytes, pairs, then fours.
_SWAPS: Final = ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF))


@dataclass(frozen=True)
class Generation:
    """Where a load writes: the lake's folder, what was in force before, and what this load is called."""

    folder: Path
    before: Manifest
    load_id: str
    loaded_at: str
    partitions: int


@dataclass(frozen=True)
class _Place:
    """A partition of a table, and what its rows are as a part where that is known before they are written."""

    table: str
    number: int
    known: Part | None


def open_lake_tables(connection: duckdb.DuckDBPyConnection, generation: Generation) -> None:
    """Creates `lake_T` for every canonical table, empty where the lake has none."""
    for table in TABLES.values():
        parts = generation.before.tables.get(table.name, {}).values()
        columns = sql.lake_columns(table)
        empty = ", ".join(f"NULL::{kind} AS {sql.name(column)}" for column, kind in columns.items())
        source = f"SELECT {empty} WHERE false"
        if parts:
            paths = [generation.folder / part.path for part in parts]
            source = f"SELECT {sql.listed(columns)}, _load_id, _loaded_at FROM {sql.scan(paths)}"
        connection.execute(f"CREATE VIEW lake_{table.name} AS {source}")


def build_changes(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[int, int]:
    """Creates `change_T`: good rows that are new or differ from the lake's. Gives how many are new, and differ."""
    table = TABLES[name]
    if not sql.has_rows(connection, f"lake_{name}"):
        connection.execute(f"CREATE VIEW change_{name} AS SELECT *, NULL::VARCHAR AS _was FROM good_{name}")
        return sql.number(connection, f"SELECT count(*) FROM good_{name}"), 0
    key = sql.listed(table.key)
    held = f"SELECT {key}, debtor_id AS _was, {sql.row_text(table)} AS _text FROM lake_{name}"
    connection.execute(
        f"CREATE TABLE change_{name} AS SELECT g.* EXCLUDE (_text), l._was FROM"
        f" (SELECT *, {sql.row_text(table)} AS _text FROM good_{name}) g LEFT JOIN ({held}) l USING ({key})"
        f" WHERE g._text IS DISTINCT FROM l._text"
    )
    new = sql.number(connection, f"SELECT count(*) FROM change_{name} WHERE _was IS NULL")
    return new, sql.number(connection, f"SELECT count(*) FROM change_{name}") - new


def follow_moved_charges(connection: duckdb.DuckDBPyConnection, generation: Generation) -> None:
    """Where a charge went to another debtor or account, its payments and disputes of the lake go with it."""
    connection.execute(
        "CREATE TEMP TABLE moved AS SELECT l.charge_id, l.account_id FROM lake_charges l JOIN change_charges c"
        " USING (charge_id) WHERE l.debtor_id <> c.debtor_id OR l.account_id <> c.account_id"
    )
    if not sql.number(connection, "SELECT count(*) FROM moved"):
        return
    for name in (name for name in ("payments", "disputes") if sql.has_rows(connection, f"lake_{name}")):
        partition = sql.part_of("debtor_id", generation.partitions)
        connection.execute(
            f"INSERT INTO change_{name} BY NAME SELECT *, {partition} AS _partition FROM ({_moved_rows(name)})"
        )


def build_no_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates an empty `change_T` for every table that the source does not have."""
    for name, table in TABLES.items():
        columns = ", ".join(f"{sql.name(column)} {kind}" for column, kind in sql.lake_columns(table).items())
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS change_{name} (_seq BIGINT, {columns}, _partition INTEGER, _was VARCHAR)"
        )


def _moved_rows(name: str) -> str:
    """Rows of the lake whose debtor or account follows from a charge that moved, as they are now."""
    table = TABLES[name]
    kept = f"(SELECT {sql.listed(sql.lake_columns(table))} FROM lake_{name} ANTI JOIN change_{name} USING"
    kept += f" ({sql.listed(table.key)}))"
    charge = "LEFT JOIN known_charges c ON r.charge_id = c.charge_id"
    if name == "disputes":
        return (
            f"SELECT r.* REPLACE (c.debtor_id AS debtor_id), r.debtor_id AS _was FROM {kept} r {charge}"
            " WHERE r.charge_id IN (SELECT charge_id FROM moved)"
        )
    account = "CASE WHEN r.account_id = m.account_id THEN c.account_id ELSE r.account_id END"
    return (
        f"SELECT r.* REPLACE (coalesce(c.debtor_id, a.debtor_id, r.debtor_id) AS debtor_id, {account} AS account_id),"
        f" r.debtor_id AS _was FROM {kept} r {charge} LEFT JOIN moved m ON r.charge_id = m.charge_id"
        f" LEFT JOIN ({ACCOUNTS}) a ON {OWN_ACCOUNT} = a.account_id"
        " WHERE m.charge_id IS NOT NULL OR (r.charge_id IS NULL AND r.account_id IN (SELECT account_id FROM moved"
        " UNION ALL SELECT account_id FROM change_charges SEMI JOIN moved USING (charge_id)))"
    )


def build_parts(connection: duckdb.DuckDBPyConnection, generation: Generation, name: str) -> dict[int, Part]:
    """Writes the partitions of a table that the changes touch. Gives all its parts, new and old."""
    held = generation.before.tables.get(name, {})
    reparted = bool(held) and generation.partitions != generation.before.partitions
    parts = {} if reparted else dict(held)
    touched = range(generation.partitions) if reparted else _touched(connection, generation, name)
    fresh = {} if reparted or set(touched) <= set(held) else _describe(connection, TABLES[name], f"change_{name}")
    places = [_Place(name, number, None if reparted or number in held else fresh[number]) for number in touched]
    # While the last rows of one part are packed and brought to the disk, the next begins.
    with ThreadPoolExecutor(2) as aside:
        written = list(aside.map(partial(_write_part, connection, generation), places))
    parts = {number: part for number, part in parts.items() if number not in touched}
    parts |= {place.number: part for place, part in zip(places, written, strict=True) if part is not None}
    return dict(sorted(parts.items()))


def _touched(connection: duckdb.DuckDBPyConnection, generation: Generation, name: str) -> list[int]:
    was = sql.part_of("_was", generation.partitions)
    rows = connection.execute(
        f"SELECT _partition FROM change_{name} UNION SELECT {was} FROM change_{name} WHERE _was IS NOT NULL ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def _write_part(connection: duckdb.DuckDBPyConnection, generation: Generation, place: _Place) -> Part | None:
    name, number = place.table, place.number
    path = Path(generation.load_id) / name / f"part-{number:04d}.parquet"
    target = generation.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with sql.beside(connection) as own:
        own.execute(
            f"COPY ({_rows_of_part(generation, TABLES[name], number)}) TO {sql.text(target)}"
            " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, WRITE_BLOOM_FILTER false)"
        )
        known = place.known or describe_part(own, generation.folder, name, path)
    part = replace(known, path=path.as_posix())
    if part.rows == 0:
        target.unlink()
        return None
    sync_file(target)
    sync_folder(target.parent.parent)
    return part


def _rows_of_part(generation: Generation, table: Table, number: int) -> str:
    columns, key = sql.listed(sql.lake_columns(table)), sql.listed(table.key)
    # A list of one value is written without looking at every row.
    load_id = sql.text(generation.load_id)
    stamp = f"{load_id}::ENUM({load_id}) AS _load_id, {sql.text(generation.loaded_at)}::TIMESTAMPTZ AS _loaded_at"
    changed = f"SELECT {columns}, {stamp} FROM change_{table.name} WHERE _partition = {number}"
    held = generation.before.tables.get(table.name, {})
    if not held:
        # The rows of a table that the lake did not have lie in its order already.
        return changed
    same = generation.partitions == generation.before.partitions
    files = [part.path for place, part in held.items() if not same or place == number]
    order = f"ORDER BY {sql.lake_order(table)}"
    if not files:
        return f"{changed} {order}"
    kept = (
        f"SELECT {columns}, _load_id, _loaded_at FROM {sql.scan(generation.folder / path for path in files)}"
        f" ANTI JOIN change_{table.name} USING ({key})"
        f" WHERE {sql.part_of('debtor_id', generation.partitions)} = {number}"
    )
    return f"{kept} UNION ALL {changed} {order}"


def describe_part(connection: duckdb.DuckDBPyConnection, folder: Path, name: str, path: Path) -> Part:
    """A file of a table as the manifest tells it: rows, digest and newest fact."""
    described = _describe(connection, TABLES[name], f"(SELECT *, 0 AS _partition FROM {sql.scan([folder / path])})")
    return replace(described.get(0, _NOTHING), path=path.as_posix())


def _describe(connection: duckdb.DuckDBPyConnection, table: Table, relation: str) -> dict[int, Part]:
    """What each partition of a relation is as a part, but for its path."""
    rows = connection.execute(
        f"SELECT _partition, count(*), sum(_one >> 4), sum(_two >> 4), max(_fact)::DATE::VARCHAR"
        f" FROM ({_digested(table, relation)}) GROUP BY _partition"
    ).fetchall()
    return {number: Part("", count, (int(one), int(two)), newest) for number, count, one, two, newest in rows}


def row_lanes(table: Table) -> tuple[str, ...]:
    """SQL of the two numbers that a row adds to the digests."""
    digest = f"md5({sql.row_text(table)})"
    return tuple(f"('0x' || substr({digest}, {start}, 15))::UBIGINT" for start in (1, 17))


def _digested(table: Table, relation: str) -> str:
    """SQL of the rows' lanes (`_one`, `_two`, four bits too long) without the text of a digest, which takes twice as
    long. DuckDB gives the bytes of MD5 as a number from the last to the first: they are turned by halves."""
    fact = FACTS.get(table.name, "NULL::DATE")
    rows = f"SELECT md5_number({sql.row_text(table)}) AS _digest, {fact} AS _fact, _partition FROM {relation}"
    lanes = f"(_digest & {LANE - 1})::UBIGINT AS _one, (_digest >> 64)::UBIGINT AS _two"
    rows = f"SELECT {lanes}, _fact, _partition FROM ({rows})"
    for bits, mask in _SWAPS:
        one, two = (f"((({lane} & {mask}) << {bits}) | (({lane} >> {bits}) & {mask}))" for lane in ("_one", "_two"))
        rows = f"SELECT {one} AS _one, {two} AS _two, _fact, _partition FROM ({rows})"
    return rows
