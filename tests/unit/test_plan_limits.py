"""What limited a plan, as its summary tells it and as it is printed."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings

from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.worklist import Scored
from recobro_pipelines.limits_told import limits_in_words
from recobro_pipelines.plan_summary import summarise

TEAMS = {"one": {"agents": 1, "attempts_per_hour": {"call": 2, "whatsapp": 4}, "shifts": {"wed": "09:00-11:00"}}}


def summary_of(n: int = 20, debtors: pd.DataFrame | None = None, **sections: Any) -> dict[str, Any]:
    settings = build_settings(**sections)
    debtors = build_owing(n, amount_to_collect=200.0 + np.arange(n)) if debtors is None else debtors
    return summarise(build_scored(debtors, settings, build_calendar(settings)), settings)


def test_a_teams_hours_are_told_with_what_one_more_would_bring() -> None:
    told = summary_of(teams=TEAMS)["teams"]["one"]
    assert told["agent_hours"] == 2.0
    assert told["used"] == pytest.approx(2.0)
    assert min(told["shadow_price_by_hour"].values()) > 0


def test_budgets_zones_and_shares_are_told_by_name() -> None:
    debtors = build_owing(20, region=["L", "M"] * 10, portfolio_id=["book", "other"] * 10)
    summary = summary_of(
        debtors=debtors, budget={"per_day": 0.5}, channels={"visit": {"capacity_per_zone": 1}},
        portfolios={"other": {"min_share": 0.5, "budget_per_day": 9.0}},
    )  # fmt: skip
    assert summary["budgets"]["all"]["per_day"] == 0.5
    assert summary["budgets"]["all"]["used"] <= 0.5
    assert summary["budgets"]["other"]["per_day"] == 9.0
    assert summary["min_shares"]["other"]["share"] >= 0.5
    assert summary["zones"]["visit"]["L"]["per_day"] == 1


def test_a_plan_with_teams_alone_has_no_other_limits() -> None:
    summary = summary_of()
    assert (summary["teams"], summary["zones"], summary["budgets"], summary["min_shares"]) == ({}, {}, {}, {})
    assert summary["duties"] == {"due": 0, "met": 0, "unmet": {}, "cost": 0.0}


def test_names_that_nothing_has_and_teams_without_agents_are_remarked() -> None:
    teams = {"none": {"agents": 0, "attempts_per_hour": {"sms": 2}}}
    remarks = summary_of(teams=teams, portfolios={"boook": {"min_share": 0.1}})["remarks"]
    assert "[portfolios.boook] is the name of no portfolio with an open charge." in remarks
    assert "[teams.none] has no agents." in remarks


def test_capacity_that_nobody_may_be_contacted_by_is_remarked() -> None:
    remarks = summary_of(channels={"visit": {"capacity_per_day": 5}})["remarks"]
    assert "There is capacity for visit, and nobody may be contacted by it on this day." in remarks


def test_no_capacity_on_any_channel_is_remarked() -> None:
    none = {channel: {"capacity_per_hour": 0} for channel in CHANNELS}
    assert summary_of(channels=none)["remarks"] == [
        "There is no capacity at all: every channel's is 0 in the configuration, so nobody can be contacted."
    ]


def test_capacity_on_one_channel_is_some_capacity() -> None:
    none = {channel: {"capacity_per_hour": 0} for channel in CHANNELS if channel != "sms"}
    assert not any("no capacity at all" in remark for remark in summary_of(channels=none)["remarks"])


def test_a_channel_whose_teams_are_all_off_is_remarked() -> None:
    off = {"one": {**TEAMS["one"], "shifts": {"sun": "09:00-11:00"}}}
    assert "No team is at work for call on this day." in summary_of(teams=off)["remarks"]


def with_duties(scored: Scored, n: int) -> dict[str, Any]:
    scored.eligibility.duty_rule[:n] = "CL.notice"
    scored.eligibility.duty_until[:n] = date(2026, 10, 20)
    return summarise(scored, build_settings())


def test_duties_that_are_not_met_are_counted_by_rule() -> None:
    settings = build_settings(channels={"call": {"capacity_per_hour": 0}, "whatsapp": {"capacity_per_day": 2}})
    scored = build_scored(build_owing(5), settings, build_calendar(settings, WORK_DATE))
    told = with_duties(scored, 5)["duties"]
    assert (told["due"], told["met"], told["unmet"]) == (5, 2, {"CL.notice": 3})


def test_the_words_name_prices_duties_and_remarks() -> None:
    summary = {
        "value": 90.0, "upper_bound": 100.0, "gap": 0.1,
        "capacity": {"call": {"shadow_price": 0.0, "shadow_price_by_hour": {"10": 1.5}}},
        "teams": {"one": {"shadow_price_by_hour": {"9": 12.0}}}, "budgets": {"all": {"shadow_price": 3.0}},
        "min_shares": {"b": {"cost": 0.0}}, "rule_costs": {f"r{at}": {"cost": 9.0 - at} for at in range(7)},
        "duties": {"due": 3, "met": 2, "unmet": {"CL.notice": 1}}, "remarks": ["[teams.none] has no agents."],
    }  # fmt: skip
    assert limits_in_words(summary).splitlines() == [
        "Without draws at most 100.00 was possible: the plan is within 10.00 % of the best.",
        "One more attempt would bring: call at 10 1.50.",
        "One more agent-hour would bring: one at 9 12.00.",
        "One unit more of budget would bring: all 3.00.",
        "Rules cost at most, each lifted alone (2 more cost less):",
        *(f"  {9 - at}.00  r{at}" for at in range(5)),
        "Contacts that the law demands: 3 due, 2 planned; not possible: 1 (CL.notice).",
        "[teams.none] has no agents.",
    ]


@pytest.mark.parametrize(
    ("measure", "words"), [("rule", "points of the three criteria"), ("rates", "money by [rates]")]
)
def test_a_bound_that_is_no_money_is_not_told_as_money(measure: str, words: str) -> None:
    summary = {"upper_bound": 0.02, "gap": 0.0, "capacity": {}, "measured_in": measure}
    told = limits_in_words(summary)
    assert told == f"The plan is exactly the best. The figures that follow are counted in {words}.\n"
