"""What can be asked of a what-if, and what settings come of it."""

from __future__ import annotations

import pytest
from tests.unit.what_if_samples import settings_with

from recobro_data.errors import UsageError
from recobro_data.settings import Settings, Team
from recobro_models.decision.changes import change_settings, changed_keys, lifted_rules, parse_change


def changed(*texts: str) -> Settings:
    teams = {"day": {"agents": 3, "attempts_per_hour": {"call": 10}}}
    settings = settings_with().model_copy(update={"teams": {name: Team(**team) for name, team in teams.items()}})
    return change_settings(settings, [parse_change(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "limit"),
    [("capacity.call=30", 30), ("capacity.call=+2", 62), ("capacity.call.hour=-5", 55), ("capacity.call=-10%", 54),
     ("capacity.call=-100", 0), ("capacity.call=+0.4%", 60)],
)  # fmt: skip
def test_a_capacity_is_said_itself_or_as_more_or_less_of_what_is_configured(text: str, limit: int) -> None:
    assert changed(text).channels["call"].capacity_per_hour == limit


def test_a_capacity_without_a_unit_is_the_one_that_is_configured() -> None:
    assert changed("capacity.whatsapp=+10%").channels["whatsapp"].capacity_per_day == 5500


def test_a_limit_that_is_not_there_can_be_set() -> None:
    assert changed("capacity.call.day=300").channels["call"].capacity_per_day == 300


def test_changes_follow_each_other() -> None:
    after = changed("cost.call=1", "cost.call=+50%", "exploration=0.1", "control_group=0")
    assert (after.channels["call"].cost, after.policy.exploration, after.policy.control_group) == (1.5, 0.1, 0)


def test_a_team_gets_more_agents_and_the_day_a_budget() -> None:
    after = changed("team.day=+2", "budget=500", "budget=-10%")
    assert (after.teams["day"].agents, after.budget.per_day) == (5, 450)


def test_a_rule_that_is_asked_to_be_away_changes_no_setting() -> None:
    changes = [parse_change("rule.PE.limits.week=off")]
    assert change_settings(settings_with(), changes) == settings_with()
    assert lifted_rules(changes) == ("PE.limits.week",)


def test_a_rule_can_only_be_away() -> None:
    with pytest.raises(UsageError, match=r"Expected rule\.PE\.x=off, found '3'"):
        lifted_rules([parse_change("rule.PE.x=3")])


def test_only_what_differs_is_told() -> None:
    assert changed_keys(settings_with(), changed("capacity.call=+2", "cost.email=0.01")) == {
        "capacity.call.hour": (60, 62)
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("capacity.call", "Expected a change that can be simulated"),
        ("hours.call=9", "Expected a change that can be simulated"),
        ("capacity.call=many", r"Expected an amount such as 30, \+2, -5 or \+10%, found 'many'"),
        ("capacity.fax=3", "Expected a channel behind capacity, found 'fax'. Channels: call"),
        ("capacity=3", "Expected a change that can be simulated"),
        ("capacity.visit=3", "found visit, which had no capacity"),
        ("capacity.call.day=+2", r"Expected a limit to add \+2 to, found none for capacity.call.day"),
        ("cost.call=-5", "Expected cost.call where input should be greater than or equal to 0, found -5"),
        ("cost.call.day=5", "Expected a channel behind cost, found 'call.day'"),
        ("exploration=2", "Expected exploration where input should be less than or equal to 1"),
        ("exploration.call=0", "Expected a change that can be simulated"),
        ("budget=+5", r"Expected a limit to add \+5 to, found none for budget"),
        ("team.night=+1", "Expected a team of the plan, found 'night'. Teams: day"),
    ],
)
def test_what_can_not_be_simulated_is_refused_in_one_sentence(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        changed(text)


def test_a_channel_that_loses_all_capacity_may_change_its_cost_too() -> None:
    call = changed("capacity.call=0", "cost.call=0.10").channels["call"]
    assert (call.capacity_per_hour, call.cost) == (0, 0.10)
