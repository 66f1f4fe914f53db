"""The day to suggest for a promise: the payday most likely for the debtor, before the next charge falls due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

#: Days of a month and of a week that a class has: from the 28th to the 3rd, from the 14th to the 18th, all others;
#: Monday and Tuesday, Friday to Sunday, all others. The features of payment days count by the same.
_MONTH_DAYS: Final = np.array([6.4, 5.0, 19.0])
_WEEK_DAYS: Final = np.array([2.0, 3.0, 2.0])
_MONTH: Final = ("month_end_share_365d", "mid_month_share_365d")
_WEEK: Final = ("payday_early_week_share_365d", "payday_late_week_share_365d")
#: Nobody pays in one class only: so much of the shares is spread evenly.
_EVEN: Final = 0.1


def suggest_promises(debtors: pd.DataFrame, as_of: date, most_days: int) -> Days:
    """The day on which each debtor is likeliest to pay, from tomorrow on; of equal days the first.

    It lies before the debtor's next due date, as far as that leaves a day, and at most `most_days` ahead. A debtor
    without payments in a year has the portfolio's payment days.

    Args:
        debtors: `portfolio_id`, `next_due_on` and the debtor features of payment days.
        as_of: today.
        most_days: days ahead.
    """
    ahead = [as_of + timedelta(days=days) for days in range(1, most_days + 1)]
    kinds = np.array([3 * _month_class(day) + _week_class(day) for day in ahead])
    of_month, of_week = _rates(debtors, _MONTH, _MONTH_DAYS), _rates(debtors, _WEEK, _WEEK_DAYS)
    rate = (of_month[:, :, None] * of_week[:, None, :]).reshape(len(debtors), of_month.shape[1] * of_week.shape[1])
    # Of each class only its first day can be the answer, so there are nine days to compare, not `most_days`.
    first = {int(kind): int(place) for place, kind in reversed(list(enumerate(kinds)))}
    order = sorted(first, key=lambda kind: first[kind])
    place = np.array([first[kind] for kind in order])
    open_ = place[None, :] < _days_open(debtors, as_of, most_days)[:, None]
    chosen = place[np.where(open_, rate[:, order], -np.inf).argmax(axis=1)]
    return np.datetime64(as_of, "D") + 1 + chosen.astype("timedelta64[D]")


def _days_open(debtors: pd.DataFrame, as_of: date, most_days: int) -> NDArray[np.int64]:
    """Days from tomorrow on that lie before the next due date, at least one."""
    due = pd.to_datetime(debtors["next_due_on"]).to_numpy().astype("M8[D]")
    left = (due - np.datetime64(as_of, "D")).astype(np.int64)
    return np.clip(np.where(due > np.datetime64(as_of, "D"), left, most_days + 1) - 1, 1, most_days)


def _rates(debtors: pd.DataFrame, names: tuple[str, str], days: Floats) -> Floats:
    """Of each debtor, the share of payments on a day of each class."""
    known = debtors[list(names)].to_numpy(np.float64, na_value=np.nan)
    if np.isnan(known).any():
        own = debtors[list(names)].astype("float64")
        known = np.where(np.isnan(known), own.groupby(debtors["portfolio_id"]).transform("mean"), known)
    shares = np.column_stack([known, 1 - known.sum(axis=1)])
    even = days / days.sum()
    shares = np.where(np.isnan(shares).any(axis=1, keepdims=True), even, np.clip(shares, 0.0, 1.0))
    return ((1 - _EVEN) * shares + _EVEN * even) / days


def _month_class(day: date) -> int:
    return 0 if day.day >= 28 or day.day <= 3 else 1 if 14 <= day.day <= 18 else 2


def _week_class(day: date) -> int:
    return 0 if day.weekday() <= 1 else 1 if day.weekday() >= 4 else 2
