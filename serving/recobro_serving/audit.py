"""Takes calls into the audit log: those that change something before they are answered, readings a second later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store import Key
from recobro_data.store.audit import AuditTrail, Entry
from recobro_serving.calls import Call

Scope = MutableMapping[str, Any]

LOG: Final = logging.getLogger("recobro_serving.audit")
_EVERY_SECONDS: Final = 1.0
#: So many readings do not wait for the second to pass; no divisor of the limit, at which they stay in an outage.
_MANY: Final = 3_000
#: Readings that wait while the store is away; beyond it the oldest are given up, and counted.
_MAX_WAITING: Final = 10_000


class AuditLog:
    """The calls that wait to be written, and the one who writes them.

    Whoever writes takes along what waits, so that many calls at once share one transaction.
    """

    def __init__(self, trail: AuditTrail, *, hashes_debtors: bool, count_lost: Callable[[int], None]) -> None:
        self._trail, self._hashes, self._count_lost = trail, hashes_debtors, count_lost
        self._waiting: list[tuple[Entry, str | None]] = []
        self._writing, self._lock = Lock(), Lock()
        self._timer: asyncio.TimerHandle | None = None

    def note(self, entry: Entry, debtor_id: str | None = None) -> None:
        """Takes a call; it is on disk within a second, and lost if the process is killed before."""
        self._put([(entry, debtor_id)])
        if len(self._waiting) % _MANY == 0:
            self._flush_aside()
        if self._timer is None or self._timer.cancelled() or self._timer.when() < asyncio.get_running_loop().time():
            self._timer = asyncio.get_running_loop().call_later(_EVERY_SECONDS, self._flush_aside)

    async def write(self, entry: Entry, debtor_id: str | None = None) -> None:
        """Takes a call and returns when it is on disk.

        Raises:
            SQLAlchemyError: the store can not take it now; it waits for the next attempt.
        """
        self._put([(entry, debtor_id)])
        await run_in_threadpool(self.flush)

    def flush(self) -> None:
        """Writes all that waits.

        Raises:
            SQLAlchemyError: the store can not take it now; it goes on waiting.
        """
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, []
            if not taken:
                return
            try:
                self._trail.append([self._sealed(*one) for one in taken])
            except SQLAlchemyError:
                with self._lock:
                    self._waiting = taken + self._waiting
                raise

    def close(self) -> None:
        """Writes what waits; what the store does not take any more is told in the log."""
        if self._timer is not None:
            self._timer.cancel()
        self._flush_told()

    def _sealed(self, entry: Entry, debtor_id: str | None) -> Entry:
        return entry._replace(subject=self._trail.subject_of(debtor_id)) if debtor_id and self._hashes else entry

    def _put(self, more: list[tuple[Entry, str | None]]) -> None:
        with self._lock:
            self._waiting += more
            n_lost = len(self._waiting) - _MAX_WAITING
            if n_lost > 0:
                del self._waiting[:n_lost]
        if n_lost > 0:
            self._count_lost(n_lost)

    def _flush_aside(self) -> None:
        asyncio.get_running_loop().run_in_executor(None, self._flush_told)

    def _flush_told(self) -> None:
        try:
            self.flush()
        except SQLAlchemyError as error:
            LOG.error("the audit log can not be written: %s", type(error).__name__)


def entry_of(call: Call, scope: Scope, *, route: str, status: int) -> Entry:
    """What the audit log holds of a call whose key is known, but for the debtor."""
    assert call.key is not None
    return Entry(
        at=datetime.now(UTC),
        who=call.key.key_id,
        # Anybody may make up a method.
        method=scope["method"][:10],
        route=route,
        portfolios=portfolios_of(call.key, scope, status),
        subject=None,
        status=status,
        n_rows=call.n_rows,
        request_id=call.request_id,
    )


def portfolios_of(key: Key, scope: Scope, status: int) -> tuple[str, ...]:
    """Those that the key sees, or the one that was asked for."""
    return _asked_portfolio(scope, status) or tuple(sorted(key.portfolios))


def _asked_portfolio(scope: Scope, status: int) -> tuple[str, ...]:
    """The one portfolio that a call was narrowed to; of a call that was refused anything may stand there."""
    asked = scope.get("query_string", b"")
    if b"portfolio=" not in asked or status >= 400:
        return ()
    return tuple(parse_qs(asked.decode("latin-1")).get("portfolio", ())[:1])
