"""Who may be contacted, and for everyone else the first reason that holds. Wednesday 14 October 2026 in Lima."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import (
    WORK_DATE,
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
    channel_at,
)

from recobro_data.settings import Settings
from recobro_models.decision.eligibility import Eligibility, check_eligibility
from recobro_models.decision.lawful import find_clocks

Told = tuple[str | None, str | None, date | None]


def check(
    given: dict[str, Any] | None = None, *, points: dict[str, Any] | None = None, settings: Settings | None = None,
    work_date: date = WORK_DATE, **portfolio: Any,
) -> Eligibility:  # fmt: skip
    """Eligibility of two debtors of whom the second is plain and the first is as `given`."""
    plain = build_owing(2)
    changed = plain.copy()
    for name, value in (given or {}).items():
        changed[name] = pd.Series([value, plain[name].iloc[1]], index=plain.index)
    of_points = build_points(["D00000"], **(points or {}))
    both = pd.concat([of_points, build_points(["D00001"])], ignore_index=True)
    calendar = build_calendar(settings or build_settings(), work_date)
    return check_eligibility(build_portfolio(changed, both, **portfolio), calendar)


def first(eligibility: Eligibility) -> Told:
    return eligibility.because[0], eligibility.rule[0], eligibility.until[0]


def hours_of(eligibility: Eligibility, channel: str, position: int = 0) -> list[int]:
    return np.flatnonzero(eligibility.allowed[position, channel_at(channel)]).tolist()


def lunch_team(first_hour: str = "08:00", last_hour: str = "20:00") -> Settings:
    return build_settings(channels={"call": {"hours": f"{first_hour}-{last_hour}"}})


AT_NIGHT = {"prefer_from": "22:00", "prefer_to": "23:00"}
TODAY_TRIED = build_attempts(("D00000", "call", "2026-10-14", False))

#: What makes each reason hold: the debtor, the contact points, the rest of the portfolio, and what is told.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], Told]] = {
    "do_not_contact": (
        {"do_not_contact": True, "do_not_contact_reason": "deceased"}, {}, {}, ("do_not_contact", "deceased", None)
    ),
    "do_not_contact without a reason": (
        {"do_not_contact": True}, {}, {}, ("do_not_contact", "do_not_contact", None)
    ),
    "promise_open": (
        {"amount_to_collect": 0.0, "promised_amount": 200.0, "promise_due_on": pd.Timestamp("2026-10-20")}, {}, {},
        ("promise_open", "promises", date(2026, 10, 20)),
    ),
    "dispute_open": (
        {"amount_to_collect": 0.0, "disputed_amount": 200.0}, {}, {}, ("dispute_open", "disputes", None)
    ),
    "awaiting_payment": (
        {"days_past_due": -9, "next_due_on": pd.Timestamp("2026-10-23")}, {}, {},
        ("awaiting_payment", "policy.pre_due_days", date(2026, 10, 18)),
    ),
    "opted_out": ({}, {"opted_out": True}, {}, ("opted_out", "contact_points.opted_out", None)),
    "no_channel": ({}, {"valid": False}, {}, ("no_channel", "contact_points", None)),
    "outside_lawful_hours": ({}, AT_NIGHT, {}, ("outside_lawful_hours", "debtor.preferred_hours", None)),
    "holiday": (
        {}, {}, {"work_date": date(2026, 10, 8)}, ("holiday", "PE.holiday", date(2026, 10, 9))
    ),
    "frequency_limit": (
        {}, {}, {"attempts": TODAY_TRIED}, ("frequency_limit", "PE.limits.policy_day", date(2026, 10, 15))
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_reason_arises_from_its_case_with_its_rule_and_end(case: str) -> None:
    given, points, rest, told = CASES[case]
    eligibility = check(given, points=points, **rest)
    assert first(eligibility) == told
    assert not eligibility.allowed[0].any()


@pytest.mark.parametrize("case", [name for name in CASES if name != "holiday"])
def test_what_holds_for_one_debtor_leaves_the_next_alone(case: str) -> None:
    given, points, rest, _ = CASES[case]
    eligibility = check(given, points=points, **rest)
    assert eligibility.because[1] is None
    assert eligibility.allowed[1].any()


def test_the_control_group_is_told_until_its_period_ends() -> None:
    settings = build_settings(policy={"control_group": 0.999999, "control_period_days": 90})
    because, rule, until = first(check(settings=settings))
    assert (because, str(rule).partition(".")[0]) == ("control_group", "control")
    assert isinstance(until, date)
    assert 0 < (until - WORK_DATE).days <= 90


def test_the_control_group_stays_the_same_over_its_period() -> None:
    settings = build_settings(policy={"control_group": 0.3, "control_period_days": 10_000})
    drawn = [
        check_eligibility(build_portfolio(build_owing(200)), build_calendar(settings, day)).because == "control_group"
        for day in (WORK_DATE, date(2026, 10, 15))
    ]
    assert (drawn[0] == drawn[1]).all()
    assert 0.2 < drawn[0].mean() < 0.4


#: The order in which reasons are asked; each holds together with all that follow.
ORDER = ("do_not_contact", "promise_open", "dispute_open", "awaiting_payment", "control_group", "opted_out")


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_reasons_are_told_in_their_written_order(place: int) -> None:
    holding = ORDER[place:]
    given: dict[str, Any] = {}
    for name in holding:
        given |= CASES.get(name, ({},))[0]
    settings = build_settings(policy={"control_group": 0.999999 if "control_group" in holding else 0.0})
    eligibility = check(given, points={"opted_out": True}, settings=settings, attempts=TODAY_TRIED)
    assert eligibility.because[0] == holding[0]


def test_closed_hours_are_told_before_frequency() -> None:
    assert check(points=AT_NIGHT, attempts=TODAY_TRIED).because[0] == "outside_lawful_hours"


def test_a_promise_or_dispute_of_part_leaves_the_rest_to_collect() -> None:
    part = {"promised_amount": 50.0, "disputed_amount": 50.0, "amount_to_collect": 100.0}
    assert check(part).because[0] is None


def test_collection_begins_the_configured_days_before_the_due_date() -> None:
    told = [check({"days_past_due": late}).because[0] for late in (-6, -5, 0)]
    assert told == ["awaiting_payment", None, None]


def test_an_opt_out_of_one_channel_leaves_the_others() -> None:
    points = build_points(["D00000"]).assign(opted_out=[True, False])
    eligibility = check_eligibility(build_portfolio(build_owing(1), points), build_calendar(build_settings()))
    assert hours_of(eligibility, "call") == []
    assert hours_of(eligibility, "whatsapp")


def test_a_channel_without_capacity_is_not_used() -> None:
    settings = build_settings(channels={"call": {"capacity_per_hour": 0}, "whatsapp": {"capacity_per_day": 0}})
    assert first(check(settings=settings)) == ("no_channel", "contact_points", None)


def test_peru_opens_calls_inside_its_law_and_the_team() -> None:
    assert hours_of(check(settings=lunch_team("06:00", "22:00")), "call") == list(range(7, 20))
    assert hours_of(check(settings=lunch_team("12:00", "15:30")), "call") == [12, 13, 14]


def test_preferred_hours_narrow_the_lawful_ones() -> None:
    eligibility = check(points={"prefer_from": "10:00", "prefer_to": "12:30"})
    assert hours_of(eligibility, "call") == [10, 11]
    assert len(hours_of(eligibility, "call", position=1)) == 12


def test_a_wish_for_one_channel_leaves_the_other_open() -> None:
    points = build_points(["D00000"]).assign(prefer_from=["18:00", None], prefer_to=["19:00", None])
    eligibility = check_eligibility(build_portfolio(build_owing(1), points), build_calendar(build_settings()))
    assert hours_of(eligibility, "call") == [18]
    assert len(hours_of(eligibility, "whatsapp")) == 12


def test_the_channel_that_opens_first_tells_until_when_a_holiday_holds() -> None:
    because, _, until = first(check(points={"prefer_from": "10:00"}, work_date=date(2026, 10, 8)))
    assert (because, until) == ("holiday", date(2026, 10, 9))


def colombia(points: pd.DataFrame, **given: Any) -> Eligibility:
    debtors = build_owing(1, country="CO", zone="America/Bogota")
    return check_eligibility(build_portfolio(debtors, points, **given), build_calendar(build_settings()))


def test_without_contact_points_the_default_channels_hold() -> None:
    empty = build_points([])
    eligibility = check_eligibility(
        build_portfolio(build_owing(1), empty, has_contact_points=False), build_calendar(build_settings())
    )
    used = [channel for channel in ("call", "sms", "whatsapp", "email", "visit") if hours_of(eligibility, channel)]
    assert used == ["call", "whatsapp", "email"]


def test_where_the_law_asks_for_consent_default_channels_are_none() -> None:
    assert first(colombia(build_points([]), has_contact_points=False)) == ("no_channel", "contact_points", None)


def test_where_the_law_asks_for_consent_a_contact_point_gives_it() -> None:
    eligibility = colombia(build_points(["D00000"], ("call",)))
    assert hours_of(eligibility, "call") == list(range(8, 19))
    assert hours_of(eligibility, "whatsapp") == []


def test_colombia_keeps_to_one_channel_a_week() -> None:
    tried = build_attempts(("D00000", "whatsapp", "2026-10-12", False))
    eligibility = colombia(build_points(["D00000"]), attempts=tried)
    assert hours_of(eligibility, "call") == []
    assert hours_of(eligibility, "whatsapp")
    assert eligibility.blocked[["channel", "rule"]].to_numpy().tolist()[0] == ["call", "CO.one_channel"]


def mexico(zone: str | None, team_zone: str = "America/Mexico_City") -> Eligibility:
    debtors = build_owing(1, country="MX", timezone=zone, zone=zone or "America/Mexico_City")
    return check_eligibility(
        build_portfolio(debtors), build_calendar(lunch_team("06:00", "23:00"), team_zone=team_zone)
    )


def test_hours_of_tijuana_stand_on_the_team_clock_of_mexico_city() -> None:
    here, there = mexico("America/Mexico_City"), mexico("America/Tijuana")
    assert hours_of(here, "call") == list(range(7, 22))
    assert (int(here.shift[0]), int(there.shift[0])) == (0, -1)
    assert hours_of(there, "call") == list(range(8, 23))


def test_without_a_zone_only_hours_lawful_in_all_of_the_country_are_open() -> None:
    assert hours_of(mexico(None), "call") == list(range(8, 21))


def test_a_region_with_zones_of_its_own_is_told_on_its_own_clock() -> None:
    amazonas = build_owing(2, country="BR", region=["AM", "SP"], zone="America/Sao_Paulo")
    clocks = find_clocks(amazonas, build_calendar(build_settings()).rulebook)
    assert clocks.tolist() == ["America/Manaus", "America/Sao_Paulo"]


def test_a_team_at_work_only_while_it_is_night_at_the_debtor_finds_nobody() -> None:
    debtors = build_owing(1, country="MX", timezone="America/Mexico_City", zone="America/Mexico_City")
    calendar = build_calendar(lunch_team("08:00", "12:00"), team_zone="Asia/Tokyo")
    eligibility = check_eligibility(build_portfolio(debtors, build_points(["D00000"], ("call",))), calendar)
    assert eligibility.because[0] == "outside_lawful_hours"


def test_nobody_is_an_answer() -> None:
    eligibility = check_eligibility(build_portfolio(build_owing(0)), build_calendar(build_settings()))
    assert eligibility.allowed.shape == (0, 5, 24)
    assert len(eligibility.because) == 0
