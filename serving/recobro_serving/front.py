"""Answers to words that have come before from the same caller, but for the debtor or the cursor that they name.

They are given again for as long as nothing has changed since, or made anew where that is a short reading. The front
stands before all other layers and does for such a call what they do for every other one: the key is valid and has calls
left, the list is in the state that was told, the answer has its headers, the call is counted, logged and audited.
Whatever it is not sure of goes the long way.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import RecobroError
from recobro_data.store import Key
from recobro_data.store.audit import Entry
from recobro_serving.audit import portfolios_of
from recobro_serving.deadlines import Deadlines
from recobro_serving.edge import EdgeParts
from recobro_serving.freshness import Freshness
from recobro_serving.headers import Header
from recobro_serving.limits import MAX_HEADER_BYTES, MAX_HEADERS
from recobro_serving.logs import Answered
from recobro_serving.problems import ProblemError
from recobro_serving.rates import Allowance, Rates
from recobro_serving.readers import CREDENTIALS, Given, Readers
from recobro_serving.service.held import Held
from recobro_serving.service.marks import Change
from recobro_serving.service.questions import Question, Recommendations
from recobro_serving.tracing import no_span

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


class Answers(Protocol):
    """Gives answers as bytes."""

    def held(self, asked: Hashable, change: Change, is_local: bool = False) -> Held | None:
        """What was answered to that before, where it holds after that change; only a local store may be asked."""

    def answer(self, question: Question, named: str | None, change: Change = None) -> Held:
        """The answer, made anew where it has to be."""


#: What a plain reading may say of itself; who says any of the others gets an answer of his own.
_PLAIN: Final = (*CREDENTIALS, b"accept-language")
_HEARD: Final = frozenset((*_PLAIN, b"origin", b"content-length", b"transfer-encoding", b"content-encoding", b"expect"))
_MAX_KEPT: Final = 8192
#: The long way knows what to say of these, and of a stored row that can not be read, which it meets again.
_LEFT_TO_OTHERS: Final = (RecobroError, ProblemError, SQLAlchemyError, TimeoutError, ValueError, TypeError, LookupError)
#: Path, query and headers, but for the word that differs from call to call.
_Words = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]
_CURSOR: Final = re.compile(rb"(?:(?P<before>.+)&)?cursor=(?P<cursor>[\w-]{1,2000})(?:&(?P<behind>.+))?", re.ASCII)
_RECOMMENDATION: Final = re.compile(r"/v1/debtors/(?P<debtor_id>[^/\x00-\x1f]{1,200})/recommendation")
_OF_DEBTORS: Final = "recommendation"
#: Short of the length at which an address is refused.
_MAX_QUERY: Final = 4096


class Heard(NamedTuple):
    """A call: what is the same as in others, the debtor or cursor that it names, and its own id."""

    words: _Words
    named: str | None
    request_id: bytes


@dataclass(frozen=True)
class Reading:
    """What is the same each time these words come: who reads what."""

    key: Key
    given: Given
    question: Question
    route: str
    portfolios: tuple[str, ...]


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

    def __init__(self, parts: EdgeParts, desk: Desk, ready: Answers) -> None:
        self._parts, self._desk, self._ready = parts, desk, ready
        self._headers = ((b"content-type", b"application/json"), *parts.headers.of("/v1"))
        self._kept: dict[_Words, Reading] = {}
        self._deadlines = Deadlines(parts.max_seconds, parts.ledger.meter.in_progress)

    def keep(self, scope: Scope, reading: Reading, named: str | None) -> None:
        """Takes a reading that was answered, to answer it here when it comes again, whatever it names then."""
        heard = _heard(scope)
        # A trace begins at the edge.
        if heard is None or heard.named != named or self._parts.open_span is not no_span:
            return
        _, query, headers = heard.words
        if b"cursor=" in query or any(name not in _PLAIN for name, _ in headers):
            return
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[heard.words] = reading

    async def answers(self, scope: Scope, send: Send) -> bool:
        """Whether it has answered; if not, nothing has happened to the call yet."""
        began = time.perf_counter()
        heard = _heard(scope)
        reading = self._kept.get(heard.words) if heard else None
        held = await self._held(reading, heard.named) if heard and reading else None
        if heard is None or reading is None or held is None:
            return False
        allowance = self._desk.rates.take(reading.key)
        if allowance is not None and allowance.is_spent:
            return False
        request_id = self._parts.request_ids.of(heard.request_id)
        watched = self._deadlines.begin()
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": self._told(held, allowance, request_id)}
            )
            await send({"type": "http.response.body", "body": held.body})
        finally:
            self._deadlines.end(watched)
            told = Answered(
                time.time(), request_id, "GET", reading.route, reading.key.key_id, 200, held.n_rows,
                time.perf_counter() - began,
            )  # fmt: skip
            self._enter(told, reading, heard.named)
        return True

    async def _held(self, reading: Reading, named: str | None) -> Held | None:
        freshness, question = self._desk.freshness, reading.question
        try:
            change = freshness.at_once()
            if change is None:
                async with asyncio.timeout(self._parts.max_seconds):
                    change = await freshness.read()
            if self._desk.key_at_once(reading.given, change) is not reading.key:
                return None
            held = self._ready.held(question.kept_as(named), change, freshness.is_local)
            return held or (await self._made(question, named, change) if question.is_short else None)
        except _LEFT_TO_OTHERS:
            return None

    async def _made(self, question: Question, named: str | None, change: Change) -> Held:
        """The answer made anew; a file is read faster than a thread is woken up."""
        if self._desk.freshness.is_local:
            return self._ready.answer(question, named, change)
        async with asyncio.timeout(self._parts.max_seconds):
            return await run_in_threadpool(self._ready.answer, question, named, change)

    def _told(self, held: Held, allowance: Allowance | None, request_id: str) -> list[Header]:
        length = str(len(held.body)).encode()
        limited = allowance.headers() if allowance else ()
        return [*self._headers, (b"content-length", length), *limited, (b"x-request-id", request_id.encode())]

    def _enter(self, told: Answered, reading: Reading, named: str | None) -> None:
        self._parts.ledger.enter(told)
        who, seen = reading.key.key_id, reading.portfolios
        entry = Entry(datetime.now(UTC), who, "GET", told.route, seen, None, 200, told.n_rows, told.request_id)
        self._parts.audit.note(entry, named if isinstance(reading.question, Recommendations) else None)


def build_reading(scope: Scope, key: Key, given: Given, question: Question) -> Reading:
    """The reading of a call that was answered."""
    return Reading(key, given, question, scope["route"].path_format, portfolios_of(key, scope, 200))


def _heard(scope: Scope) -> Heard | None:
    """A call as far as an answer may rest on it; None: the long way has to judge it."""
    headers = scope["headers"]
    if scope["method"] != "GET" or len(headers) > MAX_HEADERS or len(scope["query_string"]) > _MAX_QUERY:
        return None
    kept, request_id, n_bytes = [], b"", 0
    for header in headers:
        name, value = header
        n_bytes += len(name) + len(value)
        if name in _HEARD:
            kept.append((name, value))
        elif name == b"x-request-id":
            request_id = request_id or value
    if n_bytes > MAX_HEADER_BYTES:
        return None
    path, query, named = _apart(scope["path"], scope["query_string"])
    return Heard((path, query, tuple(kept)), named, request_id)


def _apart(path: str, query: bytes) -> tuple[str, bytes, str | None]:
    """Path and query without the debtor or cursor that they name, and that."""
    if not query:
        debtor = _RECOMMENDATION.fullmatch(path)
        return (_OF_DEBTORS, b"", debtor["debtor_id"]) if debtor else (path, b"", None)
    page = _CURSOR.fullmatch(query) if b"cursor=" in query else None
    if page is None:
        return path, query, None
    return path, b"&".join(filter(None, (page["before"], page["behind"]))), page["cursor"].decode()
