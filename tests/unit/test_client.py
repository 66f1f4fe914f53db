"""The typed client against the app itself, and against an API that is busy or away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import build_plan

from recobro_data.store import Store, open_store
from recobro_serving.client import ApiError, RecobroClient


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('client') / 'recobro.db'}") as store:
        store.publish_plan(build_plan(n_items=6))
        yield store


def answered_by(caller: Caller) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        found = caller.call(request.method, path, content=request.content, headers=dict(request.headers))
        return httpx.Response(found.status_code, content=found.content, headers=found.headers)

    return answer


@pytest.fixture
def client(store: Store) -> Iterator[RecobroClient]:
    caller = build_caller(store, scopes=("read", "write"))
    key = caller.headers["Authorization"].removeprefix("Bearer ")
    with RecobroClient("http://recobro", key, transport=httpx.MockTransport(answered_by(caller))) as client:
        yield client


def busy(*answers: httpx.Response | Exception, tries: int = 4) -> tuple[RecobroClient, list[float]]:
    """A client of an API that gives these answers in turn, and the seconds it waited."""
    left, waited = list(answers), []

    def answer(_request: httpx.Request) -> httpx.Response:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    client = RecobroClient("http://x", "k", tries=tries, transport=httpx.MockTransport(answer), sleep=waited.append)
    return client, waited


def test_a_list_is_read_to_its_end_page_by_page(client: RecobroClient) -> None:
    assert [item.rank for item in client.worklist(limit=2)] == [1, 2, 3, 4, 5, 6]


def test_who_is_left_alone_is_read_too(client: RecobroClient) -> None:
    assert [row.because for row in client.left_alone(limit=3)] == ["promise_open"] * 4


def test_an_export_comes_in_pieces(client: RecobroClient) -> None:
    with client.export(form="ndjson") as pieces:
        assert b"".join(pieces).count(b"\n") == 6


def test_a_debtor_is_told_in_types(client: RecobroClient) -> None:
    item, risk = client.recommendation("d1"), client.risk("d1")
    assert (item.debtor_id, risk.curve[0].day) == ("d1", 1)
    assert client.contact_times("d1", "call").slots[0].channel == "call"


def test_an_export_that_is_refused_is_an_error(client: RecobroClient) -> None:
    with pytest.raises(ApiError, match=r"not-found \(404\)"), client.export(day="1999-01-01"):
        pass


def test_a_problem_is_an_error_with_its_status_and_kind(client: RecobroClient) -> None:
    with pytest.raises(ApiError, match="unknown-debtor") as refused:
        client.risk("nobody/at all")
    assert (refused.value.status, refused.value.kind) == (404, "unknown-debtor")


def test_events_are_answered_one_by_one(client: RecobroClient) -> None:
    assert [answer.status for answer in client.send_events([{"table": "payments", "row": {}}])] == ["rejected"]


def test_an_api_that_is_busy_is_asked_again_when_it_says() -> None:
    client, waited = busy(httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json={"items": []}))
    assert (client.models().items, waited) == ([], [7.0])


def test_one_that_does_not_answer_is_asked_again_later_each_time() -> None:
    client, waited = busy(httpx.ConnectError("no"), httpx.ConnectError("no"), httpx.Response(200, json={"items": []}))
    assert (client.models().items, waited) == ([], [1.0, 2.0])


def test_in_the_end_the_error_says_that_nobody_answered() -> None:
    client, _ = busy(*[httpx.ConnectError("no")] * 2, tries=2)
    with pytest.raises(ApiError, match="ConnectError"):
        client.models()


def test_a_claim_is_sent_once() -> None:
    client, waited = busy(httpx.Response(503, json={"type": "urn:recobro:problem:no-store", "detail": "away"}))
    with pytest.raises(ApiError, match="no-store"):
        client.claim("ana")
    assert waited == []


def test_the_same_events_are_sent_again_under_the_same_key() -> None:
    keys: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(503) if len(keys) == 1 else httpx.Response(200, json=[])

    client = RecobroClient("http://x", "k", transport=httpx.MockTransport(answer), sleep=lambda _: None)
    assert (client.send_events([]), len(set(keys)), len(keys)) == ([], 1, 2)


def test_an_answer_of_somebody_else_is_told_as_one() -> None:
    client, _ = busy(httpx.Response(502, text="<html>"))
    with pytest.raises(ApiError, match="none of this API"):
        client.models()


def test_the_client_needs_nothing_of_what_answers() -> None:
    code = "import sys, recobro_serving.client; print({'fastapi', 'sqlalchemy', 'pandas'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path("/"))
    assert (run.stdout.strip(), run.stderr) == ("set()", "")
