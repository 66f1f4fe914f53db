from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from tests.unit.plan_samples import Clock, build_item, build_left_alone, build_plan

from recobro_data.store import Store, open_store

FIRST, SECOND, THIRD = (date(2026, 3, day) for day in (2, 3, 4))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url, now=Clock()) as store:
        yield store


def publish(store: Store, day: date, plan_id: str, **rows: Any) -> None:
    """A plan of nobody but the rows given."""
    store.publish_plan(
        build_plan(plan_id, as_of=day, work_date=day, scores=(), **({"items": (), "left_alone": ()} | rows))
    )


def first(store: Store, besides: tuple[str, ...] = (), fields: tuple[str, ...] = ("plan_id",)) -> list[dict[str, Any]]:
    return store.first_rows(store.plans_between(FIRST, THIRD), besides=besides, fields=fields)


def test_of_each_day_the_newest_plan_is_read(store: Store) -> None:
    for day, plan_id in ((SECOND, "b"), (FIRST, "a"), (FIRST, "a again"), (THIRD, "c")):
        publish(store, day, plan_id)
    assert [plan.plan_id for plan in store.plans_between(FIRST, THIRD)] == ["a again", "b"]


def test_a_debtor_comes_with_the_row_of_its_first_day(store: Store) -> None:
    publish(store, SECOND, "b", items=[build_item(1, "b")])
    publish(store, FIRST, "a", items=[build_item(1, "a")])
    assert first(store) == [{"debtor_id": "d1", "plan_id": "a"}]


def test_a_day_left_alone_for_a_reason_that_does_not_count_is_passed_over(store: Store) -> None:
    publish(store, FIRST, "a", left_alone=[build_left_alone(1, "a", because="promise_open")])
    publish(store, SECOND, "b", items=[build_item(1, "b", debtor_id="a1")])
    assert first(store, besides=("promise_open",)) == [{"debtor_id": "a1", "plan_id": "b"}]


def test_a_debtor_left_alone_for_another_reason_counts(store: Store) -> None:
    publish(store, FIRST, "a", left_alone=[build_left_alone(1, "a", because="control_group")])
    rows = first(store, besides=("promise_open",), fields=("because", "channel"))
    assert rows == [{"debtor_id": "a1", "because": "control_group", "channel": None}]


def test_of_a_plan_that_was_replaced_no_row_is_read(store: Store) -> None:
    publish(store, FIRST, "a", items=[build_item(1, "a"), build_item(2, "a")])
    publish(store, FIRST, "a again", items=[build_item(2, "a again")])
    assert first(store) == [{"debtor_id": "d2", "plan_id": "a again"}]


def test_without_plans_there_are_no_rows(store: Store) -> None:
    assert first(store) == []
