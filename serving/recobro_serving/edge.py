"""The outermost layer of the app: request ids, security headers, counts, and the last line for defects."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi.datastructures import Headers

from recobro_serving.metrics import Meter
from recobro_serving.problems import internal_problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

LOG: Final = logging.getLogger("recobro_serving")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
#: Answers hold debtors' data in the caller's language.
_V1_HEADERS: Final = ((b"cache-control", b"no-store"), (b"vary", b"Accept-Language"))


class Edge:
    """Wraps an ASGI app; every answer gets its headers here, and an unexpected error becomes a 500 problem."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app, self._meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call; what is not HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Call(scope, send).answered(self._app, receive, self._meter)


class _Call:
    """One call on its way through the edge."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._request_id = _request_id(Headers(scope=scope).get("x-request-id", ""))
        self._status: int | None = None

    async def answered(self, app: ASGIApp, receive: Receive, meter: Meter) -> None:
        started = time.perf_counter()
        try:
            await app(self._scope, receive, self.send)
        except Exception:
            LOG.exception("request %s failed at %s", self._request_id, self._route)
            if self._status is not None:
                raise
            await internal_problem()(self._scope, receive, self.send)
        finally:
            meter.count(self._route, self._status or 500, time.perf_counter() - started)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            more = _V1_HEADERS if self._scope["path"].startswith("/v1") else ()
            request_id = (b"x-request-id", self._request_id.encode())
            message["headers"] = [*message["headers"], *_HEADERS, *more, request_id]
        await self._send(message)

    @property
    def _route(self) -> str:
        return getattr(self._scope.get("route"), "path_format", "unmatched")


def _request_id(given: str) -> str:
    # A caller's own id goes into our log, so only a harmless one is taken over.
    return given if _ID.fullmatch(given) else uuid.uuid4().hex
