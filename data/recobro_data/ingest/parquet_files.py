"""Parquet files as relations of text that loses nothing: decimals whole, instants in UTC with their offset.

Parts of one table may have their columns in another order, in other types, or not at all. `_line` counts from 2, as in
a CSV. A date column kept as a timestamp at midnight is taken as the date it means.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def read_parquet(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> Raw:
    """The rows of all parts, in the order in which the parts are given.

    Raises:
        SourceRefusedError: a part is damaged, or a canonical column of it is nested or binary.
    """
    parts = [_Part(path, _types(connection, table, path)) for path in paths]
    header = checked_header(table, paths[0].name, list(dict.fromkeys(name for part in parts for name in part.types)))
    alike = all(part.types == parts[0].types for part in parts)
    scans = [parts] if alike else [[part] for part in parts]
    rows = " UNION ALL ".join(_rows(table, header, scan, paths) for scan in scans)
    connection.execute(f"CREATE OR REPLACE TABLE raw_{table} AS {rows}")
    exact = frozenset(i for i, name in enumerate(header) if not any(_is_text(part, name) for part in parts))
    return Raw(table, header, sql.number(connection, f"SELECT count(*) FROM raw_{table}"), exact=exact)


def _types(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> dict[str, str]:
    try:
        types = connection.execute(f"DESCRIBE SELECT * FROM {sql.scan([path])}").fetchall()
    except duckdb.Error as error:
        raise _damaged(table, path, error) from error
    declared = TABLES[table].names
    for name, kind, *_ in types:
        if name in declared and (kind.startswith(_NESTED) or kind.endswith("]")):
            found = f"`{name}` of {path.name} as {kind}"
            raise SourceRefusedError(
                f"plain values in {table}", found, "Write the column as text, a number or a date, and export again."
            )
    return {row[0]: row[1] for row in types}


def _damaged(table: str, path: Path, error: duckdb.Error) -> SourceRefusedError:
    found = f"{path.name} that breaks off or is damaged ({str(error).splitlines()[0]})"
    return SourceRefusedError(f"a readable file for {table}", found, "Export the table again; nothing was loaded.")


def _rows(table: str, header: Sequence[str], parts: Sequence[_Part], paths: Sequence[Path]) -> str:
    """SQL of the rows of parts that have the same columns, as `raw_TABLE` has them."""
    types = parts[0].types
    values = ", ".join(
        f"{_text(table, name, types[name]) if name in types else 'NULL::VARCHAR'} AS c{i}"
        for i, name in enumerate(header)
    )
    order = f"list_position([{', '.join(sql.text(path) for path in paths)}], _path)"
    files = ", ".join(sql.text(part.path) for part in parts)
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
