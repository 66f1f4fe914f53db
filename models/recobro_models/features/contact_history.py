"""How contacts went: aggregates over `attempts`, the debtor's contact attempts before the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import ibis

from recobro_data.books import Rows
from recobro_data.vocabulary import CHANNELS

#: Parts of the day by local hour, first inclusive, last exclusive.
PARTS = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
#: Stretches of the day in which calls of a year are counted, finer than `PARTS`: who answers at lunch is told from who
#: answers after work. The name says from when.
HOUR_BINS = {
    "before_10": (0, 10), "from_10": (10, 12), "from_12": (12, 14), "from_14": (14, 17), "from_17": (17, 19),
    "from_19": (19, 24),
}  # fmt: skip

Feature = Callable[[ibis.Table], ibis.Value]


def source(rows: Rows) -> ibis.Table:
    """Attempts with `days_ago` and the local `hour`."""
    return rows.attempts


def n_attempts_7d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 7 days, all channels."""
    return attempts.count(where=attempts.days_ago <= 7)


def n_attempts_14d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 14 days, all channels."""
    return attempts.count(where=attempts.days_ago <= 14)


def n_attempts_30d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 30 days, all channels."""
    return attempts.count(where=attempts.days_ago <= 30)


def n_attempts_180d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 180 days, all channels."""
    return attempts.count(where=attempts.days_ago <= 180)


def n_reached_180d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 180 days that got to the debtor."""
    return attempts.count(where=attempts.reached & (attempts.days_ago <= 180))


def days_since_last_attempt(attempts: ibis.Table) -> ibis.Value:
    """Days since the last attempt."""
    return attempts.days_ago.min()


def days_since_last_reached(attempts: ibis.Table) -> ibis.Value:
    """Days since an attempt last got to the debtor."""
    return attempts.days_ago.min(where=attempts.reached)


def n_reached_before_365d(attempts: ibis.Table) -> ibis.Value:
    """Attempts of the last 365 days that got to the debtor more than 7 days ago: what followed them is known."""
    return attempts.count(where=attempts.reached & (attempts.days_ago > 7) & (attempts.days_ago <= 365))


def n_paid_after_reached_365d(attempts: ibis.Table) -> ibis.Value:
    """Of those, the ones that a payment followed within 7 days, the day of the attempt among them."""
    return attempts.count(where=attempts.is_followed & (attempts.days_ago > 7) & (attempts.days_ago <= 365))


def n_refusals_180d(attempts: ibis.Table) -> ibis.Value:
    """Refusals in the last 180 days."""
    return attempts.count(where=(attempts.outcome == "refusal") & (attempts.days_ago <= 180))


def _counter(channel: str, hours: tuple[int, int], days: int, *, reached: bool) -> Feature:
    first, last = hours

    def count(attempts: ibis.Table) -> ibis.Value:
        of_kind = (attempts.channel == channel) & (attempts.hour >= first) & (attempts.hour < last)
        recent = of_kind & (attempts.days_ago <= days)
        return attempts.count(where=recent & attempts.reached if reached else recent)

    what = "Attempts that got to the debtor" if reached else "Attempts"
    when = "" if hours == _WHOLE_DAY else f" at local hours {first} to {last}"
    count.__doc__ = f"{what} by {channel}{when}, {days} days."
    return count


def _named_counters(channel: str, stretches: Mapping[str, tuple[int, int]], days: int) -> dict[str, Feature]:
    """Counts tried and reached of a channel by stretch of the day ("" is the whole day)."""
    return {
        "_".join(word for word in ("n", channel, name, what, f"{days}d") if word): _counter(
            channel, hours, days, reached=what == "reached"
        )
        for name, hours in stretches.items()
        for what in ("tried", "reached")
    }


_WHOLE_DAY = (0, 24)
_HALF_YEAR = [
    _named_counters(channel, {"": _WHOLE_DAY} | (PARTS if channel in ("call", "visit") else {}), 180)
    for channel in CHANNELS
]
_YEAR = [_named_counters(channel, HOUR_BINS if channel == "call" else {"": _WHOLE_DAY}, 365) for channel in CHANNELS]
#: Counts of half a year by channel, of calls and visits by part of the day too; of a year by channel, of calls by
#: stretch of the day, which add up to all of them.
COUNTERS: Mapping[str, Feature] = MappingProxyType(
    {name: count for counters in (*_HALF_YEAR, *_YEAR) for name, count in counters.items()}
)
#: What only the models of contact read: who pays does not hang on the hour at which somebody called.
OF_CONTACT_ONLY = (
    *(name for counters in _YEAR for name in counters), "n_attempts_14d", "n_reached_before_365d",
    "n_paid_after_reached_365d",
)  # fmt: skip
