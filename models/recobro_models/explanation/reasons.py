"""From contributions of features to reasons: the few codes that weigh most, with the debtor's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The topic of every column of the risk model; a topic is told by one sentence.
TOPICS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "lateness": (
            "late5_share_365d", "late15_share_365d", "late30_share_365d", "n_late5_of_last6", "n_late15_of_last6",
            "worst_days_late_365d", "last_days_late", "late_money_share_365d",
        ),
        "usual_day": ("mean_days_late_365d", "mean_days_late_90d", "spread_days_late_365d"),
        "past_due": ("charge_days_past_due", "oldest_days_past_due", "interval_start", "n_older_open"),
        "owed": ("n_open", "n_overdue", "open_amount", "overdue_amount"),
        "charge_size": ("charge_amount", "mean_charge_amount"),
        "paid_in_part": ("charge_paid_share", "in_parts_share_365d"),
        "charge_terms": ("charge_term_days", "due_weekday", "due_day_of_month"),
        "last_payment": ("days_since_last_payment",),
        "payment_days": ("n_payments_90d", "paid_amount_90d", "month_end_share_365d", "mid_month_share_365d"),
        "promises": ("n_promises_365d", "n_kept_365d", "n_broken_365d", "has_open_promise"),
        "short_history": ("n_charges_365d", "n_settled_365d", "n_of_last6", "tenure_days"),
        "segment": ("product", "portfolio", "region", "kind"),
        "calendar": ("workday_share", "start_weekday", "start_day_of_month", "days_to_payday"),
    }
)  # fmt: skip
#: Every column that is not listed above is about contacts.
_CONTACTS: Final = "contacts"
#: The grid's own columns: how the curve is cut, nothing about a debtor.
_GRID: Final = "grid"
_GRID_COLUMNS: Final = ("interval_days", "days_ahead")

_NUMBERS: Final = (
    "n_late15_of_last6", "n_late5_of_last6", "n_of_last6", "mean_days_late_365d", "oldest_days_past_due", "n_overdue",
    "overdue_amount", "open_amount", "charge_amount", "mean_charge_amount", "charge_term_days",
    "days_since_last_payment", "n_payments_90d", "n_promises_365d", "n_kept_365d", "n_broken_365d",
    "n_attempts_180d", "n_reached_180d", "n_charges_365d",
)  # fmt: skip


def topic_of(column: str) -> str:
    """The topic that a column of the risk model is told under; what is only the grid's is told under none."""
    if column in _GRID_COLUMNS:
        return _GRID
    return next((topic for topic, columns in TOPICS.items() if column in columns), _CONTACTS)


def risk_reasons(
    contributions: Floats, columns: Sequence[str], rows: pd.DataFrame, *, most: int = 4
) -> list[list[dict[str, Any]]]:
    """The topics that weigh most in staying unpaid, one list a row, the weightiest first.

    Args:
        contributions: one row a charge, one column a feature; above 0 raises the risk.
        columns: names of those features.
        rows: the charges' features, with `currency`.
        most: at most so many; weights below a hundredth of the heaviest are not told.
    """
    topics = [*TOPICS, _CONTACTS]
    of_topic = np.array([(*topics, _GRID).index(topic_of(column)) for column in columns])
    weights = np.zeros((len(rows), len(topics)))
    for place in range(len(topics)):
        weights[:, place] = contributions[:, of_topic == place].sum(axis=1)
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :most]
    records = rows[[*_NUMBERS, "charge_paid_share", "currency"]].to_dict("records")
    return [
        _told(record, [(topics[place], float(weights[row, place])) for place in order[row]])
        for row, record in enumerate(records)
    ]


def _told(record: Mapping[Any, Any], weighed: list[tuple[str, float]]) -> list[dict[str, Any]]:
    heaviest = max((abs(weight) for _, weight in weighed), default=0.0)
    by_sentence: dict[tuple[str, str], float] = {}
    for topic, weight in weighed:
        if abs(weight) > heaviest / 100:
            # Of a debtor without history several topics say the same: it is said once, with all their weight.
            sentence = _sentence(topic, weight, record)
            by_sentence[sentence] = by_sentence.get(sentence, 0.0) + weight
    order = sorted(by_sentence.items(), key=lambda pair: -abs(pair[1]))
    return [_reason(*sentence, weight, record) for sentence, weight in order]


def _reason(code: str, value_of: str, weight: float, record: Mapping[Any, Any]) -> dict[str, Any]:
    numbers = _numbers(record)
    return {"code": code, "value": numbers.get(value_of), "contribution": round(weight, 4), "numbers": numbers}


def _numbers(record: Mapping[Any, Any]) -> dict[str, Any]:
    """The debtor's numbers, as a sentence would say them."""
    numbers = {name: _plain(record[name]) for name in _NUMBERS if not pd.isna(record[name])}
    usual = numbers.get("mean_days_late_365d", 0)
    return {
        **numbers,
        "mean_days_late_365d_early": -usual,
        "oldest_days_ahead": -numbers.get("oldest_days_past_due", 0),
        "charge_paid_percent": _plain(100 * record["charge_paid_share"]),
        "currency": record["currency"],
    }


def _plain(value: float) -> float | int:
    rounded = round(float(value), 1)
    return int(rounded) if rounded.is_integer() else rounded


def _sentence(topic: str, weight: float, record: Mapping[Any, Any]) -> tuple[str, str]:
    """Code and the number it is about, as the sign and the debtor's numbers have it."""
    raises = weight > 0
    if topic == "lateness":
        if record["n_of_last6"] == 0:
            return "short_history", "n_charges_365d"
        if raises and record["n_late15_of_last6"] > 0:
            return "late_charges", "n_late15_of_last6"
        return ("slightly_late_charges" if raises else "punctual"), "n_late5_of_last6"
    if topic == "usual_day":
        usual = record["mean_days_late_365d"]
        if pd.isna(usual):
            return "short_history", "n_charges_365d"
        return (
            ("pays_late_on_average", "mean_days_late_365d")
            if usual > 0
            else ("pays_early_on_average", "mean_days_late_365d")
        )
    if topic == "past_due":
        late = record["oldest_days_past_due"] > 0
        if record["oldest_days_past_due"] == 0:
            return "due_today", "oldest_days_past_due"
        return ("past_due", "oldest_days_past_due") if late else ("not_due_yet", "oldest_days_past_due")
    if topic == "owed":
        return ("owes_overdue", "n_overdue") if record["n_overdue"] > 0 else ("owes_nothing_overdue", "open_amount")
    return _rest(topic, record)


def _rest(topic: str, record: Mapping[Any, Any]) -> tuple[str, str]:
    if topic == "last_payment":
        return ("never_paid", "") if pd.isna(record["days_since_last_payment"]) else (topic, "days_since_last_payment")
    if topic == "promises":
        if record["n_promises_365d"] == 0:
            return "no_promises", "n_promises_365d"
        return ("promises_broken", "n_broken_365d") if record["n_broken_365d"] > 0 else ("promises_kept", "n_kept_365d")
    if topic == _CONTACTS:
        return (
            ("answers", "n_reached_180d") if record["n_attempts_180d"] > 0 else ("never_contacted", "n_attempts_180d")
        )
    about = {
        "charge_size": "charge_amount", "paid_in_part": "charge_paid_percent", "charge_terms": "charge_term_days",
        "payment_days": "n_payments_90d", "short_history": "n_charges_365d",
    }  # fmt: skip
    return topic, about.get(topic, "")
