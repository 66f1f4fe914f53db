"""How contacts went: aggregates over `attempts`, the debtor's contact attempts before the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import ibis

from recobro_data.books import Rows
from recobro_data.vocabulary import CHANNELS

#: Parts of the day by local hour, first inclusive, last exclusive.
PARTS = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}

Feature = Callable[[ibis.Table], ibis.Value]


def source(rows: Rows) -> ibis.Table:
    """Attempts with `days_ago` and the local `hour`."""
    return rows.attempts


def n_attempts_7d(attempts: ibis.Table) -> ibis.Value:
    """Attempts in the last 7 days, all channels."""
    return attempts.count(where=attempts.days_ago <= 7)


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


def n_refusals_180d(attempts: ibis.Table) -> ibis.Value:
    """Refusals in the last 180 days."""
    return attempts.count(where=(attempts.outcome == "refusal") & (attempts.days_ago <= 180))


def _counter(channel: str, part: str, *, reached: bool) -> Feature:
    first, last = PARTS.get(part, (0, 24))

    def count(attempts: ibis.Table) -> ibis.Value:
        of_kind = (attempts.channel == channel) & (attempts.hour >= first) & (attempts.hour < last)
        recent = of_kind & (attempts.days_ago <= 180)
        return attempts.count(where=recent & attempts.reached if reached else recent)

    what = "Attempts that got to the debtor" if reached else "Attempts"
    count.__doc__ = f"{what} by {channel}{f' in the {part} (local hours {first} to {last})' if part else ''}, 180 days."
    return count


def _counter_name(channel: str, part: str, *, reached: bool) -> str:
    """Name of the count of attempts by `channel` in a `part` of the day ("" is the whole day)."""
    return "_".join(word for word in ("n", channel, part, "reached" if reached else "tried", "180d") if word)


#: The same count for every channel, and for calls and visits by part of the day.
COUNTERS: Mapping[str, Feature] = MappingProxyType(
    {
        _counter_name(channel, part, reached=reached): _counter(channel, part, reached=reached)
        for channel in CHANNELS
        for part in (("", *PARTS) if channel in ("call", "visit") else ("",))
        for reached in (False, True)
    }
)
