"""Allocation under every kind of limit at once: what must hold of any plan, whatever the day is like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.capacity_samples import best_value, draw_day

from recobro_models.decision.allocation import Allocation, allocate
from recobro_models.decision.capacity import UNLIMITED, Capacity

SEEDS = st.integers(0, 2**31)
EXACT = st.sampled_from([0, 10_000])


def demanded_of(plan: Allocation) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What the plan gives to minimum shares, by resource."""
    return np.where(plan.capacity.floors > 0, -plan.used, 0)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 25), exact=EXACT)
def test_no_limit_of_any_kind_is_exceeded_and_used_is_what_the_plan_uses(seed: int, n: int, exact: int) -> None:
    worth, capacity = draw_day(seed, n)
    plan = allocate(worth, capacity, exact_options=exact)
    used = capacity.used_by(plan.choice, plan.way)
    assert (used == plan.used).all()
    assert (used[capacity.floors == 0] <= capacity.limit[capacity.floors == 0]).all()
    taken = np.flatnonzero(plan.choice >= 0)
    assert capacity.is_way[capacity.groups_of(n)[taken], plan.choice[taken], plan.way[taken]].all()
    assert (worth[taken, plan.choice[taken]] > 0).all()


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 16), exact=EXACT)
def test_the_best_plan_of_the_same_shares_lies_between_value_and_bound(seed: int, n: int, exact: int) -> None:
    worth, capacity = draw_day(seed, n)
    plan = allocate(worth, capacity, exact_options=exact)
    best = best_value(worth, capacity, demanded_of(plan))
    assert plan.value <= best + 1e-6
    assert best <= plan.bound + 1e-6


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 16))
def test_a_small_day_is_solved_exactly(seed: int, n: int) -> None:
    worth, capacity = draw_day(seed, n)
    plan = allocate(worth, replace(capacity, min_share=np.empty(0)))
    assert plan.value == pytest.approx(best_value(worth, capacity))
    assert plan.gap == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 40))
def test_no_plan_is_worse_than_serving_by_worth_alone(seed: int, n: int) -> None:
    worth, capacity = draw_day(seed, n)
    capacity = replace(capacity, min_share=np.empty(0))
    assert allocate(worth, capacity, exact_options=0).value >= greedy_value(worth, capacity) - 1e-9


def greedy_value(worth: np.ndarray[tuple[int, int], np.dtype[np.float64]], capacity: Capacity) -> float:
    """Debtors in the order of what their best option is worth, each on the best one that any way has room for."""
    left, group, total = capacity.limit.copy(), capacity.groups_of(len(worth)), 0.0
    can = np.where(capacity.is_way.any(axis=2)[group], worth, -np.inf)
    for i in np.argsort(-can.max(axis=1), kind="stable"):
        for k, way in ((k, way) for k in np.argsort(-can[i], kind="stable") for way in range(capacity.uses.shape[2])):
            uses, weight = capacity.uses[group[i], k, way], capacity.weight[group[i], k, way]
            some = (uses >= 0) & (weight > 0)
            fits = capacity.is_way[group[i], k, way] and (left[uses[some]] >= weight[some]).all()
            if can[i, k] > 0 and fits:
                left[uses[some]] -= weight[some]
                total += can[i, k]
                break
    return total


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 14), order=st.randoms(use_true_random=False))
def test_the_order_of_debtors_changes_nobodys_slot(seed: int, n: int, order: object) -> None:
    worth, capacity = draw_day(seed, n)
    turned = np.arange(n)
    order.shuffle(turned)  # type: ignore[attr-defined]
    one = allocate(worth, capacity)
    other = allocate(worth[turned], replace(capacity, group=capacity.group[turned]))
    assert other.value == pytest.approx(one.value)
    assert (other.choice == one.choice[turned]).all()


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 30), more=st.integers(1, 5), exact=EXACT)
def test_more_of_everything_never_brings_less_but_for_the_gap(seed: int, n: int, more: int, exact: int) -> None:
    worth, capacity = draw_day(seed, n)
    capacity = replace(capacity, min_share=np.empty(0))
    limit = np.where(capacity.limit < UNLIMITED, capacity.limit * (1 + more), capacity.limit)
    less, plenty = (allocate(worth, one, exact_options=exact) for one in (capacity, capacity.with_limit(limit)))
    assert plenty.value >= less.value - (plenty.bound - plenty.value) - 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 30), exact=EXACT)
def test_no_resource_with_room_has_a_price(seed: int, n: int, exact: int) -> None:
    worth, capacity = draw_day(seed, n)
    plan = allocate(worth, replace(capacity, min_share=np.empty(0)), exact_options=exact)
    assert (plan.price[plan.used < capacity.limit] == 0).all()
    assert (plan.price >= 0).all()
