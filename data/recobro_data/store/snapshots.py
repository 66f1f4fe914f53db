"""Whether anything was committed to PostgreSQL since somebody last looked."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

#: Two equal snapshots see the same transactions, so nothing was committed between them.
#: Source: PostgreSQL, System Information Functions, `pg_current_snapshot`.
_SNAPSHOT: Final = "SELECT pg_current_snapshot()::text"


class SnapshotMark:
    """Reads snapshots over a connection of its own; safe to share between threads, one reads at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._raw: Any = None

    def read(self) -> str | None:
        """A text that is another one after each commit; None: the server is away, or the store is no PostgreSQL."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._lock:
            try:
                text: str = self._connection().execute(_SNAPSHOT, prepare=True).fetchone()[0]
            except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
                self._drop()
                return None
        return text

    def close(self) -> None:
        """Gives back its connection."""
        with self._lock:
            self._drop()

    def _connection(self) -> Any:
        if self._raw is None:
            held = self._engine.raw_connection()
            raw: Any = held.driver_connection
            held.detach()
            raw.autocommit = True
            self._raw = raw
        return self._raw

    def _drop(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            raw.close()
