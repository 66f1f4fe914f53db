"""What exploring and the control group cost is what deciding the same day without them shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.unit.model_samples import build_calendar, build_owing, build_scored, build_settings

from recobro_data.settings import Settings
from recobro_models.decision.cost_of_chance import CostOfChance, cost_of_chance
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.decision.worklist import Scored
from recobro_pipelines.plan_summary import summarise

TEAM = {"call": {"capacity_per_hour": 2, "hours": "10:00-13:00"}, "whatsapp": {"capacity_per_day": 20}}


def by_chance(**policy: Any) -> Settings:
    return build_settings(channels=TEAM, policy=policy)


def decided(settings: Settings, n: int = 60) -> Scored:
    amounts = np.random.default_rng(1).lognormal(5, 1, n)
    return build_scored(build_owing(n, amount_to_collect=amounts), settings, build_calendar(settings))


def value_of(scored: Scored) -> float:
    taken = np.flatnonzero(scored.decision.choice >= 0)
    return float(scored.values.value.reshape(-1, N_SLOTS)[taken, scored.decision.choice[taken]].sum())


def test_without_chance_nothing_is_given_up() -> None:
    settings = by_chance()
    assert cost_of_chance(decided(settings)) == CostOfChance(0.0, 0.0)


@pytest.mark.parametrize("salt", ["a", "b", "c"])
def test_exploring_costs_what_the_day_is_worth_more_without_it(salt: str) -> None:
    settings, certain = by_chance(exploration=0.5, salt=salt), by_chance(salt=salt)
    drawn = decided(settings)
    expected = value_of(decided(certain)) - value_of(drawn)
    assert expected > 1
    assert cost_of_chance(drawn).exploration == pytest.approx(expected)


@pytest.mark.parametrize("salt", ["a", "b", "c"])
def test_a_control_group_costs_what_the_day_is_worth_more_without_it(salt: str) -> None:
    settings, certain = by_chance(control_group=0.3, salt=salt), by_chance(salt=salt)
    apart = decided(settings)
    expected = value_of(decided(certain)) - value_of(apart)
    assert expected > 1
    assert cost_of_chance(apart) == CostOfChance(0.0, pytest.approx(expected))


@examples(max_examples=8, deadline=None)
@given(exploration=st.floats(0, 1), control=st.floats(0, 0.9), salt=st.text(max_size=3))
def test_the_two_costs_add_up_to_a_day_without_chance(exploration: float, control: float, salt: str) -> None:
    settings = by_chance(exploration=exploration, control_group=control, salt=salt)
    scored = decided(settings, n=25)
    cost = cost_of_chance(scored)
    whole = value_of(decided(by_chance(salt=salt), n=25))
    assert value_of(scored) + cost.exploration + cost.control_group == pytest.approx(whole, rel=0.02)


def test_the_plan_tells_both_costs() -> None:
    settings = by_chance(exploration=0.5, control_group=0.3)
    told, cost = summarise(scored := decided(settings), settings), cost_of_chance(scored)
    assert (told["exploration_cost"], told["control_group_cost"]) == (
        round(cost.exploration, 2), round(cost.control_group, 2),
    )  # fmt: skip


def test_what_is_withheld_from_the_control_group_is_what_it_would_be_allowed() -> None:
    apart, all_in = (decided(by_chance(control_group=share)).eligibility for share in (0.3, 0.0))
    assert apart.withheld.any()
    assert not (apart.withheld & apart.allowed).any()
    assert ((apart.withheld | apart.allowed) == all_in.allowed).all()
