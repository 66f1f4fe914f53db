"""The day's list as it is read after events: lists, left alone, one debtor, files, what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, create_app, every_item
from tests.unit.day_samples import (
    DAY,
    attempt,
    build_day,
    contact_point,
    debtor,
    dispute,
    open_day_store,
    payment,
    promise,
)
from tests.unit.plan_samples import ranks

from recobro_data.settings import Settings
from recobro_data.store import ItemFilters, Store

LATEST = "/v1/worklists/latest"
LEFT = f"{LATEST}/left-alone"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_day_store(tmp_path) as store:
        yield store


@pytest.fixture
def caller(store: Store) -> Caller:
    return bound(store)


def bound(store: Store, *portfolios: str) -> Caller:
    key = store.add_key("test", ["read", "write"], portfolios or ["*"])
    return Caller(create_app(Settings(home=Path("/nowhere")), store), {"Authorization": f"Bearer {key}"})


def post(caller: Caller, *events: Any) -> None:
    answers = caller.call("POST", "/v1/events", json=list(events)).json()
    assert {answer["status"] for answer in answers} == {"accepted"}


def listed(caller: Caller, **query: Any) -> list[int]:
    return ranks(every_item(caller, LATEST, **query))


def left_for(caller: Caller) -> dict[str, str]:
    return {row["debtor_id"]: row["because"] for row in every_item(caller, LEFT, limit=2)}


def test_a_payment_lowers_the_item_at_once(caller: Caller) -> None:
    post(caller, payment(2, amount=80))
    item = caller.get("/v1/debtors/d2/recommendation").json()
    assert (item["rank"], item["amount_to_collect"], item["expected_recovery"]) == (2, 100.0, 5.0)


def test_what_leaves_the_list_stands_among_those_left_alone(caller: Caller) -> None:
    post(caller, payment(2, amount=180), attempt(3), promise(4), dispute(5), contact_point(6, "call", opted_out=True))
    assert listed(caller) == [1]
    told = left_for(caller)
    assert [told[f"d{number}"] for number in range(2, 7)] == [
        *("awaiting_payment", "frequency_limit", "promise_open", "dispute_open", "opted_out")
    ]


def test_everyone_is_accounted_for_once(caller: Caller) -> None:
    before = {row["debtor_id"] for path in (LATEST, LEFT) for row in every_item(caller, path)}
    post(caller, payment(2, amount=180), promise(4), debtor(1, do_not_contact=True))
    after = [row["debtor_id"] for path in (LATEST, LEFT) for row in every_item(caller, path)]
    assert sorted(after) == sorted(before)


def test_a_reversal_brings_the_item_back_as_it_was(caller: Caller) -> None:
    before = caller.get(LATEST).json()
    post(caller, payment(2, amount=180))
    assert listed(caller) == [1, 3, 4, 5, 6]
    post(caller, payment(2, amount=180, reversed_on=DAY))
    assert caller.get(LATEST).json() == before


def test_one_who_was_taken_off_is_told_so_with_the_rule(caller: Caller) -> None:
    post(caller, attempt(3))
    answer = caller.get("/v1/debtors/d3/recommendation").json()
    assert answer["left_alone"] == {
        "because": "frequency_limit", "rule": "events.reached", "until": "2026-03-03"
    }  # fmt: skip


def test_a_row_left_alone_holds_nothing_of_its_former_action(caller: Caller) -> None:
    post(caller, attempt(3))
    row = every_item(caller, LEFT)[-1]
    assert {row[name] for name in ("item_id", "rank", "channel", "window_start", "expected_value", "arm")} == {None}
    assert (row["debtor_id"], row["balance_due"], row["reasons"]) == ("d3", 300.0, [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [({"channel": "whatsapp"}, [4]), ({"channel": "email"}, [1, 2, 5]), ({"stage": "mid"}, [1, 4])],
)
def test_filters_ask_for_the_item_as_it_is_now(caller: Caller, query: dict[str, Any], expected: list[int]) -> None:
    post(caller, contact_point(1, "whatsapp", valid=False))
    assert listed(caller, **query) == expected


def test_left_alone_is_filtered_by_the_reason_of_now(caller: Caller) -> None:
    post(caller, payment("a1", charge_id="ca1", amount=50), promise(2))  # type: ignore[arg-type]
    told = {name: [row["debtor_id"] for row in every_item(caller, LEFT, because=name)]
            for name in ("no_capacity", "awaiting_payment", "promise_open")}  # fmt: skip
    assert told == {"no_capacity": ["a1", "a2"], "awaiting_payment": [], "promise_open": ["a3", "a4", "d2"]}


def test_pages_do_not_shift_when_items_leave_between_them(caller: Caller) -> None:
    first = caller.get(LATEST, params={"limit": 2}).json()
    post(caller, promise(1), promise(4))
    second = caller.get(LATEST, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert (ranks(first["items"]), ranks(second["items"])) == ([1, 2], [3, 5])


def test_pages_of_those_left_alone_go_on_behind_the_plans_own(caller: Caller) -> None:
    first = caller.get(LEFT, params={"limit": 4}).json()
    post(caller, promise(5), promise(2))
    rest = caller.get(LEFT, params={"limit": 1, "cursor": first["next_cursor"]}) if first["next_cursor"] else None
    assert rest is None
    assert [row["debtor_id"] for row in every_item(caller, LEFT, limit=1)][4:] == ["d2", "d5"]


def test_what_changed_since_is_told_on_the_list_it_is_on_now(store: Store, caller: Caller) -> None:
    since = store._now().isoformat()
    assert (listed(caller, changed_since=since), every_item(caller, LEFT, changed_since=since)) == ([], [])
    post(caller, payment(2, amount=80), promise(4))
    gone = [row["debtor_id"] for row in every_item(caller, LEFT, changed_since=since)]
    assert (listed(caller, changed_since=since), gone) == ([2], ["d4"])


def test_an_item_that_came_back_is_told_as_changed(store: Store, caller: Caller) -> None:
    post(caller, payment(2, amount=180))
    since = store._now().isoformat()
    post(caller, payment(2, amount=180, reversed_on=DAY))
    assert listed(caller, changed_since=since) == [2]


def test_a_clock_that_is_set_back_hides_no_change(store: Store, caller: Caller) -> None:
    post(caller, payment(2, amount=80))
    since = store._now().isoformat()
    clock: Any = store._now
    clock.instant = datetime(2026, 3, 1, tzinfo=UTC)
    changed_at = "SELECT changed_at FROM live ORDER BY changed_at"
    post(caller, payment(4, amount=80))
    with store._engine.begin() as connection:
        first, second = connection.exec_driver_sql(changed_at).scalars()
    assert first < second < since


def test_a_file_holds_what_the_list_holds_now(caller: Caller) -> None:
    post(caller, payment(2, amount=80), promise(4))
    lines = caller.get(f"{LATEST}/export", params={"format": "ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == every_item(caller, LATEST)


def test_a_newer_plan_reads_with_the_events_that_it_did_not_know(store: Store, caller: Caller) -> None:
    post(caller, payment(2, amount=180), promise(4))
    store.publish_plan(build_day("p2"))
    assert (caller.get(LATEST).json()["plan_id"], listed(caller)) == ("p2", [1, 3, 5, 6])


def test_a_plan_that_knew_of_an_opt_out_is_not_changed_by_it(store: Store, caller: Caller) -> None:
    post(caller, contact_point(1, "sms", opted_out=True))
    store.events.mark_taken(store.events.last_seq(), keep_days=7)
    store.publish_plan(build_day("p2"))
    assert listed(caller) == [1, 2, 3, 4, 5, 6]


def test_a_payment_of_the_day_still_counts_once_the_lake_has_it(store: Store, caller: Caller) -> None:
    post(caller, payment(2, amount=80))
    store.events.mark_taken(store.events.last_seq(), keep_days=7)
    store.publish_plan(build_day("p2"))
    assert caller.get("/v1/debtors/d2/recommendation").json()["amount_to_collect"] == 100.0


def test_while_tomorrows_plan_waits_both_lists_follow_events(store: Store, caller: Caller) -> None:
    store.publish_plan(build_day("p2", as_of=date(2026, 3, 3), work_date=date(2026, 3, 3)))
    post(caller, promise(2))
    assert [ranks(every_item(caller, f"/v1/worklists/2026-03-0{day}")) for day in (2, 3)] == [[1, 3, 4, 5, 6]] * 2


def test_a_list_whose_day_is_past_stays_as_it_ended(store: Store, caller: Caller) -> None:
    store.publish_plan(build_day("p2", as_of=date(2026, 3, 3), work_date=date(2026, 3, 3)))
    clock: Any = store._now
    clock.instant = datetime(2026, 3, 3, 4, tzinfo=UTC)
    post(caller, promise(2))
    assert ranks(every_item(caller, "/v1/worklists/2026-03-02")) == [1, 2, 3, 4, 5, 6]


def test_the_plan_as_it_was_published_can_still_be_read(store: Store, caller: Caller) -> None:
    before = store.items("p1")
    post(caller, payment(2, amount=80), promise(4))
    assert store.items("p1", filters=ItemFilters(as_published=True)) == before
    assert [row["debtor_id"] for row in store.left_alone("p1", filters=ItemFilters(as_published=True))][-1] == "a4"


def test_a_bound_key_sees_changes_of_its_own_portfolios(store: Store, caller: Caller) -> None:
    since = store._now().isoformat()
    post(caller, payment(1, amount=10), payment(2, amount=10), promise(3), promise(4))
    north = bound(store, "north")
    assert listed(north, changed_since=since) == [2]
    assert [row["debtor_id"] for row in every_item(north, LEFT, changed_since=since)] == ["d4"]


def test_readers_are_told_by_a_count_that_the_list_changed(store: Store, caller: Caller) -> None:
    count = "SELECT n_changes FROM live_plans"
    post(caller, payment(2, amount=80), attempt(1, "no_answer"))
    post(caller, payment(2, amount=80, method="card"))
    with store._engine.begin() as connection:
        assert connection.exec_driver_sql(count).scalar() == 1


def hooked(store: Store) -> list[dict[str, Any]]:
    """What webhooks were told of items."""
    query = "SELECT body FROM webhook_events WHERE type LIKE 'item.%%' ORDER BY seq"
    with store._engine.begin() as connection:
        return [json.loads(body) for body in connection.exec_driver_sql(query).scalars()]


def test_webhooks_are_told_of_items_that_leave_and_come_back(store: Store, caller: Caller) -> None:
    store.webhooks.add("https://a.example", ["item.suppressed", "item.restored"], ["*"])
    post(caller, payment(2, amount=180), payment(3, amount=1))
    post(caller, payment(2, amount=180, reversed_on=DAY))
    told = [(one["type"], one["data"]["debtor_id"], one["data"].get("because")) for one in hooked(store)]
    assert told == [("item.suppressed", "d2", "awaiting_payment"), ("item.restored", "d2", None)]


def test_webhooks_name_the_portfolio_of_each_item(store: Store, caller: Caller) -> None:
    store.webhooks.add("https://a.example", ["item.suppressed", "item.restored"], ["*"])
    post(caller, payment(2, amount=180), promise(3))
    post(caller, payment(2, amount=180, reversed_on=DAY))
    told = [(one["data"]["debtor_id"], one["data"]["portfolio_id"]) for one in hooked(store)]
    assert told == [(one, store.item_of("p1", one)["portfolio_id"]) for one in ("d2", "d3", "d2")]


def test_a_webhook_of_one_portfolio_is_told_of_its_own_items_only(store: Store, caller: Caller) -> None:
    store.webhooks.add("https://a.example", ["item.suppressed"], ["south"])
    post(caller, *(promise(number) for number in (1, 2, 3)))
    assert [one["data"]["portfolio_id"] for one in hooked(store)] == ["south", "south"]


def test_a_webhook_of_another_portfolio_is_told_nothing(store: Store, caller: Caller) -> None:
    store.webhooks.add("https://a.example", ["item.suppressed"], ["south"])
    post(caller, promise(2))
    assert hooked(store) == []


def test_a_forgotten_debtor_leaves_nothing_of_the_day(store: Store, caller: Caller, tmp_path: Path) -> None:
    from recobro_data.store.forgetting import remove_from_store

    post(caller, payment(2, amount=80, payment_id="told-of-d2"), promise(2))
    assert remove_from_store(f"sqlite:///{tmp_path / 'recobro.db'}", "d2") >= 5
    files = [*tmp_path.glob("recobro.db*")]
    assert len(files) >= 3
    assert [path.name for path in files if b"told-of-d2" in path.read_bytes()] == []
