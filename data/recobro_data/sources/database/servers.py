"""Databases that are servers: PostgreSQL by COPY, MySQL and MariaDB by a cursor that keeps nothing on this side.

All tables are read in one transaction that only reads, so that they are of one moment. Values become text on the
server: dates ISO, instants in UTC with their offset, decimals whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from recobro_data.errors import SourceRefusedError
from recobro_data.sources.database.readers import Field, query_of, quoted
from recobro_data.sources.database.spool import Spool
from recobro_data.sources.database.url import DatabaseUrl

_SECONDS: Final = 10
_BATCH: Final = 5_000
_BYTEA, _MONEY = 17, 790
_MYSQL_BYTES: Final = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry")
#: MySQL's numbers of: access denied (twice), no such database, no such host or server, no right to read.
_MYSQL_LOGIN: Final = (1044, 1045, 1698)
_MYSQL_NO_DATABASE: Final = 1049
_MYSQL_NO_RIGHT: Final = (1142, 1143, 1356)
_MYSQL_LOST: Final = (2006, 2013, 1053, 1927)


class PostgresReader:
    """PostgreSQL: `COPY … TO STDOUT`, which is several times as fast as a cursor."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url, self._driver = url, _driver("psycopg", "postgres")
        try:
            self._session = self._driver.connect(**_postgres_words(url))
        except self._driver.Error as error:
            raise _postgres_refusal(url, str(error)) from error
        with self._told("the server"):
            self._session.read_only = True
            self._session.isolation_level = self._driver.IsolationLevel.REPEATABLE_READ
            # Set here and not when connecting: poolers refuse options of the start.
            for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "extra_float_digits = 1", "statement_timeout = 0"):
                self._session.execute(f"SET {setting}")

    def relations(self) -> list[str]:
        """Names of the tables and views of the schema, or of those on the search path."""
        where = "= ANY (current_schemas(false))" if self._url.schema is None else "= %s"
        with self._told("the server"):
            rows = self._session.execute(
                "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                f" WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname {where} ORDER BY 1",
                [self._url.schema] if self._url.schema is not None else [],
            )
            return list(dict.fromkeys(row[0] for row in rows))

    def fields(self, relation: str) -> list[Field]:
        """The columns of one of them, `bytea` marked."""
        with self._told(relation):
            described = self._session.execute(f"SELECT * FROM {self._place(relation)} LIMIT 0").description
        return [Field(column.name, _postgres_text(column.name, column.type_code)) for column in described]

    def copy(self, spool: Spool, relation: str, fields: list[Field], *, most: int | None = None) -> None:
        """Brings the rows into the spool as CSV, as they come."""
        query = query_of(self._place(relation), fields, most)
        command = f"COPY ({query}) TO STDOUT (FORMAT csv)"
        with self._told(relation), self._session.cursor() as cursor, cursor.copy(command) as rows:
            spool.add_csv(bytes(block) for block in rows)

    def close(self) -> None:
        """Ends the transaction and the session."""
        self._session.close()

    def _place(self, relation: str) -> str:
        return quoted(relation) if self._url.schema is None else f"{quoted(self._url.schema)}.{quoted(relation)}"

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except self._driver.errors.InsufficientPrivilege as error:
            raise _no_right(self._url, what) from error
        except self._driver.OperationalError as error:
            raise _lost(self._url, what, str(error)) from error
        except self._driver.Error as error:
            raise _unreadable(self._url, what, str(error)) from error


def _postgres_words(url: DatabaseUrl) -> dict[str, Any]:
    words = {"host": url.host, "port": url.port, "user": url.user, "password": url.password, "dbname": url.database}
    return {"connect_timeout": _SECONDS, **{name: value for name, value in words.items() if value}, **url.options}


def _postgres_text(name: str, kind: int) -> str | None:
    if kind == _BYTEA:
        return None
    # `money` is written as the server's locale has it.
    value = f"{quoted(name)}::numeric" if kind == _MONEY else quoted(name)
    return f"coalesce({value}::text, '')"


def _postgres_refusal(url: DatabaseUrl, said: str) -> SourceRefusedError:
    # A failed start of a session carries no code, only words.
    if re.search("authentication failed|no password supplied|role .* does not exist", said):
        return _wrong_login(url)
    if re.search("database .* does not exist", said):
        return _no_database(url)
    return _unreachable(url, said)


class MysqlReader:
    """MySQL and MariaDB: each row comes as one line of CSV, which Python takes apart faster than its fields."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url, self._driver = url, _driver("pymysql", "mysql")
        self._schema = url.schema or url.database
        try:
            self._session = self._driver.connect(**_mysql_words(url))
        except self._driver.MySQLError as error:
            raise _mysql_refusal(url, error) from error
        except (OSError, ValueError) as error:
            raise _unreachable(url, str(error)) from error
        with self._told("the server"), self._session.cursor() as cursor:
            cursor.execute("SET SESSION time_zone = '+00:00', SESSION sql_mode = 'ANSI_QUOTES'")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def relations(self) -> list[str]:
        """Names of the tables and views that the user may see."""
        rows = self._rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1")
        return [row[0] for row in rows]

    def fields(self, relation: str) -> list[Field]:
        """The columns of one of them, bytes marked."""
        rows = self._rows(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s"
            " AND table_name = %s ORDER BY ordinal_position",
            relation,
        )
        return [Field(name, _mysql_text(name, kind.lower())) for name, kind in rows]

    def copy(self, spool: Spool, relation: str, fields: list[Field], *, most: int | None = None) -> None:
        """Brings the rows into the spool as CSV, as they come."""
        line = f"CONCAT_WS(',', {', '.join(field.text or 'NULL' for field in fields)})"
        place = f"{quoted(self._schema)}.{quoted(relation)}"
        with self._told(relation), self._session.cursor(self._driver.cursors.SSCursor) as cursor:
            cursor.execute(query_of(place, [Field("line", line)], most))
            spool.add_csv(_lines(cursor))

    def close(self) -> None:
        """Ends the transaction and the session."""
        if self._session.open:
            self._session.close()

    def _rows(self, query: str, *words: str) -> list[tuple[str, ...]]:
        with self._told("the server"), self._session.cursor() as cursor:
            cursor.execute(query, (self._schema, *words))
            return list(cursor.fetchall())

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except self._driver.MySQLError as error:
            number = error.args[0] if error.args else 0
            if number in _MYSQL_NO_RIGHT:
                raise _no_right(self._url, what) from error
            said = str(error.args[-1]) if error.args else ""
            refusal = _lost if number in _MYSQL_LOST or number == 0 else _unreadable
            raise refusal(self._url, what, said) from error


def _lines(cursor: Any) -> Iterator[bytes]:
    while batch := cursor.fetchmany(_BATCH):
        yield "".join(f"{row[0]}\n" for row in batch).encode()


def _mysql_words(url: DatabaseUrl) -> dict[str, Any]:
    place = {"unix_socket": url.host} if url.host.startswith("/") else {"host": url.host, "port": url.port}
    ssl = {name.removeprefix("ssl_"): value for name, value in url.options.items() if name.startswith("ssl_")}
    words = {"user": url.user, "password": url.password, "database": url.database or None, "charset": "utf8mb4"}
    seconds = int(url.options.get("connect_timeout", _SECONDS))
    return {**place, **words, "connect_timeout": seconds, **({"ssl": ssl} if ssl else {})}


def _mysql_text(name: str, kind: str) -> str | None:
    if kind in _MYSQL_BYTES:
        return None
    value = f"CAST({quoted(name)} + 0 AS CHAR)" if kind == "bit" else f"CAST({quoted(name)} AS CHAR)"
    if kind == "timestamp":
        value = f"CONCAT({value}, '+00:00')"
    if kind in ("date", "datetime", "timestamp"):
        # What MySQL writes where there is no date.
        value = f"IF({quoted(name)} = 0, '', {value})"
    return f"CONCAT('\"', REPLACE(COALESCE({value}, ''), '\"', '\"\"'), '\"')"


def _mysql_refusal(url: DatabaseUrl, error: Exception) -> SourceRefusedError:
    number = error.args[0] if error.args else 0
    if number in _MYSQL_LOGIN:
        return _wrong_login(url)
    if number == _MYSQL_NO_DATABASE:
        return _no_database(url)
    return _unreachable(url, str(error.args[-1]) if error.args else "")


def _driver(module: str, extra: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise SourceRefusedError(
            f"the driver {module} for this database", "none installed", f"Install recobro[{extra}]."
        ) from error


def _wrong_login(url: DatabaseUrl) -> SourceRefusedError:
    return SourceRefusedError(
        f"a user and password that {url.shown} takes", "a login that it refuses", "Mend the address or the variable."
    )


def _no_database(url: DatabaseUrl) -> SourceRefusedError:
    return SourceRefusedError(
        f"the database {url.database} on {url.server}", "none of that name", "Mend the address of the source."
    )


def _unreachable(url: DatabaseUrl, said: str) -> SourceRefusedError:
    return SourceRefusedError(
        f"a {url.kind} server at {url.server}",
        f"no connection ({url.masked(said).rstrip('.')})",
        "Check host, port and whether the server runs.",
    )


def _no_right(url: DatabaseUrl, what: str) -> SourceRefusedError:
    return SourceRefusedError(
        f"the right to read {what} of {url.shown}", "none", "Grant SELECT to the user; nothing was loaded."
    )


def _lost(url: DatabaseUrl, what: str, said: str) -> SourceRefusedError:
    return SourceRefusedError(
        f"{what} of {url.shown} to its last row",
        f"a connection that broke off ({url.masked(said).rstrip('.')})",
        "Load again; nothing was loaded.",
    )


def _unreadable(url: DatabaseUrl, what: str, said: str) -> SourceRefusedError:
    return SourceRefusedError(
        f"{what} of {url.shown} as rows",
        f"an error of the server ({url.masked(said).rstrip('.')})",
        "Mend the table or view; nothing was loaded.",
    )
