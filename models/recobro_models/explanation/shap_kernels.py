"""The loops of `summed_shap`: many rows side by side through one tree, one point of integration after the other.

Rows stand next to each other in memory, so that the processor takes several at once, and each gets the same bits
whatever stands beside it. What a tree asks of a stretch is the same for all rows of a chunk and settled once for them;
stretches that a tree sends the same way are one to it, with the sum of their weights.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recobro_models.explanation.tree_shap import Factors, Floats, Ints, goes_left
from recobro_models.explanation.tree_text import Table, Trees

#: Rows of a chunk at most: what they need of one tree stays near the processor.
LANES: Final = 64


class Rows(NamedTuple):
    """Rows in chunks of up to `LANES` that go through the same stretches.

    columns: (chunk, own column, row). weights: (chunk, stretch, row). stretches: their columns, all one after the
    other. bounds: by chunk, how many rows there are, and its first and last stretch.
    """

    columns: Floats
    weights: Floats
    stretches: Floats
    bounds: Ints


class Layout(NamedTuple):
    """Of a tree's nodes. crosses: whether the parent asks for a stretch's column. near: the nearest such node above,
    itself included, 0 for none. has_below: whether more such nodes stand below it. source: the nearest other node.
    """

    crosses: NDArray[np.bool_]
    near: Ints
    has_below: NDArray[np.bool_]
    source: Ints


class Cases(NamedTuple):
    """By node and row, or way of stretches: whether it goes left, whether its own values let it through so far, and the
    case of `build_factors`."""

    left: Ints
    one: Ints
    case: Ints


class Sums(NamedTuple):
    """Of one point. product: by node and row, of the decisions on own columns. crossed: by node and way, of the others.
    counted: by node and row, the weighted sum of the latter. below: by node, before and after stretches are counted,
    and row, the sum over its leaves; of_ways: by node, way and row. total: a row of it.
    """

    product: Floats
    crossed: Floats
    counted: Floats
    below: Floats
    of_ways: Floats
    total: Floats


class Scratch(NamedTuple):
    """What is worked in, made once for all trees and chunks. way_of: by stretch; weight: by way and row."""

    layout: Layout
    own: Cases
    ways: Cases
    way_of: Ints
    weight: Floats
    sums: Sums

    @classmethod
    def of(cls, trees: Trees, rows: Rows) -> Scratch:
        """For those trees and rows."""
        n, ways = int(np.diff(trees.bounds).max()), rows.weights.shape[1]
        layout = Layout(np.zeros(n, np.bool_), np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.int64))
        own, crossed = (Cases(*(np.empty((n, width), np.int64) for _ in range(3))) for width in (LANES, ways))
        shapes = ((n, LANES), (n, ways), (n, LANES), (n, 2, LANES), (n, ways, LANES), (LANES,))
        sums = Sums(*(np.empty(shape) for shape in shapes))
        return cls(layout, own, crossed, np.empty(ways, np.int64), np.empty((ways, LANES)), sums)


# In all of these arrays are taken out of what holds them before any loop: each taking counts references.


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def add_trees(trees: Trees, tables: Factors, rows: Rows, to: tuple[Scratch, Floats]) -> None:
    """Add to the values (chunk, column, row) what every tree brings each row over its stretches."""
    _, bounds, nodes, words = trees
    factors, gains, n_points = tables
    (layout, own, ways, way_of, weight, sums), values = to
    for tree in range(len(bounds) - 1):
        here = slice(bounds[tree], bounds[tree + 1])
        of_tree, n_own = nodes[here], rows.columns.shape[1]
        _lay_out(of_tree, n_own, layout)
        for chunk in range(len(values)):
            n_rows, first, last = rows.bounds[chunk]
            _decide(of_tree, words, (rows.columns[chunk], n_rows, layout.crosses), own)
            n_ways = _find_ways(of_tree, words, (rows.stretches[first:last], n_own), (ways, way_of))
            _settle_ways(of_tree, n_ways, layout.crosses, ways)
            _weigh(rows.weights[chunk], (way_of, last - first), n_rows, weight)
            n, cases = (n_ways, n_rows), (layout, own.case, ways.case, weight)
            for point in range(n_points[tree]):
                _go_down(of_tree, factors[here, :, point], (n, cases), sums)
                _come_up(of_tree, gains[here, :, point], (n, cases), (sums, values[chunk]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _lay_out(nodes: Table, n_own: int, layout: Layout) -> None:
    """Which nodes stand below a decision on a stretch, and between them."""
    crosses, near, has_below, source = layout
    for at in range(1, len(nodes)):
        parent = nodes[at].parent
        crosses[at], has_below[at] = nodes[parent].feature >= n_own, False
        near[at] = at if crosses[at] else near[parent]
        source[at] = source[parent] if crosses[at] else at
        if crosses[at]:
            has_below[near[parent]] = True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _decide(nodes: Table, words: Ints, rows: tuple[Floats, int, Any], cases: Cases) -> None:
    """The case of each row at each node below a decision on a column of its own."""
    (columns, n_rows, crosses), (left, one, case) = rows, cases
    for at in range(len(nodes)):
        node = nodes[at]
        if at > 0 and not crosses[at]:
            for row in range(n_rows):
                before = one[node.up, row] if node.up >= 0 else 1
                one[at, row] = before & (left[node.parent, row] == node.goes_left)
                case[at, row] = before + one[at, row]
        if 0 <= node.feature < len(columns):
            for row in range(n_rows):
                left[at, row] = goes_left(node, words, columns[node.feature, row])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _find_ways(nodes: Table, words: Ints, stretches: tuple[Floats, int], to: tuple[Cases, Ints]) -> int:
    """The ways that stretches take through a tree: of each which, and how many there are. A way is another one than
    the stretch before took."""
    (columns, n_own), ((left, _, _), way_of) = stretches, to
    n_ways = 0
    for stretch in range(len(columns)):
        differs = n_ways == 0
        for at in range(len(nodes)):
            node = nodes[at]
            if node.feature >= n_own:
                left[at, n_ways] = goes_left(node, words, columns[stretch, node.feature - n_own])
                differs |= n_ways > 0 and left[at, n_ways - 1] != left[at, n_ways]
        n_ways += differs
        way_of[stretch] = n_ways - 1
    return n_ways


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _settle_ways(nodes: Table, n_ways: int, crosses: Any, ways: Cases) -> None:
    """The case of each way at each node below a decision on a stretch."""
    left, one, case = ways
    for at in range(1, len(nodes)):
        node = nodes[at]
        if crosses[at]:
            for way in range(n_ways):
                before = one[node.up, way] if node.up >= 0 else 1
                one[at, way] = before & (left[node.parent, way] == node.goes_left)
                case[at, way] = before + one[at, way]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh(weights: Floats, ways: tuple[Ints, int], n_rows: int, weight: Floats) -> None:
    """The weight of each way: the sum over the stretches that take it."""
    way_of, n_stretches = ways
    weight[:] = 0.0
    for stretch in range(n_stretches):
        way = way_of[stretch]
        for row in range(n_rows):
            weight[way, row] += weights[stretch, row]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _go_down(nodes: Table, factors: Floats, state: tuple[Any, ...], sums: Sums) -> None:
    """The products on the way to each node and, of a leaf, its value times those."""
    (n, (layout, case, way_case, weight)) = state
    (crosses, near, has_below, source), (product, crossed, counted, below, of_ways, _) = layout, sums
    product[0], counted[0], crossed[0], below[0] = 1.0, 0.0, 1.0, 0.0
    for way in range(n[0]):
        for row in range(n[1]):
            counted[0, row] += weight[way, row]
    for at in range(1, len(nodes)):
        parent = nodes[at].parent
        if crosses[at]:
            _cross(at, near[parent], (n, factors, way_case), (weight, crossed, counted))
            for way in range(n[0] if has_below[at] else 0):
                for row in range(n[1]):
                    of_ways[at, way, row] = 0.0
        else:
            _pass(at, source[parent], (n[1], factors, case), product)
        if nodes[at].feature < 0:
            _end(at, nodes[at].value, (n[1], source[at], near[at]), (product, counted, below))
        else:
            for side in range(2):
                for row in range(n[1]):
                    below[at, side, row] = 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cross(at: int, above: int, state: tuple[Any, ...], sums: tuple[Floats, ...]) -> None:
    """The product of each way below a decision on a stretch, and by row their weighted sum."""
    ((n_ways, n_rows), factors, case), (weight, crossed, counted) = state, sums
    for row in range(n_rows):
        counted[at, row] = 0.0
    for way in range(n_ways):
        passed = crossed[above, way] * factors[at, case[at, way]]
        crossed[at, way] = passed
        for row in range(n_rows):
            counted[at, row] += weight[way, row] * passed


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pass(at: int, above: int, state: tuple[Any, ...], product: Floats) -> None:
    """The product of each row below a decision on a column of its own."""
    n_rows, factors, case = state
    stopped, stops, passes = factors[at, 0], factors[at, 1], factors[at, 2]
    for row in range(n_rows):
        factor = passes if case[at, row] == 2 else stops if case[at, row] == 1 else stopped
        product[at, row] = product[above, row] * factor


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _end(at: int, value: float, where: tuple[int, int, int], sums: tuple[Floats, ...]) -> None:
    """A leaf's value times the products, without those of the stretches and with them."""
    (n_rows, source, near), (product, counted, below) = where, sums
    for row in range(n_rows):
        below[at, 0, row] = product[source, row] * value
    for row in range(n_rows):
        below[at, 1, row] = below[at, 0, row] * counted[near, row]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _come_up(nodes: Table, gains: Floats, state: tuple[Any, ...], to: tuple[Sums, Floats]) -> None:
    """Each node's sum over its leaves, and what it brings the column that its parent asks for."""
    (n, (layout, case, way_case, weight)), (sums, values) = state, to
    (crosses, near, has_below, _), (_, crossed, _, below, of_ways, total) = layout, sums
    for at in range(len(nodes) - 1, 0, -1):
        parent, column = nodes[at].parent, nodes[nodes[at].parent].feature
        if crosses[at]:
            where = (near[parent], column, has_below[at])
            _cross_back(at, where, (n, gains, way_case), (weight, crossed, below, of_ways, total, values))
        else:
            stopped, stops, passes = gains[at, 0], gains[at, 1], gains[at, 2]
            for row in range(n[1]):
                gain = passes if case[at, row] == 2 else stops if case[at, row] == 1 else stopped
                values[column, row] += below[at, 1, row] * gain
            for row in range(n[1]):
                below[parent, 0, row] += below[at, 0, row]
        for row in range(n[1]):
            below[parent, 1, row] += below[at, 1, row]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cross_back(at: int, where: tuple[int, int, Any], state: tuple[Any, ...], sums: tuple[Floats, ...]) -> None:
    """The same at a node below a decision on a stretch, way by way."""
    (above, column, has_below), ((n_ways, n_rows), gains, case) = where, state
    weight, crossed, below, of_ways, total, values = sums
    for way in range(n_ways):
        gain, passed = gains[at, case[at, way]], crossed[at, way]
        for row in range(n_rows):
            total[row] = passed * below[at, 0, row]
        if has_below:
            for row in range(n_rows):
                total[row] += of_ways[at, way, row]
        for row in range(n_rows):
            values[column, row] += weight[way, row] * gain * total[row]
        if above > 0:
            for row in range(n_rows):
                of_ways[above, way, row] += total[row]
