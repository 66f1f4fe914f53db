"""The grid of days past due on which the payment curve is learnt, and what the calendar looks like on it.

Paying is driven by the due date, so the hazard is cut along days past due: daily around it, wider far from it. An
interval is (start, end] in days past due; the first one of a charge begins the day before the as-of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Ends of the intervals. 4, 14, 29, 59 and 89 are ends so that "n or more days late" is exact where the field counts;
#: the last lies beyond any date that a calendar can hold.
GRID: Final[Ints] = np.array(
    [-120, -90, -60, -45, -30, -21, -14, -10, -7, -5, -3, -2, -1, 0, 1, 2, 3, 4, 6, 9, 14, 21, 29, 44, 59, 74, 89, 119,
     149, 179, 239, 299, 364, 544, 729, 1094, 10_000_000]
)  # fmt: skip

#: Columns that an interval adds to its charge's.
INTERVAL_FEATURES: Final = (
    "interval_start", "interval_days", "days_ahead", "workday_share", "start_weekday", "start_day_of_month",
    "days_to_payday", "after_mid_month_share", "after_month_end_share",
)  # fmt: skip
#: Days from a payday on in which more is paid, the payday itself included.
_PAYDAY_DAYS: Final = 3


@dataclass(frozen=True)
class Intervals:
    """Intervals of many charges, one row each: `row` is the charge's position, days ahead count from 1 on as_of."""

    row: Ints
    first_day: Ints
    last_day: Ints
    days_past_due: Ints

    @property
    def length(self) -> Ints:
        """Days in the interval."""
        return self.last_day - self.first_day + 1


def cut_intervals(days_past_due: Ints, n_days: Ints) -> Intervals:
    """The grid's intervals over the next `n_days` of charges that are `days_past_due` at the start of the as-of day.

    An interval that the last day falls into is kept whole; a charge with no day ahead has none.
    """
    place, end = (np.searchsorted(GRID, days) for days in (days_past_due, days_past_due + n_days - 1))
    count = np.where(n_days >= 1, end - place + 1, 0)
    row = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    place, start = place[row] + nth, days_past_due[row]
    first = np.where(nth == 0, 1, GRID[place - 1] - start + 2)
    return Intervals(row, first, GRID[place] - start + 1, start + first - 1)


def interval_features(intervals: Intervals, as_of: NDArray[np.datetime64]) -> Floats:
    """The `INTERVAL_FEATURES` of each interval; `as_of` is each charge's as-of day.

    Paydays are taken as the 15th and the last day of the month, the usual ones of the region; the `after_` shares are
    of an interval's days that are one of the three from such a payday on.
    """
    start = as_of.astype("datetime64[D]")[intervals.row] + (intervals.first_day - 1)
    length = np.minimum(intervals.length, 366)
    workdays = np.busday_count(start, start + length) / length
    month = start.astype("datetime64[M]")
    day_of_month = (start - month.astype("datetime64[D]")).astype(np.int64) + 1
    month_days = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    to_payday = np.where(day_of_month <= 15, 15 - day_of_month, month_days - day_of_month)
    weekday = (start.astype(np.int64) + 3) % 7
    columns = (
        np.clip(intervals.days_past_due, GRID[0], 1500), length, intervals.first_day, workdays, weekday, day_of_month,
        to_payday, *_payday_shares(start.astype("datetime64[D]"), length),
    )  # fmt: skip
    return np.column_stack(columns).astype(np.float64)


def _payday_shares(start: NDArray[np.datetime64], length: Ints) -> tuple[Floats, Floats]:
    """Share of the days from each start on that follow the 15th, and that follow a month's end."""
    before, until = _counted(start - 1), _counted(start + length - 1)
    one, other = ((upto - since) / length for since, upto in zip(before, until, strict=True))
    return one, other


def _counted(day: NDArray[np.datetime64]) -> tuple[Ints, Ints]:
    """Days that follow a 15th, and days that follow a month's end, from a fixed day long ago until each day."""
    month = day.astype("datetime64[M]")
    number, of_month = month.astype(np.int64), (day - month).astype(np.int64) + 1
    is_last = (day + 1).astype("datetime64[M]") != month
    in_months = _PAYDAY_DAYS * number
    return in_months + np.clip(of_month - 14, 0, _PAYDAY_DAYS), in_months + np.minimum(
        of_month, _PAYDAY_DAYS - 1
    ) + is_last


def as_days(as_of: date, n_rows: int) -> NDArray[np.datetime64]:
    """The same as-of day for every row."""
    return np.full(n_rows, np.datetime64(as_of, "D"))
