"""Calls an app in this process, without a server and without its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_serving.app import create_app


@dataclass
class Caller:
    """An app and the headers that every call of this caller carries."""

    app: Any
    headers: Mapping[str, str]

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return asyncio.run(self._call(method, path, headers=headers, **options))

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://recobro") as client:
            return await client.request(method, path, **options)


def build_caller(store: Store, portfolios: Sequence[str] = ("*",), scopes: Sequence[str] = ("read",)) -> Caller:
    """A caller with a new key of those portfolios and scopes."""
    key = store.add_key("test", scopes, portfolios)
    return Caller(create_app(Settings(), store), {"Authorization": f"Bearer {key}"})


def every_item(caller: Caller, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a list, read page by page."""
    rows: list[dict[str, Any]] = []
    page = caller.get(path, params=query).json()
    while True:
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        page = caller.get(path, params=query | {"cursor": page["next_cursor"]}).json()
