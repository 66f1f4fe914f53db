"""What the kinds of databases have in common, and the two that are files: SQLite and DuckDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.sources.database.spool import Spool
from recobro_data.sources.database.url import DatabaseUrl

_BATCH: Final = 20_000
_ARROW: Final = 122_880
_ATTACHED: Final = "source"


@dataclass(frozen=True)
class Field:
    """A column of a database: `text` is SQL that gives its canonical text there, None where it holds bytes."""

    name: str
    text: str | None


class Reader(Protocol):
    """One database, open for reading."""

    def relations(self) -> list[str]:
        """Names of its tables and views."""
        ...

    def fields(self, relation: str) -> list[Field]:
        """The columns of one of them, in written order."""
        ...

    def copy(self, spool: Spool, relation: str, fields: list[Field], *, most: int | None = None) -> None:
        """Brings the rows (at most `most`) into the spool, as texts."""
        ...

    def close(self) -> None:
        """Lets the database go."""
        ...


def query_of(relation: str, fields: list[Field], most: int | None) -> str:
    """A query of the columns as texts; `relation` comes quoted."""
    limit = "" if most is None else f" LIMIT {most}"
    return f"SELECT {', '.join(field.text or 'NULL' for field in fields)} FROM {relation}{limit}"


def check_file(url: DatabaseUrl) -> Path:
    """The path of a database that is a file.

    Raises:
        SourceRefusedError: there is no file.
    """
    path = Path(url.database).expanduser()
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing"
        raise SourceRefusedError(f"a {url.kind} database", f"{found} at {path}", "Name the file of the database.")
    return path


def damaged(url: DatabaseUrl, error: Exception) -> SourceRefusedError:
    """The refusal of a database that can not be read."""
    return SourceRefusedError(
        f"a {url.kind} database that can be read",
        f"{url.shown} where {url.masked(str(error))}",
        "Mend or unlock it; nothing was loaded.",
    )


class SqliteReader:
    """SQLite by the standard library: one read transaction over all tables, rows in batches."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url
        path = check_file(url)
        with self._told():
            self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._database.execute("BEGIN")

    def relations(self) -> list[str]:
        """Names of its tables and views."""
        master = f"{quoted(self._url.schema)}." if self._url.schema else ""
        with self._told():
            rows = self._database.execute(
                f"SELECT name FROM {master}sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            )
            return [row[0] for row in rows]

    def fields(self, relation: str) -> list[Field]:
        """The columns of one of them; a value of bytes is told when it comes, SQLite's columns have no type."""
        with self._told():
            rows = self._database.execute("SELECT name, type FROM pragma_table_info(?)", [relation]).fetchall()
        return [Field(name, None if kind.upper() == "BLOB" else quoted(name)) for name, kind in rows]

    def copy(self, spool: Spool, relation: str, fields: list[Field], *, most: int | None = None) -> None:
        """Brings the rows into the spool."""
        with self._told():
            cursor = self._database.execute(query_of(quoted(relation), fields, most))
            while batch := cursor.fetchmany(_BATCH):
                self._refuse_bytes(relation, fields, batch)
                spool.add_texts(batch)

    def close(self) -> None:
        """Lets the database go."""
        self._database.close()

    def _refuse_bytes(self, relation: str, fields: list[Field], batch: list[tuple[object, ...]]) -> None:
        for place, field in enumerate(fields):
            if any(type(row[place]) is bytes for row in batch):
                raise bytes_refused(relation, field.name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise damaged(self._url, error) from error


def bytes_refused(relation: str, column: str) -> SourceRefusedError:
    """The refusal of a column of bytes where text is needed."""
    return SourceRefusedError(
        f"text, numbers or dates in {relation}.{column}", "bytes", "Give a view that leaves it out or turns it to text."
    )


def quoted(name: str) -> str:
    """An identifier as standard SQL quotes it."""
    return sql.name(name)


class DuckdbReader:
    """A DuckDB file, open for reading beside the load's own database."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url, self._path = url, str(check_file(url))
        self._schema = url.schema or "main"
        self._aside = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        self._aside.execute("SET TimeZone = 'UTC'")
        with self._told():
            self._aside.execute(f"ATTACH {sql.text(self._path)} AS {_ATTACHED} (READ_ONLY)")

    def relations(self) -> list[str]:
        """Names of its tables and views."""
        rows = self._aside.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = ? AND table_schema = ? ORDER BY 1",
            [_ATTACHED, self._schema],
        ).fetchall()
        return [row[0] for row in rows]

    def fields(self, relation: str) -> list[Field]:
        """The columns of one of them, bytes marked."""
        with self._told():
            rows = self._aside.execute(f"DESCRIBE SELECT * FROM {self._place(relation)}").fetchall()
        return [Field(row[0], None if row[1] in ("BLOB", "BIT") else f"{sql.name(row[0])}::VARCHAR") for row in rows]

    def copy(self, spool: Spool, relation: str, fields: list[Field], *, most: int | None = None) -> None:
        """Brings the rows into the spool."""
        with self._told():
            rows = self._aside.execute(query_of(self._place(relation), fields, most))
            spool.add_batches(rows.to_arrow_reader(_ARROW))

    def close(self) -> None:
        """Lets the database go."""
        self._aside.close()

    def _place(self, relation: str) -> str:
        return f"{_ATTACHED}.{sql.name(self._schema)}.{sql.name(relation)}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise damaged(self._url, error) from error
