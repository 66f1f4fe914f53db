"""The reliability plot: what was predicted against what happened, as an SVG that needs nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_Z_95 = 1.959964
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_MOST_TICKS = 5


@dataclass(frozen=True)
class _Point:
    """A group of rows: mean predicted and seen rate, and the 95 % interval of the latter (Wilson 1927)."""

    n: int
    predicted: float
    seen: float
    low: float
    high: float


def build_reliability_plot(groups: pd.DataFrame, *, title: str = "Predicted against seen") -> str:
    """Draw `groups` (one row a group: `n`, mean `predicted`, `seen` rate; as `evaluation.calibration_table` gives).

    Both axes end where the points do, so that a model of rare events shows too.
    """
    known = groups.dropna(subset=["predicted", "seen"])
    points = [_point(row) for row in known.itertuples(index=False)]
    most = max((max(point.predicted, point.high) for point in points), default=1.0)
    ticks = _ticks(most)
    return str(template("reliability.svg.j2").render(points=points, ticks=ticks, most=ticks[-1], title=title))


def template(name: str) -> Any:
    """A template of the cards, with names escaped and unknown ones refused."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    cards = FileSystemLoader(Path(__file__).parent / "cards")
    environment = Environment(
        loader=cards, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    return environment.get_template(name)


def _point(row: Any) -> _Point:
    n, seen = int(row.n), float(row.seen)
    middle, spread = seen + _Z_95**2 / (2 * n), _Z_95 * np.sqrt(seen * (1 - seen) / n + _Z_95**2 / (4 * n * n))
    low, high = ((middle + sign * spread) / (1 + _Z_95**2 / n) for sign in (-1, 1))
    return _Point(n, float(row.predicted), seen, max(float(low), 0.0), min(float(high), 1.0))


def _ticks(most: float) -> list[float]:
    step = next((step for step in _STEPS if most / step <= _MOST_TICKS), _STEPS[-1])
    return [round(step * place, 4) for place in range(int(np.ceil(round(most / step, 9))) + 1)]
