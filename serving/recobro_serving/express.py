"""Plain readings of pages and recommendations, answered ahead of the framework's routing.

Only for a key that the routes have let in since the last commit, and only where nothing is wrong with the call:
whatever is not sure here is left to the routes, which know how to refuse. What was read before is sent again where the
store says that nothing was committed since.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import RecobroError
from recobro_data.store import Key
from recobro_serving.auth import admit
from recobro_serving.calls import current_call, note_rows
from recobro_serving.front import Desk, Front, build_reading
from recobro_serving.languages import preferred_language
from recobro_serving.problems import ProblemError, invalid
from recobro_serving.readers import CREDENTIALS, Given
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.held import Held
from recobro_serving.service.listing import Asked
from recobro_serving.service.marks import Change
from recobro_serving.service.questions import Pages, Question, Recommendations
from recobro_serving.service.ready import ReadyAnswers

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_PAGE: Final = re.compile(r"/v1/worklists/(?P<day>latest|\d{4}-\d\d-\d\d)")
_RECOMMENDATION: Final = re.compile(r"/v1/debtors/(?P<debtor_id>[^/\x00-\x1f]{1,200})/recommendation")
_Found = tuple[Key, Held]


@dataclass(frozen=True)
class _Route:
    """What the edge asks of a route."""

    path_format: str


_PAGE_ROUTE: Final = _Route("/v1/worklists/{day}")
_RECOMMENDATION_ROUTE: Final = _Route("/v1/debtors/{debtor_id}/recommendation")


class Express:
    """Wraps the app inside the edge."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self._app, self._state = app, owner.state
        self._desk: Desk = owner.state.desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call, itself or by the routes."""
        reading = _reading_of(scope)
        if reading is None:
            await self._app(scope, receive, send)
            return
        found = await self._found(reading)
        if found is None:
            await self._answered_by_routes(scope, receive, send, reading.given)
            return
        key, held = found
        admit(self._desk.rates, key)
        scope["route"], scope["path_params"] = reading.route, reading.named
        note_rows(held.n_rows)
        if held.mark is not None:
            front: Front = self._state.front
            front.keep(scope, build_reading(scope, key, reading.given, reading.question(key)), reading.named_now)
        await _send(send, held)

    async def _found(self, reading: _Reading) -> _Found | None:
        if reading.given not in self._desk.readers:
            return None
        change = await self._desk.freshness.read()
        if change is None:
            return None
        key, is_local = self._desk.key_at_once(reading.given, change), self._desk.freshness.is_local
        question = reading.question(key) if key else None
        if key and question and (held := self._ready.held(question.kept_as(reading.named_now), change, is_local)):
            return key, held
        if is_local and question and question.is_short:
            return self._looked_up(reading, change)
        return await run_in_threadpool(self._looked_up, reading, change)

    def _looked_up(self, reading: _Reading, change: Change) -> _Found | None:
        try:
            key = self._desk.readers.read(reading.given, change)
            return (key, self._ready.answer(reading.question(key), reading.named_now, change)) if key else None
        except (RecobroError, ProblemError, SQLAlchemyError):
            return None

    @property
    def _ready(self) -> ReadyAnswers:
        ready: ReadyAnswers = self._state.services.ready
        return ready

    async def _answered_by_routes(self, scope: Scope, receive: Receive, send: Send, given: Given) -> None:
        """Lets the routes answer, and remembers the key that they let in."""
        status = 0

        async def watched(message: Scope) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._app(scope, receive, watched)
        call = current_call()
        if status == 200 and given and call is not None and call.key is not None and "read" in call.key.scopes:
            self._desk.readers.remember(given, call.key)


class _Reading:
    """A call as it is understood here."""

    def __init__(self, scope: Scope, route: _Route, named: dict[str, str]) -> None:
        self.route, self.named = route, named
        self.given: Given = tuple((name, value) for name, value in scope["headers"] if name in CREDENTIALS)
        self._language = preferred_language(
            ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language")
        )
        self._query = WorklistQuery.model_validate(_parameters(scope)) if route is _PAGE_ROUTE else None

    def question(self, key: Key) -> Question:
        """What is asked, but for the debtor or cursor that is named."""
        if self._query is not None:
            return Pages(Asked(key, self.named["day"], self._language), self._query)
        return Recommendations(key, self._language)

    @property
    def named_now(self) -> str | None:
        """The debtor or cursor that this call names."""
        return self.named["debtor_id"] if self._query is None else self._query.cursor or None


def _reading_of(scope: Scope) -> _Reading | None:
    """The call, where it is a plain reading and nothing is wrong with it."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/v1/"):
        return None
    try:
        if page := _PAGE.fullmatch(scope["path"]):
            return _Reading(scope, _PAGE_ROUTE, page.groupdict())
        one = _RECOMMENDATION.fullmatch(scope["path"])
        return _Reading(scope, _RECOMMENDATION_ROUTE, one.groupdict()) if one and not scope["query_string"] else None
    except (ValidationError, ProblemError):
        return None


def _parameters(scope: Scope) -> dict[str, str]:
    """The parameters of the address; one that is given twice is for the routes to refuse."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid("Expected each parameter once, found one twice. Say it once.")
    return found


async def _send(send: Send, held: Held) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(held.body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": held.body})
