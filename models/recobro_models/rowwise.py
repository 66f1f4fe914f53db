"""Sums over columns that give a row the same last bit alone and among others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weigh(columns: Floats, weights: Floats) -> Floats:
    """`columns @ weights`, column by column in their order; BLAS sums a row in an order that depends on its neighbours.

    Example:
        >>> weigh(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 1.0])).tolist()
        [12.0, 34.0]
    """
    total: Floats = np.zeros((*columns.shape[:-1], *weights.shape[1:]))
    for at, weight in enumerate(weights):
        total += columns[..., at, None] * weight if weights.ndim > 1 else columns[..., at] * weight
    return total
