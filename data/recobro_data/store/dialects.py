"""All that SQLite and PostgreSQL do differently, in one place."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine, Integer, Table, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from recobro_data.errors import ConfigurationError

_BUSY_MS: Final = 15_000
_ASK_AGAIN_SECONDS: Final = 0.002
_BEGIN: Final = "BEGIN IMMEDIATE"
_LOCKED: Final = sqlite3.OperationalError("database is locked")
_VERSION: Final = "PRAGMA data_version"
_IN_TURN: Final = "recobro_in_turn"
#: Any number will do, as long as every process that migrates takes the same.
_MIGRATION_LOCK: Final = 7_262_627
_AUDIT_LOCK: Final = 7_262_628
_DAY_LOCK: Final = 7_262_629


#: For so long a process may tell what PostgreSQL held when it was last asked.
LEASE_SECONDS: Final = 0.005


def build_engine(url: str) -> Engine:
    """An engine for the store; for SQLite the file's folder is made where it is missing.

    Raises:
        ConfigurationError: a URL that is not one, of another database, or whose driver is not installed.
    """
    parsed = _checked(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        url_of_driver = parsed.set(drivername="postgresql+psycopg")
        return create_engine(url_of_driver, pool_pre_ping=True, pool_size=20, hide_parameters=True)
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


def hold_audit_lock(connection: Connection) -> None:
    """Lets one process append to a chain at a time; SQLite's writing transaction is such a lock already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_AUDIT_LOCK})")


def hold_day_lock(connection: Connection) -> None:
    """Lets one process change the list of a day at a time, so that events are numbered as they are committed.

    SQLite's writing transaction is such a lock already.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_DAY_LOCK})")


def await_readers(engine: Engine) -> None:
    """Waits, after a commit, until no process tells any more what held before it.

    Each process asks PostgreSQL at least once in `LEASE_SECONDS` of its own clock, counted from before it asked. Who
    changes what readers are told and waits as long before it is answered is in force, when it is answered, wherever
    somebody asks. SQLite tells readers of each commit at once.
    """
    if engine.dialect.name == "postgresql":
        time.sleep(LEASE_SECONDS)


def insert_json(connection: Connection, table: Table, rows: str) -> None:
    """Inserts rows that are given as JSON: an array of arrays, each with the table's columns in their order.

    One statement takes them all, so that other threads go on while the database reads them.
    """
    names = ", ".join(column.name for column in table.columns)
    values = enumerate(isinstance(column.type, Integer) for column in table.columns)
    if connection.dialect.name == "sqlite":
        taken = ", ".join(f"json_extract(value, '$[{place}]')" for place, _ in values)
        source = "json_each(?)"
    else:
        taken = ", ".join(
            f"(value->>{place})::integer" if is_count else f"value->>{place}" for place, is_count in values
        )
        source = "json_array_elements(%s::json)"
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) SELECT {taken} FROM {source}", (rows,))


def renew_statistics(connection: Connection, *tables: str) -> None:
    """Tells PostgreSQL what these tables hold now; until it knows, it reads a whole plan to find one page of it."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.exec_driver_sql(f'ANALYZE "{table}"')


class ChangeMark:
    """Whether anything was committed since it was last read, for caches that must never be stale.

    SQLite tells in microseconds, whichever process it was; for PostgreSQL it is always None.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._raw: sqlite3.Connection | None = None
        #: Whether the database is a file, which tells at once.
        self.is_local = engine.dialect.name == "sqlite"

    def read(self) -> int | None:
        """A number that is another one after each commit of others; None: the database can not tell.

        Raises:
            OperationalError: the database does not answer.
        """
        if not self.is_local:
            return None
        with self._lock:
            try:
                return self._version()
            except sqlite3.Error as error:
                raise OperationalError(_VERSION, {}, error) from error

    def _version(self) -> int:
        if self._raw is None:
            self._raw = sqlite3.connect(str(self._engine.url.database), check_same_thread=False, timeout=0)
        return int(self._raw.execute(_VERSION).fetchone()[0])

    def close(self) -> None:
        """Gives back its connection."""
        with self._lock:
            if self._raw is not None:
                self._raw.close()
                self._raw = None


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
    path = Path(url.database or "").expanduser().absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Parameters name debtors, and errors end up in logs.
    engine = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    queue = _WriterQueue(path.with_name(f"{path.name}-turn"))
    event.listen(engine, "begin", queue.begin)
    event.listen(engine, "checkin", queue.leave)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver would begin late and commit before DDL; we begin ourselves, so that a migration is one transaction too.
    connection.isolation_level = None
    # FULL: what was answered outlasts a power cut.
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


class _WriterQueue:
    """Lets one thread write at a time, and processes in turn.

    SQLite itself makes a second writer sleep and try again, ever longer: under load some wait for seconds while others
    overtake them. Who waits for the writer of another process holds a door that this one has to pass before it writes
    again.
    """

    def __init__(self, door: Path) -> None:
        self._turn, self._door = Lock(), door

    def begin(self, connection: Connection) -> None:
        """Begins a transaction; one that writes once it is its turn."""
        if not connection.get_execution_options().get("recobro_writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get(_IN_TURN, False):
            connection.info[_IN_TURN] = self._turn.acquire(timeout=_BUSY_MS / 1000)
        if not connection.info[_IN_TURN]:
            raise OperationalError(_BEGIN, {}, _LOCKED)
        try:
            self._begin_writing(connection.connection.driver_connection)
        except (sqlite3.OperationalError, OSError) as error:
            raise OperationalError(_BEGIN, {}, _LOCKED if isinstance(error, BlockingIOError) else error) from error

    def leave(self, _raw: object, record: Any) -> None:
        """Ends the turn when the connection is given back, whatever became of its transaction."""
        if record.info.pop(_IN_TURN, False):
            self._turn.release()

    def _begin_writing(self, raw: Any) -> None:
        patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
        ends = time.monotonic() + patience / 1000
        raw.execute("PRAGMA busy_timeout=0")
        try:
            with self._door.open("ab") as door:
                _await(partial(fcntl.flock, door, fcntl.LOCK_EX | fcntl.LOCK_NB), ends)
                _await(partial(raw.execute, _BEGIN), ends)
        finally:
            raw.execute(f"PRAGMA busy_timeout={patience}")


def _await(take: Callable[[], object], ends: float) -> None:
    """Tries until nobody else has it, or until that moment of the clock."""
    while True:
        try:
            take()
            return
        except (BlockingIOError, sqlite3.OperationalError) as error:
            is_taken = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF == sqlite3.SQLITE_BUSY
            if not is_taken or time.monotonic() >= ends:
                raise
        time.sleep(_ASK_AGAIN_SECONDS)
