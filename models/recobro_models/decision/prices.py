"""Prices of capacities: the dual of the allocation, whose every value bounds from above what any plan can bring.

Given a price on each resource, each debtor takes the option worth most beyond the price of its cheapest way. What that
gives, with the priced capacities, is the bound; its minimum is sought. Where many debtors stand between two options the
bound has kinks, so it is smoothed a little (a debtor takes each option in proportion to exp(worth / temperature),
Nesterov 2005) and minimised at falling temperatures, on a sample of the debtors that grows; what the sample asks for is
then corrected by what all ask for.
The bound told is never the smoothed one, nor that of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.decision.capacity import UNLIMITED, Capacity
from recobro_models.decision.descent import minimise
from recobro_models.decision.price_kernels import (
    best_options,
    best_worth,
    cheapest_ways,
    mass_used,
    soft_options,
    soft_ways,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int64]
Values = NDArray[np.floating[Any]]

#: Debtors looked at, temperature as a share of a typical worth, and price steps at most.
COOLING: Final = ((2_000, 0.1, 40), (4_000, 0.03, 20), (16_000, 0.01, 15), (40_000, 0.004, 8))
#: The last look where debtors are of several groups: some groups are small, and their prices move plans more.
FINE: Final = ((200_000, 0.004, 20),)
#: How often the sample's limits are corrected by what all debtors ask for.
CORRECTIONS: Final = 2


@dataclass(frozen=True)
class Market:
    """Who asks for what: values by debtor and slot (-inf where not allowed), the capacity and each debtor's group."""

    value: Values
    capacity: Capacity
    group: NDArray[np.int32]
    must: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    @property
    def who(self) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """By debtor the group, and whether he must have an action."""
        return self.group, self.must if self.must.size else np.zeros(len(self.group), np.bool_)

    def tables(self, price: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """By group and slot: the price of the cheapest way (inf where there is none), and which it is."""
        return cheapest_ways(price, self.capacity.uses, self.capacity.weight, self.capacity.is_way)


def priced_limits(price: Floats, limit: Ints) -> float:
    """What the capacities are worth at these prices; a resource without a limit has no price."""
    return float((price * limit)[limit < UNLIMITED].sum())


def sample_rows(rows: Rows, size: int) -> Rows:
    """About `size` of the rows, spread by a hash of their number, the same ones every time."""
    if len(rows) <= size:
        return rows
    spread = (rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return rows[spread < np.uint64(size / len(rows) * 2**24)]


def find_prices(market: Market, rows: Rows, limit: Ints) -> Floats:
    """Prices near the smallest bound for those rows, who have those limits."""
    binding, typical = np.flatnonzero(limit < UNLIMITED), _typical_worth(market.value, rows)
    if typical == 0 or not len(binding):
        return np.zeros(len(limit))
    scale = _scales(market.capacity, limit, len(rows))[binding] * typical
    x = np.zeros(len(binding))
    for size, temperature, steps in (*COOLING, *(FINE if len(market.capacity.uses) > 1 else ())):
        some = sample_rows(rows, size)
        part = _part_of(market, some, rows)
        smooth = _Smoothed(market, some, limit * part, (binding, scale), temperature * typical)
        x = minimise(smooth, x, steps)
    for _ in range(CORRECTIONS if len(some) < len(rows) else 0):
        x = minimise(_corrected(smooth, rows, limit, x), x, steps)
    return smooth.price_at(x)


def _part_of(market: Market, some: Rows, rows: Rows) -> Floats:
    """By resource, the part of the rows that may use any of it who are in the sample."""
    own, n_groups = market.capacity, len(market.capacity.uses)
    here = np.array([np.bincount(market.group[one], minlength=n_groups) for one in (some, rows)], float)
    may_use = np.zeros((n_groups, len(own.limit)))
    group = np.broadcast_to(np.arange(n_groups)[:, None, None, None], own.uses.shape)
    may_use[group[own.uses >= 0], own.uses[own.uses >= 0]] = 1.0
    found: Floats = np.divide(
        here[0] @ may_use, here[1] @ may_use, out=np.ones(len(own.limit)), where=here[1] @ may_use > 0
    )
    return found


def _corrected(smooth: _Smoothed, rows: Rows, limit: Ints, x: Floats) -> _Smoothed:
    """The sample with limits that make it ask, at these prices, for as much too much as all rows do."""
    price, part = smooth.price_at(x), _part_of(smooth.market, smooth.rows, rows)
    by_all = units_asked(smooth.market, rows, price) * part
    by_sample = units_asked(smooth.market, smooth.rows, price)
    # No limit may vanish by it: its price would have no end. What must be had at least stays as it is.
    room = np.where(limit < 0, limit * part, np.maximum(limit * part + by_sample - by_all, 0.5 * limit * part))
    return replace(smooth, limit=room)


def units_asked(market: Market, rows: Rows, price: Floats) -> Floats:
    """Units of each resource that the rows would take at these prices."""
    own = market.capacity
    table, way = market.tables(price)
    chosen, _ = best_options(market.value, rows, market.who, table)
    at = np.flatnonzero(chosen >= 0)
    asked = np.bincount(market.group[rows[at]] * own.n_slots + chosen[at], minlength=table.size)
    each: Floats = np.eye(own.uses.shape[2])[way] * asked.reshape(table.shape)[:, :, None]
    return mass_used(each, own.uses, own.weight, len(price))


@dataclass(frozen=True)
class _Smoothed:
    """The smoothed bound of a debtor and its slope as a function of scaled prices; `scaled`: which, and their unit."""

    market: Market
    rows: Rows
    limit: Floats
    scaled: tuple[Ints, Floats]
    temperature: float

    def price_at(self, x: Floats) -> Floats:
        """Prices of all resources."""
        price = np.zeros(len(self.limit))
        price[self.scaled[0]] = x * self.scaled[1]
        return price

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        price, own = self.price_at(x), self.market.capacity
        table, part = soft_ways(price, (own.uses, own.weight, own.is_way), self.temperature)
        total, mass = soft_options(self.market.value, self.rows, self.market.who, table, self.temperature)
        used = mass_used(mass[:, :, None] * part, own.uses, own.weight, len(price))
        binding, scale = self.scaled
        total += float((price * self.limit)[binding].sum())
        return total / len(self.rows), (self.limit - used)[binding] * scale / len(self.rows)


def _typical_worth(value: Values, rows: Rows) -> float:
    """The median of what debtors' best options are worth, of those to whom any is worth something."""
    best = best_worth(value, rows[:: max(len(rows) // 4096, 1)])
    return float(np.median(best[best > 0])) if (best > 0).any() else 0.0


def _scales(capacity: Capacity, limit: Ints, n: float) -> Floats:
    """By resource: a price step as large for a scarce one as for a plentiful one, per unit of it."""
    total, count = np.zeros(len(limit)), np.zeros(len(limit))
    used = capacity.uses >= 0
    np.add.at(total, capacity.uses[used], np.abs(capacity.weight[used]).astype(float))
    np.add.at(count, capacity.uses[used], 1.0)
    unit = np.where(count > 0, total / np.maximum(count, 1), 1.0)
    room = np.clip(np.abs(limit) / unit / n, 1e-4, 1.0)
    return 1.0 / np.sqrt(room) / unit
