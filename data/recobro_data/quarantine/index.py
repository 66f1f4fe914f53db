"""Which rejected rows still wait for somebody: the quarantine files of all loads, asked as one relation.

A rejected row is

- `cleared` once a later load brought its key in sound. A row whose key is bad has only its place: it is cleared once a
  later load finds a sound row with half of its values on that line of a file of that name. A row that was exported for
  correction carries its load, file and line, and these clear it whatever was mended, the key too;
- `superseded` once a later load rejected its key again (where it has none: the same values again); the newest counts;
- `open` otherwise.

Nothing here is the only copy of anything. `index/LOAD.parquet` is made again from `LOAD.ndjson` where it is missing,
and what a killed load did not note in `cleared/LOAD.parquet`, the next load that brings those rows notes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.manifest import sync_folder
from recobro_data.ingest.raw import Raw
from recobro_data.tables import TABLES, Table

#: Where one of these is broken in a key, the key names no row.
NO_KEY: Final = ("required", "values", "characters")
#: What an exported row has beside its own columns, so that its correction is known again.
PLACE: Final = ("_load", "_file", "_line")

_ROW: Final = '"table", file, line'
#: A file of the same name on another day has other rows on the same lines.
_ALIKE: Final = (
    "2 * len(list_intersect([{values}], json_extract_string(i.\"row\", '$.*')))"
    " >= len(list_distinct(json_extract_string(i.\"row\", '$.*')))"
)
_NDJSON: Final = {
    **{"table": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "column": "VARCHAR", "value": "VARCHAR"},
    **{"rule": "VARCHAR", "message": "VARCHAR", "row": "JSON"},
}


def key_text(key: Iterable[str], prefix: str = "") -> str:
    """SQL of a row's key as one text, parted by a character that no id holds."""
    return f"concat_ws(chr(31), {', '.join(prefix + sql.name(column) for column in key)})"


def write_index(connection: duckdb.DuckDBPyConnection, tables: Iterable[str], quarantine: Path) -> None:
    """Writes the rejected rows of a load with their keys; `quarantine` is the load's file."""
    rows = " UNION ALL ".join(f"SELECT * EXCLUDE (_seq, _rule) FROM rejected_{table}" for table in tables)
    stamp = f"coalesce(getvariable('load_clock')::TIMESTAMPTZ, {_stamp(quarantine.stem)})"
    _write(connection, _stamped(rows, quarantine.stem, stamp), _index_of(quarantine))


def clear_quarantined(connection: duckdb.DuckDBPyConnection, raws: Iterable[Raw], folder: Path, load_id: str) -> int:
    """Notes the rejected rows of earlier loads that this load brought in sound; gives their number.

    It is called once the load is in force, while its relations are still there; called again, it changes nothing.
    """
    earlier = [file for file in _files(folder) if file.stem != load_id]
    if not earlier:
        return 0
    _mend_indexes(connection, earlier)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE waiting AS SELECT * EXCLUDE (loaded_at, value, message, _who)"
        f" FROM {sql.scan(map(_index_of, earlier))} ANTI JOIN ({_cleared(folder)}) USING (_place)"
    )
    tables = {row[0] for row in connection.execute('SELECT DISTINCT "table" FROM waiting').fetchall()}
    matches = [match for raw in raws if raw.table in tables for match in (_by_key(raw), _by_place(raw))]
    if not matches:
        return 0
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cleared_now AS {' UNION '.join(matches)}")
    found = sql.number(connection, "SELECT count(*) FROM cleared_now")
    if found:
        query = f"SELECT *, {sql.text(load_id)} AS cleared_by FROM cleared_now"
        _write(connection, query, folder / "cleared" / f"{load_id}.parquet")
    return found


def rejecting_loads(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """The loads that rejected a row, the newest last."""
    firsts = " UNION ALL ".join(
        f"(SELECT loaded_at, load_id FROM {_relation(file)} LIMIT 1)" for file in _files(folder)
    )
    if not firsts:
        return []
    query = f"SELECT load_id FROM ({firsts}) ORDER BY loaded_at, load_id"
    return [row[0] for row in connection.execute(query).fetchall()]


def rejected_rows(folder: Path) -> str:
    """A relation of every rejected row: `load_id, loaded_at`, the file's columns, `_forms, cleared_by, status`."""
    parts = " UNION ALL BY NAME ".join(f"SELECT * FROM {_relation(file)}" for file in _files(folder))
    if not parts:
        columns = ", ".join(f"NULL::{kind} AS {sql.name(column)}" for column, kind in _NDJSON.items())
        parts = f"SELECT NULL::VARCHAR AS load_id, NULL::TIMESTAMPTZ AS loaded_at, {columns},"
        parts += " NULL AS _key, NULL AS _forms, NULL::UBIGINT AS _who, NULL::UBIGINT AS _place WHERE false"
    # What is asked of the rows is narrow; the rows themselves are read only where they are shown.
    return f"""(
        WITH all_rows AS ({parts}),
        loads AS (SELECT load_id, row_number() OVER (ORDER BY any_value(loaded_at), load_id) AS _nth
            FROM all_rows GROUP BY load_id),
        newest AS (SELECT "table", _who, max(_nth) AS _last FROM all_rows JOIN loads USING (load_id) GROUP BY ALL)
        SELECT a.* EXCLUDE (_key, _who, _place), c.cleared_by, CASE WHEN c.cleared_by IS NOT NULL THEN 'cleared'
            WHEN n._last > l._nth THEN 'superseded' ELSE 'open' END AS status
        FROM all_rows a JOIN loads l USING (load_id) JOIN newest n USING ("table", _who)
            LEFT JOIN ({_cleared(folder)}) c USING (_place))"""


def _by_key(raw: Raw) -> str:
    table = TABLES[raw.table]
    return (
        f'SELECT _place FROM waiting WHERE "table" = {sql.text(table.name)}'
        f" AND _key IN (SELECT {key_text(table.key)} FROM good_{table.name})"
    )


def _by_place(raw: Raw) -> str:
    """The row in the same place; without its load, which only an export tells, half of its values must be the same."""
    place, more = "r._file = i.file AND r._line = i.line", f"i._key IS NULL AND (i.rule = 'fields' OR {_ALIKE})"
    if all(column in raw.header for column in PLACE):
        load, file, line = (f"trim(r.c{raw.header.index(column)}, {sql.text(BLANKS)})" for column in PLACE)
        place, more = f"{load} = i.load_id AND {file} = i.file AND try_cast({line} AS BIGINT) = i.line", "true"
    values = ", ".join(f"r.c{place}" for place in range(len(raw.header)))
    return (
        f"SELECT i._place FROM waiting i JOIN {raw.relation} r ON {place}"
        f" SEMI JOIN (SELECT _seq FROM good_{raw.table} UNION ALL SELECT _seq FROM same_{raw.table}) s"
        f' ON r._seq = s._seq WHERE i."table" = {sql.text(raw.table)} AND {more.format(values=values)}'
    )


def _cleared(folder: Path) -> str:
    files = sorted((folder / "cleared").glob("*.parquet"))
    if not files:
        return "SELECT NULL::UBIGINT AS _place, NULL::VARCHAR AS cleared_by WHERE false"
    return f"SELECT _place, min(cleared_by) AS cleared_by FROM {sql.scan(files)} GROUP BY _place"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ndjson"))


def _index_of(file: Path) -> Path:
    return file.parent / "index" / f"{file.stem}.parquet"


def _mend_indexes(connection: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    for file in files:
        if not _index_of(file).is_file():
            _write(connection, f"SELECT * FROM {_relation(file)}", _index_of(file))


def _relation(file: Path) -> str:
    """The rejected rows of one load, from the index, or without it from the file itself."""
    index = _index_of(file)
    return sql.scan([index]) if index.is_file() else f"({_from_file(file)})"


def _from_file(file: Path) -> str:
    kinds = ", ".join(f"{sql.text(column)}: {sql.text(kind)}" for column, kind in _NDJSON.items())
    read = f"read_json({sql.text(file)}, format = 'newline_delimited', columns = {{{kinds}}})"
    return _stamped(
        f"SELECT *, {_key_of_file()} AS _key, NULL::VARCHAR AS _forms FROM {read}", file.stem, _stamp(file.stem)
    )


def _key_of_file() -> str:
    """The key that the row as it came says under the canonical names."""
    cases = " ".join(f"WHEN {sql.text(table.name)} THEN {_key_of_row(table)}" for table in TABLES.values())
    return f'CASE "table" {cases} END'


def _key_of_row(table: Table) -> str:
    values = [
        f"nullif(trim(json_extract_string(\"row\", {sql.text(f'$.{column}')}), {sql.text(BLANKS)}), '')"
        for column in table.key
    ]
    bad = f"rule = 'fields' OR (rule IN {sql.texts(NO_KEY)} AND \"column\" IN {sql.texts(table.key)})"
    absent = " OR ".join(f"{value} IS NULL" for value in values)
    return f"CASE WHEN {bad} OR {absent} THEN NULL ELSE concat_ws(chr(31), {', '.join(values)}) END"


def _stamped(rows: str, load_id: str, stamp: str) -> str:
    # Numbers are compared many times faster than texts.
    who = """md5_number_lower(coalesce('=' || _key, "row"::VARCHAR)) AS _who"""
    place = f"md5_number_lower(concat_ws(chr(31), {sql.text(load_id)}, {_ROW})) AS _place"
    return f"SELECT {sql.text(load_id)} AS load_id, {stamp} AS loaded_at, *, {who}, {place} FROM ({rows})"


def _stamp(load_id: str) -> str:
    """The instant that the id of a load begins with."""
    return f"try_strptime({sql.text(load_id[:15] + 'Z')}, '%Y%m%dT%H%M%SZ')::TIMESTAMPTZ"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """A Parquet file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    connection.execute(f"COPY ({query}) TO {sql.text(beside)} (FORMAT parquet, COMPRESSION zstd)")
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)
