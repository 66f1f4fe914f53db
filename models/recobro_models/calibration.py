"""Calibration: probabilities put right on later data than they were learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recalibration:
    """A straight line on the log-odds (Platt 1999; Cox 1958): slope 1 and intercept 0 change nothing.

    `covariance` is how sure both are: variance of the intercept, covariance, variance of the slope.
    """

    intercept: float = 0.0
    slope: float = 1.0
    covariance: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def fit(
        cls,
        p: ArrayLike,
        happened: ArrayLike,
        *,
        tried: ArrayLike = 1,
        groups: NDArray[np.int64] | None = None,
        slope: float | None = None,
    ) -> Recalibration:
        """Fit to probabilities and how often it happened of the times it was tried.

        A weak ridge towards slope 1 keeps small samples from overturning the model; with one outcome only there is
        nothing to learn; where the ranking is upside down only the intercept is learnt. Rows of one of `groups` (whole
        numbers from 0 on; None: each row its own) are taken as dependent in the covariance. With a `slope` only the
        intercept is learnt.
        """
        z, y = log_odds(np.asarray(p, np.float64)), np.asarray(happened, np.float64)
        n = np.broadcast_to(np.asarray(tried, np.float64), y.shape)
        if y.size == 0 or y.sum() in (0, n.sum()):
            return cls(slope=slope or 1.0)
        columns = np.column_stack([np.ones_like(z), z])
        theta = _newton(columns, y, n, slope=slope)
        if slope is None and theta[1] <= _LEAST_SLOPE:
            # The order of the probabilities is kept, whatever was seen; their level can still be put right.
            theta = _newton(columns, y, n, slope=1.0)
        rest, curvature = _derivatives(columns, y, n, theta)
        return cls(float(theta[0]), float(theta[1]), _covariance(columns * rest[:, None], curvature, groups))

    def apply(self, p: Floats) -> Floats:
        """Recalibrated probabilities."""
        calibrated: Floats = 1 / (1 + np.exp(-self.apply_to_log_odds(log_odds(p))))
        return calibrated

    def apply_to_log_odds(self, z: Floats) -> Floats:
        """Recalibrated log-odds."""
        return self.intercept + self.slope * z

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Recalibration:
        """What `to_json` wrote."""
        return cls(told["intercept"], told["slope"], tuple(told["covariance"]))


_LEAST_SLOPE: Final = 0.1
#: Weight of intercept 0 and slope 1.
_RIDGE: Final = np.array([0.1, 10.0])


def _newton(columns: Floats, y: Floats, n: Floats, *, slope: float | None) -> Floats:
    """The most likely line, of that slope where one is given."""
    theta, free = np.array([0.0, 1.0 if slope is None else slope]), 2 if slope is None else 1
    for _ in range(30):
        rest, curvature = _derivatives(columns, y, n, theta)
        gradient = columns.T @ rest - _RIDGE * (theta - [0.0, 1.0])
        step = np.linalg.solve(curvature[:free, :free], gradient[:free])
        theta[:free] += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return theta


def _derivatives(columns: Floats, y: Floats, n: Floats, theta: Floats) -> tuple[Floats, Floats]:
    fitted = 1 / (1 + np.exp(-(columns @ theta)))
    return y - n * fitted, (columns * (n * fitted * (1 - fitted))[:, None]).T @ columns + np.diag(_RIDGE)


def _covariance(scores: Floats, curvature: Floats, groups: NDArray[np.int64] | None) -> tuple[float, float, float]:
    """The sandwich estimate with rows of one group kept together (Liang and Zeger 1986)."""
    if groups is not None:
        scores = np.column_stack([np.bincount(groups, scores[:, place]) for place in range(2)])
    bread = np.linalg.inv(curvature)
    found = bread @ (scores.T @ scores) @ bread
    return float(found[0, 0]), float(found[0, 1]), float(found[1, 1])


def log_odds(p: Floats) -> Floats:
    """Log-odds, kept finite."""
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds
