"""A logistic regression for few rows: drawn towards what was believed before, and each portfolio towards all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.rowwise import weigh

Floats = NDArray[np.float64]

#: How far the level, a column's weight (per standard deviation) and a portfolio are thought to lie from their parent,
#: in log-odds.
_SPREADS: Final = {"level": 1.0, "column": 0.3, "portfolio": 0.4}


@dataclass(frozen=True)
class ShrunkLogit:
    """Log-odds are an offset (what was believed before), plus `level`, `slopes` of the columns, and the portfolio's.

    Columns are measured in deviations from the mean they had at learning; a missing one counts as that mean.
    """

    level: float = 0.0
    slopes: tuple[float, ...] = ()
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    portfolios: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def fit(
        cls, columns: Floats, happened: Floats, offset: Floats, *, weight: Floats, portfolios: NDArray[np.object_]
    ) -> ShrunkLogit:
        """The most likely model given the rows and the spreads (maximum a posteriori, by Newton's method).

        `weight` says how many rows each one stands for; portfolios are drawn towards all by what is left unexplained.
        """
        centre, spread = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        design = np.column_stack([np.ones(len(columns)), _measured(columns, centre, scale)])
        spreads = [_SPREADS["level"], *[_SPREADS["column"]] * columns.shape[1]]
        theta = _most_likely(design, happened, offset, weight, precision=1 / np.square(spreads))
        p = _chance(offset + design @ theta)
        own = {
            str(name): _own_level(happened[here], p[here], weight[here])
            for name in sorted(set(portfolios)) for here in [portfolios == name]
        }  # fmt: skip
        return cls(float(theta[0]), tuple(theta[1:]), tuple(centre), tuple(scale), own)

    def predict(self, columns: Floats, offset: Floats, portfolios: NDArray[np.object_]) -> Floats:
        """Probability of each row; a portfolio that was never seen has the level of all."""
        z = offset + self.level + np.array([self.portfolios.get(str(name), 0.0) for name in portfolios])
        if self.slopes:
            measured = _measured(columns, np.array(self.centre), np.array(self.scale))
            z = z + weigh(measured, np.array(self.slopes))
        return _chance(z)

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        lists = {name: [float(value) for value in getattr(self, name)] for name in ("slopes", "centre", "scale")}
        return {"level": self.level, **lists, "portfolios": dict(self.portfolios)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> ShrunkLogit:
        """What `to_json` wrote."""
        slopes, centre, scale = (tuple(told[name]) for name in ("slopes", "centre", "scale"))
        return cls(told["level"], slopes, centre, scale, told["portfolios"])


def _measured(columns: Floats, centre: Floats, scale: Floats) -> Floats:
    return np.nan_to_num((columns - centre) / scale, nan=0.0).clip(-4, 4)


def _chance(z: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-z))
    return chance


def _most_likely(design: Floats, happened: Floats, offset: Floats, weight: Floats, *, precision: Floats) -> Floats:
    theta = np.zeros(design.shape[1])
    for _ in range(50):
        p = _chance(offset + design @ theta)
        slope = design.T @ (weight * (happened - p)) - precision * theta
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(precision)
        step = np.clip(np.linalg.solve(bend, slope), -1, 1)
        theta += step
        if np.abs(step).max() < 1e-8:
            break
    return theta


def _own_level(happened: Floats, p: Floats, weight: Floats) -> float:
    """One portfolio's distance from all, drawn to nothing as far as its rows are few."""
    one = np.ones((len(p), 1))
    offset = np.log(p) - np.log1p(-p)
    return float(_most_likely(one, happened, offset, weight, precision=np.array([_SPREADS["portfolio"] ** -2]))[0])
