"""SHAP values of boosted trees in one pass down and one pass up each tree.

The value of a leaf is a game of the features on the way to it. With `one` 1 where a row's own value lets it through,
else 0, and `zero` the share of the training rows that get through there, the Shapley value of feature j is

    value (one_j - zero_j) ∫ Π_{k≠j} (t one_k + (1 - t) zero_k) dt   over t from 0 to 1,

a polynomial, so a Gauss-Legendre rule with half as many points as features gives it exactly. At each point the products
of a node's leaves are sums, so a decision is settled once for all leaves below it, not once a leaf. From one row to the
next only what lies below a decision that changed is done again. The values are those of LightGBM's `pred_contrib`
(path-dependent TreeSHAP).

Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees"; the
integral is the multilinear extension of Owen 1972.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recobro_data.errors import RecobroError
from recobro_models.explanation.tree_text import CATEGORY, DEFAULT_LEFT, MISSING_NAN, MISSING_ZERO, Table, Trees

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: By node, case and point, and how many points each tree has.
Factors = tuple[Floats, Floats, Ints]

#: Rows at once: they and their values stay near the processor while tree after tree passes over them.
_BLOCK: Final = 1024


def tree_contributions(trees: Trees, matrix: Floats, *, threads: int = 2, factors: Factors | None = None) -> Floats:
    """SHAP values in log-odds, one row a row of `matrix` and one column a feature.

    With `base_value` they add up to what the trees give for the row. `factors`: those of `build_factors`, for who
    asks the same trees again.

    Raises:
        RecobroError: the trees were learnt from other columns.
    """
    if matrix.shape[1] != trees.n_features:
        expected, found = f"{trees.n_features} columns, as the trees know", str(matrix.shape[1])
        raise RecobroError(expected, found, "Train again: `recobro train`.")
    rows = np.ascontiguousarray(matrix, np.float64)
    values = np.zeros_like(rows)
    tables = factors or build_factors(trees)

    def add(first: int) -> None:
        _add(trees, tables, rows[first : first + _BLOCK], values[first : first + _BLOCK])

    if len(rows) <= _BLOCK:
        add(0)
        return values
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(add, range(0, len(rows), _BLOCK)))
    return values


def build_factors(trees: Trees) -> Factors:
    """By node, case and point: what a decision multiplies the product by, and what the sum below it brings its feature;
    and how many points each tree has.

    The cases: 0 where the feature stopped the row further up already, 1 where it does so here, 2 where it does not.
    """
    n_points = _n_points(trees)
    t, weights = (np.repeat(of, np.diff(trees.bounds), axis=0) for of in _rules(n_points))
    # A side that no training row went down has next to none, so that what is divided by is never 0.
    zero, up = np.maximum(trees.nodes["zero"][:, None], 1e-100), _places_up(trees)
    stops, passes = (1 - t) * zero, t + (1 - t) * zero
    gain_stopped = -weights / 2 / (1 - t)
    gain_passed = weights / 2 * (1 - zero) / passes
    # What an earlier decision on the same feature brought is taken back: the last one speaks for it.
    none = (up < 0)[:, None]
    stops_up, passes_up = np.where(none, 1.0, stops[up]), np.where(none, 1.0, passes[up])
    gain_up = [np.where(none, 0.0, gain[up]) for gain in (gain_stopped, gain_passed)]
    factors = np.stack([stops / stops_up, stops / passes_up, passes / passes_up], axis=1)
    gains = np.stack([gain_stopped - gain_up[0], gain_stopped - gain_up[1], gain_passed - gain_up[1]], axis=1)
    return factors, gains, n_points


def _rules(n_points: Ints) -> tuple[Floats, Floats]:
    """Points between 0 and 1 and their weights, one row a tree; behind a tree's own points there are none."""
    t, weights = np.full((len(n_points), n_points.max()), 0.5), np.zeros((len(n_points), n_points.max()))
    for n in np.unique(n_points):
        points, own = np.polynomial.legendre.leggauss(n)
        t[n_points == n, :n], weights[n_points == n, :n] = (points + 1) / 2, own
    return t, weights


def _n_points(trees: Trees) -> Ints:
    """Of each tree half the most features on the way to a leaf or some more, in fours."""
    n_features = np.zeros(len(trees.nodes), np.int64)
    first = np.repeat(trees.bounds[:-1], np.diff(trees.bounds))
    for at in np.flatnonzero(trees.nodes["parent"] >= 0):
        n_features[at] = n_features[first[at] + trees.nodes["parent"][at]] + (trees.nodes["up"][at] < 0)
    most = np.maximum.reduceat(n_features, trees.bounds[:-1])
    return 4 * (np.maximum(most - 1, 0) // 8 + 1)


def _places_up(trees: Trees) -> Ints:
    """`up` counted over all trees."""
    up = trees.nodes["up"]
    return np.where(up < 0, -1, up + np.repeat(trees.bounds[:-1], np.diff(trees.bounds)))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add(trees: Trees, tables: Factors, rows: Floats, values: Floats) -> None:
    """Add every tree's values of every row; a row that a tree sends as the one before has the same from it."""
    _, bounds, nodes, words = trees
    factors, gains, n_points = tables
    most, width = np.diff(bounds).max(), factors.shape[2]
    left, one, case, moved = np.empty((4, most), np.int64)
    product, total, gained = np.empty((most, width)), np.empty((most, width)), np.empty(most)
    for tree in range(len(bounds) - 1):
        own = slice(bounds[tree], bounds[tree + 1])
        of_tree, n = nodes[own], n_points[tree]
        left[:], case[:] = -1, -1
        for row in range(len(rows)):
            if _decide(of_tree, words, rows[row], left):
                _go_down(of_tree, factors[own], (left, one, case, moved, n), (product, total))
                _come_up(of_tree, gains[own], (case, moved, n), (total, gained))
            for at in range(1, len(of_tree)):
                values[row, of_tree[of_tree[at].parent].feature] += gained[at]


# In both, four points at a time: loops as short as these gain nothing from what LLVM makes of them.

#: Of a node since the row before: its product is another one; only a sum below it is.
_PRODUCT: Final = 2
_SUM: Final = 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _go_down(nodes: Table, factors: Floats, state: tuple[Any, ...], sums: tuple[Floats, Floats]) -> None:
    """The product of each node that moved and, of a leaf, its value times that."""
    (left, one, case, moved, n), (of, total) = state, sums
    one[0], of[0], total[0], moved[0] = 1, 1.0, 0.0, 0
    for at in range(1, len(nodes)):
        parent, value, up = nodes[at].parent, nodes[at].value, nodes[at].up
        before = one[up] if up >= 0 else 1
        one[at] = before & (left[parent] == nodes[at].goes_left)
        way = before + one[at]
        moved[at] = _PRODUCT if moved[parent] == _PRODUCT or way != case[at] else 0
        if not moved[at]:
            continue
        case[at] = way
        _mark_up(nodes, parent, moved, total)
        for p in range(0, n, 4):
            a, b = of[parent, p] * factors[at, way, p], of[parent, p + 1] * factors[at, way, p + 1]
            c, d = of[parent, p + 2] * factors[at, way, p + 2], of[parent, p + 3] * factors[at, way, p + 3]
            of[at, p], of[at, p + 1], of[at, p + 2], of[at, p + 3] = a, b, c, d
            total[at, p], total[at, p + 1] = a * value, b * value
            total[at, p + 2], total[at, p + 3] = c * value, d * value


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _mark_up(nodes: Table, at: int, moved: Ints, total: Floats) -> None:
    """From a node up, the sums that are to be made again."""
    while at >= 0 and not moved[at]:
        moved[at], total[at] = _SUM, 0.0
        at = nodes[at].parent


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _come_up(nodes: Table, gains: Floats, state: tuple[Any, ...], sums: tuple[Floats, Floats]) -> None:
    """Each node's sum over its leaves where it moved, and what it brings the feature that its parent asks for."""
    (case, moved, n), (total, gained) = state, sums
    for at in range(len(nodes) - 1, 0, -1):
        parent, way, brought = nodes[at].parent, case[at], 0.0
        if not moved[parent]:
            continue
        for p in range(0, n, 4):
            a, b, c, d = total[at, p], total[at, p + 1], total[at, p + 2], total[at, p + 3]
            brought += (a * gains[at, way, p] + b * gains[at, way, p + 1]) + (
                c * gains[at, way, p + 2] + d * gains[at, way, p + 3]
            )
            total[parent, p] += a
            total[parent, p + 1] += b
            total[parent, p + 2] += c
            total[parent, p + 3] += d
        gained[at] = brought


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _decide(nodes: Table, words: Ints, row: Floats, left: Ints) -> bool:
    """Where the row goes at each node, 1 for left, and whether that is another way than `left` held."""
    differs = False
    for at in range(len(nodes)):
        node = nodes[at]
        if node.feature >= 0:
            is_left = goes_left(node, words, row[node.feature])
            differs |= left[at] != is_left
            left[at] = is_left
    return differs


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def goes_left(node: Any, words: Ints, value: float) -> Any:
    """1 where a node sends a value to the left, else 0; for compiled callers."""
    decision, is_nan = node.decision, np.isnan(value)
    if decision & CATEGORY:
        if is_nan or value <= -1 or node.first_word + int(value) // 32 >= node.end_word:
            return 0
        return words[node.first_word + int(value) // 32] >> (int(value) % 32) & 1
    if (is_nan and decision & (MISSING_NAN | MISSING_ZERO)) or (decision & MISSING_ZERO and abs(value) <= 1e-35):
        return 1 if decision & DEFAULT_LEFT else 0
    return 1 if (0.0 if is_nan else value) <= node.threshold else 0
