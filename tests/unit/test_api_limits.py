from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.api_caller import Caller
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings
from recobro_data.store import SCOPES, Store, open_store
from recobro_serving.app import create_app
from recobro_serving.limits import unfit_json

HOOKS = "/v1/webhooks"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        yield store


def build(store: Store, **serving: Any) -> Caller:
    key = store.add_key("test", SCOPES, ["*"])
    return Caller(create_app(Settings(serving=serving), store), {"Authorization": f"Bearer {key}"})


async def in_pieces(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_over_the_limit_is_refused_whether_its_length_is_told_or_not(store: Store, is_chunked: bool) -> None:
    body = b'"' + b"a" * 5000 + b'"'
    content = in_pieces(body) if is_chunked else body
    answer = build(store, max_body_bytes=5000).call("POST", HOOKS, content=content, headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:recobro:problem:body-too-large")


def test_a_body_that_is_announced_too_large_is_not_read(store: Store) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {**JSON, "content-length": "6000000"}
    assert build(store).call("POST", HOOKS, content=never(), headers=headers).status_code == 413


def test_a_body_at_the_limit_is_read(store: Store) -> None:
    body = b"[" + b" " * 4998 + b"]"
    assert build(store, max_body_bytes=5000).call("POST", HOOKS, content=body, headers=JSON).status_code == 422


@pytest.mark.parametrize("route", ["/livez", "/v1/worklists/latest", "/nowhere"])
def test_a_body_of_a_call_that_takes_none_has_the_same_limit(store: Store, route: str) -> None:
    assert build(store, max_body_bytes=5000).call("GET", route, content=b"a" * 5001).status_code == 413


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/livez?" + "a" * 9000, {}, 414),
        ("/livez", {"x-long": "a" * 17_000}, 431),
        ("/livez", {f"x-{number}": "a" for number in range(120)}, 431),
    ],
)
def test_addresses_and_headers_have_limits(store: Store, path: str, headers: dict[str, str], status: int) -> None:
    answer = build(store).get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def slow_app(store: Store, **serving: Any) -> Caller:
    """The API with calls that take their time."""
    caller = build(store, **serving)
    app: FastAPI = caller.app

    @app.get("/v1/slow")
    @app.get("/v1/slow/export")
    def slow() -> dict[str, str]:
        time.sleep(0.3)
        return {"status": "done"}

    return caller


def test_a_call_that_takes_too_long_is_a_503_to_try_again(store: Store) -> None:
    answer = slow_app(store, max_seconds=0.1).get("/v1/slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["type"] == "urn:recobro:problem:took-too-long"


def test_an_export_may_take_its_time(store: Store) -> None:
    assert slow_app(store, max_seconds=0.1).get("/v1/slow/export").json() == {"status": "done"}


def test_a_body_that_never_comes_is_given_up(store: Store) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.sleep(5)

    assert build(store, max_seconds=0.1).call("POST", HOOKS, content=trickle(), headers=JSON).status_code == 503


def test_a_caller_who_leaves_before_the_call_is_whole_is_no_defect(store: Store) -> None:
    app, sent = build(store).app, []
    messages = [{"type": "http.request", "body": b"[", "more_body": True}, {"type": "http.disconnect"}]
    scope = {"type": "http", "method": "POST", "path": HOOKS, "raw_path": HOOKS.encode(), "query_string": b""}

    async def call() -> None:
        await app({**scope, "headers": [], "http_version": "1.1"}, receive, send)

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(call())
    assert sent == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def depth_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


@given(value=JSON_VALUES, max_depth=st.integers(1, 4), ascii_only=st.booleans())
def test_sound_json_is_fit_exactly_up_to_its_depth(value: Any, max_depth: int, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert (unfit_json(body, max_depth) == "") == (depth_of(value) <= max_depth)


@given(body=st.binary(max_size=60) | st.text('[]{}",:\\u0dN1eE+ ', max_size=60).map(str.encode))
def test_any_bytes_are_judged_without_a_defect(body: bytes) -> None:
    assert isinstance(unfit_json(body, 3), str)


def test_what_a_browser_may_do_is_told_for_each_kind_of_answer(store: Store) -> None:
    caller = build(store)
    api, docs, page = (caller.get(path).headers["content-security-policy"] for path in ("/v1/plans/p1", "/docs", "/"))
    assert api == "default-src 'none'; frame-ancestors 'none'"
    assert ("script-src 'self' 'sha256-" in docs, "script-src 'self';" in page) == (True, True)
    assert "'unsafe-inline'" not in page + docs.partition("style-src")[0]


def test_https_is_asked_for_only_where_that_is_configured(store: Store) -> None:
    told = [build(store, hsts_seconds=n).get("/livez").headers.get("strict-transport-security") for n in (0, 63072000)]
    assert told == [None, "max-age=63072000; includeSubDomains"]


def preflight(caller: Caller, origin: str) -> httpx.Response:
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    return caller.call("OPTIONS", "/v1/worklists/latest", headers={"origin": origin, **asked})


def test_no_page_of_another_origin_may_call_unless_it_is_configured(store: Store) -> None:
    assert "access-control-allow-origin" not in preflight(build(store), "https://crm.example").headers
    caller = build(store, cors_origins=["https://crm.example"])
    allowed = [
        preflight(caller, one).headers.get("access-control-allow-origin")
        for one in ("https://crm.example", "https://x.y")
    ]
    assert allowed == ["https://crm.example", None]


@pytest.mark.parametrize("origin", ["*", "crm.example", "https://crm.example/", "null"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="origins read https://HOST"):
        Settings(serving={"cors_origins": [origin]})
