"""What a caller of bad will, or with a bad program, may send to every route: refused in words, never a defect."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.every_route import GUARDED, ROUTES, Route
from tests.unit.plan_samples import build_plan

from recobro_data.store import SCOPES, open_store

TEXTS = (
    *("' OR '1'='1", "1; DROP TABLE items--", '" UNION SELECT secret_hash FROM api_keys --', "%' AND 1=1"),
    *("../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "C:\\windows\\win.ini", "file:///etc/passwd", "\x00", "a\x00b"),
    *("", " ", ".", "..", "/", "\r\nSet-Cookie: a=b", "\x1b[31m", "\ufffe", "\u202e", "𝕏" * 300, "a" * 5000),
    *("NaN", "-1", "1e999", "9" * 40, "null", "true", "[]", "{}", "${jndi:ldap://a}", "{{7*7}}", "<script>"),
)
#: As an address may carry them: bytes that are no text, signs that are no signs.
RAW = ("%", "%ff%fe", "%c0%ae%c0%ae/", "%zz", "%00", "%ed%a0%80", "+", "%2e%2e", "%0d%0aX:%20y")
VALUES: Sequence[Any] = (
    *(None, True, 0, -1, 10**40, 1e308, "", "x", "\x00", "\ud800", "𝕏" * 500, [], [[]], {}, {"": {}}),
    *([None], ["x"] * 2000, [{}] * 1001, {"table": 1, "row": []}, [{"table": "payments", "row": {"amount": "x"}}]),
)
BODIES = (
    *(b"", b"{", b"[", b"nul", b"\xff\xfe", b"\x80", b"[NaN]", b"[-Infinity]", b"[1e999]", b"[" + b"9" * 5000 + b"]"),
    *(
        b"[" * 100_000,
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'["\\ud800"]',
        b'{"\\udfff": 1}',
    ),
    *(
        '{"a": "\u0000"}'.encode("utf-16"),
        '["a"]'.encode("utf-32"),
        b'{"a": 1, "a": 2}',
        b'"' + b"a" * 1_000_000 + b'"',
    ),
)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        yield build_caller(store, scopes=SCOPES)


def ask_all(caller: Caller, method: str, calls: Sequence[tuple[str, dict[str, Any]]]) -> list[httpx.Response]:
    """All answers, over one client."""

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(caller.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://recobro", headers=caller.headers) as client:
            return [await client.request(method, path, **options) for path, options in calls]

    return asyncio.run(asked())


def is_sound(answer: httpx.Response) -> bool:
    """No defect, and every refusal a problem; 503 only where it names what is missing here."""
    name = answer.json()["type"].rpartition(":")[2] if answer.status_code == 503 else ""
    is_missing = name.startswith("no-") and name != "no-store"
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return (answer.status_code < 400) or (is_problem and (answer.status_code < 500 or is_missing))


def unsound(answers: Sequence[httpx.Response]) -> list[tuple[int, str, str]]:
    wrong = [answer for answer in answers if not is_sound(answer)]
    return [(one.status_code, str(one.request.url)[:200], one.text[:200]) for one in wrong]


@pytest.mark.parametrize("route", [route for route in GUARDED if route.in_path], ids=str)
def test_hostile_text_in_an_address_is_refused_in_words(caller: Caller, route: Route) -> None:
    paths = [route.at(**{name: text}) for name in route.in_path for text in TEXTS]
    paths += [route.path.format(**dict.fromkeys(route.in_path, raw)) for raw in RAW]
    options = {"json": {}} if route.has_body else {}
    assert unsound(ask_all(caller, route.method, [(path, options) for path in paths])) == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.in_query], ids=str)
def test_hostile_text_in_a_parameter_is_refused_in_words(caller: Caller, route: Route) -> None:
    queries = [f"{name}={quote(text, safe='')}" for name in (*route.in_query, "unknown") for text in TEXTS]
    queries += [f"{name}={raw}" for name in route.in_query for raw in RAW]
    queries += [f"{name}=1&{name}=2" for name in route.in_query]
    options = {"json": {}} if route.has_body else {}
    assert unsound(ask_all(caller, route.method, [(f"{route.at()}?{query}", options) for query in queries])) == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.has_body], ids=str)
def test_a_body_that_is_no_sound_json_is_refused_in_words(caller: Caller, route: Route) -> None:
    headers = {"content-type": "application/json"}
    answers = ask_all(caller, route.method, [(route.at(), {"content": body, "headers": headers}) for body in BODIES])
    assert unsound(answers) == []
    assert {answer.status_code // 100 for answer in answers} == {4}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.has_body], ids=str)
def test_values_of_wrong_types_in_every_field_are_refused_in_words(caller: Caller, route: Route) -> None:
    fields, is_list = body_fields(caller, route)
    bodies = [{**dict.fromkeys(fields, "x"), name: value} for name in fields for value in VALUES]
    told = [*VALUES, *([body] if is_list else body for body in bodies)]
    headers = {"content-type": "application/json"}
    calls = [(route.at(), {"content": json.dumps(body), "headers": headers}) for body in told]
    assert unsound(ask_all(caller, route.method, calls)) == []


def body_fields(caller: Caller, route: Route) -> tuple[list[str], bool]:
    """The names of a body's fields as the document has them, and whether it is a list of such bodies."""
    document = caller.app.openapi()
    body = document["paths"][route.path][route.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    shape = body.get("items", body)
    if "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return list(shape["properties"]), "items" in body


@pytest.mark.parametrize("route", [route for route in ROUTES if route.has_body], ids=str)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_compressed_body_is_refused_before_it_is_read(caller: Caller, route: Route, coding: str) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    headers = {"content-type": "application/json", "content-encoding": coding}
    (answer,) = ask_all(caller, route.method, [(route.at(), {"content": bomb, "headers": headers})])
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_hostile_headers_are_refused_or_passed_over(caller: Caller, route: Route) -> None:
    names = ("Authorization", "X-API-Key", "X-Request-ID", "Accept-Language", "Idempotency-Key", "Content-Type")
    texts = ("", "Bearer " + "x" * 4000, b"\xff\xfe", "' OR 1=1;q=nan", "rck_a_b")
    options = {"json": {}} if route.has_body else {}
    calls = [(route.at(), {**options, "headers": {name: text}}) for name in names for text in texts]
    assert unsound(ask_all(caller, route.method, calls)) == []


def test_a_cursor_that_was_tampered_with_is_refused(caller: Caller) -> None:
    cursor = caller.get("/v1/worklists/latest", params={"limit": 1}).json()["next_cursor"]
    places = range(0, len(cursor), 3)
    changed = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in places]
    answers = ask_all(caller, "GET", [(f"/v1/worklists/latest?cursor={one}", {}) for one in (*changed, cursor[:-4])])
    assert {answer.status_code for answer in answers} == {422}


@pytest.mark.parametrize(
    "path", ["/v1/../etc/passwd", "//etc/passwd", "/v1/worklists/..%2f..%2fkeys", "/static/../app.py"]
)
def test_no_address_leads_out_of_the_api(caller: Caller, path: str) -> None:
    (answer,) = ask_all(caller, "GET", [(path, {})])
    assert (answer.status_code in (404, 422), "root:" in answer.text) == (True, False)
