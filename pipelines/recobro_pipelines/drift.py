"""Drift: how far a column's distribution has moved, as the size of the move and not as a p-value.

With enough rows every difference is significant; whether it matters is a question of its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: The field's rule of thumb for the index: below the first nothing moved, from the second on the column is another.
WATCH, ALERT = 0.10, 0.25
_BINS: Final = 10
_MOST_CATEGORIES: Final = 20
#: What every bin is taken to hold beside its rows, so that an empty one does not make the index infinite.
_EXTRA: Final = 0.5


@dataclass(frozen=True)
class Bins:
    """Bins of a column, learnt on one day and applied to another: numbers by `edges`, words by `categories`.

    The last bin is for what is missing; the one before it, of words, for those that were rare or absent then.
    """

    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] | None = None

    @classmethod
    def learn(cls, values: pd.Series[Any]) -> Bins:
        """Tenths of the numbers, or the commonest words."""
        known = values.dropna()
        if not pd.api.types.is_numeric_dtype(values):
            counts = known.astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable")
            return cls(categories=tuple(counts.index[:_MOST_CATEGORIES]))
        inner = np.linspace(0, 1, _BINS + 1)[1:-1]
        edges = np.unique(np.quantile(known.to_numpy(np.float64), inner)) if len(known) else np.empty(0)
        return cls(edges=tuple(float(edge) for edge in edges))

    def count(self, values: pd.Series[Any]) -> NDArray[np.float64]:
        """Rows in each bin."""
        if self.categories is None:
            known = values.dropna().to_numpy(np.float64)
            places, n = np.searchsorted(np.array(self.edges), known, side="left"), len(self.edges) + 1
        else:
            place = {name: at for at, name in enumerate(self.categories)}
            n = len(place) + 1
            places = values.dropna().astype(str).map(place).fillna(n - 1).to_numpy(np.int64)
        counts = np.bincount(places, minlength=n)
        return np.append(counts, values.isna().sum()).astype(np.float64)


def stability_index(then: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """The population stability index between two counts over the same bins; 0 where they are alike.

    It is the symmetric Kullback-Leibler divergence of the two shares. Source: Kullback and Leibler 1951; Siddiqi 2006.

    Example:
        >>> stability_index(np.array([50.0, 50.0]), np.array([50.0, 50.0]))
        0.0
    """
    p, q = ((counts + _EXTRA) / (counts + _EXTRA).sum() for counts in (then, now))
    return float(np.sum((q - p) * np.log(q / p)))


def measure_drift(then: pd.Series[Any], now: pd.Series[Any]) -> dict[str, Any]:
    """`index`, `level` (`steady`, `watch`, `moved`), and of numbers the medians `then` and `now`.

    Bins are learnt on `then`. A column empty on both days is steady.
    """
    bins = Bins.learn(then)
    index = stability_index(bins.count(then), bins.count(now)) if len(then) and len(now) else float("nan")
    level = "moved" if index >= ALERT else "watch" if index >= WATCH else "steady"
    medians = [_median(values) if bins.categories is None else None for values in (then, now)]
    return {"index": None if index != index else round(index, 4), "level": level, "then": medians[0], "now": medians[1]}


def _median(values: pd.Series[Any]) -> float | None:
    known = values.dropna()
    return round(float(known.median()), 4) if len(known) else None
