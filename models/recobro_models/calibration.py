"""Calibration: probabilities put right on later data than they were learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recalibration:
    """A straight line on the log-odds (Platt 1999; Cox 1958): slope 1 and intercept 0 change nothing."""

    intercept: float = 0.0
    slope: float = 1.0

    @classmethod
    def fit(cls, p: ArrayLike, happened: ArrayLike) -> Recalibration:
        """Fit to probabilities and what happened; with one outcome only there is nothing to learn.

        A weak ridge towards slope 1 keeps small samples from overturning the model.
        """
        z, y = log_odds(np.asarray(p, np.float64)), np.asarray(happened, np.float64)
        if y.size == 0 or y.min() == y.max():
            return cls()
        theta = np.array([0.0, 1.0])
        columns = np.column_stack([np.ones_like(z), z])
        for _ in range(30):
            fitted = 1 / (1 + np.exp(-(columns @ theta)))
            gradient = columns.T @ (y - fitted) - np.array([0.1 * theta[0], 10.0 * (theta[1] - 1)])
            curvature = (columns * (fitted * (1 - fitted))[:, None]).T @ columns + np.diag([0.1, 10.0])
            step = np.linalg.solve(curvature, gradient)
            theta += np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-9:
                break
        return cls(float(theta[0]), float(theta[1])) if theta[1] > 0.1 else cls()

    def apply(self, p: Floats) -> Floats:
        """Recalibrated probabilities."""
        calibrated: Floats = 1 / (1 + np.exp(-(self.intercept + self.slope * log_odds(p))))
        return calibrated


def log_odds(p: Floats) -> Floats:
    """Log-odds, kept finite."""
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds
