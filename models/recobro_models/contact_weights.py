"""A logistic regression drawn to what is believed beforehand (a Gaussian prior), by Newton's method.

Columns are weighed on the scale of their own spread, so that the prior says the same of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.contact_base import logistic

Floats = NDArray[np.float64]

#: How far a column's weight is thought to lie from its prior, in log-odds for a standard deviation of the column.
_SPREAD: Final = 0.15
#: A column that hardly changes is weighed as if it changed by this much, or chance would give it any weight.
_LEAST_SCALE: Final = 0.05
_ROUNDS: Final = 25


def fit_weights(columns: Floats, seen: tuple[Floats, Floats], prior: Sequence[float]) -> tuple[float, Floats]:
    """The intercept, and a weight a column.

    Args:
        columns: one row a trial.
        seen: 1 or 0, and what the trial counts as.
        prior: a weight for each column, as it is before anything is learnt.
    """
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    used = np.flatnonzero(spread > 1e-9)
    scale = np.maximum(spread[used], _LEAST_SCALE)
    matrix = np.column_stack([np.ones(len(columns)), (columns[:, used] - centre[used]) / scale])
    believed = np.concatenate([[0.0], np.array(prior)[used] * scale])
    precision = np.concatenate([[1e-6], np.full(len(used), _SPREAD**-2)])
    theta = _newton(matrix, seen, believed, precision)
    weights = np.array(prior, np.float64)
    weights[used] = theta[1:] / scale
    # A column that never changed keeps its prior weight, which the intercept then makes up for.
    return float(theta[0] - weights @ centre), weights


def _newton(matrix: Floats, seen: tuple[Floats, Floats], believed: Floats, precision: Floats) -> Floats:
    theta, (happened, counts) = believed.copy(), seen
    for _ in range(_ROUNDS):
        p = logistic(matrix @ theta)
        score = matrix.T @ (counts * (happened - p)) - precision * (theta - believed)
        curvature = (matrix.T * (counts * p * (1 - p))) @ matrix + np.diag(precision)
        step = np.linalg.solve(curvature, score)
        # A step of more than two standard deviations overshoots where almost nothing happened.
        theta = theta + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return theta
