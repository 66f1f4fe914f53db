"""From prices to a plan that fits: debtors are served in order, each gets the best option for which there is room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recobro_models.decision.capacity import Capacity, Floats, Ints
from recobro_models.decision.price_kernels import best_options, find_regrets
from recobro_models.decision.prices import Market


@dataclass
class Served:
    """Slot and way by debtor, -1 for none, and what is left of each limit; filled while debtors are served."""

    choice: Ints
    way: Ints
    left: Ints

    @classmethod
    def nobody(cls, n: int, limit: Ints) -> Served:
        """Everybody waits, everything is left."""
        return cls(np.full(n, -1, np.int64), np.full(n, -1, np.int64), limit.copy())

    def copy(self) -> Served:
        """To try something on."""
        return Served(self.choice.copy(), self.way.copy(), self.left.copy())


#: How many who wait are put in order at a time: there is seldom room for more.
_AT_ONCE: Final = 20_000
#: How many who wait, and how many who gain little, are looked at for swaps.
_SWAPS: Final = 400


class Terms(NamedTuple):
    """The slot that each of those to be served wants most (-1: not known); what an option must be worth more than, as
    it stands and beyond its price; how many are served at most; and whether they take nothing else."""

    wanted: Ints
    least: float = 0.0
    least_gain: float = 0.0
    most: int = 2**62
    is_set: bool = False


def serve_best(market: Market, served: Served, rows: Ints, price: Floats) -> None:
    """Serve those rows whose best option is worth more than its price; then fill the room.

    First come those who lose most where they get their next best: were it those who gain most, some who have as good
    another hour would take the places of some who have none. Ties go to the earlier row, the earlier slot and the
    earlier way.
    """
    wanted, regret = find_regrets(market.value, rows, market.group, market.tables(price)[0])
    first = _first_by(wanted, regret)
    _serve(market, served, rows[first], price, Terms(wanted[first]))
    fill_room(market, served, rows)


def serve_by_worth(market: Market, served: Served, rows: Ints) -> None:
    """Serve rows in the order of what their best option is worth, each by the best that has room: no prices at all."""
    free = np.zeros(len(market.capacity.limit))
    wanted, worth = best_options(market.value, rows, market.who, market.tables(free)[0])
    first = _first_by(wanted, worth)
    _serve(market, served, rows[first], free, Terms(wanted[first]))


def fill_room(market: Market, served: Served, rows: Ints) -> None:
    """Serve those rows who wait with what is left, without prices, the most worth first.

    Each round serves what is wanted most by the first in order; who finds it full wants something else in the next. A
    round serves somebody or is the last.
    """
    own = market.capacity
    free, waiting = np.zeros(len(own.limit)), rows[served.choice[rows] < 0]
    while len(waiting):
        room = _has_room(own.uses, own.weight, own.is_way, served.left)
        wanted, gain = best_options(market.value, waiting, market.who, np.where(room, 0.0, np.inf))
        first = _first_by(wanted, gain, _AT_ONCE)
        _serve(market, served, waiting[first], free, Terms(wanted[first], is_set=True))
        waiting = waiting[wanted >= 0]
        waiting = waiting[served.choice[waiting] < 0]


def serve_some(market: Market, served: Served, rows: Ints, price: Floats, most: int) -> None:
    """Serve at most so many rows with what is worth anything, whatever its price; who loses least by it first."""
    wanted, gain = best_options(market.value, rows, market.who, market.tables(price)[0], -np.inf)
    first = np.argsort(-gain, kind="stable")
    _serve(market, served, rows[first], price, Terms(wanted[first], 0.0, -np.inf, most))


def serve_duties(market: Market, served: Served, rows: Ints, price: Floats) -> None:
    """Serve each of the rows, in their order, by whatever is allowed; who finds no room may make others move."""
    _serve(market, served, rows, price, Terms(np.full(len(rows), -1, np.int64), -np.inf, -np.inf))
    unmet = rows[served.choice[rows] < 0]
    if len(unmet):
        _make_room(market, served, unmet, rows[served.choice[rows] >= 0], Terms(unmet, -np.inf, -np.inf))


def swap_in(market: Market, served: Served, rows: Ints, price: Floats) -> None:
    """Let those rows who wait take places of those who gain least by theirs, where that brings more.

    Whoever counts for a minimum share keeps his.
    """
    table, _ = market.tables(price)
    owed = np.asarray((market.capacity.weight < 0).any(axis=(1, 2, 3)))[market.group[rows]]
    waiting, acted = rows[served.choice[rows] < 0], rows[(served.choice[rows] >= 0) & ~owed]
    wanted, gain = best_options(market.value, waiting, market.who, table)
    beyond = market.value[acted, served.choice[acted]] - table[market.group[acted], served.choice[acted]]
    first, last = _first_by(wanted, gain)[:_SWAPS], np.argsort(beyond, kind="stable")[:_SWAPS]
    _make_room(market, served, waiting[first], acted[last], Terms(waiting, 0.0, 0.0, is_set=True))


def _make_room(market: Market, served: Served, wanting: Ints, placed: Ints, terms: Terms) -> None:
    own = market.capacity
    tables = (own.uses, own.weight, own.is_way, np.where(own.is_way, 0.0, np.inf))
    _make_room_rows(market.value, wanting, placed, market.group, tables, served.choice, served.way, served.left, terms)


def _first_by(wanted: Ints, gain: Floats, most: int = 2**62) -> Ints:
    """Positions of those who want anything, most first; about so many at most, equals of the last one too."""
    some = np.flatnonzero(wanted >= 0)
    if len(some) > most:
        some = some[gain[some] >= np.partition(gain[some], -most)[-most]]
    return some[np.argsort(-gain[some], kind="stable")]


def _serve(market: Market, served: Served, order: Ints, price: Floats, terms: Terms) -> None:
    own = market.capacity
    tables = (own.uses, own.weight, own.is_way, way_costs(own, price))
    _serve_rows(market.value, order, market.group, tables, served.choice, served.way, served.left, terms)


def way_costs(capacity: Capacity, price: Floats) -> Floats:
    """(group, slot, way) what a way costs at these prices; inf where there is none."""
    each = np.where(capacity.uses >= 0, price[capacity.uses] * capacity.weight, 0.0).sum(axis=3)
    found: Floats = np.where(capacity.is_way, each, np.inf)
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _fits(uses: Any, weight: Any, left: Ints) -> bool:
    """Whether what is left suffices for a way; what it adds to a minimum share always does."""
    fits = True
    for u in range(len(uses)):
        if uses[u] >= 0 and weight[u] > 0 and left[uses[u]] < weight[u]:
            fits = False
    return fits


@njit(cache=True)  # type: ignore[untyped-decorator]
def _take(uses: Any, weight: Any, left: Ints, sign: int) -> None:
    for u in range(len(uses)):
        if uses[u] >= 0:
            left[uses[u]] -= sign * weight[u]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _has_room(uses: Any, weight: Any, is_way: Any, left: Ints) -> NDArray[np.bool_]:
    """(group, slot) whether any way has room."""
    found = np.zeros((uses.shape[0], uses.shape[1]), np.bool_)
    for g in range(uses.shape[0]):
        for k in range(uses.shape[1]):
            for w in range(uses.shape[2]):
                found[g, k] |= is_way[g, k, w] and _fits(uses[g, k, w], weight[g, k, w], left)
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _best_with_room(own: Any, tables: Any, g: int, left: Ints, shut: Any, terms: Any) -> tuple[int, int]:
    """Slot and way worth most beyond the price among those with room; -1 where none is.

    shut: the ways known to be full; those found full are added.
    """
    uses, weight, _, costs = tables
    best, slot, way = terms.least_gain, -1, -1
    for k in range(len(own)):
        if not own[k] > terms.least:
            continue
        for w in range(uses.shape[2]):
            if shut[g, k, w] or not own[k] - costs[g, k, w] > best:
                continue
            if _fits(uses[g, k, w], weight[g, k, w], left):
                best, slot, way = own[k] - costs[g, k, w], k, w
            else:
                shut[g, k, w] = True
    return slot, way


@njit(cache=True)  # type: ignore[untyped-decorator]
def _cheapest_open(tables: Any, g: int, k: int, left: Ints, is_set: bool) -> int:
    """The cheapest way of a slot where it has room, else -1; if the slot is set, the cheapest of those with room."""
    uses, weight, is_way, costs = tables
    way, least = -1, np.inf
    for w in range(uses.shape[2]):
        if is_way[g, k, w] and costs[g, k, w] < least:
            fits = _fits(uses[g, k, w], weight[g, k, w], left)
            if fits or not is_set:
                way, least = w if fits else -1, costs[g, k, w]
    return way


@njit(cache=True)  # type: ignore[untyped-decorator]
def _serve_rows(
    value: Any, order: Ints, group: Any, tables: Any, choice: Ints, way: Ints, left: Ints, terms: Any
) -> None:
    """Serve in order those who wait: what they want, or else the best of what has room."""
    shut, n = np.empty(tables[2].shape, np.bool_), 0
    _open_all(shut, tables[2])
    for at in range(len(order)):
        i = order[at]
        if choice[i] >= 0 or n == terms.most:
            continue
        g, k, w = group[i], terms.wanted[at], -1
        if k >= 0:
            w = _cheapest_open(tables, g, k, left, terms.is_set)
        if w < 0 and not terms.is_set:
            k, w = _best_with_room(value[i], tables, g, left, shut, terms)
        if w >= 0:
            choice[i], way[i] = k, w
            _take(tables[0][g, k, w], tables[1][g, k, w], left, 1)
            n += 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _open_all(shut: Any, is_way: Any) -> None:
    for g in range(is_way.shape[0]):
        for k in range(is_way.shape[1]):
            for w in range(is_way.shape[2]):
                shut[g, k, w] = not is_way[g, k, w]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _make_room_rows(
    value: Any, wanting: Ints, placed: Ints, group: Any, tables: Any, choice: Ints, way: Ints, left: Ints, terms: Any
) -> None:
    """Put in those who wait by moving one of `placed` out of the way: to another of its options, or (where terms are
    set to gain) to none, if both together are worth more than before."""
    uses, weight, shut = tables[0], tables[1], np.empty(tables[2].shape, np.bool_)
    for i in wanting:
        for j in placed:
            g, k, w = group[j], choice[j], way[j]
            if k < 0:
                continue
            _take(uses[g, k, w], weight[g, k, w], left, -1)
            _open_all(shut, tables[2])
            slot, by = _best_with_room(value[i], tables, group[i], left, shut, terms)
            if slot >= 0:
                _take(uses[group[i], slot, by], weight[group[i], slot, by], left, 1)
                other, other_by = _best_with_room(value[j], tables, g, left, shut, terms)
                more = value[i, slot] + (value[j, other] if other >= 0 else 0.0) - value[j, k]
                if (terms.is_set and more > 1e-9) or (not terms.is_set and other >= 0):
                    choice[i], way[i], choice[j], way[j] = slot, by, other, other_by
                    if other >= 0:
                        _take(uses[g, other, other_by], weight[g, other, other_by], left, 1)
                    break
                _take(uses[group[i], slot, by], weight[group[i], slot, by], left, -1)
            _take(uses[g, k, w], weight[g, k, w], left, 1)
