"""A what-if from prices: the first step, and what the answer lies between for sure."""

from __future__ import annotations

import pytest
from tests.unit.what_if_samples import SUMMARY, settings_with

from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_models.decision.changes import change_settings, lifted_rules, parse_change
from recobro_models.decision.simulation import Simulation, simulate_from_prices

BEFORE = settings_with(exploration=0.05, control_group=0.02)


def asked(*texts: str, before: Settings = BEFORE) -> Simulation:
    changes = [parse_change(text) for text in texts]
    return simulate_from_prices(SUMMARY, before, change_settings(before, changes), lifted_rules(changes))


def test_one_more_call_an_hour_brings_the_prices_of_the_hours() -> None:
    told = asked("capacity.call=+1")
    assert (told.after, told.at_least, told.at_most) == (1002.0, 1000.0, 1003.0)


def test_fewer_calls_cost_at_least_their_prices_and_nothing_bounds_the_loss() -> None:
    told = asked("capacity.call=-10")
    assert (told.after, told.at_least, told.at_most) == (980.0, None, 981.0)


def test_room_that_nobody_uses_costs_nothing_to_take_away() -> None:
    told = asked("capacity.email=40")
    assert (told.after, told.at_least, told.at_most) == (1000.0, 1000.0, 1001.0)


def test_dearer_attempts_are_paid_by_those_of_the_plan_which_may_find_better() -> None:
    told = asked("cost.call=+0.10")
    assert (told.after, told.at_least, told.at_most) == pytest.approx((988.0, 988.0, 1001.0))


def test_cheaper_attempts_may_become_as_many_as_there_are_debtors() -> None:
    told = asked("cost.call=-0.10")
    assert (told.after, told.at_least, told.at_most) == pytest.approx((1012.0, 1012.0, 1051.0))


def test_changes_add_up() -> None:
    told = asked("capacity.call=+1", "cost.call=+0.10")
    assert (told.after, told.at_least, told.at_most) == pytest.approx((990.0, 988.0, 1003.0))


def test_a_limit_where_there_was_none_has_no_price_and_says_so() -> None:
    told = asked("capacity.call.day=100")
    assert (told.after, told.at_least, told.at_most) == (1000.0, None, 1001.0)
    assert "call by day" in told.remarks[0]


def test_a_new_limit_above_what_is_used_changes_nothing() -> None:
    assert asked("capacity.call.day=120").remarks == ()


def test_chance_costs_in_proportion_and_is_bounded_by_nothing() -> None:
    told = asked("exploration=0", "control_group=+100%")
    assert (told.after, told.at_least, told.at_most) == pytest.approx((1010.0, None, None), nan_ok=True)


def test_an_answer_for_programs_names_every_change_with_both_values() -> None:
    told = asked("capacity.call=+2").to_json()
    assert told["changes"] == {"capacity.call.hour": {"before": 60, "after": 62}}
    assert (told["how"], told["value_before"], told["difference"], told["channels"]) == ("prices", 1000.0, 4.0, {})


def test_one_more_agent_brings_an_hour_of_each_of_the_team() -> None:
    teams = {"day": {"agents": 3, "attempts_per_hour": {"call": 10}}}
    told = asked("team.day=+1", before=Settings(teams=teams))
    assert (told.after, told.at_least, told.at_most) == (1008.0, 1000.0, 1009.0)


def test_more_budget_brings_its_price_and_less_costs_it_at_least() -> None:
    before = Settings(budget={"per_day": 50})
    assert asked("budget=+10", before=before).after == 1020.0
    assert (asked("budget=-10", before=before).at_least, asked("budget=-10", before=before).at_most) == (None, 981.0)


def test_a_rule_away_brings_at_most_what_the_plan_says_it_costs() -> None:
    told = asked("rule.PE.limits.week=off")
    assert (told.after, told.at_least, told.at_most) == (1012.0, 1000.0, 1013.0)
    assert told.to_json()["changes"] == {"rule.PE.limits.week": {"before": "on", "after": "off"}}


def test_a_rule_that_stops_nobody_has_no_cost_to_tell() -> None:
    with pytest.raises(UsageError, match=r"These do: PE\.limits\.week"):
        asked("rule.CO.limits.week=off")
