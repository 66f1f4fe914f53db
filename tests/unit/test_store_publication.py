from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import pytest
from tests.unit.plan_samples import Clock, build_item, build_left_alone, build_plan, ranks

from recobro_data.errors import NoPlanError, UnknownDebtorError, UsageError
from recobro_data.store import ItemFilters, Store, open_store


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url, now=Clock()) as store:
        yield store


def test_a_published_item_comes_back_as_it_went_in(store: Store) -> None:
    store.publish_plan(build_plan(items=[build_item(1)], scores=()))
    assert store.items("p1") == [build_item(1)]


def test_a_debtor_left_alone_comes_back_with_its_position(store: Store) -> None:
    store.publish_plan(build_plan())
    row = store.left_alone("p1", after_position=1, limit=1)[0]
    assert (row["debtor_id"], row["position"], row["because"]) == ("a2", 2, "promise_open")


def test_the_plan_row_counts_what_was_published(store: Store) -> None:
    store.publish_plan(build_plan(n_items=7))
    plan = store.current_plan()
    assert (plan.n_items, plan.n_left_alone, plan.summary["gap"]) == (7, 4, 0.01)


def test_instants_of_a_plan_are_utc_and_aware(store: Store) -> None:
    store.publish_plan(build_plan())
    plan = store.current_plan()
    assert plan.created_at == datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert plan.published_at == datetime(2026, 3, 2, 4, 1, tzinfo=UTC)


def test_publishing_the_same_plan_again_changes_nothing(store: Store) -> None:
    assert store.publish_plan(build_plan(n_items=3))
    assert not store.publish_plan(build_plan(n_items=5))
    assert ranks(store.items("p1")) == [1, 2, 3]


def test_the_newest_plan_of_a_day_is_its_current_one(store: Store) -> None:
    for plan_id in ("p1", "p2"):
        store.publish_plan(build_plan(plan_id))
    assert store.current_plan(date(2026, 3, 2)).plan_id == "p2"


def test_an_older_snapshot_stays_readable_by_its_id(store: Store) -> None:
    store.publish_plan(build_plan("p1", n_items=3))
    store.publish_plan(build_plan("p2", n_items=5))
    assert ranks(store.items("p1")) == [1, 2, 3]


def test_latest_is_the_latest_work_date_whatever_was_published_last(store: Store) -> None:
    store.publish_plan(build_plan("monday"))
    store.publish_plan(build_plan("last-week", work_date=date(2026, 2, 23)))
    assert store.current_plan().plan_id == "monday"


def test_an_empty_store_says_that_there_is_no_plan(store: Store) -> None:
    with pytest.raises(NoPlanError, match="Expected a published plan, found none"):
        store.current_plan()


def test_a_day_without_a_plan_is_named(store: Store) -> None:
    store.publish_plan(build_plan())
    with pytest.raises(NoPlanError, match="for 2026-03-09, found none"):
        store.current_plan(date(2026, 3, 9))


def test_an_unknown_plan_id_is_named(store: Store) -> None:
    with pytest.raises(NoPlanError, match="found 'p9'"):
        store.items("p9")


def test_an_unknown_debtor_is_named(store: Store) -> None:
    store.publish_plan(build_plan())
    with pytest.raises(UnknownDebtorError, match="found 'nobody'"):
        store.item_of("p1", "nobody")


def test_a_debtor_outside_the_seen_portfolios_is_as_unknown_as_any(store: Store) -> None:
    store.publish_plan(build_plan())
    with pytest.raises(UnknownDebtorError, match="found 'd1'"):
        store.scores_of("p1", "d1", filters=ItemFilters(portfolios=frozenset({"north"})))


def test_who_sees_no_portfolio_sees_no_item(store: Store) -> None:
    store.publish_plan(build_plan())
    assert store.items("p1", filters=ItemFilters(portfolios=frozenset())) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"portfolio": "north"}, [2, 4, 6]),
        ({"channel": "call"}, [3, 6]),
        ({"stage": "mid"}, [1, 4]),
        ({"from_hour": 13}, [5, 6]),
        ({"portfolio": "north", "channel": "call"}, [6]),
        ({"portfolio": "nowhere"}, []),
    ],
)
def test_a_filter_keeps_what_it_names(store: Store, wanted: dict[str, object], expected: list[int]) -> None:
    store.publish_plan(build_plan())
    assert ranks(store.items("p1", filters=ItemFilters(**wanted))) == expected


def test_an_item_without_a_field_is_refused_and_named(store: Store) -> None:
    item = build_item(1)
    del item["propensity"]
    with pytest.raises(UsageError, match="none of propensity"):
        store.publish_plan(build_plan(items=[item]))


def test_a_debtor_left_alone_without_a_reason_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no because"):
        store.publish_plan(build_plan(left_alone=[build_left_alone(1, because=None)]))


def test_a_debtor_with_two_items_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="Expected one row a debtor and rank"):
        store.publish_plan(build_plan(items=[build_item(1), build_item(2, debtor_id="d1")]))


def test_a_debtor_both_on_the_list_and_left_alone_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="'d1' in both"):
        store.publish_plan(build_plan(left_alone=[build_left_alone(1, debtor_id="d1")]))


def test_a_value_that_is_not_a_number_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="Expected a row of plain JSON values"):
        store.publish_plan(build_plan(items=[build_item(1, p_pay=float("nan"))]))


def test_a_refused_plan_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(UsageError, match="plain JSON"):
        store.publish_plan(build_plan(items=[*map(build_item, range(1, 2500)), build_item(2500, cost=object())]))
    assert not store.has_plans()


def test_numpy_numbers_and_dates_are_stored_plain(store: Store) -> None:
    item = build_item(1, days_past_due=np.int64(-2), p_pay=np.float32(0.5), work_date=date(2026, 3, 2))
    store.publish_plan(build_plan(items=[item]))
    assert json.dumps(store.items("p1")[0]) == json.dumps(build_item(1))
