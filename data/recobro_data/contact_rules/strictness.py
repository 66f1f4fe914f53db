"""Which of two rules is the stricter: caps that are never reached, and hours, caps and distances that widen a law."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from recobro_data.contact_rules.form import Distance, Limit, Span


def never_reached(limit: Limit, beside: Limit) -> bool:
    """Whether `beside` stops so early that `limit` can never be reached: it is the looser of the two."""
    covers = set(limit.channels) <= set(beside.channels)
    counts = beside.counts == "attempts" or limit.counts == "contacts"
    return covers and counts and _most_under(beside, limit) < limit.max


def _most_under(beside: Limit, limit: Limit) -> int:
    """The most that `beside` lets through of what `limit` counts, in the days that `limit` looks at."""
    stretches = max(1, -(-limit.window_days // beside.window_days))
    by_channel = beside.per == "channel" and limit.per == "total"
    return stretches * beside.max * (len(limit.channels) if by_channel else 1)


def contradiction(limits: Iterable[Limit]) -> tuple[Limit, Limit] | None:
    """A cap and another on the same basis beside which it can never be reached: one of the two is a slip."""
    for limit, beside in permutations(limits, 2):
        alike = (limit.basis, limit.scope, limit.place) == (beside.basis, beside.scope, beside.place)
        if alike and never_reached(limit, beside):
            return limit, beside
    return None


def nearer(gap: Distance, beside: Distance) -> bool:
    """Whether `beside` keeps attempts further apart than `gap` asks."""
    covers = set(gap.channels) <= set(beside.channels)
    counts = beside.after == "attempt" or gap.after == "conversation"
    return covers and counts and gap.enforced_days < beside.enforced_days


def lies_within(spans: Iterable[Span], law: Iterable[Span]) -> bool:
    """Whether every span lies in one of the law's."""
    open_spans = tuple(law)
    return all(any(first <= start and end <= last for first, last in open_spans) for start, end in spans)
