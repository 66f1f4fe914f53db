"""To a plan near its bound by those who are all but indifferent: everybody else has what is best at the prices.

At prices near the smallest bound most debtors gain clearly more by one way of one option than by anything else, and the
best plan gives it to them. What keeps a plan from its bound are the few who could as well have something else: how they
share what the others leave is a small program for HiGHS, however many debtors there are. Where they are too few to make
room for what the others want, more of them are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit

from recobro_models.decision.capacity import Floats, Ints, Mask
from recobro_models.decision.exact import solve_among
from recobro_models.decision.prices import Market
from recobro_models.decision.repair import Served, fill_room, way_costs

#: How many debtors, those with the smallest margins, share what the others leave; the first number that fits.
_ASKED: Final = (60, 250, 1_000, 4_000)
#: Of those who want too much of something, so many times what is too much are asked as well, if they are no more.
_SPARE, _MOST = 4, 20_000


def settle_indifferent(market: Market, rows: Ints, price: Floats, limit: Ints, *, enough: float) -> Served | None:
    """A plan for those rows in which all but the indifferent have what is best at these prices; None: none fits.

    Args:
        market: values, capacity, and who must have an action.
        rows: the debtors who may have one.
        price: of each resource.
        limit: of each resource.
        enough: a plan worth less than the best of its kind by no more than this will do.
    """
    costs = way_costs(market.capacity, price)
    best, margin = _find_margins(market.value, rows, market.who, costs)
    order = np.argsort(margin, kind="stable")
    order = order[np.isfinite(margin[order])]
    wishes = _Wishes(market, rows, best, limit)
    wanting = wishes.beyond_limits(order)
    for n, fewer in zip(_ASKED, (0, *_ASKED), strict=False):
        if fewer >= len(order) or len(wanting) > _MOST:
            break
        asked = np.union1d(order[:n], wanting)
        ways = _near_ways(market, rows[asked], costs, np.maximum(margin[asked], margin[order[:n][-1]]))
        others = wishes.granted(but=asked)
        found = solve_among(market, rows[asked], ways, others.left, enough=enough)
        if found is not None:
            both = np.maximum(others.choice, found.choice), np.maximum(others.way, found.way)
            served = Served(*both, found.left)
            fill_room(market, served, rows)
            return served
    return None


@dataclass(frozen=True)
class _Wishes:
    """The rows' best ways, numbered through slots and ways (-1: nothing is best), and the limits."""

    market: Market
    rows: Ints
    best: Ints
    limit: Ints

    def granted(self, *, but: Ints) -> Served:
        """All of them have their best, but for some; what is left may be less than nothing."""
        served, n_ways = Served.nobody(len(self.market.value), self.limit), self.market.capacity.uses.shape[2]
        has = self.best >= 0
        has[but] = False
        served.choice[self.rows[has]], served.way[self.rows[has]] = self.best[has] // n_ways, self.best[has] % n_ways
        served.left -= self.market.capacity.used_by(served.choice, served.way)
        return served

    def beyond_limits(self, order: Ints) -> Ints:
        """Of those in order, the first who want what too many want, or not what too few do: more than must give way."""
        left, found = self.granted(but=np.empty(0, np.int64)).left, [np.empty(0, np.int64)]
        for at in np.flatnonzero(left < 0):
            units = np.cumsum(self._units(order, int(at)))
            first = order[: np.searchsorted(units, -_SPARE * left[at]) + 1]
            found.append(first[np.diff(units[: len(first)], prepend=0) > 0])
        return np.concatenate(found)

    def _units(self, order: Ints, at: int) -> Ints:
        """Units of a resource that each of them uses; of a minimum share, whether he could but wants nothing."""
        own, best, group = self.market.capacity, self.best[order], self.market.group[self.rows[order]]
        if self.limit[at] < 0:
            may: Ints = ((own.uses == at).any(axis=(1, 2, 3))[group] & (best < 0)).astype(np.int64)
            return may
        slot, way = np.divmod(best, own.uses.shape[2])
        uses = (own.uses[group, slot, way] == at) & (best >= 0)[:, None]
        found: Ints = np.where(uses, own.weight[group, slot, way], 0).sum(axis=1)
        return found


def _near_ways(market: Market, rows: Ints, costs: Floats, margin: Floats) -> Mask:
    """(row, slot, way) what each row has that is no further than this from the best for it."""
    value, must = market.value[rows].astype(np.float64), market.who[1][rows]
    beyond = np.where(((value > 0) | must[:, None])[:, :, None], value[:, :, None] - costs[market.group[rows]], -np.inf)
    best = np.maximum(beyond.max(axis=(1, 2)), np.where(must, -np.inf, 0.0))
    found: Mask = (beyond >= (best - margin)[:, None, None]) & np.isfinite(beyond)
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _find_margins(value: Any, rows: Ints, who: Any, costs: Floats) -> tuple[Ints, Floats]:
    """By row the way worth most beyond its price (slot times ways, plus way; -1: none is) and how far the next is."""
    (group, must), n_ways = who, costs.shape[2]
    chosen, margin = np.full(len(rows), -1, np.int64), np.full(len(rows), np.inf)
    for at in range(len(rows)):
        i = rows[at]
        best, second = -np.inf if must[i] else 0.0, -np.inf
        for k in range(value.shape[1]):
            if not (must[i] or value[i, k] > 0.0):
                continue
            for w in range(n_ways):
                worth = value[i, k] - costs[group[i], k, w]
                if worth > best:
                    best, second, chosen[at] = worth, best, k * n_ways + w
                elif worth > second:
                    second = worth
        if second > -np.inf:
            margin[at] = best - second
    return chosen, margin
