"""All that SQLite and PostgreSQL do differently, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from recobro_data.errors import ConfigurationError

_BUSY_MS: Final = 15_000
#: Any number will do, as long as every process that migrates takes the same.
_MIGRATION_LOCK: Final = 7_262_627


def build_engine(url: str) -> Engine:
    """An engine for the store; for SQLite the file's folder is made where it is missing.

    Raises:
        ConfigurationError: a URL that is not one, of another database, or whose driver is not installed.
    """
    parsed = _checked(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=20)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "PostgreSQL's driver", f"no module `{error.name}`", "Install it: pip install 'recobro[postgres]'."
        ) from error
    except OSError as error:
        found = f"{error.strerror} at {error.filename}"
        raise ConfigurationError("a folder that can be written", found, "Mend `url` in [store].") from error


def writing(engine: Engine) -> Engine:
    """The same engine for a transaction that writes: SQLite takes its write lock at the start, not half-way."""
    return engine.execution_options(recobro_writes=True)


def hold_migration_lock(connection: Connection) -> None:
    """Lets one process migrate at a time; SQLite's writing transaction is such a lock already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")


def _checked(url: str) -> URL:
    next_step = "Mend `url` in [store]: sqlite:///PATH or postgresql://USER@HOST/NAME."
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("a database URL", "text that is not one", next_step) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError("SQLite or PostgreSQL for the store", parsed.get_backend_name(), next_step)
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("a file for the store", "a database in memory", next_step)
    return parsed


def _sqlite(url: URL) -> Engine:
    Path(url.database or "").expanduser().absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=20, max_overflow=20)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver would begin late and commit before DDL; we begin ourselves, so that a migration is one transaction too.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("recobro_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
