"""Marking a debtor vulnerable never adds to the pressure: not an option, not an attempt, not a stronger channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
)
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS, OUTCOMES
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.day import decide_day
from recobro_models.decision.eligibility import check_eligibility
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.value import value_options
from recobro_models.decision.worklist import Scored

#: How much pressure each channel is; 0 is nothing.
PRESSURE = {"sms": 1, "whatsapp": 1, "email": 1, "call": 2, "visit": 3}
STRATEGIES = (
    "", "digital_first: 0.3", "channels: [call, whatsapp]", "min_days_between: 3", "channels: [visit, call, sms]",
    "digital_first: 0\nmin_days_between: 2",
)  # fmt: skip
TEAMS: tuple[dict[str, Any], ...] = (
    {}, {"call": {"capacity_per_hour": 1, "hours": "09:00-11:00"}, "whatsapp": {"capacity_per_day": 2}},
    {"call": {"capacity_per_hour": 0}, "visit": {"capacity_per_day": 1}, "whatsapp": {"capacity_per_day": 1}},
    {"sms": {"capacity_per_day": 1}, "whatsapp": {"capacity_per_day": 1}, "email": {"capacity_per_day": 1}},
)  # fmt: skip


@st.composite
def days(draw: st.DrawFn) -> dict[str, Any]:
    """Debtors with amounts and histories of their own, a strategy, a team, and how much is drawn at random."""
    n = draw(st.integers(1, 7))
    tried = st.tuples(
        st.sampled_from([f"D{at:05d}" for at in range(n)]), st.sampled_from(CHANNELS),
        st.dates(WORK_DATE.replace(day=1), WORK_DATE.replace(day=13)).map(str), st.integers(8, 19),
        st.sampled_from(OUTCOMES),
    )  # fmt: skip
    return {
        "amounts": draw(st.lists(st.integers(1, 5000), min_size=n, max_size=n, unique=True)),
        "tried": draw(st.lists(tried, max_size=6)),
        "strategy": draw(st.sampled_from(STRATEGIES)),
        "team": draw(st.sampled_from(TEAMS)),
        "exploration": draw(st.sampled_from([0.0, 0.2, 0.6])),
        "also": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        "broken": draw(st.booleans()),
    }


def decide(day: dict[str, Any], vulnerable: list[bool]) -> Scored:
    team: Settings = build_settings(channels=day["team"], policy={"exploration": day["exploration"]})
    debtors = build_owing(
        len(vulnerable), amount_to_collect=np.array(day["amounts"], float),
        do_not_contact_reason=np.where(vulnerable, "vulnerable", None),
        promise_broken_on=pd.Timestamp(WORK_DATE) - pd.Timedelta(days=1 if day["broken"] else 20),
    )  # fmt: skip
    points = build_points(debtors["debtor_id"], CHANNELS)
    eligibility = check_eligibility(build_portfolio(debtors, points), build_calendar(team))
    models = (ContactTimes.prior(), ContactEffect.prior())
    values = value_options(debtors, eligibility.shift, WORK_DATE.weekday(), models, team)
    tactics = build_tactics(debtors, build_strategies(day["strategy"]), *day["tried"])
    return decide_day(debtors, eligibility, values, team, WORK_DATE, tactics=tactics)


def pressure(scored: Scored, position: int) -> int:
    slot = int(scored.decision.choice[position])
    return 0 if slot < 0 else PRESSURE[CHANNELS[slot // HOURS]]


@settings(max_examples=20, deadline=None)
@given(day=days(), whose=st.integers(0, 6))
def test_marking_a_debtor_vulnerable_adds_no_option(day: dict[str, Any], whose: int) -> None:
    whose %= len(day["amounts"])
    plain, marked = (decide(day, [*day["also"][:whose], mark, *day["also"][whose + 1 :]]) for mark in (False, True))
    assert plain.course is not None
    assert marked.course is not None
    for before, after in (
        (plain.eligibility.allowed, marked.eligibility.allowed), (plain.course.prefers, marked.course.prefers)
    ):  # fmt: skip
        assert not (after[whose] & ~before[whose]).any()
    assert not marked.decision.explored[whose]


@settings(max_examples=30, deadline=None)
@given(day=days(), whose=st.integers(0, 6))
def test_marking_a_debtor_vulnerable_never_raises_the_pressure_of_the_days_plan(
    day: dict[str, Any], whose: int
) -> None:
    whose %= len(day["amounts"])
    plain, marked = (decide(day, [*day["also"][:whose], mark, *day["also"][whose + 1 :]]) for mark in (False, True))
    assert pressure(marked, whose) <= pressure(plain, whose)


@settings(max_examples=10, deadline=None)
@given(day=days())
def test_nobody_vulnerable_is_called_visited_or_drawn(day: dict[str, Any]) -> None:
    scored = decide(day, day["also"])
    for position in np.flatnonzero(day["also"]).tolist():
        assert pressure(scored, position) <= 1
        assert not scored.decision.explored[position]
