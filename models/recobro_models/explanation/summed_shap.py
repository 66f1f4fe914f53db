"""SHAP values summed over what rows go through, such as the intervals ahead of a charge: each tree once for all of it.

Values are sums over leaves, so a weighted sum over rows that differ in a few columns only takes each tree once: of a
leaf the product over all other columns, times the weighted sum of the products over those few.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np

from recobro_models.explanation.shap_kernels import LANES, Rows, Scratch, add_trees
from recobro_models.explanation.tree_shap import Factors, Floats, Ints
from recobro_models.explanation.tree_text import Trees

#: Chunks at once: they and their values stay near the processor while tree after tree passes over them.
_BLOCK: Final = 16


class Stretches(NamedTuple):
    """What rows go through, the same for all of a kind.

    columns: of each kind's stretches, kind after kind; they stand last in what the trees were learnt from.
    bounds: where each kind's begin and, last, where all end.
    kind: by row. weights: (row, stretch of its kind) what each counts; behind a kind's own there may be others.
    """

    columns: Floats
    bounds: Ints
    kind: Ints
    weights: Floats


def summed_contributions(
    trees: Trees, own: Floats, stretches: Stretches, *, threads: int = 2, factors: Factors
) -> Floats:
    """The weighted sum of `tree_contributions` over the stretches of each row: one row a row of `own`, whose columns
    stand before those of the stretches. `factors`: those of `build_factors`."""
    chunks = _chunks(stretches.kind)
    values = np.zeros((len(own), trees.n_features))

    def add(first: int) -> None:
        here = chunks[first : first + _BLOCK]
        rows = _side_by_side(here, own, stretches)
        found = np.zeros((len(here), trees.n_features, LANES))
        add_trees(trees, factors, rows, (Scratch.of(trees, rows), found))
        for chunk, told in zip(here, found, strict=True):
            values[chunk] = told[:, : len(chunk)].T

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(add, range(0, len(chunks), _BLOCK)))
    return values


def _chunks(kind: Ints) -> list[Ints]:
    """Rows by number, as many of a kind together as are taken at once."""
    order = np.argsort(kind, kind="stable")
    starts = np.flatnonzero(np.diff(kind[order], prepend=-1))
    of_kind = np.split(order, starts[1:]) if len(order) else []
    return [rows[first : first + LANES] for rows in of_kind for first in range(0, len(rows), LANES)]


def _side_by_side(chunks: list[Ints], own: Floats, stretches: Stretches) -> Rows:
    columns = np.zeros((len(chunks), own.shape[1], LANES))
    weights = np.zeros((len(chunks), stretches.weights.shape[1], LANES))
    bounds = np.zeros((len(chunks), 3), np.int64)
    for at, rows in enumerate(chunks):
        kind = stretches.kind[rows[0]]
        columns[at, :, : len(rows)], weights[at, :, : len(rows)] = own[rows].T, stretches.weights[rows].T
        bounds[at] = len(rows), *stretches.bounds[kind : kind + 2]
    return Rows(columns, weights, np.ascontiguousarray(stretches.columns), bounds)
