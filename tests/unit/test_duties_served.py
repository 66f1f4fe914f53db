"""Contacts that the law demands: served first, worth it or not, by no chance; and told where there is no room."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.capacity_samples import draw_day
from tests.unit.model_samples import WORK_DATE, build_settings

from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import Capacity, allocate
from recobro_models.decision.policy import Decision, Standing, decide

CALL = CHANNELS.index("call")


def one_hour(room: int, n_hours: int = 1) -> Capacity:
    return Capacity.of_slots(np.full((1, n_hours), room), np.array([2**40]))


def test_a_duty_is_served_though_it_costs_more_than_it_brings() -> None:
    plan = allocate(np.array([[-2.0, -1.0], [5.0, 3.0]]), one_hour(1, 2), duties=np.array([0]))
    assert plan.choice.tolist() == [1, 0]
    assert plan.value == pytest.approx(4.0)
    assert plan.bound == pytest.approx(4.0)


def test_a_duty_comes_before_whom_the_place_is_worth_more() -> None:
    assert allocate(np.array([[9.0], [1.0]]), one_hour(1), duties=np.array([1])).choice.tolist() == [-1, 0]


def test_of_two_duties_for_one_place_the_more_urgent_is_met_and_the_other_told() -> None:
    plan = allocate(np.array([[9.0], [1.0]]), one_hour(1), duties=np.array([1, 0]))
    assert plan.choice.tolist() == [-1, 0]
    assert plan.unmet.tolist() == [0]


def test_a_duty_moves_out_of_the_way_of_one_that_has_no_other_hour() -> None:
    value = np.array([[9.0, 1.0], [5.0, -np.inf]])
    plan = allocate(value, one_hour(1, 2), duties=np.array([0, 1]))
    assert plan.choice.tolist() == [1, 0]
    assert not plan.unmet.size


def test_those_whose_duty_is_due_first_come_first() -> None:
    rule = np.array([None, "CL.notice", "CL.notice", "CL.notice"], dtype=object)
    until = np.array([None, date(2026, 10, 20), date(2026, 10, 16), date(2026, 10, 20)], dtype=object)
    assert Standing.of(rule, until).duties.tolist() == [2, 1, 3]


def decided(salt: str, **given: Any) -> Decision:
    """Twenty debtors, the first three with a duty, four places."""
    n = 20
    allowed = np.zeros((n, len(CHANNELS), 24), bool)
    allowed[:, CALL, 10:12] = True
    worth = np.where(allowed, 3.0 + np.arange(n)[:, None, None], 0.0)
    worth[:3] -= 9.0
    configured = build_settings(
        policy={"exploration": 0.5, "control_group": 0.2, "salt": salt} | given,
        channels={"call": {"capacity_per_hour": 4}},
    )
    ids = np.array([f"D{at}" for at in range(n)], dtype=object)
    return decide(ids, allowed, worth, configured, WORK_DATE, standing=Standing(np.arange(3)))


@pytest.mark.parametrize("salt", ["a", "b", "c"])
def test_no_chance_touches_a_duty(salt: str) -> None:
    decision = decided(salt)
    assert decision.duty.tolist() == [True] * 3 + [False] * 17
    assert decision.propensity[:3].tolist() == [1.0] * 3
    assert not decision.explored[:3].any()
    assert (decision.choice[:3] == decided("z").choice[:3]).all()


def test_draws_find_no_room_that_duties_need() -> None:
    decision = decided("a", exploration=1.0)
    used = np.bincount(decision.choice[decision.choice >= 0])
    assert used.max() <= 4
    assert (decision.choice[:3] >= 0).all()


def test_who_may_not_draw_is_never_explored_and_keeps_true_propensities() -> None:
    allowed = np.zeros((30, len(CHANNELS), 24), bool)
    allowed[:, CALL, 10:14] = True
    draws = np.arange(30) % 2 == 0
    ids = np.array([f"D{at}" for at in range(30)], dtype=object)
    configured = build_settings(policy={"exploration": 1.0}, channels={"call": {"capacity_per_hour": None}})
    decision = decide(ids, allowed, np.ones(allowed.shape), configured, WORK_DATE, standing=Standing(draws=draws))
    assert not decision.explored[~draws].any()
    assert decision.explored[draws].any()
    # A quarter of the exploration share is left out for the day, whoever may be drawn.
    assert (decision.propensity[~draws] == np.where(decision.left_out[~draws], 0.25, 0.75)).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 25), n_duties=st.integers(1, 6), exact=st.sampled_from([0, 10_000]))
def test_an_unmet_duty_finds_no_room_in_the_plan(seed: int, n: int, n_duties: int, exact: int) -> None:
    worth, capacity = draw_day(seed, n)
    duties = np.arange(min(n_duties, n))
    plan = allocate(worth, capacity, duties=duties, exact_options=exact)
    left, group = capacity.limit - plan.used, capacity.groups_of(n)
    for at in plan.unmet:
        for slot in np.flatnonzero(np.isfinite(worth[at])):
            for way in np.flatnonzero(capacity.is_way[group[at], slot]):
                uses, weight = capacity.uses[group[at], slot, way], capacity.weight[group[at], slot, way]
                assert (left[uses[(uses >= 0) & (weight > 0)]] < weight[(uses >= 0) & (weight > 0)]).any()
