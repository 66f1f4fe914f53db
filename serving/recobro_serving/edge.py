"""The outermost layer of the app: request ids, limits, headers, counts, audit, and the last line for defects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi.responses import Response
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from recobro_data.store.audit import Entry
from recobro_serving.audit import AuditLog, entry_of
from recobro_serving.calls import RequestIds, begin_call
from recobro_serving.headers import AnswerHeaders
from recobro_serving.ledger import LOG, Ledger
from recobro_serving.limits import CallerLeftError, Limits
from recobro_serving.logs import Answered
from recobro_serving.problems import ProblemError, internal_problem, store_problem, timeout_problem
from recobro_serving.tracing import OpenSpan, no_span

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_READING: Final = ("GET", "HEAD", "OPTIONS")
#: They are asked with a body and change nothing.
_ASKING: Final = ("/v1/score", "/v1/plans/simulate")
#: Who was not let in is in the log of requests; an audit log that anybody can fill is none.
_NOT_AUDITED: Final = (401, 429)


@dataclass(frozen=True, kw_only=True)
class EdgeParts:
    """What the edge works with; exports may take longer than `max_seconds`."""

    ledger: Ledger
    audit: AuditLog
    limits: Limits
    headers: AnswerHeaders
    max_seconds: float
    request_ids: RequestIds
    open_span: OpenSpan = no_span


class Edge:
    """Wraps an ASGI app; every answer gets its headers here, and an unexpected error becomes a 500 problem."""

    def __init__(self, app: ASGIApp, parts: EdgeParts) -> None:
        self._app, self._parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call; what is not HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Passage(scope, send, self._parts).answered(self._app, receive)


class _Passage:
    """One call on its way through the edge."""

    def __init__(self, scope: Scope, send: Send, parts: EdgeParts) -> None:
        self._scope, self._send, self._parts = scope, send, parts
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        self._call = begin_call(parts.request_ids.of(given))
        self._status: int | None = None
        self._is_cut = False

    async def answered(self, app: ASGIApp, receive: Receive) -> None:
        started = time.perf_counter()
        self._parts.ledger.meter.in_progress.inc()
        with self._parts.open_span(self._scope["headers"]) as tell:
            try:
                await self._answered_somehow(app, receive)
            finally:
                self._parts.ledger.meter.in_progress.dec()
                told = self._told(time.perf_counter() - started)
                tell(f"{self._scope['method']} {self._route}", told)

    async def _answered_somehow(self, app: ASGIApp, receive: Receive) -> None:
        try:
            await self._answered_in_time(app, receive)
        except CallerLeftError:
            self._status = self._status or 499
        except ProblemError as error:
            await self._answer(error.problem.answer(), receive)
        except OperationalError as error:
            if self._status is not None:
                raise
            LOG.error("request %s found no store: %s", self._call.request_id, type(error).__name__)
            await self._answer(store_problem(), receive)
        except Exception:
            LOG.exception("request %s failed at %s", self._call.request_id, self._route)
            if self._status is not None:
                raise
            await self._answer(internal_problem(), receive)

    async def _answered_in_time(self, app: ASGIApp, receive: Receive) -> None:
        self._parts.limits.check_head(self._scope)
        is_export = self._scope["path"].endswith("/export")
        try:
            async with asyncio.timeout(None if is_export else self._parts.max_seconds) as timer:
                await app(self._scope, await self._parts.limits.read_body(self._scope, receive), self.send)
        except TimeoutError:
            if not timer.expired() or self._status is not None:
                raise
            LOG.error("request %s took too long at %s", self._call.request_id, self._route)
            await self._answer(timeout_problem(), receive)

    async def send(self, message: Message) -> None:
        """Passes an answer on with its headers; one to a write only once the audit log has it."""
        if self._is_cut:
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._is_write and not await self._is_audited():
                self._is_cut = True
                message, body = _in_one_piece(store_problem())
                await self._pass_on(message)
                message = body
        await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            request_id = (b"x-request-id", self._call.request_id.encode())
            message["headers"] = [*message["headers"], *self._headers(), request_id]
        await self._send(message)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        own = self._call.allowance.headers() if self._call.allowance else ()
        return [*self._parts.headers.of(self._scope["path"]), *own]

    async def _answer(self, response: Response, receive: Receive) -> None:
        await response(self._scope, receive, self.send)

    async def _is_audited(self) -> bool:
        try:
            await self._parts.audit.write(self._entry(), self._debtor_id)
        except SQLAlchemyError as error:
            LOG.error("request %s is not in the audit log: %s", self._call.request_id, type(error).__name__)
            return False
        return True

    def _told(self, seconds: float) -> dict[str, str | int]:
        status = self._status or 500
        key_id = self._call.key.key_id if self._call.key else None
        called = (self._call.request_id, self._scope["method"], self._route, key_id)
        answered = Answered(time.time(), *called, status, self._call.n_rows, seconds)
        self._parts.ledger.enter(answered)
        if self._call.key is not None and not self._is_write and status not in _NOT_AUDITED:
            self._parts.audit.note(self._entry(), self._debtor_id)
        return answered.told()

    @property
    def _is_write(self) -> bool:
        is_asking = self._scope["method"] in _READING or self._route in _ASKING
        return self._call.key is not None and not is_asking and self._status not in _NOT_AUDITED

    def _entry(self) -> Entry:
        return entry_of(self._call, self._scope, route=self._route, status=self._status or 500)

    @property
    def _debtor_id(self) -> str | None:
        return self._scope.get("path_params", {}).get("debtor_id") or self._call.debtor_id

    @property
    def _route(self) -> str:
        return getattr(self._scope.get("route"), "path_format", "unmatched")


def _in_one_piece(response: Response) -> tuple[Message, Message]:
    start = {"type": "http.response.start", "status": response.status_code, "headers": list(response.raw_headers)}
    return start, {"type": "http.response.body", "body": bytes(response.body)}
