"""Whether anything was committed to PostgreSQL since somebody last looked."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

#: Two equal snapshots see the same transactions, so nothing was committed between them.
#: Source: PostgreSQL, System Information Functions, `pg_current_snapshot`.
_SNAPSHOT: Final = b"SELECT pg_current_snapshot()::text"
_PREPARED: Final = b"recobro_snapshot"


class SnapshotMark:
    """Reads snapshots over a connection of its own: one at a time, by threads (`read`) or by one event loop.

    An event loop sends the question (`begin`), waits until `descriptor` can be read, and takes the answer (`take`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._raw: Any = None
        self._is_asked = False

    @property
    def descriptor(self) -> int | None:
        """Of the connection, where it is open and free; None: `read` takes another, or opens one."""
        return None if self._raw is None or self._is_asked else int(self._raw.pgconn.socket)

    def read(self) -> str | None:
        """A text that is another one after each commit; None: the server is away, or the store is no PostgreSQL."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._lock:
            try:
                return self._read_apart() if self._is_asked else self._read()
            except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
                return self._drop()

    def begin(self) -> bool:
        """Sends the question over the free connection; False: it is lost."""
        try:
            self._raw.pgconn.send_query_prepared(_PREPARED, None)
            self._raw.pgconn.flush()
        except self._engine.dialect.loaded_dbapi.Error:
            self._drop()
            return False
        self._is_asked = True
        return True

    def take(self) -> tuple[bool, str | None]:
        """Whether the answer is there, and the answer as `read` gives it."""
        try:
            return self._taken() if self._raw is not None else (True, None)
        except self._engine.dialect.loaded_dbapi.Error:
            self._drop()
            return True, None

    def close(self) -> None:
        """Gives back its connection."""
        with self._lock:
            self._drop()

    def _taken(self) -> tuple[bool, str | None]:
        connection, text = self._raw.pgconn, None
        connection.consume_input()
        while not connection.is_busy():
            result = connection.get_result()
            if result is None:
                self._is_asked = False
                return True, self._drop() if text is None else text
            text = _text(result)
        return False, None

    def _read(self) -> str | None:
        if self._raw is None:
            self._raw = self._opened()
        text = _text(self._raw.pgconn.exec_prepared(_PREPARED, None))
        # A connection that was lost answers too, with an error.
        return self._drop() if text is None else text

    def _read_apart(self) -> str | None:
        raw = self._opened()
        try:
            return _text(raw.pgconn.exec_prepared(_PREPARED, None))
        finally:
            raw.close()

    def _opened(self) -> Any:
        held = self._engine.raw_connection()
        raw: Any = held.driver_connection
        held.detach()
        raw.autocommit = True
        raw.pgconn.prepare(_PREPARED, _SNAPSHOT)
        return raw

    def _drop(self) -> str | None:
        raw, self._raw, self._is_asked = self._raw, None, False
        if raw is not None:
            raw.close()
        return None


def _text(result: Any) -> str | None:
    value = result.get_value(0, 0) if result.ntuples else None
    return None if value is None else bytes(value).decode()
