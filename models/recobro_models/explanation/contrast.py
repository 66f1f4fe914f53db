"""Why now rather than then: which topics moved a debtor's risk between two days, with both days' numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_models.explanation.additive import CurveExplainer
from recobro_models.explanation.reasons import Floats, Reason, build_numbers, topic_weights
from recobro_models.explanation.topics import TOPICS

#: The numbers that each topic's change is told by: the first that moved, else the first that is known.
TOLD_BY: Final[Mapping[str, Sequence[str]]] = {
    "lateness": ("n_late15_of_last6", "n_late5_of_last6", "worst_days_late_365d"),
    "usual_day": ("mean_days_late_365d",),
    "past_due": ("oldest_days_past_due",),
    "owed": ("n_overdue", "overdue_amount", "open_amount"),
    "charge_size": ("charge_amount", "mean_charge_amount"),
    "paid_in_part": ("charge_paid_percent",),
    "charge_terms": ("charge_term_days",),
    "last_payment": ("days_since_last_payment",),
    "payments": ("n_payments_90d",),
    "payday": ("month_end_percent", "mid_month_percent", "n_payments_90d"),
    "promises": ("n_broken_365d", "n_kept_365d", "n_promises_365d"),
    "history": ("n_charges_365d",),
    "segment": (),
    "calendar": (),
    "contacts": ("n_reached_180d", "n_attempts_180d"),
}
#: Changes of the log-odds below this are not worth a word: a quarter of a percentage point at most.
_LEAST: Final = 0.01
#: What stands for a number that is not known.
_NONE: Final = "–"


@dataclass(frozen=True)
class DayTold:
    """A debtor's oldest open charge on a day: log-odds and chance of staying unpaid, and what they are made of.

    weights: by topic, in the order of `TOPICS` and, last, what is told under none. Two days of one curve have the same
    reference, so the difference of the weights adds up to that of the log-odds.
    """

    log_odds: float
    weights: Floats
    numbers: Mapping[str, Any]

    @property
    def p_unpaid(self) -> float:
        """Chance of staying unpaid over the horizon."""
        return float(1 / (1 + np.exp(-self.log_odds)))


def build_day_told(explainer: CurveExplainer, row: pd.DataFrame, days: int) -> DayTold:
    """What a curve says of one charge: `row` is its features, with `currency`; `days` the horizon."""
    contributions = explainer.contributions(row, days)
    log_odds = explainer.reference(days) + float(contributions.sum())
    return DayTold(log_odds, topic_weights(contributions, explainer.columns)[0], build_numbers(row)[0])


def contrast_reasons(now: DayTold, then: DayTold | None, *, days_before: int, most: int = 4) -> list[Reason]:
    """What moved the risk since an earlier day, the weightiest first; one quiet reason where nothing did.

    Each has `code`, `value` (today's number), `value_then`, `contribution` (change of the log-odds of staying unpaid;
    above 0 raises the risk) and `numbers`, as `tell` wants them.

    Args:
        now, then: of the same curve and horizon; `then` is None where nothing was owed.
        days_before: days from then to now.
        most: at most so many; changes below a hundredth of the heaviest are not told.
    """
    if then is None:
        return [_quiet("owed_nothing_then", days_before)]
    moved = now.weights[:-1] - then.weights[:-1]
    order = np.argsort(-np.abs(moved), kind="stable")[:most]
    least = max(_LEAST, float(np.abs(moved).max()) / 100)
    topics = list(TOPICS)
    told: dict[str, Reason] = {}
    for place in order[np.abs(moved[order]) >= least]:
        reason = _change(topics[place], float(moved[place]), (now.numbers, then.numbers), days_before)
        if reason["code"] in told:
            # Two topics told by one number: once, with the weight of both.
            told[reason["code"]]["contribution"] += reason["contribution"]
        else:
            told[reason["code"]] = reason
    return list(told.values()) or [_quiet("nothing_changed", days_before)]


def _change(topic: str, moved: float, days: tuple[Mapping[str, Any], Mapping[str, Any]], days_before: int) -> Reason:
    now, then = days
    known = [name for name in TOLD_BY[topic] if name in now or name in then]
    differing = [name for name in known if now.get(name) != then.get(name)]
    # A topic that no number tells goes by its own name.
    name = [*differing, *known, *TOLD_BY[topic], topic][0]
    way = "moved" if differing else "more" if moved > 0 else "less"
    numbers = {"days_before": days_before, "currency": now["currency"]}
    return _reason(f"{name}_{way}", (now.get(name), then.get(name)), moved, numbers)


def _reason(code: str, values: tuple[Any, Any], moved: float, numbers: Mapping[str, Any]) -> Reason:
    spoken = {name: _NONE if value is None else value for name, value in zip(("now", "then"), values, strict=True)}
    return {
        "code": code, "value": values[0], "value_then": values[1], "contribution": round(moved, 4),
        "numbers": {**numbers, **spoken},
    }  # fmt: skip


def _quiet(code: str, days_before: int) -> Reason:
    return _reason(code, (None, None), 0.0, {"days_before": days_before})
