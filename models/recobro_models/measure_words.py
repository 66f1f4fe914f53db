"""Measures in words: what they are called, of what, in which order people ask, and which of two is better."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

#: What a measure was taken on, by the beginning of its name; the newest days where it has none of them.
PARTS: Final = {
    "": "newest days", "unseen_": "debtors never learnt from", "any_payment_": "any payment of the debtor",
    "hazard_": "day by day",
}  # fmt: skip
_FIRST: Final = ("n", "rate", "auc", "ks", "gini", "average_precision", "brier", "log_loss", "calibration_error",
                 "calibration_slope", "calibration_intercept")  # fmt: skip
_SHORT: Final = {"n": "Rows", "auc": "AUC", "ks": "KS", "gini": "Gini", "brier": "Brier score"}
#: What is best: as much as can be, or the number that each should be near. Others have no better and worse.
_MORE_IS_BETTER: Final = ("auc", "ks", "gini", "average_precision", "top_decile_lift", "top_decile_money")
_BEST: Final = {
    "brier": 0.0, "log_loss": 0.0, "calibration_error": 0.0, "calibration_slope": 1.0, "calibration_intercept": 0.0,
}  # fmt: skip


def part_of(name: str) -> tuple[str, str]:
    """The key in `PARTS`, and the measure itself.

    Example:
        >>> part_of("unseen_log_loss")
        ('unseen_', 'log_loss')
    """
    part = next((part for part in PARTS if part and name.startswith(part)), "")
    return part, name.removeprefix(part)


def name_measure(name: str) -> str:
    """What people call a measure, and what it was taken on where that is not the newest days.

    Example:
        >>> name_measure("auc"), name_measure("hazard_log_loss")
        ('AUC', 'Log loss, day by day')
    """
    part, measure = part_of(name)
    words = _SHORT.get(measure, measure.replace("_", " ").capitalize())
    return f"{words}, {PARTS[part]}" if part else words


def order_measures(names: Iterable[str]) -> list[str]:
    """The names in the order of a reader's questions, each once: part by part, others after those that all know."""
    parts = list(PARTS)
    places = {name: place for place, name in enumerate(_FIRST)}

    def place(name: str) -> tuple[int, int]:
        part, measure = part_of(name)
        return parts.index(part), places.get(measure, len(places))

    return sorted(dict.fromkeys(names), key=place)


def tell_better(name: str, a: float, b: float) -> str | None:
    """`a` or `b`, whichever is the better value of this measure; None where neither is, or it has no better.

    Example:
        >>> tell_better("auc", 0.8, 0.9), tell_better("calibration_slope", 0.9, 1.2), tell_better("n", 1, 2)
        ('b', 'a', None)
    """
    measure = part_of(name)[1]
    if measure in _BEST:
        a, b = (-abs(value - _BEST[measure]) for value in (a, b))
    elif measure not in _MORE_IS_BETTER:
        return None
    return None if math.isnan(a + b) or a == b else "a" if a > b else "b"
