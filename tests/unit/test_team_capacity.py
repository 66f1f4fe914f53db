"""Teams with skills and shifts, zones, budgets and minimum shares, from the configuration to the plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.capacity_samples import DAY, build_capacity, build_worked

from recobro_data.errors import ConfigurationError
from recobro_data.settings import Settings, load_settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import Allocation, allocate
from recobro_models.decision.capacity import Capacity
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.team import Worked, team_capacity, team_hours

CALL, WHATSAPP, VISIT = (CHANNELS.index(name) * HOURS for name in ("call", "whatsapp", "visit"))
ONE_AGENT = {"agents": 1, "attempts_per_hour": {"call": 3}}


def worth_at(n: int, *slots: int, worth: float = 5.0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Debtors who can be reached at those slots alone, each worth a little less than the one before."""
    value = np.full((n, N_SLOTS), -np.inf)
    value[:, list(slots)] = worth - 0.01 * np.arange(n)[:, None]
    return value


def plan_of(capacity: Capacity, *slots: int) -> Allocation:
    return allocate(worth_at(capacity.group.size, *slots), capacity)


def test_a_team_makes_as_many_attempts_an_hour_as_its_agents_can() -> None:
    plan = plan_of(build_capacity(build_worked(9), teams={"one": {**ONE_AGENT, "agents": 2}}), CALL + 10)
    assert (plan.choice >= 0).sum() == 6


def test_who_speaks_another_language_waits_for_a_team_that_does() -> None:
    worked = build_worked(4, language=["es", "pt", "es", "pt"])
    plan = plan_of(build_capacity(worked, teams={"one": {**ONE_AGENT, "languages": ["pt"]}}), CALL + 10)
    assert plan.choice.tolist() == [-1, CALL + 10, -1, CALL + 10]


def test_who_only_one_team_can_work_is_left_to_it() -> None:
    worked = build_worked(6, language=["es"] * 3 + ["pt"] * 3)
    teams = {"both": ONE_AGENT, "spanish": {**ONE_AGENT, "languages": ["es"]}}
    plan = plan_of(build_capacity(worked, teams=teams), CALL + 10)
    assert (plan.choice >= 0).all()
    assert plan.way.tolist() == [1, 1, 1, 0, 0, 0]


def test_attempts_on_two_channels_share_the_same_agents_hours() -> None:
    team = {"agents": 1, "attempts_per_hour": {"call": 2, "whatsapp": 4}}
    value = worth_at(8, WHATSAPP + 10, worth=1.0)
    value[0, CALL + 10] = 9.0
    plan = allocate(value, build_capacity(build_worked(8), teams={"one": team}))
    assert plan.choice.tolist() == [CALL + 10, WHATSAPP + 10, WHATSAPP + 10] + [-1] * 5


@pytest.mark.parametrize(("day", "hours"), [(DAY, [0.5, 1.0, 0.0]), (date(2026, 10, 15), [0.0, 0.0, 0.0])])
def test_a_shift_counts_by_the_part_of_the_hour_and_only_on_its_day(day: date, hours: list[float]) -> None:
    team = Settings(home=Path(), teams={"one": {**ONE_AGENT, "shifts": {"wed": "08:30-10:00"}}}).teams["one"]
    assert team_hours(team, day)[8:11].tolist() == hours


def test_nobody_is_called_while_no_team_is_at_work() -> None:
    teams = {"one": {**ONE_AGENT, "shifts": {"wed": "08:30-10:00"}}}
    assert plan_of(build_capacity(build_worked(2), teams=teams), CALL + 11).choice.tolist() == [-1, -1]


def test_a_channel_that_no_team_works_needs_none() -> None:
    plan = plan_of(build_capacity(build_worked(3), teams={"one": ONE_AGENT}), WHATSAPP + 10)
    assert (plan.choice >= 0).all()


def test_visits_are_limited_in_each_zone() -> None:
    worked = build_worked(5, region=["L", "L", "L", "M", None])
    capacity = build_capacity(worked, channels={"visit": {"capacity_per_zone": 1, "zones": {"L": 2}}})
    assert plan_of(capacity, VISIT + 10).choice.tolist() == [VISIT + 10, VISIT + 10, -1, VISIT + 10, VISIT + 10]


def test_the_days_money_is_not_exceeded() -> None:
    plan = plan_of(build_capacity(build_worked(9), budget={"per_day": 1.0}), CALL + 10)
    assert (plan.choice >= 0).sum() == 3


def test_a_portfolio_keeps_to_its_own_budget() -> None:
    worked = build_worked(6, portfolio_id=["a", "b"] * 3)
    plan = plan_of(build_capacity(worked, portfolios={"b": {"budget_per_day": 0.3}}), CALL + 10)
    assert np.flatnonzero(plan.choice >= 0).tolist() == [0, 1, 2, 4]


def test_a_portfolio_gets_its_minimum_share_though_others_are_worth_more() -> None:
    worked = build_worked(8, portfolio_id=["a"] * 6 + ["b"] * 2)
    sections: dict[str, Any] = {"channels": {"call": {"capacity_per_hour": 4}}, "portfolios": {"b": {}}}
    assert plan_of(build_capacity(worked, **sections), CALL + 10).choice[6:].tolist() == [-1, -1]
    sections["portfolios"] = {"b": {"min_share": 0.5}}
    shared = plan_of(build_capacity(worked, **sections), CALL + 10)
    assert (shared.choice >= 0).tolist() == [True, True] + [False] * 4 + [True, True]
    assert shared.bound >= shared.value == pytest.approx(5.0 + 4.99 + 4.94 + 4.93)


def test_a_share_makes_nobody_contact_whom_it_is_not_worth_it() -> None:
    worked = build_worked(3, portfolio_id=["a", "a", "b"])
    value = worth_at(3, CALL + 10)
    value[2] = np.where(np.isfinite(value[2]), -0.5, -np.inf)
    assert allocate(value, build_capacity(worked, portfolios={"b": {"min_share": 0.5}})).choice[2] == -1


def test_a_budget_over_currencies_without_rates_is_refused() -> None:
    worked = build_worked(2, currency=["PEN", "CLP"])
    with pytest.raises(ConfigurationError, match=r"a rate for every currency.*none for CLP, PEN"):
        build_capacity(worked, budget={"per_day": 10.0})


def test_with_nothing_but_channels_configured_debtors_are_all_of_one_group() -> None:
    settings = Settings(home=Path("nowhere"))
    plain, told = team_capacity(settings), team_capacity(settings, DAY, build_worked(3))
    assert (told.limit == plain.limit).all()
    assert not told.group.size


def test_members_keep_their_groups() -> None:
    worked = build_worked(4, region=["L", "M", "L", "M"])
    whole = build_capacity(worked, channels={"visit": {"capacity_per_zone": 1}})
    half = np.array([False, True, True, False])
    own = team_capacity(Settings(home=Path("x"), channels={"visit": {"capacity_per_zone": 1}}), DAY,
                        Worked(worked.debtors[half], worked.money[half]))  # fmt: skip
    assert whole.of_members(half).group.tolist() == [1, 0]
    assert own.group.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[teams.one]\nagents = 1\nattempts_per_hour = {fax = 3}", "unknown channel 'fax'"),
        ("[teams.one]\nagents = 1\nattempts_per_hour = {}", "at least 1"),
        ("[teams.one]\nagents = -1\nattempts_per_hour = {call = 3}", "`teams.one.agents`"),
        ("[teams.one]\nagents = 1\nattempts_per_hour = {call = 3}\nshifts = {wed = '19:00-08:00'}", "HH:MM-HH:MM"),
        ("[teams.one]\nagents = 1\nattempts_per_hour = {call = 3}\nshifts = {mittwoch = '08:00-19:00'}", "'mittwoch'"),
        ("[teams.one]\nagents = 1\nattempts_per_hour = {call = 3}\nlanguages = ['de']", "unknown language 'de'"),
        ("[teams.one]\nagents = 1\nattempts_per_hour = {call = 3}\nstages = ['soon']", "unknown stage 'soon'"),
        ("[portfolios.a]\nmin_share = 0.7\n[portfolios.b]\nmin_share = 0.6", "must not add up to more than 1.*1.3"),
        ("[portfolios.a]\nbudget_per_day = -1", "`portfolios.a.budget_per_day`"),
        ("[budget]\nper_day = -1", "`budget.per_day`"),
        ("[channels.visit]\nzones = {L = -2}", "`channels.visit.zones.L`"),
    ],
)
def test_limits_that_contradict_or_do_not_exist_are_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "recobro.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=says):
        load_settings(tmp_path, {})


def test_teams_that_work_a_channel_replace_its_default_capacity_but_not_a_given_one() -> None:
    teams = {"one": ONE_AGENT}
    assert Settings(home=Path("x"), teams=teams).channels["call"].capacity_per_hour is None
    given = Settings(home=Path("x"), teams=teams, channels={"call": {"capacity_per_hour": 7}})
    assert given.channels["call"].capacity_per_hour == 7
