"""recobro's application with an answer beside it that costs nothing: `/constant/PATH` is what PATH answered first.

BENCH_STORE=sqlite:///PATH uvicorn --factory bench.serving_app:create
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from logging.config import dictConfig
from pathlib import Path
from typing import Any, Final

from recobro_data.settings import Settings
from recobro_data.store import open_store
from recobro_serving.app import create_app
from recobro_serving.logs import log_config

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]

_PREFIX: Final = "/constant"


class WithConstants:
    """Answers constants itself, before any layer of the application; hands over everything else."""

    def __init__(self, app: Any) -> None:
        self._app, self._bodies = app, dict[str, bytes]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not path.startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        own = {**scope, "path": path.removeprefix(_PREFIX), "raw_path": path.removeprefix(_PREFIX).encode()}
        address = f"{path}?{scope['query_string'].decode()}"
        if address not in self._bodies:
            self._bodies[address] = await self._asked(own, receive)
        await _send(send, self._bodies[address])

    async def _asked(self, scope: Scope, receive: Receive) -> bytes:
        parts: list[bytes] = []

        async def keep(message: Scope) -> None:
            parts.append(message.get("body", b""))

        await self._app(scope, receive, keep)
        return b"".join(parts)


async def _send(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def create() -> WithConstants:
    """The application over the store that `BENCH_STORE` names."""
    settings = Settings(home=Path(os.environ["BENCH_HOME"]))
    # A line a call, as `recobro serve` writes it.
    dictConfig(log_config(settings.serving.log_format, settings.serving.log_level))
    return WithConstants(create_app(settings, open_store(os.environ["BENCH_STORE"])))
