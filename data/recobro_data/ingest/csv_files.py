"""CSV files as relations of text, each row with the physical line on which it starts.

A clean file is read by the engine as it is. It counts as clean when the engine reads it in its strict mode without
complaint and finds as many rows as the file has lines, so that a row's order is its line. Of any other file the sound
stretches go to the engine and only the odd records through Python (`stretches`).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from recobro_data.ingest import sql
from recobro_data.ingest.csv_rows import Record, read_records
from recobro_data.ingest.dialect import Text, find_header, load_text, open_bytes
from recobro_data.ingest.originals import Original
from recobro_data.ingest.parquet_files import rows_stay
from recobro_data.ingest.raw import Raw, build_batch, checked_header
from recobro_data.ingest.stretches import Stretch, read_stretches

_BATCH: Final = 20_000
_LONGEST_RUN: Final = 100_000
_REFUSALS: Final = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)
_NOTES: Final = {
    "cp1252": "{} is Latin-1 (Windows-1252), not UTF-8, and was read so",
    "utf-16": "{} is UTF-16, not UTF-8, and was read so",
}


@dataclass(frozen=True)
class _File:
    """One CSV on its way into `raw_TABLE`: as its owner calls it, as text, with its delimiter and number of columns.

    `stays`: nobody will change its rows.
    """

    table: str
    name: str
    text: Text
    delimiter: str
    width: int
    stays: bool

    @property
    def values(self) -> str:
        """The values as the relation has them, an absent one as the empty text."""
        return ", ".join(f"coalesce(c{place}, '') AS c{place}" for place in range(self.width))

    def scan(self, path: Path, options: str) -> str:
        """SQL of the engine's reader over a file of this dialect."""
        return scan_csv(path, self.delimiter, [f"c{place}" for place in range(self.width)], options)


def scan_csv(path: Path, delimiter: str, names: Sequence[str], options: str = "header = true") -> str:
    """SQL of the engine's reader over a clean file, all values as text under these names."""
    columns = ", ".join(f"{sql.text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({sql.text(path)}, auto_detect = false, delim = {sql.text(delimiter)}, quote = '\"', escape = '\"',"
        f" strict_mode = true, columns = {{{columns}}}, {options})"
    )


def read_csv(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> Raw:
    """A CSV file as it came, whatever its encoding and delimiter; what is not UTF-8 is noted.

    Raises:
        SourceRefusedError: the header names a column twice, or the file is no table at all.
    """
    original: Original | None = Original.seen(path)
    with tempfile.TemporaryDirectory(dir=sql.scratch(connection)) as folder:
        text = load_text(path, Path(folder))
        delimiter, names = find_header(text.path, table)
        header = checked_header(table, path.name, names)
        if not header:
            return Raw(table, (), 0)
        file = _File(table, path.name, text, delimiter, len(header), rows_stay(connection, table, header))
        is_clean = _read_clean(connection, file)
        if not is_clean and not _read_stretches(connection, file, Path(folder) / "sound.csv"):
            _read_careful(connection, file)
    if not (is_clean and file.stays and text.path == path):
        original = None
    notes = (_NOTES[text.encoding].format(path.name),) if text.encoding in _NOTES else ()
    return Raw(table, header, sql.number(connection, f"SELECT count(*) FROM raw_{table}"), notes, original=original)


def _read_clean(connection: duckdb.DuckDBPyConnection, file: _File) -> bool:
    read = _read_numbered if file.stays else _read_numbering
    try:
        read(connection, file, file.scan(file.text.path, "header = true"))
    except _REFUSALS:
        return False
    if sql.number(connection, f"SELECT count(*) FROM raw_{file.table}") + 1 == file.text.lines:
        return True
    rows = f"VIEW raw_{file.table}; DROP TABLE came_{file.table}" if file.stays else f"TABLE raw_{file.table}"
    connection.execute(f"DROP {rows}")
    return False


def _read_numbered(connection: duckdb.DuckDBPyConnection, file: _File, scan: str) -> None:
    """The number that every row has in a table of the engine: it reads with as many threads as there are."""
    connection.execute(f"CREATE OR REPLACE TABLE came_{file.table} AS SELECT {file.values} FROM {scan}")
    connection.execute(
        f"CREATE VIEW raw_{file.table} AS {_placed(file, 'rowid + 1')}, COLUMNS('c[0-9]+') FROM came_{file.table}"
    )


def _read_numbering(connection: duckdb.DuckDBPyConnection, file: _File, scan: str) -> None:
    """Rows that can be changed, counted as they are read, which one thread does."""
    counted = _placed(file, "row_number() OVER ()")
    connection.execute(f"CREATE OR REPLACE TABLE raw_{file.table} AS {counted}, {file.values} FROM {scan}")


def _placed(file: _File, number: str) -> str:
    """SQL of where a row lies, of which `number` counts from 1; what is to follow are its values."""
    return (
        f"SELECT {number} AS _seq, {sql.text(file.name)} AS _file, {number} + 1 AS _line, NULL::VARCHAR AS _fault,"
        " NULL::VARCHAR AS _text"
    )


@dataclass
class _Runs:
    """Where the sound rows came from: row `first` of those set aside is row `seq` of the file, on `line`.

    As many as `count` rows follow each other so, a line each.
    """

    first: list[int] = field(default_factory=list)
    seq: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    rows: int = 0
    is_single: bool = True

    def add(self, stretch: Stretch, seq: int) -> None:
        """Notes a stretch that begins with row `seq`; a stretch that only goes on is no new run."""
        if not (self.count and self.count[-1] < _LONGEST_RUN and self._goes_on(stretch, seq)):
            self.first.append(self.rows)
            self.seq.append(seq)
            self.line.append(stretch.line)
            self.count.append(0)
        self.count[-1] += stretch.rows
        self.rows += stretch.rows
        self.is_single = self.is_single and stretch.data.count(b"\n") == stretch.rows

    def _goes_on(self, stretch: Stretch, seq: int) -> bool:
        return (self.seq[-1] + self.count[-1], self.line[-1] + self.count[-1]) == (seq, stretch.line)

    def as_table(self) -> pa.Table:
        """The runs as a relation."""
        columns = {"first": self.first, "seq": self.seq, "line": self.line, "count": self.count}
        return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def _read_stretches(connection: duckdb.DuckDBPyConnection, file: _File, aside: Path) -> bool:
    """Whether the engine took the sound rows just as they are; if it did not, nothing of this holds."""
    _create(connection, file)
    runs, rows = _set_aside(connection, file, aside)
    if not runs.rows:
        return True
    connection.register("runs", runs.as_table())
    try:
        # Two readers of one file can not tell where a field with line ends begins.
        options = f"header = false, new_line = '\\n', parallel = {'true' if runs.is_single else 'false'}"
        connection.execute(
            f"INSERT INTO raw_{file.table} SELECT r.seq + r.step, {sql.text(file.name)}, r.line + r.step, NULL, NULL,"
            f" {file.values} FROM (SELECT row_number() OVER () - 1 AS _row, * FROM {file.scan(aside, options)})"
            " JOIN (SELECT seq, line, first, unnest(range(count)) AS step FROM runs) r ON _row = r.first + r.step"
        )
    except _REFUSALS:
        return False
    finally:
        connection.unregister("runs")
    return sql.number(connection, f"SELECT count(*) FROM raw_{file.table}") == rows


def _set_aside(connection: duckdb.DuckDBPyConnection, file: _File, aside: Path) -> tuple[_Runs, int]:
    """Writes the sound rows to a file of their own and the odd ones into the relation. Gives the number of all."""
    runs, odd, seq = _Runs(), list[tuple[int, Record]](), 1
    with open_bytes(file.text.path) as stream, aside.open("wb") as sound:
        for found in islice(read_stretches(stream, file.delimiter, is_sound=file.text.is_sound), 1, None):
            if isinstance(found, Stretch):
                sound.write(found.data)
                runs.add(found, seq)
                seq += found.rows
                continue
            odd.append((seq, found))
            seq += 1
            if len(odd) == _BATCH:
                _insert(connection, file, odd)
                odd.clear()
    _insert(connection, file, odd)
    return runs, seq - 1


def _create(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    columns = ", ".join(f"c{place} VARCHAR" for place in range(file.width))
    connection.execute(
        f"CREATE OR REPLACE TABLE raw_{file.table}"
        f" (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR, _text VARCHAR, {columns})"
    )


def _read_careful(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    """Row by row, for what the engine would not take even so: costs ten times as much and takes everything."""
    _create(connection, file)
    with io.TextIOWrapper(
        open_bytes(file.text.path), encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as stream:
        records = enumerate(islice(read_records(iter(stream), file.delimiter), 1, None), 1)
        for batch in _batches(records):
            _insert(connection, file, batch)


def _batches(records: Iterator[tuple[int, Record]]) -> Iterator[list[tuple[int, Record]]]:
    for first in records:
        yield list(chain([first], islice(records, _BATCH - 1)))


def _insert(connection: duckdb.DuckDBPyConnection, file: _File, batch: list[tuple[int, Record]]) -> None:
    if not batch:
        return
    place = {
        "_seq": pa.array([seq for seq, _ in batch], pa.int64()),
        "_file": pa.array([file.name] * len(batch), pa.string()),
        "_line": pa.array([record.line for _, record in batch], pa.int64()),
        "_fault": pa.array([record.fault for _, record in batch], pa.string()),
        "_text": pa.array([record.text for _, record in batch], pa.string()),
    }
    connection.register("batch", build_batch(place, [record.fields for _, record in batch], file.width))
    connection.execute(f"INSERT INTO raw_{file.table} SELECT * FROM batch")
    connection.unregister("batch")
