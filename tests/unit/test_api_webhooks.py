from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan
from tests.unit.receivers import resolver_of

from recobro_data.store import Store, open_store
from recobro_data.store.deliveries import Lease
from recobro_data.store.outbox import EVENT_TYPES
from recobro_serving import schemas_webhooks as shapes
from recobro_serving.service.webhooks import WebhookDesk

HOOKS = "/v1/webhooks"
NEW = {"url": "https://hooks.example.com/recobro", "types": ["plan.published", "item.suppressed"]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        yield store


def admin(store: Store, *portfolios: str) -> Caller:
    """A caller whose server resolves every name to a public address."""
    caller = build_caller(store, portfolios or ("*",), ["admin"])
    resolve = resolver_of(["93.184.215.14"])
    caller.app.state.webhook_desk = WebhookDesk(store, allow_private=False, resolve=resolve)
    return caller


def add(caller: Caller, **changed: Any) -> dict[str, Any]:
    answer = caller.call("POST", HOOKS, json=NEW | changed)
    assert answer.status_code == 201, answer.text
    hook: dict[str, Any] = answer.json()
    return hook


def test_a_new_webhook_shows_its_secret_this_once(store: Store) -> None:
    caller = admin(store)
    hook = add(caller)
    assert hook["secret"].startswith("whsec_")
    assert caller.get(HOOKS).json() == {"webhooks": [{k: v for k, v in hook.items() if k != "secret"}]}


def test_answers_have_the_shapes_that_are_documented(store: Store) -> None:
    caller = admin(store)
    hook = add(caller)
    store.webhooks.announce("plan.published", "north", {})
    page = caller.get(f"{HOOKS}/{hook['webhook_id']}/deliveries")
    secret = caller.call("POST", f"{HOOKS}/{hook['webhook_id']}/rotate")
    asked = ((shapes.WebhookWithSecret, hook), (shapes.DeliveryPage, page.json()), (shapes.Secret, secret.json()))
    for shape, answer in asked:
        assert set(TypeAdapter[Any](shape).validate_python(answer).model_dump()) == set(answer)


def test_without_a_portfolio_a_webhook_is_told_of_all_that_its_key_sees(store: Store) -> None:
    assert add(admin(store))["portfolios"] == ["*"]
    assert add(admin(store, "north", "south"))["portfolios"] == ["north", "south"]
    assert add(admin(store, "north", "south"), portfolio="south")["portfolios"] == ["south"]


def test_a_portfolio_that_the_key_does_not_see_is_refused_whether_it_exists_or_not(store: Store) -> None:
    answers = [admin(store, "north").call("POST", HOOKS, json=NEW | {"portfolio": name}) for name in ("south", "x")]
    assert (answers[0].status_code, answers[0].text) == (422, answers[1].text)


def test_a_webhook_of_wider_portfolios_is_not_seen(store: Store) -> None:
    hook = add(admin(store))
    bound = admin(store, "north")
    assert bound.get(HOOKS).json() == {"webhooks": []}
    for method, path in (("DELETE", ""), ("POST", "/rotate"), ("GET", "/deliveries"), ("POST", "/deliveries/1/resend")):
        assert bound.call(method, f"{HOOKS}/{hook['webhook_id']}{path}").status_code == 404


def test_a_webhook_that_is_removed_is_gone(store: Store) -> None:
    caller = admin(store)
    path = f"{HOOKS}/{add(caller)['webhook_id']}"
    assert [caller.call("DELETE", path).status_code for _ in range(2)] == [204, 404]


def test_a_rotation_gives_another_secret(store: Store) -> None:
    caller = admin(store)
    hook = add(caller)
    rotated = caller.call("POST", f"{HOOKS}/{hook['webhook_id']}/rotate").json()
    assert rotated["secret"] != hook["secret"]


def test_what_was_given_up_is_listed_and_sent_again(store: Store) -> None:
    caller = admin(store)
    path = f"{HOOKS}/{add(caller)['webhook_id']}/deliveries"
    store.webhooks.announce("plan.published", "north", {})
    (one,) = store.webhooks.lease_due(Lease(9, 9, timedelta()))
    store.webhooks.settle(one, answer=500, error="the receiver answered 500", retry=False)
    (dead,) = caller.get(path, params={"status": "dead"}).json()["deliveries"]
    assert caller.call("POST", f"{path}/{dead['delivery_id']}/resend").status_code == 202
    assert [row["status"] for row in caller.get(path).json()["deliveries"]] == ["pending"]


def test_deliveries_are_paged_newest_first(store: Store) -> None:
    caller = admin(store)
    path = f"{HOOKS}/{add(caller)['webhook_id']}/deliveries"
    for _ in range(3):
        store.webhooks.announce("plan.published", "north", {})
    first = caller.get(path, params={"limit": 2}).json()
    second = caller.get(path, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    ids = [row["delivery_id"] for page in (first, second) for row in page["deliveries"]]
    assert (ids, second["next_cursor"]) == ([3, 2, 1], None)


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://hooks.example.com"},
        {"url": "https://ana:pw@hooks.example.com"},
        {"types": []},
        {"types": ["plan.deleted"]},
        {"portfolio": ""},
        {"secret": "mine"},
    ],
)
def test_a_webhook_that_can_not_be_is_refused(store: Store, changed: dict[str, Any]) -> None:
    assert admin(store).call("POST", HOOKS, json=NEW | changed).status_code == 422


def test_a_webhook_into_the_own_network_is_refused_unless_that_is_allowed(store: Store) -> None:
    caller, new = build_caller(store, scopes=["admin"]), NEW | {"url": "https://127.0.0.1/hook"}
    assert caller.call("POST", HOOKS, json=new).status_code == 422
    caller.app.state.webhook_desk = WebhookDesk(store, allow_private=True)
    assert caller.call("POST", HOOKS, json=new).status_code == 201


def test_the_document_knows_every_type() -> None:
    assert TypeAdapter(shapes.EventType).json_schema()["enum"] == list(EVENT_TYPES)


def test_an_event_that_takes_an_item_off_the_list_is_told_in_the_same_breath(store: Store) -> None:
    store.publish_plan(build_plan())
    store.webhooks.add("https://example.com", ["item.suppressed"], ["south"])
    made = {"made_at": "2026-03-02T15:00:00Z", "due_on": "2026-03-09", "amount": 1000}
    rows = [{"promise_id": f"r{debtor}", "debtor_id": debtor, **made} for debtor in ("d1", "d2")]
    events = [{"table": "promises", "row": row} for row in rows]
    assert build_caller(store, scopes=["write"]).call("POST", "/v1/events", json=events).status_code == 200
    # Only the one of the webhook's portfolio.
    told = [json.loads(one.body)["data"] for one in store.webhooks.lease_due(Lease(9, 9, timedelta()))]
    assert [(one["debtor_id"], one["because"]) for one in told] == [("d1", "promise_open")]
