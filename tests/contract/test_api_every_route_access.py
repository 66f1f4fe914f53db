"""Who may call what, tried on every route of the API's own document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.every_route import GUARDED, Route
from tests.unit.plan_samples import build_plan

from recobro_data.store import SCOPES, Store, open_store

#: Two answers to two calls differ in these by nature.
OWN = ("x-request-id", "ratelimit", "date", "content-length")
FOREIGN_IDS = ("debtor_id", "webhook_id", "delivery_id")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A plan of two portfolios, and a webhook of the one that the callers here do not see."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.webhooks.add("https://example.com", ["plan.published"], ["south"])
        store.publish_plan(build_plan())
        yield store


@pytest.fixture(scope="module")
def caller(store: Store) -> Caller:
    """One who may do anything, but only with the portfolio `north`."""
    return build_caller(store, ["north"], SCOPES)


@pytest.fixture(scope="module")
def foreign(store: Store) -> dict[str, str]:
    """Ids that exist in the portfolio `south`."""
    (hook,) = store.webhooks.all(None)
    (delivery,) = store.webhooks.deliveries(hook.webhook_id)
    return {"debtor_id": "d1", "webhook_id": hook.webhook_id, "delivery_id": str(delivery["delivery_id"])}


def call(caller: Caller, route: Route, path: str, **options: Any) -> httpx.Response:
    if route.has_body:
        options.setdefault("json", {})
    return caller.call(route.method, path, **options)


def seen(answer: httpx.Response, *ids: str) -> tuple[int, str, dict[str, str]]:
    """All that a caller can tell two answers apart by, without the ids that were asked for."""
    text = answer.text
    for one in ids:
        text = text.replace(one, "ID")
    return answer.status_code, text, {name: value for name, value in answer.headers.items() if name not in OWN}


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_without_a_key_no_route_answers(caller: Caller, route: Route) -> None:
    answer = call(Caller(caller.app, {}), route, route.at())
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="recobro"')


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_without_any_of_the_scopes_no_route_answers(store: Store, caller: Caller, route: Route) -> None:
    statuses = {}
    for scope in SCOPES:
        answer = call(build_scoped(store, caller, scope), route, route.at())
        statuses[scope] = answer.status_code
        assert (answer.status_code == 403) == ('error="insufficient_scope"' in str(answer.headers))
    # One scope opens it, or reading and writing both do; to set up is not to look.
    assert 403 in statuses.values()


def build_scoped(store: Store, caller: Caller, scope: str) -> Caller:
    return Caller(caller.app, {"X-API-Key": store.add_key(scope, [scope], ["north"])})


@pytest.mark.parametrize("route", [route for route in GUARDED if set(FOREIGN_IDS) & set(route.in_path)], ids=str)
def test_a_foreign_id_reads_like_one_that_does_not_exist(caller: Caller, foreign: dict[str, str], route: Route) -> None:
    unknown = {"debtor_id": "d999", "webhook_id": "wh_unknown", "delivery_id": "999"}
    answers = [call(caller, route, route.at(**ids)) for ids in (foreign, unknown)]
    there, not_there = (seen(answer, *foreign.values(), *unknown.values()) for answer in answers)
    assert there == not_there
    assert there[0] in (404, 422)


@pytest.mark.parametrize("route", [route for route in GUARDED if "portfolio" in route.in_query], ids=str)
def test_a_foreign_portfolio_reads_like_one_that_does_not_exist(caller: Caller, route: Route) -> None:
    names = ("south", "nowhere")
    there, not_there = (seen(call(caller, route, route.at(), params={"portfolio": name}), *names) for name in names)
    assert there == not_there


@pytest.mark.parametrize("route", [route for route in GUARDED if route.method == "GET"], ids=str)
def test_no_answer_to_a_bound_key_names_another_portfolio(caller: Caller, route: Route) -> None:
    assert "south" not in call(caller, route, route.at()).text


def bodies_about(debtor_id: str, item_id: str, portfolio: str) -> dict[str, Any]:
    """What can be asked or told about a debtor, an item and a portfolio in a body, by route."""
    about, made_at = {"debtor_id": debtor_id, "channel": "call"}, "2026-03-02T15:00:00Z"
    promise = {"promise_id": "r1", "debtor_id": debtor_id, "made_at": made_at, "due_on": "2026-03-09", "amount": 1}
    rows = [
        ("contact_attempts", {**about, "attempt_id": "g1", "attempted_at": made_at, "outcome": "no_answer"}),
        ("promises", promise),
        ("contact_points", {**about, "valid": False}),
        ("payments", {"payment_id": "y1", "paid_on": "2026-03-01", "amount": 1, "account_id": debtor_id}),
    ]
    events: list[dict[str, Any]] = [{"table": table, "row": row} for table, row in rows]
    hook = {"url": "https://example.com", "types": ["plan.published"], "portfolio": portfolio}
    return {"/v1/events": [*events, {**events[0], "item_id": item_id}], "/v1/webhooks": hook}


@pytest.mark.parametrize("path", bodies_about("", "", ""))
def test_foreign_ids_in_a_body_read_like_those_that_do_not_exist(caller: Caller, path: str) -> None:
    foreign, unknown = ("d1", "p1-1", "south"), ("d999", "p1-999", "nowhere")
    answers = [caller.call("POST", path, json=bodies_about(*ids)[path]) for ids in (foreign, unknown)]
    there, not_there = (seen(answer, *ids) for answer, ids in zip(answers, (foreign, unknown), strict=True))
    assert there == not_there
