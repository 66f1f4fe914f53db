"""Files as relations of text: `raw_TABLE` with the place of each row and its values as `c0`, `c1`, …

A clean CSV is read by DuckDB. It counts as clean when DuckDB reads it in its strict mode without complaint and finds
as many rows as the file has lines, so that a row's order is its line. Any other file is read row by row (`csv_rows`),
which costs several times as much and loses nothing.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

import duckdb
import pyarrow as pa

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.csv_rows import Record, read_records
from recobro_data.tables import TABLES

_BATCH: Final = 20_000


@dataclass(frozen=True)
class Raw:
    """A table as it came: `header` in written order (column i is `c{i}` of `raw_TABLE`), and the number of its rows."""

    table: str
    header: tuple[str, ...]
    rows: int

    @property
    def relation(self) -> str:
        """Name of the relation in the load's database."""
        return f"raw_{self.table}"


def read_csv(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> Raw:
    """A CSV file as it came. `_line` is the physical line on which the row starts, the header being line 1.

    Raises:
        SourceRefusedError: the header names a column twice.
    """
    with _opened(path) as stream:
        first = next(read_records(iter(stream)), None)
    header = _checked_header(table, path, [field.strip() for field in first.fields] if first else [])
    if not header:
        return Raw(table, (), 0)
    if not _read_clean(connection, table, path, len(header)):
        _read_careful(connection, table, path, len(header))
    return Raw(table, header, sql.number(connection, f"SELECT count(*) FROM raw_{table}"))


def _bytes_of(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _opened(path: Path) -> IO[str]:
    return io.TextIOWrapper(_bytes_of(path), encoding="utf-8-sig", errors="surrogateescape", newline="")


def _checked_header(table: str, path: Path, names: list[str]) -> tuple[str, ...]:
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise SourceRefusedError(
            f"one column of each name in {table}",
            f"`{twice[0]}` twice or more in {path.name}",
            "Rename or remove one of them.",
        )
    return tuple(names)


def _read_clean(connection: duckdb.DuckDBPyConnection, table: str, path: Path, width: int) -> bool:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    values = ", ".join(f"coalesce(c{place}, '') AS c{place}" for place in range(width))
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE raw_{table} AS SELECT row_number() OVER () AS _seq,"
            f" {sql.text(path.name)} AS _file, row_number() OVER () + 1 AS _line, NULL::VARCHAR AS _fault,"
            f" NULL::VARCHAR AS _text, {values} FROM read_csv({sql.text(path)}, header = true, auto_detect = false,"
            f" delim = ',', quote = '\"', escape = '\"', strict_mode = true, columns = {{{columns}}})"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
        return False
    return sql.number(connection, f"SELECT count(*) FROM raw_{table}") + 1 == _count_lines(path)


def _count_lines(path: Path) -> int:
    lines, last = 0, b""
    with _bytes_of(path) as stream:
        while block := stream.read(1 << 20):
            lines, last = lines + block.count(b"\n"), block[-1:]
    return lines + (last not in (b"", b"\n"))


def _read_careful(connection: duckdb.DuckDBPyConnection, table: str, path: Path, width: int) -> None:
    columns = ", ".join(f"c{place} VARCHAR" for place in range(width))
    connection.execute(
        f"CREATE OR REPLACE TABLE raw_{table}"
        f" (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR, _text VARCHAR, {columns})"
    )
    with _opened(path) as stream:
        records = islice(read_records(iter(stream)), 1, None)
        for start, batch in _batches(records):
            rows = _arrow(batch, start, path.name, width)
            connection.register("batch", rows)
            connection.execute(f"INSERT INTO raw_{table} SELECT * FROM batch")
            connection.unregister("batch")


def _batches(records: Iterator[Record]) -> Iterator[tuple[int, list[Record]]]:
    start = 1
    while batch := list(islice(records, _BATCH)):
        yield start, batch
        start += len(batch)


def _arrow(batch: list[Record], start: int, file: str, width: int) -> pa.Table:
    padded = [(record.fields + [""] * width)[:width] for record in batch]
    place = {
        "_seq": pa.array(range(start, start + len(batch)), pa.int64()),
        "_file": pa.array([file] * len(batch), pa.string()),
        "_line": pa.array([record.line for record in batch], pa.int64()),
        "_fault": pa.array([record.fault for record in batch], pa.string()),
        "_text": pa.array([record.text for record in batch], pa.string()),
    }
    values = {f"c{i}": pa.array(column, pa.string()) for i, column in enumerate(zip(*padded, strict=True))}
    return pa.table(place | values)


def read_parquet(connection: duckdb.DuckDBPyConnection, table: str, parts: list[Path]) -> Raw:
    """Parquet files as text that loses nothing: decimals whole, instants in UTC with their offset.

    `_line` counts from 2, as in a CSV. A date column kept as a timestamp at midnight is taken as the date it means.
    """
    files = f"read_parquet([{', '.join(sql.text(part) for part in parts)}], union_by_name = true, filename = '_path',"
    files += " file_row_number = true)"
    described = connection.execute(f"DESCRIBE SELECT * EXCLUDE (_path, file_row_number) FROM {files}").fetchall()
    header = tuple(row[0] for row in described)
    values = ", ".join(f"{_parquet_text(table, row[0], row[1])} AS c{i}" for i, row in enumerate(described))
    order = f"list_position([{', '.join(sql.text(part) for part in parts)}], _path)"
    connection.execute(
        f"CREATE OR REPLACE TABLE raw_{table} AS SELECT ({order}::BIGINT << 40) + file_row_number AS _seq,"
        f" parse_filename(_path) AS _file, file_row_number + 2 AS _line, NULL::VARCHAR AS _fault,"
        f" NULL::VARCHAR AS _text, {values} FROM {files}"
    )
    return Raw(table, header, sql.number(connection, f"SELECT count(*) FROM raw_{table}"))


def _parquet_text(table: str, column: str, kind: str) -> str:
    value = sql.name(column)
    declared = {one.name: one.kind for one in TABLES[table].columns}.get(column)
    if declared == "date" and kind.startswith("TIMESTAMP"):
        return f"CASE WHEN {value}::TIME = TIME '00:00' THEN {value}::DATE::VARCHAR ELSE {value}::VARCHAR END"
    return f"{value}::VARCHAR"
