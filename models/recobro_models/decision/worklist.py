"""The worklist: decided options as rows of the contract, in rank order; and the rows of those left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Bands, Settings
from recobro_data.vocabulary import BANDS, CHANNELS
from recobro_models.decision.arms import Arm
from recobro_models.decision.eligibility import Eligibility
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.policy import Decision
from recobro_models.decision.value import Values

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Signature:
    """What stands on every row, so that the decision can be replayed."""

    plan_id: str
    work_date: date
    risk_model: str
    contact_model: str
    effect_model: str
    rules: str

    def fields(self) -> dict[str, Any]:
        """The fields of the contract that are the same on every row."""
        return {
            "plan_id": self.plan_id, "work_date": self.work_date.isoformat(), "risk_model": self.risk_model,
            "contact_model": self.contact_model, "effect_model": self.effect_model, "rules": self.rules,
        }  # fmt: skip


@dataclass(frozen=True)
class Scored:
    """Everything known of the day's debtors, aligned by position.

    debtors: one row a debtor: balances, `stage`, `p_unpaid`, `p_pay_no_action`, `policy`, `zone`, `language`.
    priority: what each option counts for in the decision, in one currency; ranks follow `rank_value`.
    arms: the policies compared, each with its part of the team; one where there is nothing to compare.
    """

    debtors: pd.DataFrame
    eligibility: Eligibility
    values: Values
    priority: Floats
    rank_value: Floats
    decision: Decision
    arms: tuple[Arm, ...]


def band_of(p_unpaid: float, bands: Bands) -> str:
    """The risk band of a probability of staying unpaid, by the configured cut-offs."""
    cuts = (bands.a, bands.b, bands.c, bands.d)
    return BANDS[sum(p_unpaid > cut for cut in cuts)]


def ranked_positions(scored: Scored) -> NDArray[np.int64]:
    """Positions of the debtors with an action, best first.

    Order: expected value (in one currency; of a portfolio ranked by the three criteria, its score's worth), then the
    larger amount to collect, then debtor_id.
    """
    taken = np.flatnonzero(scored.decision.choice >= 0)
    worth = np.round(scored.rank_value[taken], 6)
    amount = scored.debtors["amount_to_collect"].to_numpy(np.float64)[taken]
    ids = scored.debtors["debtor_id"].to_numpy(object)[taken].astype(str)
    order = np.lexsort((ids, -amount, -worth))
    return taken[order]


def build_items(
    scored: Scored, signature: Signature, settings: Settings, reasons: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """The worklist's rows in rank order; `reasons` by debtor's position."""
    for rank, position in enumerate(ranked_positions(scored), start=1):
        yield _item(scored, int(position), rank, signature, settings, reasons[int(position)])


def build_left_alone(scored: Scored, signature: Signature, settings: Settings) -> Iterator[dict[str, Any]]:
    """One row for each debtor with an open charge who gets no action, by debtor_id, with because, rule and until."""
    alone = np.flatnonzero(scored.decision.choice < 0)
    for position in sorted(alone, key=lambda at: str(scored.debtors["debtor_id"].iat[int(at)])):
        because, rule, until = left_alone_because(scored, int(position))
        yield {
            "item_id": None, "rank": None, **_known(scored, int(position), settings), **signature.fields(),
            "because": because, "rule": rule, "until": until.isoformat() if until else None,
            "propensity": _p(_left_alone_propensity(scored, int(position), settings)),
        }  # fmt: skip


def left_alone_because(scored: Scored, position: int) -> tuple[str, str | None, date | None]:
    """Why a debtor without an action is left alone, by which rule and until when."""
    told = scored.eligibility
    if told.because[position] is not None:
        return told.because[position], told.rule[position], told.until[position]
    options = scored.eligibility.allowed[position]
    if not (scored.priority[position][options] > 0).any():
        return "not_worth_cost", "policy.expected_value", None
    return "no_capacity", "channels.capacity", None


def _left_alone_propensity(scored: Scored, position: int, settings: Settings) -> float:
    """The probability with which the debtor was left alone: 1 where no contact was allowed.

    Of the control group it is that of the draw: what would have been decided without it was never decided.
    """
    if scored.eligibility.because[position] != "control_group":
        return float(scored.decision.propensity[position])
    return settings.policy.control_group if scored.eligibility.withheld[position].any() else 1.0


def window_of(scored: Scored, position: int, slot: int, work_date: date) -> tuple[str, str]:
    """Start and end of a slot on the debtor's clock, ISO with offset."""
    hour = slot % HOURS + int(scored.eligibility.shift[position])
    start, end = window_at(scored.debtors["zone"].iat[position], work_date, hour)
    return start.isoformat(), end.isoformat()


def window_at(zone: str, work_date: date, hour: int) -> tuple[datetime, datetime]:
    """Start and end of an hour of a day on a zone's clock."""
    start = datetime.combine(work_date, time(hour), tzinfo=ZoneInfo(zone))
    return start, start + timedelta(hours=1)


def _known(scored: Scored, position: int, settings: Settings) -> dict[str, Any]:
    """What is known of a debtor whether or not anybody acts."""
    row = scored.debtors.iloc[position]
    return {
        "portfolio_id": row["portfolio_id"], "debtor_id": row["debtor_id"], "currency": row["currency"],
        "days_past_due": int(row["days_past_due"]), "balance_due": round(float(row["balance_due"]), 2),
        "amount_to_collect": round(float(row["amount_to_collect"]), 2), "stage": row["stage"],
        "p_unpaid": _p(row["p_unpaid"]), "risk_band": band_of(row["p_unpaid"], settings.bands),
        "p_pay_no_action": _p(row["p_pay_no_action"]), "policy": row["policy"], "language": row["language"],
    }  # fmt: skip


def _item(
    scored: Scored,
    position: int,
    rank: int,
    signature: Signature,
    settings: Settings,
    reasons: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    slot = int(scored.decision.choice[position])
    channel, hour = divmod(slot, HOURS)
    start, end = window_of(scored, position, slot, signature.work_date)
    p_reach = float(scored.values.p_reach[position, channel, hour])
    p_pay = float(scored.debtors["p_pay_no_action"].iat[position])
    p_pay += p_reach * float(scored.values.effect[position, channel])
    cost = settings.channels[CHANNELS[channel]].cost
    recovery = round(float(scored.values.recovery[position, channel, hour]), 2)
    return {
        **_known(scored, position, settings), **signature.fields(), "rank": rank, "channel": CHANNELS[channel],
        "item_id": _item_id(signature.plan_id, scored.debtors["debtor_id"].iat[position]),
        "window_start": start, "window_end": end, "p_reach": _p(p_reach), "p_pay": _p(min(max(p_pay, 0.0), 1.0)),
        "expected_recovery": recovery, "cost": cost, "expected_value": round(recovery - cost, 2),
        "reasons": list(reasons), "alternatives": _alternatives(scored, position, slot, signature.work_date),
        "arm": "explore" if scored.decision.explored[position] else "best",
        "propensity": round(float(scored.decision.propensity[position]), 6),
    }  # fmt: skip


def _alternatives(scored: Scored, position: int, chosen: int, work_date: date) -> list[dict[str, Any]]:
    """The next best allowed options, at most three, by expected value."""
    value = np.where(scored.eligibility.allowed[position], scored.values.value[position], -np.inf).reshape(-1).copy()
    value[chosen] = -np.inf
    best = [int(slot) for slot in np.argsort(-value, kind="stable")[:3] if np.isfinite(value[slot])]
    return [
        {
            "channel": CHANNELS[slot // HOURS],
            **dict(zip(("window_start", "window_end"), window_of(scored, position, slot, work_date), strict=True)),
            "expected_value": round(float(value[slot]), 2),
        }
        for slot in best
    ]


def _item_id(plan_id: str, debtor_id: str) -> str:
    return hashlib.sha256(f"{plan_id}\x1f{debtor_id}".encode()).hexdigest()[:20]


def _p(value: float) -> float:
    return round(float(value), 6)
