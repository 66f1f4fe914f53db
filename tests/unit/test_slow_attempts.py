"""Attempts that take an agent longer than an hour: the team's capacity for them is counted by the day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.capacity_samples import build_capacity, build_worked

from recobro_data.settings import Settings, Team
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import Allocation, allocate
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.simulation import simulate_from_prices

CALL, VISIT = (CHANNELS.index(name) * HOURS for name in ("call", "visit"))
#: Six hours of one agent; a visit takes two of them.
TEAM = {"agents": 1, "attempts_per_hour": {"visit": 0.5, "call": 6}, "shifts": {"wed": "09:00-15:00"}}


def plan_of(n: int, *slots: int, team: dict[str, object] = TEAM) -> Allocation:
    worth = np.full((n, N_SLOTS), -np.inf)
    worth[:, list(slots)] = 5.0 - 0.01 * np.arange(n)[:, None]
    return allocate(worth, build_capacity(build_worked(n), teams={"one": team}))


def test_a_day_has_as_many_slow_attempts_as_fit_into_its_hours() -> None:
    assert (plan_of(9, VISIT + 10).choice >= 0).sum() == 3


def test_two_agents_make_twice_as_many() -> None:
    assert (plan_of(9, VISIT + 10, team={**TEAM, "agents": 2}).choice >= 0).sum() == 6


def test_what_visits_take_calls_do_not_have() -> None:
    n = 60
    worth = np.full((n, N_SLOTS), -np.inf)
    worth[:3, VISIT + 9] = 50.0
    worth[3:, CALL + 9 : CALL + 15] = 1.0
    plan = allocate(worth, build_capacity(build_worked(n), teams={"one": TEAM}))
    assert plan.choice.tolist() == [VISIT + 9] * 3 + [-1] * 57


def test_calls_of_such_a_team_are_still_limited_by_the_hour() -> None:
    assert (plan_of(20, CALL + 10).choice >= 0).sum() == 6


def test_one_more_hour_in_the_day_is_worth_a_part_of_a_visit() -> None:
    plan = plan_of(9, VISIT + 10)
    of_day = next(at for at, one in enumerate(plan.capacity.resources) if one.kind == "team_day")
    assert plan.price[of_day] * plan.capacity.resources[of_day].unit == pytest.approx(5.0 / 2, abs=0.1)


def test_rates_are_kept_as_they_are_written() -> None:
    rates = Team.model_validate(TEAM).attempts_per_hour
    assert [str(rate) for rate in rates.values()] == ["0.5", "6"]


def test_an_attempt_of_more_than_twenty_hours_is_refused() -> None:
    with pytest.raises(ValueError, match=r"greater than or equal to 0\.05"):
        Team.model_validate({**TEAM, "attempts_per_hour": {"visit": 0.01}})


def test_one_more_agent_brings_the_hours_of_one_to_the_day() -> None:
    before, after = (Settings(home=Path("nowhere"), teams={"one": {**TEAM, "agents": n}}) for n in (2, 3))
    own = {"agent_hours": 12.0, "used": 12.0, "shadow_price": 2.5, "shadow_price_by_hour": {}}
    summary = {"expected_value": 30.0, "upper_bound": 30.0, "value": 30.0, "teams": {"one": own}}
    assert simulate_from_prices(summary, before, after).after == pytest.approx(30.0 + 6 * 2.5)
