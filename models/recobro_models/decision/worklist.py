"""The worklist: decided options as rows of the contract, in rank order; and the rows of those left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, Final
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
from recobro_models.decision.reserve import reserve_of
from recobro_models.decision.sequencing import Course
from recobro_models.decision.tactics import Tactics
from recobro_models.decision.value import Values

Floats = NDArray[np.float64]


#: Columns of a debtor that are told whether or not anybody acts, and the clock that times are told on.
KNOWN: Final = (
    "portfolio_id", "debtor_id", "currency", "days_past_due", "balance_due", "amount_to_collect", "stage", "p_unpaid",
    "p_pay_no_action", "policy", "language", "zone",
)  # fmt: skip

#: What leaves the place of a debtor's best option empty for a day, that the log may tell what it adds. Nothing of it is
#: kept for capacity that comes free: who was drawn stays so.
LEFT_OUT_BY: Final = "policy.exploration"


class KnownRows:
    """Some columns of a frame by position: they are read once, where pandas would build a row of them for each."""

    def __init__(self, frame: pd.DataFrame, names: Sequence[str]) -> None:
        self._columns = {name: _cells(frame[name]) for name in names}

    def __getitem__(self, position: int) -> dict[str, Any]:
        return {name: cells[position] for name, cells in self._columns.items()}

    def cell(self, name: str, position: int) -> Any:
        """One cell."""
        return self._columns[name][position]


def _cells(column: pd.Series[Any]) -> NDArray[Any]:
    """The values by position; equal texts are one object, as far as they are not objects yet."""
    if column.dtype.kind in "biuf" or column.dtype == object:
        return column.to_numpy()
    number, values = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(values, dtype=object)[number]


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
    tactics, course: the strategies by debtor, and what they left of the lawful options; None where none are in force.
    """

    debtors: pd.DataFrame
    eligibility: Eligibility
    values: Values
    priority: Floats
    rank_value: Floats
    decision: Decision
    arms: tuple[Arm, ...]
    tactics: Tactics | None = None
    course: Course | None = None

    @cached_property
    def known(self) -> KnownRows:
        """What items and those left alone tell of each debtor, by position."""
        return KnownRows(self.debtors, KNOWN)

    @property
    def choosable(self) -> NDArray[np.bool_]:
        """(debtor, channel, hour), what may be chosen as the best where it is allowed: not what is only drawn."""
        if self.course is None:
            return np.ones(self.priority.shape, bool)
        return self.course.choosable


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


#: What an item says beside whom and when, where no strategy is in force.
UNSAID: Final = MappingProxyType(dict.fromkeys(("template", "message", "promise_on", "offer", "agent_id")))


def build_items(
    scored: Scored,
    signature: Signature,
    settings: Settings,
    reasons: Mapping[int, Sequence[Mapping[str, Any]]],
    *,
    says: Callable[[int], Mapping[str, Any]] = lambda _: UNSAID,
) -> Iterator[dict[str, Any]]:
    """The worklist's rows in rank order; `reasons`, and the fields of `UNSAID`, by debtor's position."""
    for rank, position in enumerate(ranked_positions(scored), start=1):
        item = _item(scored, int(position), rank, signature, settings, reasons[int(position)])
        yield {**item, **says(int(position))}


def build_left_alone(scored: Scored, signature: Signature, settings: Settings) -> Iterator[dict[str, Any]]:
    """One row for each debtor with an open charge who gets no action, by debtor_id, with because, rule and until."""
    alone = np.flatnonzero(scored.decision.choice < 0)
    ids = scored.debtors["debtor_id"].to_numpy(object)[alone].astype(str)
    for position in alone[np.argsort(ids, kind="stable")]:
        because, rule, until = left_alone_because(scored, int(position))
        if because == "no_capacity" and rule != LEFT_OUT_BY:
            waits = {"reserve": reserve_of(scored, int(position), settings, partial(_window, scored, signature))}
        else:
            waits = {}
        yield {
            "item_id": None, "rank": None, **_known(scored, int(position), settings), **signature.fields(),
            "because": because, "rule": rule, "until": until.isoformat() if until else None,
            "propensity": _p(_left_alone_propensity(scored, int(position), settings)), **waits,
        }  # fmt: skip


def left_alone_because(scored: Scored, position: int) -> tuple[str, str | None, date | None]:
    """Why a debtor without an action is left alone, by which rule and until when."""
    told = scored.eligibility
    if told.because[position] is not None:
        return told.because[position], told.rule[position], told.until[position]
    if scored.decision.left_out[position]:
        return "no_capacity", LEFT_OUT_BY, None
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
    start, end = window_at(scored.known.cell("zone", position), work_date, hour)
    return start.isoformat(), end.isoformat()


def _window(scored: Scored, signature: Signature, position: int, slot: int) -> tuple[str, str]:
    return window_of(scored, position, slot, signature.work_date)


def window_at(zone: str, work_date: date, hour: int) -> tuple[datetime, datetime]:
    """Start and end of an hour of a day on a zone's clock."""
    start = datetime.combine(work_date, time(hour), tzinfo=ZoneInfo(zone))
    return start, start + timedelta(hours=1)


def _known(scored: Scored, position: int, settings: Settings) -> dict[str, Any]:
    """What is known of a debtor whether or not anybody acts."""
    row = scored.known[position]
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
    p_pay = float(scored.known.cell("p_pay_no_action", position))
    p_pay += p_reach * float(scored.values.effect[position, channel])
    cost = settings.channels[CHANNELS[channel]].cost
    recovery = round(scored.values.recovery_at(position, slot), 2)
    return {
        **_known(scored, position, settings), **signature.fields(), "rank": rank, "channel": CHANNELS[channel],
        "item_id": _item_id(signature.plan_id, scored.known.cell("debtor_id", position)),
        "window_start": start, "window_end": end, "p_reach": _p(p_reach), "p_pay": _p(min(max(p_pay, 0.0), 1.0)),
        "expected_recovery": recovery, "cost": cost, "expected_value": round(recovery - cost, 2),
        "reasons": list(reasons), "alternatives": _alternatives(scored, position, slot, signature.work_date),
        "arm": _arm(scored, position),
        "propensity": round(float(scored.decision.propensity[position]), 6),
    }  # fmt: skip


def _arm(scored: Scored, position: int) -> str:
    if scored.decision.duty[position]:
        return "duty"
    return "explore" if scored.decision.explored[position] else "best"


def _alternatives(scored: Scored, position: int, chosen: int, work_date: date) -> list[dict[str, Any]]:
    """The next best allowed options, at most three, by expected value."""
    own = scored.values.value_of(slice(position, position + 1))[0]
    value = np.where(scored.eligibility.allowed[position], own, -np.inf).reshape(-1).copy()
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
