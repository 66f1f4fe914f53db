"""To the best plan by exchanges: debtors change slots along cycles that gain, until there is none.

For capacities by slot and by a channel's day alone (each slot has a limit of its own and at most one shared one).
Debtors in the same slot are alike but for what they would gain elsewhere, so the residual network has one node a slot,
one a channel and one for those who wait: a cycle is found among some hundred nodes, however many debtors (cycle
cancelling, Klein 1967). Where no cycle gains, the plan is the best one, and the longest paths from those who wait are
its prices: what one more attempt brings, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit

from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints
from recobro_models.decision.prices import Market
from recobro_models.decision.repair import Served

#: A gain below this share of the largest value is none: it would be a matter of rounding.
_ROUNDING: Final = 1e-10


@dataclass(frozen=True)
class Tree:
    """By slot its own limit's resource and its shared one's (-1: none)."""

    own: Ints
    shared: Ints


def as_tree(capacity: Capacity, limit: Ints) -> Tree | None:
    """The slots' limits as a tree; None where ways, groups, weights or crossing limits make them something else."""
    if capacity.uses.shape[0] != 1 or capacity.uses.shape[2] != 1 or not capacity.is_way.all():
        return None
    uses = np.where(limit[capacity.uses[0, :, 0]] < UNLIMITED, capacity.uses[0, :, 0], -1)
    if (capacity.weight[0, :, 0][uses >= 0] != 1).any():
        return None
    of_slots = np.bincount(uses[uses >= 0], minlength=len(limit))
    is_shared = (uses >= 0) & (of_slots[uses] > 1)
    is_own = (uses >= 0) & ~is_shared
    if (is_shared.sum(axis=1) > 1).any() or (is_own.sum(axis=1) > 1).any():
        return None
    return Tree(*(np.where(which, uses, -1).max(axis=1).astype(np.int64) for which in (is_own, is_shared)))


def exchange(market: Market, served: Served, rows: Ints, tree: Tree, n_cycles: int) -> Floats | None:
    """Improve a plan in place; the prices where it became the best one, None where the cycles did not suffice.

    Args:
        market: values and capacity.
        served: a plan that fits; `left` counts what the rows have.
        rows: the debtors who may change.
        tree: of `as_tree`.
        n_cycles: at most.
    """
    room, shared_room, shared_of, names = _rooms(tree, served.left)
    choice = served.choice[rows]
    tables = _tables(len(room) + 1, len(shared_room))
    done = _cancel(market.value, rows, choice, (room, shared_room), shared_of, tables, n_cycles)
    before = served.choice[rows]
    served.left += _units(tree, before, len(served.left)) - _units(tree, choice, len(served.left))
    served.choice[rows] = choice
    served.way[rows] = np.where(choice >= 0, 0, -1)
    if not done:
        return None
    return _as_prices(tree, tables[3], names, served.left)


def _tables(n: int, n_shared: int) -> tuple[Floats, Ints, Floats, Floats]:
    """Between slots what the best move gains and whose it is; between nodes what an arc gains, and paths to them."""
    nodes = n + n_shared
    return np.full((n, n), -np.inf), np.full((n, n), -1), np.empty((nodes, nodes)), np.full(nodes, -np.inf)


def _units(tree: Tree, choice: Ints, n: int) -> Ints:
    """Units used of each resource."""
    taken = choice[choice >= 0]
    used = np.concatenate([tree.own[taken], tree.shared[taken]])
    return np.bincount(used[used >= 0], minlength=n)


def _rooms(tree: Tree, left: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Room by slot, room by shared limit, the number of each slot's shared limit, and the resources of those."""
    names, number = np.unique(tree.shared, return_inverse=True)
    room = np.where(tree.own >= 0, left[tree.own], UNLIMITED)
    return room, np.where(names >= 0, left[names], UNLIMITED), number.astype(np.int64), names


def _as_prices(tree: Tree, path: Floats, names: Ints, left: Ints) -> Floats:
    """Prices from the longest paths to slots and to shared limits; what has room left has none."""
    price = np.zeros(len(left))
    n_slots = len(tree.own)
    of_shared = np.where(np.isfinite(path[n_slots + 1 :]), np.maximum(path[n_slots + 1 :], 0.0), 0.0)
    price[names[names >= 0]] = of_shared[names >= 0]
    beyond = path[:n_slots] - of_shared[np.searchsorted(names, tree.shared)]
    has = (tree.own >= 0) & np.isfinite(beyond)
    price[tree.own[has]] = np.maximum(beyond[has], 0.0)
    found: Floats = np.where(left > 0, 0.0, price)
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _cancel(value: Any, rows: Ints, choice: Ints, rooms: Any, shared_of: Ints, tables: Any, n_cycles: int) -> bool:
    """Cancel cycles until none gains; `choice` and rooms change. Nodes: slots, then who waits, then shared limits."""
    m, most = value.shape[1], 0.0
    gain, who, arc, path = tables
    used, shared_used = np.zeros(m + 1, np.int64), np.zeros(len(rooms[1]), np.int64)
    for at in range(len(rows)):
        a = choice[at] if choice[at] >= 0 else m
        used[a] += 1
        if a < m:
            shared_used[shared_of[a]] += 1
        most = max(most, _offer(value, rows, at, a, gain, who))
    slack, cycle, moved = most * _ROUNDING, np.empty(len(arc), np.int64), np.empty((len(arc), 3), np.int64)
    for _ in range(n_cycles):
        _arcs(gain, arc, rooms, shared_of, used, shared_used)
        length = _find_cycle(arc, slack, cycle)
        if length == 0:
            _longest(arc, m, slack, path)
            return True
        _moves(cycle, length, who, m, moved)
        for step in range(length):
            if moved[step, 0] >= 0:
                _move(moved[step], choice, rooms, shared_of, used, shared_used)
        for step in range(length):
            if moved[step, 0] >= 0:
                _offer(value, rows, moved[step, 0], moved[step, 2], gain, who)
                _left_by(value, rows, choice, moved[step], gain, who)
    return False


@njit(cache=True)  # type: ignore[untyped-decorator]
def _offer(value: Any, rows: Ints, at: int, a: int, gain: Floats, who: Ints) -> float:
    """Note where a debtor in slot `a` (or waiting) would gain more by moving than all others there; its best value."""
    i, m, best = rows[at], value.shape[1], 0.0
    here = value[i, a] if a < m else 0.0
    for b in range(m + 1):
        there = value[i, b] if b < m else 0.0
        best = max(best, there)
        if b != a and there - here > gain[a, b]:
            gain[a, b], who[a, b] = there - here, at
    return best


@njit(cache=True)  # type: ignore[untyped-decorator]
def _arcs(gain: Floats, arc: Floats, rooms: Any, shared_of: Ints, used: Ints, shared_used: Ints) -> None:
    """What a move from node to node gains; between slots and limits nothing, where there is room or use."""
    room, shared_room = rooms
    m = len(room)
    for x in range(len(arc)):
        for y in range(len(arc)):
            arc[x, y] = gain[x, y] if x <= m and y <= m else -np.inf
    for b in range(m):
        limit = m + 1 + shared_of[b]
        if room[b] > 0:
            arc[b, limit] = 0.0
        if used[b] > 0:
            arc[limit, b] = 0.0
    for c in range(len(shared_room)):
        if shared_room[c] > 0:
            arc[m + 1 + c, m] = 0.0
        if shared_used[c] > 0:
            arc[m, m + 1 + c] = 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _find_cycle(arc: Floats, slack: float, cycle: Ints) -> int:
    """Write the nodes of a cycle that gains (Bellman and Ford) and give its length; 0 where there is none."""
    n = len(arc)
    far, parent = np.zeros(n), np.full(n, -1, np.int64)
    for _ in range(n + 1):
        changed = False
        for x in range(n):
            for y in range(n):
                if far[x] + arc[x, y] > far[y] + slack:
                    far[y], parent[y] = far[x] + arc[x, y], x
                    changed = True
        length = _loop_of(parent, cycle) if changed else 0
        if length or not changed:
            return length
    return 0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _loop_of(parent: Ints, cycle: Ints) -> int:
    """Write a loop among parents in the order in which it is walked forward; its length."""
    seen = np.full(len(parent), -1, np.int64)
    for start in range(len(parent)):
        x = start
        while x >= 0 and seen[x] < 0:
            seen[x] = start
            x = parent[x]
        if x >= 0 and seen[x] == start:
            length, y = 1, parent[x]
            while y != x:
                length, y = length + 1, parent[y]
            for step in range(length):
                cycle[length - 1 - step] = x
                x = parent[x]
            return length
    return 0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _moves(cycle: Ints, length: int, who: Ints, m: int, moved: Ints) -> None:
    """Write for each arc of a cycle the debtor who moves, from where and to where; -1 where none does."""
    for step in range(length):
        a, b = cycle[step], cycle[(step + 1) % length]
        moved[step, 0] = who[a, b] if a <= m and b <= m else -1
        moved[step, 1], moved[step, 2] = a, b


@njit(cache=True)  # type: ignore[untyped-decorator]
def _move(move: Ints, choice: Ints, rooms: Any, shared_of: Ints, used: Ints, shared_used: Ints) -> None:
    room, shared_room = rooms
    m = len(room)
    choice[move[0]] = move[2] if move[2] < m else -1
    for end in range(1, 3):
        slot, sign = move[end], 2 * end - 3
        used[slot] += sign
        if slot < m:
            room[slot] -= sign
            shared_room[shared_of[slot]] -= sign
            shared_used[shared_of[slot]] += sign


@njit(cache=True)  # type: ignore[untyped-decorator]
def _left_by(value: Any, rows: Ints, choice: Ints, move: Ints, gain: Floats, who: Ints) -> None:
    """Where the debtor who moved gained most of those in his old slot, find who does now."""
    m, a, any_gone = value.shape[1], move[1], False
    gone = np.zeros(m + 1, np.bool_)
    for b in range(m + 1):
        if who[a, b] == move[0]:
            gain[a, b], who[a, b], gone[b], any_gone = -np.inf, -1, True, True
    slot = a if a < m else -1
    for at in range(len(rows) if any_gone else 0):
        if choice[at] == slot:
            here = value[rows[at], a] if a < m else 0.0
            for b in range(m + 1):
                if gone[b]:
                    there = value[rows[at], b] if b < m else 0.0
                    if there - here > gain[a, b]:
                        gain[a, b], who[a, b] = there - here, at


@njit(cache=True)  # type: ignore[untyped-decorator]
def _longest(arc: Floats, start: int, slack: float, path: Floats) -> None:
    """Write the longest path from a node to each; there is no cycle that gains."""
    path[start] = 0.0
    changed = True
    while changed:
        changed = False
        for x in range(len(arc)):
            for y in range(len(arc)):
                if path[x] + arc[x, y] > path[y] + slack:
                    path[y] = path[x] + arc[x, y]
                    changed = True
