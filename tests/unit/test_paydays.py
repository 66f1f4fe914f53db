"""The day to suggest for a promise. Wednesday 14 October 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import WORK_DATE, build_owing

from recobro_models.decision.paydays import suggest_promises

NAMES = (
    "month_end_share_365d", "mid_month_share_365d", "payday_early_week_share_365d", "payday_late_week_share_365d"
)  # fmt: skip
#: Shares that say nothing: the same for each day of the month and of the week.
EVEN = dict(zip(NAMES, (6.4 / 30.4, 5 / 30.4, 2 / 7, 3 / 7), strict=True))


def suggest(n: int = 1, most_days: int = 30, as_of: date = WORK_DATE, **given: Any) -> list[str]:
    return [str(day) for day in suggest_promises(build_owing(n, **(EVEN | given)), as_of, most_days)]


@pytest.mark.parametrize(
    ("habit", "day"),
    [
        ({"month_end_share_365d": 0.9, "mid_month_share_365d": 0.05}, "2026-10-28"),
        ({"mid_month_share_365d": 0.9, "month_end_share_365d": 0.05}, "2026-10-15"),
        ({"payday_late_week_share_365d": 0.95, "payday_early_week_share_365d": 0.02}, "2026-10-16"),
        ({"payday_early_week_share_365d": 0.95, "payday_late_week_share_365d": 0.02}, "2026-10-19"),
        ({"month_end_share_365d": 0.8, "mid_month_share_365d": 0.1, "payday_late_week_share_365d": 0.9,
          "payday_early_week_share_365d": 0.05}, "2026-10-30"),
        ({}, "2026-10-15"),
    ],
)  # fmt: skip
def test_the_day_is_the_first_of_the_likeliest_paydays(habit: dict[str, float], day: str) -> None:
    assert suggest(**habit) == [day]


def test_the_day_lies_before_the_next_due_date() -> None:
    late = {"month_end_share_365d": 0.9, "mid_month_share_365d": 0.02}
    assert suggest(next_due_on=pd.Timestamp("2026-10-28"), **late) < ["2026-10-28"]
    assert suggest(next_due_on=pd.Timestamp("2026-10-29"), **late) == ["2026-10-28"]


@pytest.mark.parametrize("due", ["2026-10-14", "2026-10-15", "2026-10-16"])
def test_there_is_always_a_day_and_it_is_never_today(due: str) -> None:
    assert suggest(next_due_on=pd.Timestamp(due)) == ["2026-10-15"]


UNKNOWN = dict.fromkeys(NAMES, np.nan)


@pytest.mark.parametrize(("due", "day"), [("2026-11-20", "2026-10-28"), ("2026-10-27", "2026-10-15")])
def test_whoever_never_paid_is_asked_for_the_end_of_the_month_or_else_its_middle(due: str, day: str) -> None:
    assert suggest(next_due_on=pd.Timestamp(due), **UNKNOWN) == [day]


def test_whoever_never_paid_has_the_same_day_alone_as_among_others() -> None:
    shares = {name: [0.9 if name == "mid_month_share_365d" else 0.02, np.nan] for name in NAMES}
    assert suggest(2, portfolio_id=["a", "a"], **shares)[1:] == suggest(1, portfolio_id="a", **UNKNOWN)


@settings(max_examples=50, deadline=None)
@given(
    shares=st.tuples(*[st.floats(0, 0.5) for _ in NAMES]), most_days=st.integers(1, 60), ahead=st.integers(-5, 60),
    as_of=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)  # fmt: skip
def test_the_day_is_ahead_in_reach_and_before_the_next_charge(
    shares: tuple[float, ...], most_days: int, ahead: int, as_of: date
) -> None:
    due = pd.Timestamp(as_of) + pd.Timedelta(days=ahead)
    [day] = suggest(1, most_days, as_of, next_due_on=due, **dict(zip(NAMES, shares, strict=True)))
    days = (date.fromisoformat(day) - as_of).days
    assert 1 <= days <= most_days
    assert ahead <= 1 or days < ahead
