"""Who gets the capacity: at most one action a debtor, limits on whatever is scarce, the most value.

Prices first (`prices`), then debtors are served by them (`repair`). Where limits are by slot and by a channel's day
alone, exchanges lead from there to the best plan (`exchange`); of any other form a small day is solved exactly by HiGHS
(`exact`), of a larger one the debtors who are all but indifferent (`indifferent`). Any prices give an upper bound on
what is possible, so the plan knows how far from the best it can be.

Deterministic: one thread, no clock. Ties go to the earlier debtor (by position), the earlier slot, the earlier way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from recobro_models.decision.capacity import UNLIMITED as UNLIMITED
from recobro_models.decision.capacity import Capacity as Capacity
from recobro_models.decision.capacity import Floats, Ints
from recobro_models.decision.exact import count_options, solve_exactly
from recobro_models.decision.exchange import as_tree, exchange
from recobro_models.decision.indifferent import settle_indifferent
from recobro_models.decision.price_kernels import best_options
from recobro_models.decision.prices import Market, Values, find_prices, priced_limits, units_asked
from recobro_models.decision.repair import Served, serve_best, serve_by_worth, serve_duties, serve_some, swap_in

#: A plan this near the bound is not looked at again.
NEAR: Final = 0.0005
#: And HiGHS, asked for a plan, may stop this near the best one.
ENOUGH: Final = 0.0002
#: How often debtors are served at most, by prices moved by at most that share each time.
_ROUNDS, _MOVE = 8, 0.02
#: Up to so many debtors exchanges go on until there is none that gains.
_FEW: Final = 20_000
#: Exchanges at most, with few debtors and with many.
_CYCLES: Final = (20_000, 300)
#: Up to so many options a day that exchanges can not solve is solved by HiGHS.
EXACT_OPTIONS: Final = 4_000


@dataclass(frozen=True)
class Allocation:
    """The plan: by debtor the slot (-1 for none) and the way it is carried out (-1).

    bound: at least the value of any plan that meets the same duties and minimum shares.
    price: what one more unit of each resource would bring; 0 where there is room left. Of a minimum share, what one
        attempt less demanded would bring.
    used: units of each resource. unmet: positions of debtors with a duty for whom there is no room.
    """

    choice: Ints
    way: Ints
    value: float
    bound: float
    capacity: Capacity
    price: Floats
    used: Ints
    unmet: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def gap(self) -> float:
        """How far, at most, the plan's value lies below the best one, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def allocate(
    value: Values, capacity: Capacity, *, duties: Ints | None = None, exact_options: int = EXACT_OPTIONS
) -> Allocation:
    """Choose at most one slot for each debtor.

    Args:
        value: (debtor, slot) expected value of each option, float32 or float64; -inf where it is not allowed.
        capacity: what the team can do.
        duties: positions of debtors who must get an action if any is allowed, be it worth less than it costs; when
            there is not room for all, the earlier in this order come first.
        exact_options: up to so many options HiGHS is asked where exchanges do not lead to the best plan.

    Raises:
        ValueError: value and capacity have other numbers of slots or debtors.
    """
    if value.shape[1] != capacity.n_slots:
        raise ValueError(f"value has {value.shape[1]} slots, capacity {capacity.n_slots}")
    if capacity.group.size not in (0, len(value)):
        raise ValueError(f"value has {len(value)} debtors, capacity {capacity.group.size}")
    market = Market(value, capacity, capacity.groups_of(len(value)))
    day = _Day(market, np.empty(0, np.int64) if duties is None else duties, capacity.limit, exact_options)
    plan = day.decide()
    if capacity.floors.any():
        plan = _with_shares(day, plan)
    return plan


@dataclass(frozen=True)
class _Day:
    """What is to be decided, under limits of which those of minimum shares may have been raised."""

    market: Market
    duties: Ints
    limit: Ints
    exact_options: int

    def decide(self) -> Allocation:
        """The plan under these limits."""
        served, price = self._with_duties()
        rows = np.setdiff1d(np.arange(len(served.choice)), self.duties, assume_unique=True)
        self._serve_shares(served, rows, price)
        bound = self.bound_at(price, served)
        served = self._filled(served, rows, (price, bound))
        return self._improved(served, rows, (price, bound))

    def _with_duties(self) -> tuple[Served, Floats]:
        """Duties served at prices that reckon with all of them; if some find no room, with those that are met."""
        met = self.duties
        for _ in range(2):
            market, served = _demanding(self.market, met), Served.nobody(len(self.market.value), self.limit)
            price = np.zeros(len(self.limit))
            if not self._all_fit(market):
                price = find_prices(market, np.arange(len(served.choice)), self.limit)
            serve_duties(self.market, served, self.duties, price)
            met = self._met(served)
            if len(met) == len(self.duties):
                break
        return served, price

    def _met(self, served: Served) -> Ints:
        return self.duties[served.choice[self.duties] >= 0]

    def _all_fit(self, market: Market) -> bool:
        """Whether everybody could have what is best for him."""
        return bool((units_asked(market, np.arange(len(market.value)), np.zeros(len(self.limit))) <= self.limit).all())

    def _serve_shares(self, served: Served, rows: Ints, price: Floats) -> None:
        for at in np.flatnonzero(self.limit < 0):
            ours = (self.market.capacity.uses == at).any(axis=(1, 2, 3))[self.market.group[rows]]
            serve_some(self.market, served, rows[ours], price, max(int(-served.left[at]), 0))

    def demanding(self, shares: Ints) -> _Day:
        """The same day with so many attempts demanded by resource, as far as all of them can be had together."""
        asking = replace(self, limit=np.where(shares > 0, -shares, self.limit))
        served, free = Served.nobody(len(self.market.value), asking.limit), np.zeros(len(self.limit))
        serve_duties(self.market, served, self.duties, free)
        asking._serve_shares(served, np.flatnonzero(served.choice < 0), free)
        return replace(self, limit=asking._reachable(served))

    def _filled(self, served: Served, rows: Ints, told: tuple[Floats, float]) -> Served:
        """The first plan that is near its bound, or the best of all that were tried."""
        plans: list[Served] = []
        for plan in self._tries(served, rows, told):
            plans.append(plan)
            if self._is_near(plan, told[1]):
                return plan
        return max(plans, key=self.value_of)

    def _tries(self, served: Served, rows: Ints, told: tuple[Floats, float]) -> Iterator[Served]:
        """Served by the prices, completed by a program, served by prices moved a little, by worth alone."""
        price, rounds = told[0], _ROUNDS if told[0].any() else 1
        for number in range(rounds):
            plan = served.copy()
            serve_best(self.market, plan, rows, price)
            yield plan
            if number == 0 and rounds > 1:
                yield from self._settled(served, rows, told)
            price = self._moved(price, served, plan, rows)
        plan = served.copy()
        serve_by_worth(self.market, plan, rows)
        yield plan

    def _settled(self, served: Served, rows: Ints, told: tuple[Floats, float]) -> Iterator[Served]:
        """The plan that HiGHS completes, where neither exchanges nor HiGHS alone find the best one afterwards."""
        if as_tree(self.market.capacity, self.limit) is not None or self._is_small(rows):
            return
        met = self._met(served)
        found = settle_indifferent(
            _demanding(self.market, met), np.union1d(rows, met), told[0], self._reachable(served),
            enough=ENOUGH * told[1],
        )  # fmt: skip
        if found is not None:
            yield found

    def _moved(self, price: Floats, before: Served, plan: Served, rows: Ints) -> Floats:
        """Prices lower where the plan leaves room, higher where more is asked for than there is."""
        limit = np.where(self.limit < UNLIMITED, np.maximum(np.abs(self.limit), 1), np.inf)
        over = (units_asked(self.market, rows, price) - before.left) / limit
        change = np.where(plan.left > 0, -plan.left / limit, over)
        return price * (1 + np.clip(change, -_MOVE, _MOVE))

    def _is_near(self, served: Served, bound: float) -> bool:
        return self.value_of(served) >= bound * (1 - NEAR)

    def _improved(self, served: Served, rows: Ints, told: tuple[Floats, float]) -> Allocation:
        price, bound = told
        tree = as_tree(self.market.capacity, self.limit)
        few = len(rows) <= _FEW
        if tree is not None and price.any() and (few or not self._is_near(served, bound)):
            found = exchange(self.market, served, rows, tree, _CYCLES[0 if few else 1])
            if found is not None:
                price, bound = found, min(bound, self.bound_at(found, served))
        elif price.any() and self._is_small(rows):
            return self._exactly(served, told)
        elif price.any() and not self._is_near(served, bound):
            swap_in(self.market, served, rows, price)
        return self._as_plan(served, price, bound)

    def _is_small(self, rows: Ints) -> bool:
        return len(rows) <= self.exact_options and count_options(self.market, rows) <= self.exact_options

    def _exactly(self, served: Served, told: tuple[Floats, float]) -> Allocation:
        """The plan by HiGHS, where it finds a better one than is known."""
        market = _demanding(self.market, self._met(served))
        exact = solve_exactly(market, np.arange(len(served.choice)), self._reachable(served))
        if exact.served is not None and self.value_of(exact.served) >= self.value_of(served):
            served = exact.served
        return self._as_plan(served, exact.price, min(told[1], exact.bound))

    def _reachable(self, served: Served) -> Ints:
        """The limits, minimum shares no higher than the plan at hand reaches."""
        return np.where(self.limit < 0, self.limit + np.maximum(-served.left, 0), self.limit)

    def bound_at(self, price: Floats, served: Served) -> float:
        """The bound on plans that meet the duties met here."""
        market = _demanding(self.market, self._met(served))
        _, gain = best_options(market.value, np.arange(len(served.choice)), market.who, market.tables(price)[0])
        total = float(gain.sum())
        return total + priced_limits(price, self._reachable(served))

    def value_of(self, served: Served) -> float:
        """The expected value of a plan."""
        taken = np.flatnonzero(served.choice >= 0)
        return float(self.market.value[taken, served.choice[taken]].sum(dtype=np.float64))

    def _as_plan(self, served: Served, price: Floats, bound: float) -> Allocation:
        value, own = self.value_of(served), self.market.capacity
        used = own.used_by(served.choice, served.way)
        # Where room is left one more attempt brings nothing, whatever price the last step stopped at.
        price = np.where(used < self._reachable(served), 0.0, price)
        unmet = self.duties[served.choice[self.duties] < 0]
        return Allocation(served.choice, served.way, value, max(bound, value), own, price, used, unmet)


def _demanding(market: Market, met: Ints) -> Market:
    """The market in which those debtors must have an action."""
    must = np.zeros(len(market.value), np.bool_)
    must[met] = True
    return replace(market, must=must)


def _with_shares(day: _Day, plan: Allocation) -> Allocation:
    """The plan with minimum shares of its attempts, where it does not give them by itself."""
    floors = day.market.capacity.floors
    demanded = np.ceil(floors * int((plan.choice >= 0).sum()) - 1e-9).astype(np.int64)
    if (-plan.used >= demanded)[floors > 0].all():
        return plan
    return day.demanding(demanded).decide()
