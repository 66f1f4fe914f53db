"""A first look at any source: every table's header and its first rows, whatever they are called."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.dialect import open_bytes
from recobro_data.ingest.raw import Raw
from recobro_data.ingest.workbook import read_sheet, sheet_names
from recobro_data.sources.database.source import open_database
from recobro_data.sources.database.url import is_database

_MOST: Final = 300
_HEAD: Final = 1 << 20
_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Sample:
    """The first rows of one table: `name` is what the source calls it, values are text, absent ones empty."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def values(self, place: int) -> list[str]:
        """The values of a column that are there."""
        return [row[place].strip() for row in self.rows if row[place].strip()]


def load_samples(source: str, environ: Mapping[str, str]) -> list[Sample]:
    """Every table of a source in the order of their names.

    Raises:
        SourceRefusedError: no such source, none of its files is a table, or one can not be read.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if is_database(source):
            return list(_of_database(connection, source, environ))
        samples = [sample for path in _files(Path(source).expanduser()) for sample in _of_file(connection, path)]
    if not samples:
        raise SourceRefusedError(
            "a directory or file with CSV, Parquet or XLSX", f"no table at {source}", "Name where the tables lie."
        )
    return samples


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith((".", "~$")))
    return [path] if path.is_file() else []


def _of_database(connection: duckdb.DuckDBPyConnection, source: str, environ: Mapping[str, str]) -> Iterator[Sample]:
    opened = open_database(source, environ, strict=False)
    try:
        for name in opened.written:
            yield _of_raw(connection, name, opened.sample(connection, name, _MOST))
    finally:
        opened.close()


def _of_file(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Sample]:
    name = path.name.casefold()
    try:
        if path.is_dir() and (parts := sorted(path.glob("*.parquet"))):
            yield _of_parquet(connection, path.name, parts[0])
        elif name.endswith(".parquet"):
            yield _of_parquet(connection, path.stem, path)
        elif name.endswith(".xlsx"):
            yield from _of_workbook(connection, path)
        elif name.endswith((".csv", ".csv.gz")):
            yield _of_csv(path)
    except (OSError, EOFError, csv.Error, duckdb.Error) as error:
        found = f"{path.name} that breaks off or is damaged ({str(error).splitlines()[0]})"
        raise SourceRefusedError("a readable file", found, "Export the table again.") from error


def _of_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[Sample]:
    sheets = sheet_names(path)
    for sheet in sheets:
        raw = read_sheet(connection, "sample", path, sheet=sheet)
        if raw.header:
            yield _of_raw(connection, path.stem if len(sheets) == 1 else sheet, raw)


def _of_raw(connection: duckdb.DuckDBPyConnection, name: str, raw: Raw) -> Sample:
    values = ", ".join(f"coalesce(c{place}, '')" for place in range(len(raw.header))) or "''"
    rows = connection.execute(f"SELECT {values} FROM {raw.relation} ORDER BY _seq LIMIT {_MOST}").fetchall()
    return Sample(name, raw.header, tuple(rows))


def _of_parquet(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Sample:
    header = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {sql.scan([path])}").fetchall()]
    values = ", ".join(f"coalesce({sql.name(column)}::VARCHAR, '')" for column in header)
    rows = connection.execute(f"SELECT {values} FROM {sql.scan([path])} LIMIT {_MOST}").fetchall()
    return Sample(name, tuple(header), tuple(rows))


def _of_csv(path: Path) -> Sample:
    with open_bytes(path) as stream:
        head = stream.read(_HEAD)
    name = path.name[: -len(".csv.gz")] if path.suffix == ".gz" else path.stem
    lines = _decoded(head).splitlines(keepends=True)
    # The last line of a stretch may be cut.
    text = "".join(lines if len(head) < _HEAD else lines[:-1])
    header, *rows = max((_rows(text, delimiter) for delimiter in _DELIMITERS), key=lambda rows: len(rows[0]))
    width = len(header)
    whole = [tuple((row + [""] * width)[:width]) for row in rows if row]
    return Sample(name, tuple(column.strip() for column in header), tuple(whole))


def _rows(text: str, delimiter: str) -> list[list[str]]:
    return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _MOST + 1)) or [[]]


def _decoded(head: bytes) -> str:
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = error.start >= len(head) - 3
        return head[: error.start].decode("utf-8-sig") if cut else head.decode("cp1252", "replace")
