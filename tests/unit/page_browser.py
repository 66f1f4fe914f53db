"""Reads the web page of an app in this process, as a browser would: it keeps cookies and follows redirects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_serving.app import create_app

HOST = "http://recobro"


@dataclass
class Browser:
    """An app and the cookies that it has set."""

    app: Any
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._send("GET", path, **{"follow_redirects": True} | options))

    def post(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        return asyncio.run(self._send("POST", path, data=form, **options))

    def sign_in(self, key: str, **form: str) -> httpx.Response:
        return self.post("/sign-in", {"key": key, **form})

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        base = options.pop("base_url", HOST)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=base, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **options)
            self.cookies = client.cookies
            return answer


def build_browser(
    store: Store, home: Path, portfolios: Sequence[str] = ("*",), scopes: Sequence[str] = ("read",)
) -> Browser:
    """A browser that is signed in with a new key of those portfolios and scopes."""
    browser = Browser(create_app(Settings(home=home), store))
    browser.sign_in(store.add_key("ana", scopes, portfolios))
    return browser


def text_of(html: str) -> str:
    """What a reader sees of a page, words parted by single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class Tags(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]
