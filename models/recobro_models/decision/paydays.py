"""The day to suggest for a promise: the payday most likely for the debtor, before the next charge falls due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_days, read_floats

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

#: Days of a month and of a week that a class has: from the 28th to the 3rd, from the 14th to the 18th, all others;
#: Monday and Tuesday, Friday to Sunday, all others. The features of payment days count by the same.
_MONTH_DAYS: Final = np.array([6.4, 5.0, 19.0])
_WEEK_DAYS: Final = np.array([2.0, 3.0, 2.0])
_MONTH: Final = names_of(("month_end_share_365d", "mid_month_share_365d"))
_WEEK: Final = names_of(("payday_early_week_share_365d", "payday_late_week_share_365d"))
#: Of a debtor whose payment days are not known: each day around the month's end counts for three ordinary ones, each in
#: its middle for two. Salaries of the region are paid on the last day, or half of them on the 15th.
_USUAL_MONTH: Final = np.array([3.0, 2.0, 1.0]) * _MONTH_DAYS
#: Nobody pays in one class only: so much of the shares is spread evenly.
_EVEN: Final = 0.1


def suggest_promises(debtors: pd.DataFrame, as_of: date, most_days: int) -> Days:
    """The day on which each debtor is likeliest to pay, from tomorrow on; of equal days the first.

    It lies before the debtor's next due date, as far as that leaves a day, and at most `most_days` ahead. Of a debtor
    without payments in a year the usual paydays of the region count, the month's end and then its middle: nothing of
    other debtors does, so the day is the same whoever else is asked about.

    Args:
        debtors: `next_due_on` and the debtor features of payment days.
        as_of: today.
        most_days: days ahead.
    """
    ahead = [as_of + timedelta(days=days) for days in range(1, most_days + 1)]
    kinds = np.array([3 * _month_class(day) + _week_class(day) for day in ahead])
    of_month = _rates(read_floats(debtors, _MONTH), _MONTH_DAYS, usual=_USUAL_MONTH)
    of_week = _rates(read_floats(debtors, _WEEK), _WEEK_DAYS, usual=_WEEK_DAYS)
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
    due = read_days(debtors["next_due_on"])
    left = (due - np.datetime64(as_of, "D")).astype(np.int64)
    return np.clip(np.where(due > np.datetime64(as_of, "D"), left, most_days + 1) - 1, 1, most_days)


def _rates(known: Floats, days: Floats, *, usual: Floats) -> Floats:
    """Of each debtor, the share of payments on a day of each class, from the known shares of the first two classes."""
    shares = np.column_stack([known, 1 - known.sum(axis=1)])
    even, of_strangers = days / days.sum(), usual / usual.sum()
    shares = np.where(np.isnan(shares).any(axis=1, keepdims=True), of_strangers, np.clip(shares, 0.0, 1.0))
    return ((1 - _EVEN) * shares + _EVEN * even) / days


def _month_class(day: date) -> int:
    return 0 if day.day >= 28 or day.day <= 3 else 1 if 14 <= day.day <= 18 else 2


def _week_class(day: date) -> int:
    return 0 if day.weekday() <= 1 else 1 if day.weekday() >= 4 else 2
