"""From contributions of features to reasons: the few codes that weigh most, with the debtor's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_floats
from recobro_models.explanation.topics import TOPICS, place_of

Floats = NDArray[np.float64]
Reason = dict[str, Any]

#: Columns that sentences say as they are.
NUMBERS: Final = (
    "n_late15_of_last6", "n_late5_of_last6", "n_of_last6", "worst_days_late_365d", "mean_days_late_365d",
    "oldest_days_past_due", "n_overdue", "overdue_amount", "open_amount", "charge_amount", "mean_charge_amount",
    "charge_term_days", "days_since_last_payment", "n_payments_90d", "n_promises_365d", "n_kept_365d", "n_broken_365d",
    "has_open_promise", "n_attempts_180d", "n_reached_180d", "n_charges_365d",
)  # fmt: skip
#: Columns that sentences say as percentages, by the number's name.
_PERCENTS: Final = {
    "charge_paid_percent": "charge_paid_share", "month_end_percent": "month_end_share_365d",
    "mid_month_percent": "mid_month_share_365d",
}  # fmt: skip
_TOLD: Final = names_of((*NUMBERS, *_PERCENTS.values()))


def risk_reasons(
    contributions: Floats, columns: Sequence[str], rows: pd.DataFrame, *, most: int = 4
) -> list[list[Reason]]:
    """The topics that weigh most in staying unpaid, one list a row, the weightiest first.

    Args:
        contributions: one row a charge, one column a feature; above 0 raises the risk.
        columns: names of those features.
        rows: the charges' features, with `currency`.
        most: at most so many; weights below a hundredth of the heaviest are not told.
    """
    weights, topics = topic_weights(contributions, columns)[:, :-1], list(TOPICS)
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :most]
    return [
        _told(numbers, [(topics[place], float(weights[row, place])) for place in order[row]])
        for row, numbers in enumerate(build_numbers(rows))
    ]


def topic_weights(contributions: Floats, columns: Sequence[str]) -> Floats:
    """Contributions summed by topic, one row a charge: the topics in their order and, last, what is not told."""
    of_topic = np.array([place_of(column) for column in columns])
    return np.column_stack([contributions[:, of_topic == place].sum(axis=1) for place in range(len(TOPICS) + 1)])


def build_numbers(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What sentences can say about each row, and its currency; numbers that are not known are absent."""
    values, currencies = read_floats(rows, _TOLD).tolist(), rows["currency"].to_numpy(object)
    return [_numbers(dict(zip(_TOLD, one, strict=True)), of) for one, of in zip(values, currencies, strict=True)]


def _numbers(record: Mapping[str, float], currency: Any) -> dict[str, Any]:
    numbers = {name: _plain(record[name]) for name in NUMBERS if not math.isnan(record[name])}
    percents = {name: record[column] for name, column in _PERCENTS.items() if not math.isnan(record[column])}
    usual = numbers.get("mean_days_late_365d", 0)
    return {
        **numbers,
        **{name: _plain(100 * share) for name, share in percents.items()},
        "mean_days_late_365d_early": -usual,
        "oldest_days_ahead": -numbers.get("oldest_days_past_due", 0),
        "currency": currency,
    }


def _plain(value: float) -> float | int:
    rounded = round(float(value), 1)
    return int(rounded) if rounded.is_integer() else rounded


def _told(numbers: Mapping[str, Any], weighed: list[tuple[str, float]]) -> list[Reason]:
    heaviest = max((abs(weight) for _, weight in weighed), default=0.0)
    by_sentence: dict[tuple[str, str], float] = {}
    for topic, weight in weighed:
        if abs(weight) > heaviest / 100:
            # Of a debtor without history several topics say the same: it is said once, with all their weight.
            sentence = _sentence(topic, numbers, raises=weight > 0)
            by_sentence[sentence] = by_sentence.get(sentence, 0.0) + weight
    order = sorted(by_sentence.items(), key=lambda pair: -abs(pair[1]))
    return [
        # The numbers are shared: a copy for each reason is most of what a plan's reasons would weigh.
        {"code": code, "value": numbers.get(of), "contribution": round(weight, 4), "numbers": numbers}
        for (code, of), weight in order
    ]


#: From so many charges that fell due in a year on, a history is not called short.
_LONG_ENOUGH: Final = 6
_SHORT_HISTORY: Final = ("short_history", "n_charges_365d")
#: Topics that one sentence tells whatever the numbers: its code and the number it is about.
_PLAIN: Final = {
    "charge_size": ("charge_size", "charge_amount"), "paid_in_part": ("paid_in_part", "charge_paid_percent"),
    "charge_terms": ("charge_terms", "charge_term_days"), "payments": ("payment_days", "n_payments_90d"),
    "segment": ("segment", ""), "calendar": ("calendar", ""),
}  # fmt: skip


def _sentence(topic: str, numbers: Mapping[str, Any], *, raises: bool) -> tuple[str, str]:
    """Code and the number it is about, as the sign and the debtor's numbers have it."""
    if topic in _PLAIN:
        return _PLAIN[topic]
    if topic == "history":
        return _SHORT_HISTORY if numbers["n_charges_365d"] < _LONG_ENOUGH else ("history", "n_charges_365d")
    if topic == "lateness":
        return _lateness(numbers, raises=raises)
    if topic == "usual_day":
        return _usual_day(numbers)
    if topic == "past_due":
        days = numbers["oldest_days_past_due"]
        code = "past_due" if days > 0 else "due_today" if days == 0 else "not_due_yet"
        return code, "oldest_days_past_due"
    if topic == "owed":
        return ("owes_overdue", "n_overdue") if numbers["n_overdue"] > 0 else ("owes_nothing_overdue", "open_amount")
    if topic == "last_payment":
        is_known = "days_since_last_payment" in numbers
        return ("last_payment", "days_since_last_payment") if is_known else ("never_paid", "")
    return {"payday": _payday, "promises": _promises, "contacts": _contacts}[topic](numbers)


def _lateness(numbers: Mapping[str, Any], *, raises: bool) -> tuple[str, str]:
    if numbers["n_of_last6"] == 0:
        return _SHORT_HISTORY
    if raises and numbers["n_late15_of_last6"] > 0:
        return "late_charges", "n_late15_of_last6"
    if raises and numbers["n_late5_of_last6"] > 0:
        return "slightly_late_charges", "n_late5_of_last6"
    # What raises the risk then lies further back than six charges.
    if raises and numbers.get("worst_days_late_365d", 0) > 0:
        return "worst_delay", "worst_days_late_365d"
    return "punctual", "n_late5_of_last6"


def _usual_day(numbers: Mapping[str, Any]) -> tuple[str, str]:
    usual = numbers.get("mean_days_late_365d")
    if usual is None:
        return _SHORT_HISTORY
    return ("pays_late_on_average" if usual > 0 else "pays_early_on_average"), "mean_days_late_365d"


def _payday(numbers: Mapping[str, Any]) -> tuple[str, str]:
    end, middle = (numbers.get(name) for name in ("month_end_percent", "mid_month_percent"))
    if end is None or middle is None:
        return ("payment_days", "n_payments_90d") if "days_since_last_payment" in numbers else ("never_paid", "")
    return ("pays_at_month_end", "month_end_percent") if end >= middle else ("pays_mid_month", "mid_month_percent")


def _promises(numbers: Mapping[str, Any]) -> tuple[str, str]:
    if numbers["has_open_promise"] > 0 and numbers["n_broken_365d"] == 0:
        return "promise_open", "has_open_promise"
    if numbers["n_promises_365d"] == 0:
        return "no_promises", "n_promises_365d"
    return ("promises_broken", "n_broken_365d") if numbers["n_broken_365d"] > 0 else ("promises_kept", "n_kept_365d")


def _contacts(numbers: Mapping[str, Any]) -> tuple[str, str]:
    return ("answers", "n_reached_180d") if numbers["n_attempts_180d"] > 0 else ("never_contacted", "n_attempts_180d")
