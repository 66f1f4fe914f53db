"""In whatever order events come, late or twice, the same is known of the debtor in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.api_caller import Caller, create_app
from tests.unit.day_samples import (
    DAY,
    attempt,
    build_day,
    build_position,
    charge,
    contact_point,
    debtor,
    dispute,
    payment,
    promise,
)
from tests.unit.plan_samples import Clock, build_item

from recobro_data.rows import row_model
from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_data.store.live_money import Fact, Position
from recobro_data.store.live_state import Day, State, state_of
from recobro_data.store.owners import row_key
from recobro_data.store.statements import join_rows
from recobro_data.tables import TABLES

#: Everything that may happen to a debtor in a day; none contradicts another.
HAPPENINGS: tuple[dict[str, Any], ...] = (
    payment(amount=30),
    payment(amount=30, reversed_on=DAY),
    payment(amount=30, method="card"),
    payment(2, charge_id="c1", amount=45),
    payment(3, charge_id="c1b", amount=4),
    payment(4, charge_id=None, account_id="k1", amount=25),
    promise(),
    dispute(),
    dispute(closed_on=DAY),
    dispute(2, charge_id="c1b"),
    contact_point(valid=False),
    contact_point(opted_out=True),
    contact_point(channel="sms"),
    attempt(outcome="delivered"),
    attempt(outcome="read"),
    attempt(9, debtor_id="d1", outcome="no_answer"),
    charge(cancelled_on=DAY),
    debtor(do_not_contact=True),
)
POSITION = Position.from_json(build_position(build_item(1))[2])
TODAY = Day(date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2))
STORIES = st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=9)


def known_after(events: list[dict[str, Any]]) -> State:
    """What a list of events comes to, joined one after the other."""
    known: dict[tuple[str, str], Any] = {}
    for event in events:
        table = event["table"]
        row = row_model(table).model_validate(event["row"]).model_dump(mode="json")
        key = (table, row_key([row[column] for column in TABLES[table].key]))
        joined = join_rows(table, known.setdefault(key, row), row, event["row"].keys())
        assert joined.differs is None
        known[key] = joined.row
    return state_of(build_item(1), POSITION, [Fact(table, row) for (table, _), row in known.items()], TODAY)


@settings(max_examples=100, deadline=None)
@given(told=STORIES, order=st.randoms(use_true_random=False))
def test_the_order_of_events_makes_no_difference(told: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(told)
    order.shuffle(shuffled)
    assert known_after(shuffled) == known_after(told)


@settings(max_examples=80, deadline=None)
@given(told=STORIES, twice=st.lists(st.integers(0, 8), max_size=9))
def test_events_that_come_again_make_no_difference(told: list[dict[str, Any]], twice: list[int]) -> None:
    assert known_after(told + [told[place % len(told)] for place in twice]) == known_after(told)


@settings(max_examples=80, deadline=None)
@given(told=STORIES)
def test_money_is_never_below_nothing(told: list[dict[str, Any]]) -> None:
    changes = known_after(told).changes
    assert all((changes.get(name) or 0) >= 0 for name in ("amount_to_collect", "balance_due", "expected_recovery"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}", now=Clock()) as store:
        yield store


def list_after(store: Store, home: Path, events: list[dict[str, Any]], sizes: list[int]) -> str:
    """The whole day as readers see it after these events, told in calls of these sizes, with ids of their own."""
    key = store.add_key("test", ["read", "write"], ["*"])
    caller = Caller(create_app(Settings(home=home), store), {"Authorization": f"Bearer {key}"})
    while events:
        n, *sizes = [*sizes, 1]
        assert caller.call("POST", "/v1/events", json=events[:n]).status_code == 200
        events = events[n:]
    pages = [caller.get(f"/v1/worklists/latest{part}").json()["items"] for part in ("", "/left-alone")]
    return json.dumps(pages)


def forget_the_day(store: Store) -> None:
    with store._engine.begin() as connection:
        for table in ("events", "live", "live_plans", "reserves", "positions", "open_charges", "items", "left_alone"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("DELETE FROM plans")


@settings(max_examples=7, deadline=None)
@given(told=STORIES, order=st.randoms(use_true_random=False), sizes=st.lists(st.integers(1, 4), max_size=9))
def test_the_published_day_reads_the_same_whatever_the_order_and_the_calls(
    store: Store, tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], order: Any, sizes: list[int]
) -> None:
    home, found = tmp_path_factory.getbasetemp(), []
    shuffled = list(told)
    order.shuffle(shuffled)
    for events in (told, shuffled + told):
        forget_the_day(store)
        store.publish_plan(build_day())
        found.append(list_after(store, home, events, list(sizes)))
    assert found[0] == found[1]


@settings(max_examples=4, deadline=None)
@given(told=STORIES, n_before=st.integers(0, 8))
def test_a_plan_that_is_published_between_events_reads_as_if_they_had_all_come_after_it(
    store: Store, tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], n_before: int
) -> None:
    home, found = tmp_path_factory.getbasetemp(), []
    for n in (0, n_before):
        forget_the_day(store)
        store.publish_plan(build_day("p0"))
        list_after(store, home, told[:n], [])
        store.publish_plan(build_day())
        found.append(list_after(store, home, told[n:], []))
    assert found[0] == found[1]
