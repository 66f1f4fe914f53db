"""What is weighed beside the rates: the debtor's own answers, how lately and often he was tried, and the calendar.

Steady terms are one number a debtor and channel, by-bin terms one a debtor, channel and stretch of the day: so a week
of hours costs no more than its stretches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_days
from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_base import IN_PERSON
from recobro_models.contact_habits import CALLS, Habits, counts, read_all
from recobro_models.contact_segments import Segments
from recobro_models.rowwise import weigh

Floats = NDArray[np.float64]

BY_BIN: Final = ("own_hour", "own_hour_message", "tried_here", "segment")
CALENDAR: Final = ("day_of_month", "month_start", "near_payday")
STEADY: Final = (
    "own_all", "own_channel", "tried_7d", "tried_14d", "tried_30d", "reached_lately", "never_tried", "days_past_due",
    "is_past_due", "open_amount", "has_broken_promise", "has_open_promise", *CALENDAR,
)  # fmt: skip
#: The regression's columns: the log-odds of the rates first.
TERMS: Final = ("log_odds_base", *BY_BIN, *STEADY)

#: Features of the open position that are read, beside those of contact history.
POSITION: Final = ("oldest_days_past_due", "open_amount", "n_broken_365d", "has_open_promise")

_OTHERS: Final = tuple(channel for channel in CHANNELS if channel != "call")
#: Columns that are read together: answers of a year but for calls; and attempts of the last days, then the position.
_YEAR: Final = names_of(f"n_{channel}_{what}_365d" for what in ("tried", "reached") for channel in _OTHERS)
_SPANS: Final = ("n_attempts_7d", "n_attempts_14d", "n_attempts_30d")
_N_SPANS: Final = len(_SPANS)
_LATELY: Final = names_of((*_SPANS, *POSITION))
_LOOKED_AT: Final = names_of((*CALLS, *_YEAR, *_LATELY))
_ENDS: Final = np.cumsum([len(CALLS), len(_YEAR)])

#: A rate of the debtor's own moves half-way when it has seen as many expected answers.
_OWN_WEIGHT: Final = 0.6


def year_counts(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Attempts tried and reached in the last year, by (row, channel)."""
    return _by_channel(read_all(rows, _YEAR), *counts(rows))


def _by_channel(found: Floats, tried: Floats, reached: Floats) -> tuple[Floats, Floats]:
    """`year_counts` of rows whose `_YEAR` and calls these are."""
    at, n = CHANNELS.index("call"), len(_OTHERS)
    return (
        np.insert(found[:, :n], at, tried.sum(axis=1), axis=1),
        np.insert(found[:, n:], at, reached.sum(axis=1), axis=1),
    )


@dataclass(frozen=True)
class Looked:
    """What is the same on every channel of each row's debtor, looked up once.

    tried, reached: `year_counts`. calls: calls tried, by (row, bin). tilts: of the debtor's own hours, by (row, bin).
    steady: the `STEADY` terms but for the debtor's own answers, by (row, term).
    """

    rows: pd.DataFrame
    tried: Floats
    reached: Floats
    calls: Floats
    tilts: Floats
    steady: Floats

    @classmethod
    def at(cls, rows: pd.DataFrame, habits: Habits) -> Looked:
        """At the history of each row's debtor."""
        calls, year, lately = np.split(read_all(rows, _LOOKED_AT), _ENDS, axis=1)
        n_tried, n_reached = np.split(calls, 2, axis=1)
        tried, reached = _by_channel(year, n_tried, n_reached)
        tilts = habits.tilts_of(n_tried, n_reached)
        return cls(rows, tried, reached, n_tried, tilts, _steady(rows, lately, tried))


def build_by_bin(looked: Looked, channel: str, segments: Segments) -> Floats:
    """The `BY_BIN` terms of each row's debtor on the channel: (row, bin, term)."""
    in_person, tilts = channel in IN_PERSON, looked.tilts
    nothing = np.zeros_like(tilts)
    tried_here = np.log1p(looked.calls) if channel == "call" else nothing
    columns = (
        tilts if in_person else nothing,
        nothing if in_person else tilts,
        tried_here,
        segments.predict_tilts(looked.rows, channel),
    )
    return np.stack(columns, axis=2)


def build_steady(looked: Looked, channel: str, rates: Floats) -> Floats:
    """The `STEADY` terms of each row's debtor on the channel: (row, term); NaN where the day is not told."""
    tried, reached, place = looked.tried, looked.reached, CHANNELS.index(channel)
    own_all = _beyond(reached.sum(axis=1), weigh(tried, rates))
    own_channel = _beyond(reached[:, place], tried[:, place] * rates[place])
    return np.column_stack([own_all, own_channel, looked.steady])


def _steady(rows: pd.DataFrame, known: Floats, tried: Floats) -> Floats:
    since = rows["days_since_last_reached"].to_numpy(np.float64, na_value=np.nan)
    lately = np.exp(-np.where(np.isnan(since), np.inf, since) / 30)
    past_due, amount, n_broken, has_open = known[:, _N_SPANS:].T
    return np.column_stack(
        [
            np.log1p(known[:, :_N_SPANS]),
            lately,
            tried.sum(axis=1) == 0,
            np.clip(past_due, -30, 120) / 30,
            past_due > 0,
            np.log1p(np.maximum(amount, 0)),
            n_broken > 0,
            has_open > 0,
            *_calendar(rows),
        ]
    )


def _calendar(rows: pd.DataFrame) -> list[Floats]:
    """Day of the month, its first days, and the days around the usual paydays; NaN where the day is not told."""
    if "attempted_on" not in rows:
        return [np.full(len(rows), np.nan) for _ in CALENDAR]
    day = read_days(rows["attempted_on"])
    month = day.astype("M8[M]")
    first, next_first = (one.astype("M8[D]") for one in (month, month + 1))
    of_month, length = (
        np.where(np.isnat(day), np.nan, one.astype(np.int64)) for one in (day - first + 1, next_first - first)
    )
    # Wages come on the 15th and on the last day, in most of the region; the two days after each count with it.
    near = ((of_month >= 15) & (of_month <= 17)) | (of_month >= length) | (of_month <= 2)
    return [of_month / 31, np.exp(-(of_month - 1) / 3), near.astype(np.float64)]


def _beyond(seen: Floats, expected: Floats) -> Floats:
    beyond: Floats = np.log((seen + _OWN_WEIGHT) / (expected + _OWN_WEIGHT))
    return beyond
