"""Quoting, connections and the few expressions that every step of a load shares."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recobro_data.settings import Settings
from recobro_data.tables import TABLES, Column, Table

if TYPE_CHECKING:
    import duckdb

#: Parted by characters that no source writes, so that two rows never share one text by accident.
_BETWEEN, _ABSENT = "chr(31)", "chr(30)"


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """A string literal, quoted."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Iterable[object]) -> str:
    """String literals in brackets, for `IN` and lists of files."""
    return "(" + ", ".join(text(value) for value in values) + ")"


def listed(identifiers: Iterable[str], prefix: str = "") -> str:
    """Quoted identifiers parted by commas."""
    return ", ".join(prefix + name(identifier) for identifier in identifiers)


def scan(paths: Iterable[object]) -> str:
    """A relation over Parquet files."""
    return f"read_parquet([{', '.join(text(path) for path in paths)}])"


def connect(folder: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A database in memory, within the memory and threads of the configuration; what is too much spills to `folder`.

    Instants print in UTC.
    """
    import duckdb  # not before it is needed: the API reads this module's texts, and starts fast

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings.engine.threads,
        "memory_limit": settings.engine.memory_limit,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


@contextmanager
def beside(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A second connection to the same database, for another thread; instants print in UTC there too."""
    with closing(connection.cursor()) as other:
        other.execute("SET TimeZone = 'UTC'")
        yield other


def scratch(connection: duckdb.DuckDBPyConnection) -> Path:
    """A folder that goes with the work: where the connection spills what is too much for the memory."""
    row = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    folder = Path(row[0] if row and row[0] else tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single whole number a query gives; nothing counts as 0."""
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def has_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether a relation has any row."""
    return connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None


def lake_columns(table: Table) -> dict[str, str]:
    """Columns of a lake table with their types: the declared ones, then `debtor_id` where it is derived."""
    return {column.name: column.lake_type for column in table.columns} | {"debtor_id": "VARCHAR"}


def lake_order(table: Table) -> str:
    """The order of a lake table's rows within a partition: the debtor's together, then by key."""
    return listed(dict.fromkeys(("debtor_id", *table.key)))


def part_of(debtor: str, partitions: int) -> str:
    """The partition of a debtor, from MD5 so that every version, machine and language agrees."""
    return f"(('0x' || substr(md5({debtor}), 1, 8))::UBIGINT % {partitions})::INTEGER"


def row_text(table: Table, prefix: str = "") -> str:
    """One text that is equal for two rows exactly when every declared column is."""
    parts = (f"coalesce({_as_text(column, prefix)}, {_ABSENT})" for column in table.columns)
    return f"concat({f', {_BETWEEN}, '.join(parts)})"


def _as_text(column: Column, prefix: str) -> str:
    value = prefix + name(column.name)
    return f"epoch_us({value})::VARCHAR" if column.kind == "timestamp" else f"{value}::VARCHAR"


def referred(column: Column) -> tuple[str, str]:
    """Table and column that `column` refers to."""
    target, _, field = (column.references or "").partition(".")
    return target, field or TABLES[target].key[0]
