"""The inner loops over values and prices, compiled: which option of each debtor is worth most, surely or smoothed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.int64]
Values = NDArray[np.floating[Any]]

#: Below this part of the temperature's weight an option counts for nothing.
_FAINT: Final = 12.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def cheapest_ways(price: Floats, uses: Any, weight: Ints, is_way: Any) -> tuple[Floats, Ints]:
    """By group and slot the price of the cheapest way, the first of equals, and its number."""
    n_groups, n_slots, n_ways, _ = uses.shape
    table, way = np.full((n_groups, n_slots), np.inf), np.zeros((n_groups, n_slots), np.int64)
    for g in range(n_groups):
        for k in range(n_slots):
            for w in range(n_ways):
                total = _way_price(price, uses[g, k, w], weight[g, k, w]) if is_way[g, k, w] else np.inf
                if total < table[g, k]:
                    table[g, k], way[g, k] = total, w
    return table, way


@njit(cache=True)  # type: ignore[untyped-decorator]
def soft_ways(price: Floats, ways: Any, temperature: float) -> tuple[Floats, Floats]:
    """The same smoothed: the price of a slot, and the part of it that each way has."""
    uses, weight, is_way = ways
    n_groups, n_slots, n_ways, _ = uses.shape
    table, part = np.full((n_groups, n_slots), np.inf), np.zeros((n_groups, n_slots, n_ways))
    for g in range(uses.shape[0]):
        for k in range(uses.shape[1]):
            least = np.inf
            for w in range(uses.shape[2]):
                if is_way[g, k, w]:
                    part[g, k, w] = _way_price(price, uses[g, k, w], weight[g, k, w])
                    least = min(least, part[g, k, w])
            total = 0.0
            for w in range(uses.shape[2]):
                part[g, k, w] = np.exp((least - part[g, k, w]) / temperature) if is_way[g, k, w] else 0.0
                total += part[g, k, w]
            for w in range(uses.shape[2]):
                part[g, k, w] /= max(total, 1.0)
            if total > 0.0:
                table[g, k] = least - temperature * np.log(total)
    return table, part


@njit(cache=True)  # type: ignore[untyped-decorator]
def _way_price(price: Floats, uses: Any, weight: Any) -> float:
    total = 0.0
    for u in range(len(uses)):
        if uses[u] >= 0:
            total += price[uses[u]] * weight[u]
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def mass_used(mass: Floats, uses: Any, weight: Ints, n: int) -> Floats:
    """Units of each resource used by so many debtors in each group, slot and way."""
    found = np.zeros(n)
    for g in range(uses.shape[0]):
        for k in range(uses.shape[1]):
            for w in range(uses.shape[2]):
                if mass[g, k, w] > 0.0:
                    for u in range(uses.shape[3]):
                        if uses[g, k, w, u] >= 0:
                            found[uses[g, k, w, u]] += mass[g, k, w] * weight[g, k, w, u]
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def best_worth(value: Values, rows: Rows) -> Floats:
    """What each row's best option is worth; 0 where none is worth anything."""
    found = np.zeros(len(rows))
    for at in range(len(rows)):
        for k in range(value.shape[1]):
            found[at] = max(found[at], value[rows[at], k])
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def best_options(value: Values, rows: Rows, who: Any, table: Floats, least: float = 0.0) -> tuple[Ints, Floats]:
    """By row the option worth most beyond its price, the first of equals, and that worth; -1 and `least` where none
    is worth more than `least`. Options worth nothing as they stand do not count, whatever their price (what counts for
    a minimum share has one below nothing), but for those who must have one. `who`: groups, and who must."""
    group, must = who
    chosen, gain = np.full(len(rows), -1, np.int64), np.full(len(rows), least)
    careful = least < 0.0 or _any_below_nothing(table)
    for at in range(len(rows)):
        i = rows[at]
        lowest, own, slot = -np.inf if must[i] else 0.0, table[group[i]], -1
        best = -np.inf if must[i] else least
        for k in range(value.shape[1]):
            worth = value[i, k] - own[k]
            if worth > best and (not careful or value[i, k] > lowest):
                best, slot = worth, k
        chosen[at], gain[at] = slot, best if slot >= 0 else least
    return chosen, gain


@njit(cache=True)  # type: ignore[untyped-decorator]
def _any_below_nothing(table: Floats) -> bool:
    """Whether any price is: only then can an option gain that is worth nothing by itself."""
    found = False
    for own in table:
        for price in own:
            found |= price < 0.0
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def find_regrets(value: Values, rows: Rows, group: Any, table: Floats) -> tuple[Ints, Floats]:
    """By row the best option beyond its price (-1: none is worth it), and what is lost where the next best is had."""
    chosen, found = np.full(len(rows), -1, np.int64), np.zeros(len(rows))
    careful = _any_below_nothing(table)
    for at in range(len(rows)):
        i = rows[at]
        own, best, second, slot = table[group[i]], 0.0, 0.0, -1
        for k in range(value.shape[1]):
            worth = value[i, k] - own[k]
            if worth > second and (not careful or value[i, k] > 0.0):
                second = worth
                if worth > best:
                    best, second, slot = worth, best, k
        chosen[at], found[at] = slot, best - second
    return chosen, found


# Without the two promises, that nothing is undefined and that zeros have no sign, maxima are taken one by one.
@njit(cache=True, fastmath={"nnan", "nsz"})  # type: ignore[untyped-decorator]
def soft_options(value: Values, rows: Rows, who: Any, table: Floats, temperature: float) -> tuple[float, Floats]:
    """The smoothed gain of all rows together, and how many of them stand at each group's slot."""
    (group, must), n_slots, total = who, value.shape[1], 0.0
    mass, worth, near = np.zeros(table.shape), np.empty(n_slots), np.empty(n_slots, np.int64)
    careful = _any_below_nothing(table)
    for i in rows:
        own, best, n = table[group[i]], 0.0, 0
        for k in range(n_slots):
            worth[k] = value[i, k] - own[k]
        if must[i]:
            best = -np.inf
        for k in range(n_slots if careful and not must[i] else 0):
            if value[i, k] <= 0.0:
                worth[k] = -np.inf
        for k in range(n_slots):
            best = max(best, worth[k])
        for k in range(n_slots):
            if worth[k] > best - _FAINT * temperature:
                near[n] = k
                n += 1
        if best == -np.inf:
            continue
        weight = 0.0 if must[i] else np.exp(-best / temperature)
        for k in near[:n]:
            worth[k] = np.exp((worth[k] - best) / temperature)
            weight += worth[k]
        total += best + temperature * np.log(weight)
        for k in near[:n]:
            mass[group[i], k] += worth[k] / weight
    return total, mass
