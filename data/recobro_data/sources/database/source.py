"""Databases as sources: PostgreSQL, MySQL, MariaDB, SQLite and DuckDB, by address.

Tables and views of the canonical names are read (or of the names that a mapping gives), all in one transaction that
only reads. Rows stream through this machine; a table never lies in memory whole.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.raw import Raw
from recobro_data.sources.database.readers import DuckdbReader, Field, Reader, SqliteReader
from recobro_data.sources.database.servers import MysqlReader, PostgresReader
from recobro_data.sources.database.spool import Spool
from recobro_data.sources.database.url import DatabaseUrl, parse_url
from recobro_data.tables import TABLES

_READERS: Final[Mapping[str, Callable[[DatabaseUrl], Reader]]] = {
    "postgresql": PostgresReader,
    "mysql": MysqlReader,
    "sqlite": SqliteReader,
    "duckdb": DuckdbReader,
}
_SAME_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class DatabaseSource:
    """A database; build it with `open_database`. Its session ends with `close`, or when nobody holds the source."""

    def __init__(self, url: DatabaseUrl, reader: Reader, names: Mapping[str, str] = _SAME_NAMES) -> None:
        self._url, self._reader = url, reader
        self._end = weakref.finalize(self, reader.close)
        self._written = reader.relations()
        given = {table: _found(names.get(table, table), self._written, url) for table in TABLES}
        self._places = {table: place for table, place in given.items() if place is not None}

    @property
    def name(self) -> str:
        """The address, without who logs in."""
        return self._url.shown

    @property
    def written(self) -> tuple[str, ...]:
        """Every table and view of the database, whatever its name."""
        return tuple(self._written)

    def tables(self) -> tuple[str, ...]:
        """Canonical tables the database has."""
        return tuple(self._places)

    def read_raw(self, connection: duckdb.DuckDBPyConnection, table: str) -> Raw:
        """The rows of one table as text. Columns of bytes that are not canonical are left out, with a note.

        Raises:
            SourceRefusedError: no right to read it, a connection that broke off, or bytes where text is needed.
        """
        written_as = self._places[table]
        fields = self._reader.fields(written_as)
        kept = [field for field in fields if field.text is not None]
        notes = tuple(_left_out(table, written_as, field) for field in fields if field.text is None)
        spool = Spool(connection, table, written_as=written_as, width=len(kept))
        if kept:
            self._reader.copy(spool, written_as, kept)
        return Raw(table, tuple(field.name for field in kept), spool.rows, notes=notes)

    def sample(self, connection: duckdb.DuckDBPyConnection, written_as: str, most: int) -> Raw:
        """The first rows of any table of the database, as `raw_sample`."""
        kept = [field for field in self._reader.fields(written_as) if field.text is not None]
        spool = Spool(connection, "sample", written_as=written_as, width=len(kept))
        if kept:
            self._reader.copy(spool, written_as, kept, most=most)
        return Raw("sample", tuple(field.name for field in kept), spool.rows)

    def close(self) -> None:
        """Ends the session."""
        self._end()


def open_database(
    source: str, environ: Mapping[str, str], names: Mapping[str, str] = _SAME_NAMES, *, strict: bool = True
) -> DatabaseSource:
    """The database at that address; `names` gives canonical tables the names they have there.

    Not `strict`, it may lack required tables: then it is only looked at.

    Raises:
        SourceRefusedError: no connection, a login that is refused, a required table missing.
    """
    url = parse_url(source, environ)
    opened = DatabaseSource(url, _READERS[url.kind](url), names)
    if strict:
        _check_required(opened, names)
    return opened


def _found(wanted: str, written: list[str], url: DatabaseUrl) -> str | None:
    """The relation of that name; where none is written exactly so, the one that differs in case alone."""
    if wanted in written:
        return wanted
    alike = [name for name in written if name.casefold() == wanted.casefold()]
    if len(alike) > 1:
        raise SourceRefusedError(
            f"one table {wanted} in {url.shown}", " and ".join(alike), "Name the one that is meant in a mapping."
        )
    return alike[0] if alike else None


def _check_required(source: DatabaseSource, names: Mapping[str, str]) -> None:
    missing = [table.name for table in TABLES.values() if table.required and table.name not in source.tables()]
    if not missing:
        return
    wanted = [names.get(table, table) for table in missing]
    near = [name for table in wanted for name in get_close_matches(table, source.written, n=1)]
    meant = f" (is `{near[0]}` meant?)" if near else ""
    there = ", ".join(source.written[:20]) or "no table that the user may see"
    source.close()
    raise SourceRefusedError(
        f"a table or view {' and '.join(wanted)} in {source.name}",
        f"{there}{meant}",
        "Add it, name its schema with ?schema=, or write a mapping: `recobro ingest SOURCE --suggest-mapping`.",
    )


def _left_out(table: str, written_as: str, field: Field) -> str:
    if field.name in TABLES[table].names:
        raise SourceRefusedError(
            f"text in the column {field.name} of {written_as}", "bytes", "Give a view that turns it to text."
        )
    return f"{written_as}.{field.name} holds bytes and was left out"
