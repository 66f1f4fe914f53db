from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Hashable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Gauge
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_models.explanation.catalogue import tell
from recobro_serving.app import create_app
from recobro_serving.deadlines import Deadlines
from recobro_serving.front import Front
from recobro_serving.logs import Answered, CallsRecord, build_formatter
from recobro_serving.service.held import Held
from recobro_serving.service.marks import Change
from recobro_serving.service.questions import Question

LATEST = "/v1/worklists/latest"
ONE = "/v1/debtors/d2/recommendation"
OWN = ("x-request-id", "ratelimit")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        store.publish_plan(build_plan(tell=tell))
        yield store


@pytest.fixture
def caller(store: Store) -> Caller:
    return build_caller(store)


def by_front(caller: Caller, path: str, **options: Any) -> tuple[Any, int]:
    """The third answer to the same words, and how many of the three the front did not give."""
    layers, n_passed = caller.app.middleware_stack or caller.app.build_middleware_stack(), 0

    async def counted(*call: Any) -> None:
        nonlocal n_passed
        n_passed += 1
        await layers(*call)

    caller.app.middleware_stack = counted
    try:
        answers = [caller.get(path, **options) for _ in range(3)]
    finally:
        caller.app.middleware_stack = layers
    return answers[-1], n_passed


@pytest.mark.parametrize("path", [LATEST, f"{LATEST}?limit=2&stage=mid", "/v1/worklists/2026-03-02", ONE])
@pytest.mark.parametrize("headers", [{}, {"Accept-Language": "pt"}])
def test_what_comes_again_is_answered_as_the_routes_did(caller: Caller, path: str, headers: dict[str, str]) -> None:
    first = caller.get(path, headers=headers)
    again, n_passed = by_front(caller, path, headers=headers)
    assert (n_passed, again.status_code, again.content) == (1, 200, first.content)
    headers = [{name: one.headers[name] for name in one.headers if name not in OWN} for one in (again, first)]
    assert (headers[0], {*again.headers}) == (headers[1], {*first.headers})


def cursor_of(caller: Caller, limit: int = 2) -> str:
    return str(caller.get(f"{LATEST}?limit={limit}").json()["next_cursor"])


def test_who_reads_on_is_answered_in_front_on_pages_never_asked_for(caller: Caller) -> None:
    by_front(caller, f"{LATEST}?limit=2")
    cursor = cursor_of(caller)
    page, n_passed = by_front(caller, f"{LATEST}?limit=2&cursor={cursor}")
    assert (n_passed, [item["rank"] for item in page.json()["items"]]) == (0, [3, 4])


def test_one_debtor_after_another_is_answered_in_front(store: Store, caller: Caller) -> None:
    by_front(caller, ONE)
    found = [by_front(caller, f"/v1/debtors/{one}/recommendation") for one in ("d3", "a1")]
    assert [(n_passed, answer.json()["debtor_id"]) for answer, n_passed in found] == [(0, "d3"), (0, "a1")]
    caller.app.state.audit.flush()
    assert [*store.audit.rows()][-1]["subject"] == store.audit.subject_of("a1")


@pytest.mark.parametrize("turn", ["{}%41", "{}x", "{}&cursor={}", "&cursor={}", "x&cursor={}", "{}&limit=2", "%4d{}"])
def test_a_cursor_in_other_words_is_answered_as_by_the_routes(caller: Caller, turn: str) -> None:
    by_front(caller, f"{LATEST}?limit=2")
    by_front(caller, f"{LATEST}?limit=2&cursor=")
    path = f"{LATEST}?limit=2&cursor=" + turn.replace("{}", cursor_of(caller))
    quick = [caller.get(path) for _ in range(3)]
    caller.app.state.desk.readers.clear()
    caller.app.front._kept.clear()
    slow = caller.get(path)
    assert {(one.status_code, one.content) for one in quick} == {(slow.status_code, slow.content)}


def test_who_sees_less_reads_on_in_a_list_of_its_own(store: Store, caller: Caller) -> None:
    by_front(caller, f"{LATEST}?limit=2")
    north = Caller(caller.app, build_caller(store, ["north"]).headers)
    foreign = cursor_of(caller)
    assert [north.get(f"{LATEST}?limit=2&cursor={foreign}").status_code for _ in range(3)] == [422] * 3
    assert by_front(north, f"{LATEST}?limit=2&cursor={cursor_of(north)}")[0].json()["items"][0]["rank"] == 6


class BrokenAnswers:
    """Answers of a process with a defect."""

    def held(self, asked: Hashable, change: Change, is_local: bool = False) -> Held | None:
        raise ValueError("a defect")

    def answer(self, question: Question, named: str | None, change: Change = None) -> Held:
        raise ValueError("a defect")


def test_what_fails_in_front_is_answered_by_the_layers(caller: Caller) -> None:
    state = caller.app.state
    caller.app.front = state.front = Front(state.edge_parts, state.desk, BrokenAnswers())
    answer, n_passed = by_front(caller, ONE)
    assert (answer.status_code, n_passed) == (200, 3)


def test_an_unknown_debtor_is_refused_in_front_as_by_the_routes(caller: Caller) -> None:
    slow = caller.get("/v1/debtors/nobody/recommendation")
    by_front(caller, ONE)
    assert by_front(caller, "/v1/debtors/nobody/recommendation")[0].content == slow.content


@pytest.mark.parametrize("said", [{"Origin": "https://a.example"}, {"Expect": "x"}, {"Content-Encoding": "identity"}])
def test_who_says_more_of_a_call_is_answered_by_the_layers(caller: Caller, said: dict[str, str]) -> None:
    assert by_front(caller, LATEST, headers=said)[1] == 3


def test_headers_beyond_all_measure_are_refused_in_front_too(caller: Caller) -> None:
    assert by_front(caller, LATEST)[1] == 2
    assert caller.get(LATEST, headers={"X-Long": "x" * 20_000}).status_code == 431


def test_another_languages_words_are_another_answer(caller: Caller) -> None:
    texts = [by_front(caller, ONE, headers={"Accept-Language": one})[0].json()["reasons"] for one in ("en", "es")]
    assert texts[0] != texts[1]


def test_an_event_is_in_force_in_what_was_answered_before(store: Store, caller: Caller) -> None:
    by_front(caller, ONE)
    writer = build_caller(store, scopes=["write"])
    row = {"debtor_id": "d2", "country": "PE", "portfolio_id": "north", "do_not_contact": True}
    verdicts = writer.call("POST", "/v1/events", json=[{"table": "debtors", "row": row}]).json()
    assert verdicts[0]["status"] == "accepted"
    assert caller.get(ONE).json()["left_alone"]["because"] == "do_not_contact"


def test_what_the_audit_log_commits_ends_no_answer(store: Store, caller: Caller) -> None:
    by_front(caller, LATEST)
    caller.app.state.audit.flush()
    assert by_front(caller, LATEST)[1] == 0


def test_a_revocation_ends_every_answer_of_the_key(store: Store, caller: Caller) -> None:
    by_front(caller, LATEST)
    store.revoke_key(store.list_keys()[0].key_id)
    assert caller.get(LATEST).status_code == 401


def test_a_key_that_has_called_too_often_is_refused_in_front_too(store: Store) -> None:
    key = store.add_key("test", ["read"], ["*"], rate_per_minute=4)
    caller = Caller(create_app(Settings(), store), {"X-API-Key": key})
    assert [caller.get(LATEST).status_code for _ in range(6)] == [200] * 4 + [429] * 2


def test_every_answer_of_the_front_is_audited_with_rows_and_debtor(store: Store, caller: Caller) -> None:
    answer, _ = by_front(caller, ONE)
    caller.app.state.audit.flush()
    *_, row = store.audit.rows()
    told = (row["route"], row["status"], row["n_rows"], row["subject"], row["request_id"], row["portfolios"])
    subject = store.audit.subject_of("d2")
    route = "/v1/debtors/{debtor_id}/recommendation"
    assert told == (route, 200, 1, subject, answer.headers["x-request-id"], ["*"])


def test_every_answer_of_the_front_is_counted(caller: Caller) -> None:
    by_front(caller, LATEST)
    assert (
        'recobro_requests_total{method="GET",route="/v1/worklists/{day}",status="200"} 3.0'
        in caller.get("/metrics").text
    )


def test_ids_of_calls_are_the_callers_own_or_differ(caller: Caller) -> None:
    own = by_front(caller, LATEST, headers={"X-Request-ID": "a.b-1"})[0].headers["x-request-id"]
    made = {by_front(caller, LATEST)[0].headers["x-request-id"] for _ in range(3)}
    assert (own, len(made), {len(one) for one in made}) == ("a.b-1", 3, {32})


def test_with_traces_every_call_goes_through_the_edge(store: Store) -> None:
    caller = build_caller(store)
    traced = replace(caller.app.state.edge_parts, open_span=lambda _: nullcontext(lambda *_told: None))
    caller.app.front = caller.app.state.front = Front(traced, caller.app.state.desk, caller.app.state.services.ready)
    assert by_front(caller, LATEST)[1] == 3


def answered(**changed: Any) -> Answered:
    call = Answered(1_772_452_800.25, "r1", "GET", "/livez", "k1", 200, 3, 0.0123)
    return call._replace(**changed)


@pytest.mark.parametrize("changed", [{}, {"key_id": None}, {"key_id": 'a"b'}, {"request_id": "rck_0a_Secret"}])
def test_the_quick_line_of_a_call_says_what_the_formatter_would(changed: dict[str, Any]) -> None:
    call, formatter = answered(**changed), build_formatter("json")
    record = logging.LogRecord("recobro_serving", logging.INFO, "", 0, "request", None, None)
    record.__dict__ |= {**call.told(), "ms": 12.3}
    slow, quick = (json.loads(formatter.format(one)) for one in (record, CallsRecord("recobro_serving", [call])))
    assert quick.pop("timestamp") == "2026-03-02T12:00:00.250000Z"
    slow.pop("timestamp")
    assert slow == quick


def test_the_members_of_a_calls_line_stand_as_they_are_documented() -> None:
    line = json.loads(build_formatter("json").format(CallsRecord("recobro_serving", [answered()])))
    documented = "event level logger timestamp request_id method route status rows key_id ms"
    assert [*line] == documented.split()


def test_calls_of_one_moment_are_a_line_each() -> None:
    for form in ("json", "console"):
        text = build_formatter(form).format(CallsRecord("recobro_serving", [answered(), answered(status=404)]))
        assert [("200" in line, "404" in line) for line in text.splitlines()] == [(True, False), (False, True)]


def test_an_answer_that_nobody_takes_is_cut() -> None:
    async def stuck(deadlines: Deadlines) -> None:
        watched = deadlines.begin()
        try:
            await asyncio.sleep(10)
        finally:
            deadlines.end(watched)

    async def both() -> tuple[bool, float]:
        gauge = Gauge("in_progress", "", registry=None)
        deadlines = Deadlines(0.05, gauge)
        deadlines.end(deadlines.begin())
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(stuck(deadlines))
        return bool(deadlines._began), gauge._value.get()

    assert asyncio.run(both()) == (False, 0)
