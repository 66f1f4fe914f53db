"""Sums over columns that give a row the same last bit alone and among others."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weigh(columns: Floats, weights: Floats) -> Floats:
    """`columns @ weights`, column by column in their order; BLAS sums a row in an order that depends on its neighbours.

    Example:
        >>> weigh(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 1.0])).tolist()
        [12.0, 34.0]
    """
    n = len(weights)
    rows, each = (np.ascontiguousarray(one, np.float64) for one in (columns.reshape(-1, n), weights.reshape(n, -1)))
    return _weigh(rows, each).reshape((*columns.shape[:-1], *weights.shape[1:]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh(columns: Floats, weights: Floats) -> Floats:
    total = np.zeros((columns.shape[0], weights.shape[1]))
    for row in range(columns.shape[0]):
        for at in range(columns.shape[1]):
            for place in range(weights.shape[1]):
                total[row, place] += columns[row, at] * weights[at, place]
    return total
