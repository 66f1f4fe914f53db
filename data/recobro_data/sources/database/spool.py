"""Rows on their way from a database into the load: CSV or batches of text, never a whole table at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from recobro_data.ingest import sql

#: A stretch is brought in when it has this many bytes: large enough for DuckDB's reader, small on any disk.
_STRETCH: Final = 64 << 20


class Spool:
    """Fills `raw_TABLE`; `_line` counts from 2 as below a header, `_file` is what the source calls the table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, *, written_as: str, width: int) -> None:
        self._connection, self._relation, self._written_as = connection, f"raw_{table}", written_as
        self._columns = [f"c{place}" for place in range(width)]
        self.rows = 0
        values = ", ".join(f"{column} VARCHAR" for column in self._columns)
        connection.execute(
            f"CREATE OR REPLACE TABLE {self._relation} (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR,"
            f" _text VARCHAR{', ' if values else ''}{values})"
        )

    def add_texts(self, rows: Sequence[Sequence[Any]]) -> None:
        """Rows of values; what is no text is written as Python writes it, None as an absent value."""
        places = zip(*rows, strict=True)
        texts = {
            name: pa.array(_texts(values), pa.string()) for name, values in zip(self._columns, places, strict=True)
        }
        self._connection.register("stretch", pa.table(texts))
        self._insert("stretch")
        self._connection.unregister("stretch")

    def add_batches(self, batches: pa.RecordBatchReader) -> None:
        """Arrow batches with one column of text for each of ours, in their order."""
        self._connection.register("stretch", batches)
        self._insert(f"stretch AS s({', '.join(self._columns)})")
        self._connection.unregister("stretch")

    def add_csv(self, blocks: Iterator[bytes]) -> None:
        """Whole rows of CSV without a header."""
        with tempfile.TemporaryDirectory(prefix="rows-", dir=load_folder(self._connection)) as folder:
            path = Path(folder) / "stretch.csv"
            for _ in _stretches(blocks, path):
                columns = ", ".join(f"'{name}': 'VARCHAR'" for name in self._columns)
                self._insert(
                    f"read_csv({sql.text(path)}, header = false, auto_detect = false, delim = ',', quote = '\"',"
                    f" escape = '\"', strict_mode = true, columns = {{{columns}}})"
                )

    def _insert(self, relation: str) -> None:
        values = ", ".join(f"coalesce({name}, '')" for name in self._columns)
        row = self._connection.execute(
            f"INSERT INTO {self._relation} SELECT row_number() OVER () + {self.rows},"
            f" {sql.text(self._written_as)}, row_number() OVER () + {self.rows + 1}, NULL, NULL, {values}"
            f" FROM {relation}"
        ).fetchone()
        self.rows += int(row[0]) if row else 0


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [value if value is None or type(value) is str else str(value) for value in values]


def _stretches(blocks: Iterator[bytes], path: Path) -> Iterator[int]:
    """Writes a stretch of whole rows, gives its size once it is on disk, and goes on."""
    more = True
    while more:
        size, more = 0, False
        with path.open("wb", buffering=1 << 20) as file:
            for block in blocks:
                size += file.write(block)
                if size >= _STRETCH:
                    more = True
                    break
        if size:
            yield size


def load_folder(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The folder of the load's own database, where what it spills belongs; None for one in memory."""
    row = connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchone()
    return str(Path(row[0]).parent) if row and row[0] else None
