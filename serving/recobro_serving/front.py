"""Answers that are given again: to the same words of the same caller, for as long as nothing has changed since.

It stands before all other layers and does for such a call what they do for every other one: the key is valid and has
calls left, the list is in the state that was told, the answer has its headers, the call is counted, logged and audited.
Whatever it is not sure of goes the long way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store import Key
from recobro_data.store.audit import Entry
from recobro_serving.audit import portfolios_of
from recobro_serving.deadlines import Deadlines
from recobro_serving.edge import EdgeParts
from recobro_serving.freshness import Freshness
from recobro_serving.headers import Header
from recobro_serving.limits import MAX_HEADER_BYTES, MAX_HEADERS
from recobro_serving.logs import Answered
from recobro_serving.rates import Allowance, Rates
from recobro_serving.readers import CREDENTIALS, Given, Readers
from recobro_serving.service.held import Held
from recobro_serving.service.marks import Change
from recobro_serving.tracing import no_span

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
#: Gives what was answered to that before, where it holds after that change; the store is asked only if it may be.
StillHeld = Callable[[Hashable, Change, bool], Held | None]

#: What a plain reading may say of itself; who says any of the others gets an answer of his own.
_PLAIN: Final = (*CREDENTIALS, b"accept-language")
_HEARD: Final = frozenset((*_PLAIN, b"origin", b"content-length", b"transfer-encoding", b"content-encoding", b"expect"))
_MAX_KEPT: Final = 8192
#: Path, query and headers.
_Words = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


@dataclass(frozen=True)
class Reading:
    """What is the same each time these words come: who reads what, and under what the answer is kept."""

    key: Key
    given: Given
    asked: Hashable
    route: str
    portfolios: tuple[str, ...]
    debtor_id: str | None


@dataclass(frozen=True)
class Desk:
    """Who may read, what they have left, and whether anything was committed."""

    readers: Readers
    rates: Rates
    freshness: Freshness

    def key_at_once(self, given: Given, change: Change) -> Key | None:
        """The key that was let in with these headers, where it takes no thread to make sure that it is valid still."""
        return self.readers.read(given, change) if self.freshness.is_local else self.readers.known(given, change)


class Front:
    """Answers ahead of the app."""

    def __init__(self, parts: EdgeParts, desk: Desk, still_held: StillHeld) -> None:
        self._parts, self._desk, self._still_held = parts, desk, still_held
        self._headers = ((b"content-type", b"application/json"), *parts.headers.of("/v1"))
        self._kept: dict[_Words, Reading] = {}
        self._deadlines = Deadlines(parts.max_seconds, parts.ledger.meter.in_progress)

    def keep(self, scope: Scope, reading: Reading) -> None:
        """Takes a reading that was answered, to answer it here when it comes again."""
        words, _ = _heard(scope)
        # A trace begins at the edge.
        if words is None or any(name not in _PLAIN for name, _ in words[2]) or self._parts.open_span is not no_span:
            return
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[words] = reading

    async def answers(self, scope: Scope, send: Send) -> bool:
        """Whether it has answered; if not, nothing has happened to the call yet."""
        began = time.perf_counter()
        words, request_id = _heard(scope)
        reading = self._kept.get(words) if words else None
        held = await self._held(reading) if reading else None
        if reading is None or held is None:
            return False
        allowance = self._desk.rates.take(reading.key)
        if allowance is not None and allowance.is_spent:
            return False
        named = self._parts.request_ids.of(request_id)
        watched = self._deadlines.begin()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self._told(held, allowance, named)})
            await send({"type": "http.response.body", "body": held.body})
        finally:
            self._deadlines.end(watched)
            self._enter(reading, held.n_rows, named, time.perf_counter() - began)
        return True

    async def _held(self, reading: Reading) -> Held | None:
        freshness = self._desk.freshness
        try:
            change = freshness.at_once()
            if change is None:
                async with asyncio.timeout(self._parts.max_seconds):
                    change = await freshness.read()
            if self._desk.key_at_once(reading.given, change) is reading.key:
                return self._still_held(reading.asked, change, freshness.is_local)
        except (SQLAlchemyError, TimeoutError):
            # The long way knows what to say.
            pass
        return None

    def _told(self, held: Held, allowance: Allowance | None, request_id: str) -> list[Header]:
        length = str(len(held.body)).encode()
        limited = allowance.headers() if allowance else ()
        return [*self._headers, (b"content-length", length), *limited, (b"x-request-id", request_id.encode())]

    def _enter(self, reading: Reading, n_rows: int, request_id: str, seconds: float) -> None:
        who, route = reading.key.key_id, reading.route
        self._parts.ledger.enter(Answered(time.time(), request_id, "GET", route, who, 200, n_rows, seconds))
        entry = Entry(datetime.now(UTC), who, "GET", route, reading.portfolios, None, 200, n_rows, request_id)
        self._parts.audit.note(entry, reading.debtor_id)


def build_reading(scope: Scope, key: Key, given: Given, asked: Hashable) -> Reading:
    """The reading of a call that was answered."""
    route, debtor_id = scope["route"].path_format, scope["path_params"].get("debtor_id")
    return Reading(key, given, asked, route, portfolios_of(key, scope, 200), debtor_id)


def _heard(scope: Scope) -> tuple[_Words | None, bytes]:
    """Address and headers as far as an answer may rest on them, and the call's own id; None: not to be kept."""
    headers = scope["headers"]
    if scope["method"] != "GET" or len(headers) > MAX_HEADERS:
        return None, b""
    heard, request_id, n_bytes = [], b"", 0
    for header in headers:
        name, value = header
        n_bytes += len(name) + len(value)
        if name in _HEARD:
            heard.append((name, value))
        elif name == b"x-request-id":
            request_id = request_id or value
    if n_bytes > MAX_HEADER_BYTES:
        return None, b""
    return (scope["path"], scope["query_string"], tuple(heard)), request_id
