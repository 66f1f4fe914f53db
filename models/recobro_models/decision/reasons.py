"""Reasons of a plan: why the debtor may not pay, what the contact adds, and the constraint that decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import as_texts, find_places
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.sequencing import Course
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.worklist import Scored
from recobro_models.explanation.reasons import risk_reasons
from recobro_models.payment_curve import PaymentCurve

Reason = dict[str, Any]

#: Beyond so many debtors only those on the worklist are explained: it is the slowest step of a plan.
_EXPLAIN_ALL = 100_000
#: Debtors looked at together.
_BLOCK = 50_000
_SHOWN_ANYWAY = ("past_due", "not_due_yet", "due_today")


@dataclass(frozen=True)
class Told:
    """Reasons by debtor's position: `of_items` for the worklist (at most five), `of_risk` for the risk alone."""

    of_items: Mapping[int, list[Reason]]
    of_risk: Mapping[int, list[Reason]]


def plan_reasons(scored: Scored, charges: pd.DataFrame, curve: PaymentCurve, settings: Settings) -> Told:
    """Explain the oldest open charge of each debtor, and each decision."""
    acted = np.flatnonzero(scored.decision.choice >= 0)
    explained = np.arange(len(scored.debtors)) if len(scored.debtors) <= _EXPLAIN_ALL else acted
    of_risk = _risk_reasons(scored, charges, curve, explained, settings.policy.horizon_days)
    limits, promises = Limits(scored), promise_reasons(scored)
    of_items = {}
    for position in map(int, acted):
        promise = promises.get(position, [])
        if scored.known.cell("policy", position) == THREE_CRITERIA:
            told = [*promise, *_criteria(scored.debtors.iloc[position])][:4]
        else:
            risk = of_risk[position][: 3 - len(promise)]
            told = [*promise, *_news_first(risk), _decision_reason(scored, position)]
        of_items[position] = [*told, limits.reason(position)]
    return Told(of_items, of_risk)


def promise_reasons(scored: Scored) -> dict[int, list[Reason]]:
    """By position: the promise that is followed up, due on the day or just broken."""
    if scored.tactics is None:
        return {}
    debtors = scored.debtors
    due, currency = debtors["promise_due_amount"].to_numpy(np.float64), debtors["currency"].to_numpy(object)
    return {
        at: [
            _reason("promise_due_today", round(due[at], 2), promise_due_amount=round(due[at], 2), currency=currency[at])
            if due[at] > 0
            else _reason("promise_just_broken", None)
        ]
        for at in np.flatnonzero(scored.tactics.follows_up).tolist()
    }


def _risk_reasons(
    scored: Scored, charges: pd.DataFrame, curve: PaymentCurve, positions: Any, horizon_days: int
) -> dict[int, list[Reason]]:
    if not len(positions):
        return {}
    oldest, currency = (scored.debtors[name].to_numpy(object)[positions] for name in ("oldest_charge_id", "currency"))
    rows = charges.take(find_places(oldest, charges["charge_id"]))
    rows = rows.assign(currency=as_texts(currency, rows))
    contributions, columns = curve.explain_unpaid(rows, horizon_days)
    return dict(zip(map(int, positions), risk_reasons(contributions, columns, rows), strict=True))


def _news_first(reasons: list[Reason]) -> list[Reason]:
    """The same reasons, what the item shows in a field of its own (days past due) after what it does not."""
    return sorted(reasons, key=lambda reason: reason["code"] in _SHOWN_ANYWAY)


def _reason(code: str, value: Any, contribution: float = 0.0, **numbers: Any) -> Reason:
    return {"code": code, "value": value, "contribution": contribution, "numbers": numbers}


def _decision_reason(scored: Scored, position: int) -> Reason:
    channel, hour = divmod(int(scored.decision.choice[position]), HOURS)
    p_reach = float(scored.values.p_reach[position, channel, hour])
    if scored.decision.explored[position]:
        return _reason("explored", round(float(scored.decision.propensity[position]), 6))
    before = float(scored.known.cell("p_pay_no_action", position))
    lift = p_reach * float(scored.values.effect[position, channel])
    numbers = {"p_no_action_percent": round(100 * before, 1), "p_action_percent": round(100 * (before + lift), 1)}
    return _reason("contact_adds", round(lift, 4), round(lift, 4), **numbers)


def _criteria(row: Any) -> list[Reason]:
    days, amount = int(row["days_past_due"]), round(float(row["amount_to_collect"]), 2)
    since = row["days_since_last_attempt"]
    waited = (
        _reason("criterion_never_tried", None)
        if pd.isna(since)
        else _reason("criterion_last_attempt", int(since), days_since_last_attempt=int(since))
    )
    age = (
        _reason("criterion_age", days, days_past_due=days)
        if days > 0
        else _reason("due_today" if days == 0 else "not_due_yet", days, oldest_days_ahead=-days)
    )
    money = _reason("criterion_amount", amount, amount_to_collect=amount, currency=row["currency"])
    return [_reason("three_criteria", None), age, money, waited]


def _first_blocked(blocked: pd.DataFrame) -> dict[str, tuple[str, str, Any]]:
    """By debtor_id the channel, rule and until of the first channel that a cap or distance closes."""
    if not len(blocked):
        return {}
    rows = blocked[["debtor_id", "channel", "rule", "until"]].sort_values("channel").drop_duplicates("debtor_id")
    return {row[0]: row[1:] for row in rows.itertuples(index=False, name=None)}


def _best_slots(worth: NDArray[np.float64], may: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(may, worth, -np.inf).reshape(len(worth), N_SLOTS).argmax(axis=1)


class Limits:
    """The constraint that decided, by debtor: capacity, frequency, a single channel, or else hours of law and team."""

    def __init__(self, scored: Scored) -> None:
        self._scored = scored
        self._blocked = _first_blocked(scored.eligibility.blocked)
        may, n = scored.eligibility.allowed & scored.choosable, len(scored.debtors)
        # In blocks, as what is compared is as large as all that the plan chose from.
        of_blocks = [
            _best_slots(scored.priority[at : at + _BLOCK], may[at : at + _BLOCK]) for at in range(0, n, _BLOCK)
        ]
        self._free_best = np.concatenate([np.empty(0, np.int64), *of_blocks])

    def reason(self, position: int) -> Reason:
        """The limiting constraint of one debtor's item."""
        chosen, best = int(self._scored.decision.choice[position]), int(self._free_best[position])
        course = self._scored.course
        if course is not None and course.took[position] is not None and not self._scored.decision.explored[position]:
            return self._taken(course, position)
        if chosen != best and not self._scored.decision.explored[position]:
            return _reason("limiting_capacity", CHANNELS[best // HOURS], channel=CHANNELS[best // HOURS])
        held = self._blocked.get(self._scored.known.cell("debtor_id", position))
        if held is not None:
            channel, rule, until = held
            return _reason("limiting_frequency", rule, channel=channel, until=pd.Timestamp(until).date().isoformat())
        return self._hours(position, chosen)

    def _taken(self, course: Course, position: int) -> Reason:
        """What strategy or sequence took the debtor's best lawful option."""
        channel, hour = divmod(int(course.best[position]), HOURS)
        code = course.took[position]
        if code == "limiting_same_hour":
            own = (hour + int(self._scored.eligibility.shift[position])) % HOURS
            return _reason(code, own, hour=own)
        return _reason(code, CHANNELS[channel], channel=CHANNELS[channel])

    def _hours(self, position: int, chosen: int) -> Reason:
        eligibility = self._scored.eligibility
        channel = CHANNELS[chosen // HOURS]
        if eligibility.allowed[position].any(axis=1).sum() == 1:
            return _reason("limiting_channel", channel, channel=channel)
        hours = np.flatnonzero(eligibility.allowed[position, chosen // HOURS]) + int(eligibility.shift[position])
        span = {"first_hour": int(hours.min()), "last_hour": int(hours.max()) + 1}
        return _reason("limiting_lawful_hours", channel, 0.0, channel=channel, **span)
