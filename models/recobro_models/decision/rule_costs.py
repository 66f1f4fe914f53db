"""What rules cost: the expected value that each keeps the day from having, at the day's prices.

Of each debtor whom a rule stops: what the best option that it takes is worth beyond its price, less what the debtor
gains as it is. Prices stay as they are, so the sum is what lifting that rule alone would bring at most (the bound of
the plan with those options opened, less its bound), and the sums of several rules do not add up to lifting all.

Which options a rule takes: of a cap or a distance in days, the blocked channel at the hours at which it is open to
others; of a step of the strategy, the lawful option that would have been best; of a reason for which a debtor is left
alone, all channels at the hours at which they are open to others; of lawful hours and wishes, the team's other hours on
the debtor's channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.capacity import Floats, Ints, Mask
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.prices import Market
from recobro_models.decision.worklist import Scored

#: Debtors looked at together.
_BLOCK: Final = 50_000
#: Reasons that are the portfolio's own state rather than a rule: nothing was to be had.
_NO_RULE: Final = ("not_worth_cost", "no_capacity", "awaiting_payment")


@dataclass(frozen=True)
class RuleCost:
    """Debtors who would have something to gain, and the expected value that lifting the rule would bring at most."""

    debtors: int
    cost: float


def rule_costs(scored: Scored, settings: Settings) -> dict[str, RuleCost]:
    """By rule (or reason where it has none), what it costs; the dearest first, rules that cost nothing left out."""
    at_prices = _AtPrices.find(scored)
    found: dict[str, tuple[int, float]] = {}
    for rule, rows, slots in _taken(scored, settings):
        for start in range(0, len(rows), _BLOCK):
            here = slice(start, start + _BLOCK)
            lost = at_prices.lost(rows[here], slots if len(slots) == 1 else slots[here])
            n, cost = found.get(rule, (0, 0.0))
            found[rule] = (n + int((lost > 0).sum()), cost + float(lost.sum()))
    dearest = sorted(found.items(), key=lambda pair: (-pair[1][1], pair[0]))
    return {rule: RuleCost(n, cost) for rule, (n, cost) in dearest if n}


@dataclass(frozen=True)
class _AtPrices:
    """What options are worth beyond their prices, and what each debtor gains."""

    worth: Floats
    table: Floats
    group: NDArray[np.int32]
    allowed: Mask

    @classmethod
    def find(cls, scored: Scored) -> _AtPrices:
        plan, n = scored.decision.allocation, len(scored.debtors)
        group = plan.capacity.groups_of(n)
        worth = scored.priority.reshape(n, N_SLOTS)
        table, _ = Market(worth, plan.capacity, group).tables(plan.price)
        chosen = scored.eligibility.allowed
        if scored.course is not None:
            chosen = chosen & scored.course.prefers
        return cls(worth, table, group, chosen.reshape(n, N_SLOTS))

    def lost(self, rows: Ints, slots: Mask) -> Floats:
        """What the best of those slots would bring each row beyond what it gains; `slots` by row, or one for all."""
        beyond = self.worth[rows] - self.table[self.group[rows]]
        gain = np.where(self.allowed[rows], beyond, 0.0).max(axis=1, initial=0.0)
        found: Floats = np.maximum(np.where(slots, beyond, 0.0).max(axis=1, initial=0.0) - gain, 0.0)
        return found


def _taken(scored: Scored, settings: Settings) -> Iterator[tuple[str, Ints, Mask]]:
    """Rule, the positions of debtors, and the slots that it takes from each (one row: from all the same)."""
    told, open_ = scored.eligibility, scored.eligibility.allowed.any(axis=0).reshape(1, N_SLOTS)
    why = pd.Series(np.where(pd.isna(told.rule), told.because, told.rule), dtype=object)
    why = why[~pd.isna(told.because) & ~np.isin(told.because.astype(str), (*_NO_RULE, "control_group"))]
    if scored.course is not None:
        why = why[pd.isna(scored.course.took[why.index])]
    frequency = why[told.because[why.index] == "frequency_limit"]
    for rule, positions in why.drop(frequency.index).groupby(why).groups.items():
        yield str(rule), positions.to_numpy(np.int64), open_
    yield from _blocked_channels(scored, open_)
    yield from _steps(scored)
    yield from _closed_hours(scored, settings)


def _blocked_channels(scored: Scored, open_: Mask) -> Iterator[tuple[str, Ints, Mask]]:
    ids, blocked = pd.Index(scored.debtors["debtor_id"]), scored.eligibility.blocked
    row = ids.get_indexer(pd.Index(blocked["debtor_id"]))
    place = pd.Categorical(blocked["channel"], categories=list(CHANNELS)).codes
    known = pd.DataFrame({"rule": blocked["rule"].astype(str).to_numpy(), "row": row, "place": place})
    for rule, rows in known[(row >= 0) & (place >= 0)].groupby("rule"):
        who, number = np.unique(rows["row"].to_numpy(np.int64), return_inverse=True)
        slots = np.zeros((len(who), len(CHANNELS)), bool)
        slots[number, rows["place"].to_numpy(np.int64)] = True
        yield str(rule), who, np.repeat(slots, HOURS, axis=1) & open_


def _steps(scored: Scored) -> Iterator[tuple[str, Ints, Mask]]:
    """The steps of the strategy, by the option that each took."""
    if scored.course is None:
        return
    took = pd.Series(scored.course.took, dtype=object)
    for step, positions in took[took.notna()].groupby(took).groups.items():
        who = positions.to_numpy(np.int64)
        yield str(step), who, np.arange(N_SLOTS) == scored.course.best[who][:, None]


def _closed_hours(scored: Scored, settings: Settings) -> Iterator[tuple[str, Ints, Mask]]:
    allowed, hour = scored.eligibility.allowed, np.arange(HOURS)
    hours = [settings.channels[channel].hours for channel in CHANNELS]
    works = np.array([(hour >= int(one[:2]) + (one[3:5] != "00")) & (hour < int(one[6:8])) for one in hours])
    who = np.flatnonzero(allowed.any(axis=(1, 2)))
    for start in range(0, len(who), _BLOCK):
        rows = who[start : start + _BLOCK]
        works_here = np.asarray(allowed[rows].any(axis=2))[:, :, None] & works
        yield "lawful_hours", rows, (works_here & ~allowed[rows]).reshape(-1, N_SLOTS)
