from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.errors import UsageError
from recobro_data.store import Store, open_store
from recobro_data.store.deliveries import Delivery, Lease, next_attempt
from recobro_data.store.dialects import writing
from recobro_data.store.forgetting import remove_from_store
from recobro_data.store.outbox import EVENT_TYPES, add_event

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = Lease(16, 4, timedelta(seconds=60))
ANY = ["*"]


class Watch:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.instant = NOW

    def __call__(self) -> datetime:
        return self.instant

    def wait(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return fresh_url(tmp_path)


@pytest.fixture
def store(url: str, watch: Watch) -> Iterator[Store]:
    with open_store(url, now=watch) as store:
        yield store


def add_hook(store: Store, *portfolios: str, types: Any = EVENT_TYPES) -> str:
    hook, _ = store.webhooks.add("https://example.com/hook", types, portfolios or ANY)
    return hook.webhook_id


def leased(store: Store) -> list[Delivery]:
    return store.webhooks.lease_due(LEASE)


def told(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return [json.loads(one.body)["data"] for one in deliveries]


def test_a_published_plan_is_told_once_a_portfolio_with_its_own_counts(store: Store) -> None:
    add_hook(store)
    store.publish_plan(build_plan())
    assert [(one["portfolio_id"], one["n_items"], one["n_left_alone"]) for one in told(leased(store))] == [
        *(("north", 3, 2), ("south", 3, 2))
    ]


def test_a_hook_that_is_bound_to_a_portfolio_learns_of_no_other(store: Store) -> None:
    add_hook(store, "north")
    store.publish_plan(build_plan())
    assert "south" not in " ".join(one.body for one in leased(store))


def test_a_hook_is_told_only_of_the_types_it_asked_for(store: Store) -> None:
    add_hook(store, types=["model.promoted"])
    store.publish_plan(build_plan())
    store.webhooks.announce("model.promoted", None, {"model": "risk", "version": 2})
    assert told(leased(store)) == [{"model": "risk", "version": 2}]


def test_what_concerns_everybody_reaches_bound_hooks_too(store: Store) -> None:
    add_hook(store, "north")
    store.webhooks.announce("model.promoted", None, {"model": "risk"})
    assert len(leased(store)) == 1


def test_a_payload_says_its_type_when_and_its_version(store: Store) -> None:
    add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    payload = json.loads(leased(store)[0].body)
    assert payload == {
        "type": "model.promoted",
        "timestamp": NOW.isoformat("T", "microseconds"),
        "version": 1,
        "data": {},
    }


def test_a_plan_that_is_not_published_is_told_to_nobody(store: Store) -> None:
    add_hook(store)
    with pytest.raises(UsageError, match="one row a debtor and rank"):
        store.publish_plan(build_plan(items=[*build_plan().items] * 2))
    assert leased(store) == []


def test_an_event_is_undone_with_the_transaction_it_belongs_to(store: Store) -> None:
    add_hook(store)
    with pytest.raises(ZeroDivisionError, match="by zero"), writing(store._engine).begin() as connection:
        add_event(connection, "item.suppressed", "north", {"debtor_id": "d1", "n": 1 // 0})
    assert store.webhooks.counts() == {"pending": 0, "dead": 0}


def test_an_unknown_type_is_refused(store: Store) -> None:
    add_hook(store)
    with pytest.raises(UsageError, match=r"found 'item\.lost'"):
        store.webhooks.announce("item.lost", None, {})  # type: ignore[arg-type]


def test_where_nobody_listens_nothing_is_written(store: Store) -> None:
    store.publish_plan(build_plan())
    add_hook(store)
    assert leased(store) == []


def test_what_is_leased_nobody_else_gets_until_the_lease_ends(store: Store, watch: Watch) -> None:
    add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    first, again = leased(store), leased(store)
    watch.wait(61)
    assert ([len(first), again], [one.event_id for one in leased(store)]) == ([1, []], [first[0].event_id])


def test_one_hook_does_not_take_all_the_room(store: Store) -> None:
    crowded, other = add_hook(store, types=["item.restored"]), add_hook(store, types=["model.promoted"])
    for _ in range(9):
        store.webhooks.announce("item.restored", "north", {})
    store.webhooks.announce("model.promoted", None, {})
    assert sorted(one.webhook_id for one in leased(store)) == sorted([*[crowded] * 4, other])


def test_a_hook_that_is_busy_can_be_left_out(store: Store) -> None:
    hook_id = add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    assert store.webhooks.lease_due(replace(LEASE, besides=[hook_id])) == []


def test_a_failure_is_tried_again_after_its_pause_under_the_same_id(store: Store, watch: Watch) -> None:
    add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    (first,) = leased(store)
    store.webhooks.settle(first, answer=500, error="the receiver answered 500")
    early = leased(store)
    watch.wait(6)
    (second,) = leased(store)
    assert (early, second.event_id, second.n_attempts) == ([], first.event_id, 1)


def test_the_pauses_grow_to_a_day_and_then_end() -> None:
    pauses = [next_attempt(NOW, n, jitter=0) for n in range(10)]
    assert [(at - NOW).total_seconds() for at in pauses if at] == [
        *(5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    ]
    assert pauses[-1] is None


def test_after_the_last_attempt_a_delivery_is_dead_and_can_be_sent_again(store: Store) -> None:
    hook_id = add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    (one,) = leased(store)
    store.webhooks.settle(replace(one, n_attempts=9), answer=None, error="ConnectError")
    assert store.webhooks.counts() == {"pending": 0, "dead": 1}
    assert store.webhooks.send_again(hook_id, one.delivery_id)
    assert [again.event_id for again in leased(store)] == [one.event_id]


def test_a_delivery_of_another_hook_is_not_sent_again(store: Store) -> None:
    hook_id, other = add_hook(store, types=["model.promoted"]), add_hook(store, types=["item.restored"])
    store.webhooks.announce("model.promoted", None, {})
    (row,) = store.webhooks.deliveries(hook_id)
    assert not store.webhooks.send_again(other, row["delivery_id"])


def test_a_hook_that_is_disabled_gets_nothing_more(store: Store) -> None:
    hook_id = add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    store.webhooks.disable(hook_id, "the receiver answered 410 Gone")
    store.webhooks.announce("model.promoted", None, {})
    assert (leased(store), store.webhooks.counts()) == ([], {"pending": 0, "dead": 1})


def test_removing_a_hook_removes_its_deliveries(store: Store) -> None:
    hook_id = add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    store.webhooks.remove(hook_id)
    assert store.webhooks.counts() == {"pending": 0, "dead": 0}


def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(store: Store, watch: Watch) -> None:
    hook, first = store.webhooks.add("https://example.com", EVENT_TYPES, ANY)
    second = store.webhooks.rotate(hook.webhook_id)
    store.webhooks.announce("model.promoted", None, {})
    assert leased(store)[0].secrets == (second, first)
    watch.wait(24 * 3600 + 61)
    assert leased(store)[0].secrets == (second,)


def test_what_ended_long_ago_is_removed_and_what_waits_stays(store: Store, watch: Watch) -> None:
    hook_id = add_hook(store)
    for _ in range(2):
        store.webhooks.announce("model.promoted", None, {})
    store.webhooks.settle(leased(store)[0], answer=200)
    watch.wait(31 * 24 * 3600)
    store.webhooks.prune(30)
    assert [row["status"] for row in store.webhooks.deliveries(hook_id)] == ["pending"]


def test_a_forgotten_debtor_is_in_no_event_any_more(store: Store, url: str, tmp_path: Path) -> None:
    add_hook(store)
    store.webhooks.announce("item.suppressed", "north", {"debtor_id": "d-forgotten-1"})
    store.webhooks.announce("item.suppressed", "north", {"debtor_id": "d2"})
    store.close()
    remove_from_store(url, "d-forgotten-1")
    assert [one["debtor_id"] for one in told(leased(store))] == ["d2"]
    store.close()
    assert not any(b"d-forgotten-1" in path.read_bytes() for path in tmp_path.iterdir())


def test_two_events_never_share_an_id(store: Store) -> None:
    add_hook(store)
    store.webhooks.announce("model.promoted", None, {})
    (row,) = leased(store)
    with pytest.raises(IntegrityError, match="UNIQUE"), writing(store._engine).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO webhook_events (event_id, type, occurred_at, body) VALUES (?, '', '', '')", (row.event_id,)
        )
