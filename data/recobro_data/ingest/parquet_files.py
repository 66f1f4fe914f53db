"""Parquet files as relations of text that loses nothing: decimals whole, instants in UTC with their offset.

Parts of one table may have their columns in another order, in other types, or not at all. `_line` counts from 2, as in
a CSV. A date column kept as a timestamp at midnight is taken as the date it means.

Where nobody will change them (`keep_as_they_are`), the files are copied whole, and read where somebody asks for rows:
whatever becomes of the source meanwhile, all read the same. Canonical columns then stay in their own types too, as
`n0`, `n1`, …, and are made text only where that is asked for; `_row` counts the rows of each file from 0.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw, checked_header
from recobro_data.tables import TABLES

_TEXT: Final = ("VARCHAR", "ENUM")
_NESTED: Final = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "GEOMETRY")


@dataclass(frozen=True)
class _Part:
    """One file: its path, and the type of each of its columns."""

    path: Path
    types: dict[str, str]


def keep_as_they_are(connection: duckdb.DuckDBPyConnection) -> None:
    """Tells the reader of this connection that nobody will change the rows it reads: no pseudonyms, nobody forgotten,
    no column dropped by a mapping."""
    connection.execute("SET VARIABLE raw_stays = true")


def read_parquet(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> Raw:
    """The rows of all parts, in the order in which the parts are given.

    Raises:
        SourceRefusedError: a part is damaged, or a canonical column of it is nested or binary.
    """
    parts = [_Part(path, _types(connection, table, path)) for path in paths]
    header = checked_header(table, paths[0].name, list(dict.fromkeys(name for part in parts for name in part.types)))
    alike = all(part.types == parts[0].types for part in parts)
    scans = [parts] if alike else [[part] for part in parts]
    stays = alike and rows_stay(connection, table, header)
    files: tuple[Path, ...] = ()
    if stays:
        files = _copied(connection, table, paths)
        _create_native(connection, table, header, [_Part(file, parts[0].types) for file in files])
    else:
        rows = " UNION ALL ".join(_rows(scan, parts, _texts(table, header, scan[0])) for scan in scans)
        connection.execute(f"CREATE OR REPLACE TABLE raw_{table} AS {rows}")
    exact = frozenset(i for i, name in enumerate(header) if not any(_is_text(part, name) for part in parts))
    types = {i: parts[0].types[header[i]] for i in exact} if stays else {}
    number = sql.number(connection, f"SELECT count(*) FROM raw_{table}")
    return Raw(table, header, number, exact=exact, types=types, files=files)


def rows_stay(connection: duckdb.DuckDBPyConnection, table: str, header: Sequence[str]) -> bool:
    """Whether nobody will change the rows of a table: that was told, and it has no column but declared ones."""
    told = sql.number(connection, "SELECT coalesce(getvariable('raw_stays'), false)::INTEGER") == 1
    return told and set(header) <= set(TABLES[table].names)


def _copied(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> tuple[Path, ...]:
    folder = _copies(connection, table)
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(Path(shutil.copyfile(path, folder / path.name)) for path in paths)


def _create_native(
    connection: duckdb.DuckDBPyConnection, table: str, header: Sequence[str], parts: Sequence[_Part]
) -> None:
    """Creates `raw_T` as a view of the files: the rows as text, and in the types of their source."""
    texts = _texts(table, header, parts[0])
    own = ", ".join(f"{sql.name(name)} AS n{i}" for i, name in enumerate(header))
    connection.execute(
        f"CREATE OR REPLACE VIEW raw_{table} AS SELECT _seq, _file, _line, _row, _fault, _text, {texts}, {own}"
        f" FROM ({_rows(parts, parts, f'{sql.listed(header)}, file_row_number AS _row')})"
    )


def _copies(connection: duckdb.DuckDBPyConnection, table: str) -> Path:
    return sql.scratch(connection) / "came" / table


@contextmanager
def damage_told(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[None]:
    """What fails while files of a table are read where they are asked for is told as their damage.

    Raises:
        SourceRefusedError: one of them can not be read.
    """
    try:
        yield
    except duckdb.Error as error:
        files = sorted(_copies(connection, table).glob("*"))
        if not files:
            raise
        raise _damaged(table, " or ".join(file.name for file in files), error) from error


def _types(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> dict[str, str]:
    try:
        types = connection.execute(f"DESCRIBE SELECT * FROM {sql.scan([path])}").fetchall()
    except duckdb.Error as error:
        raise _damaged(table, path.name, error) from error
    declared = TABLES[table].names
    for name, kind, *_ in types:
        if name in declared and (kind.startswith(_NESTED) or kind.endswith("]")):
            found = f"`{name}` of {path.name} as {kind}"
            raise SourceRefusedError(
                f"plain values in {table}", found, "Write the column as text, a number or a date, and export again."
            )
    return {row[0]: row[1] for row in types}


def _damaged(table: str, name: str, error: duckdb.Error) -> SourceRefusedError:
    found = f"{name} that breaks off or is damaged ({str(error).splitlines()[0]})"
    return SourceRefusedError(f"a readable file for {table}", found, "Export the table again; nothing was loaded.")


def _texts(table: str, header: Sequence[str], part: _Part) -> str:
    """SQL of a part's values as text, as `raw_TABLE` has them."""
    return ", ".join(
        f"{_text(table, name, part.types[name]) if name in part.types else 'NULL::VARCHAR'} AS c{i}"
        for i, name in enumerate(header)
    )


def _rows(scan: Sequence[_Part], parts: Sequence[_Part], values: str) -> str:
    """SQL of the rows of parts that have the same columns, with the place of each."""
    order = f"list_position([{', '.join(sql.text(part.path) for part in parts)}], _path)"
    files = ", ".join(sql.text(part.path) for part in scan)
    return (
        f"SELECT ({order}::BIGINT << 40) + file_row_number AS _seq, parse_filename(_path) AS _file,"
        f" file_row_number + 2 AS _line, NULL::VARCHAR AS _fault, NULL::VARCHAR AS _text, {values}"
        f" FROM read_parquet([{files}], union_by_name = true, filename = '_path', file_row_number = true)"
    )


def _is_text(part: _Part, name: str) -> bool:
    return part.types.get(name, "").startswith(_TEXT)


def _text(table: str, column: str, kind: str) -> str:
    value = sql.name(column)
    declared = {one.name: one.kind for one in TABLES[table].columns}.get(column)
    if declared == "date" and kind.startswith("TIMESTAMP"):
        return f"CASE WHEN {value}::TIME = TIME '00:00' THEN {value}::DATE::VARCHAR ELSE {value}::VARCHAR END"
    return f"{value}::VARCHAR"
