"""What each column of the risk model is about. A topic is told by one sentence, with the weight of all its columns.

A column belongs to a topic by choice: its name matches one pattern below. A column that matches none is told under
none, and a test fails until somebody has chosen. None is about who somebody is: sex, age, family, origin, belief,
education or health are no columns of ours, and a test holds the names and the sentences to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

#: Patterns of the names of each topic's columns (the whole name matches).
TOPICS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "lateness": (
            r"(smoothed_|pooled_)?late\d*_(share|rate)(_\w+)?", r"n_late\d+_of_last\d+", r"worst_days_late(_\w+)?",
            r"last\d*_days_late", r"(mean|worst)_days_late_of_last\d+", r"late_money_share_\w+",
        ),
        "usual_day": (r"(mean|median|spread|trend)_days_late_(\d+d|all)", r"trend_late\w*"),
        "past_due": (r"(charge|oldest)_days_past_due", r"interval_start", r"n_older_open"),
        "owed": (r"n_open", r"n_overdue", r"open_amount", r"overdue_amount", r"(\w+_)?utilisation(_\w+)?"),
        "charge_size": (r"charge_amount(_\w+)?", r"(mean|median|usual)_charge_amount"),
        "paid_in_part": (r"charge_paid_share", r"in_parts_share(_\w+)?", r"part(ial|ly)_paid_\w+"),
        "charge_terms": (r"charge_term_days", r"(charge_age|charge_days_since_issue|days_since_issue)(_days)?"),
        "last_payment": (r"days_since_last_payment",),
        "payments": (r"n_payments_\w+", r"paid_amount_\w+"),
        "payday": (
            r"(month_end|mid_month)_share(_\w+)?", r"(usual_)?pay(ment|day)_\w+", r"usual_\w*(weekday|day_of_month)",
        ),
        "promises": (r"n_(promises|kept|broken)_\w+", r"has_open_promise", r"kept_(share|rate)\w*"),
        "history": (r"n_(charges|settled)_\w+", r"n_of_last\d+", r"tenure_days"),
        "segment": (r"product", r"portfolio", r"region", r"kind", r"industry", r"size", r"segment_\w+"),
        "calendar": (
            r"workday_share", r"after_\w+_share", r"(start|due)_(weekday|day_of_month|month)", r"days_to_payday",
            r"due_days_to_\w+",
        ),
        "contacts": (
            r"n_(attempts|reached|refusals)_\d+d", r"n_\w+_(tried|reached)_\d+d", r"days_since_last_(attempt|reached)",
        ),
    }
)  # fmt: skip
#: What is only how the curve is cut, nothing about a debtor: told under no topic.
GRID_COLUMNS: Final = ("interval_days", "days_ahead")
_UNTOLD: Final = len(TOPICS)


def topics_of(column: str) -> tuple[str, ...]:
    """The topics whose patterns a column of the risk model matches: one, or none of a column that is not told.

    >>> topics_of("late15_share_365d"), topics_of("interval_days")
    (('lateness',), ())
    """
    return tuple(topic for topic, patterns in _compiled().items() if any(one.fullmatch(column) for one in patterns))


@cache
def place_of(column: str) -> int:
    """The place in `TOPICS` of the topic that a column is told under; beyond the last for one that is not told."""
    found = topics_of(column)
    return list(TOPICS).index(found[0]) if found else _UNTOLD


@cache
def _compiled() -> dict[str, list[re.Pattern[str]]]:
    return {topic: [re.compile(pattern) for pattern in patterns] for topic, patterns in TOPICS.items()}
