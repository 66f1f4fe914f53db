"""The bootstrap by debtor: how often each debtor is drawn, and what a difference is worth under it.

Debtors are drawn, not rows, because the charges of one debtor are paid or left together. A debtor is drawn as often as
a Poisson variable of mean 1 says: for the means and ratios that we measure this equals drawing with replacement, and
needs no total to come out (Chamandy, Muralidharan, Najmi and Naidu 2012).
"""

from __future__ import annotations

from math import exp, factorial
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recobro_models.calibration import log_odds

Floats = NDArray[np.float64]

#: What the intervals leave out on each side.
TAIL: Final = 0.025
_ROUNDS: Final = 500
_SEED: Final = 1
#: Draws held at once: what is computed from them takes eight bytes each.
_AT_ONCE: Final = 4_000_000


class Gain(NamedTuple):
    """A mean difference, its standard error, and the ends of its 95 % interval."""

    mean: float
    error: float
    low: float
    high: float


def draw_counts(n_debtors: int, n_rounds: int, *, seed: int = _SEED) -> NDArray[np.int8]:
    """How often each debtor (a column) is drawn in each round (a row)."""
    # A table of 65,536 equally likely answers draws twenty times as fast as the distribution itself.
    up_to = np.cumsum([exp(-1) / factorial(times) for times in range(10)])
    answers = np.searchsorted(up_to, (np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.int8)
    rng = np.random.default_rng(seed)
    return answers[rng.integers(0, 1 << 16, (n_rounds, n_debtors), np.uint16)]


def compare_losses(
    happened: ArrayLike, p_new: ArrayLike, p_old: ArrayLike, *, debtors: ArrayLike, n_rounds: int = _ROUNDS
) -> Gain:
    """Mean gain in log loss of `p_new` over `p_old` on the same rows, by paired bootstrap of the debtors.

    NaN where there is no row; of one debtor alone nothing can be said, and the interval is all numbers.
    """
    y = np.asarray(happened, np.float64)
    lost_new, lost_old = (log_loss_of_each(y, np.asarray(p, np.float64)) for p in (p_new, p_old))
    return bootstrap_mean(lost_old - lost_new, debtors, n_rounds=n_rounds)


def log_loss_of_each(happened: Floats, p: Floats) -> Floats:
    """The log loss of each row, finite even where a certainty failed."""
    z = log_odds(p)
    loss: Floats = np.logaddexp(0, z) - happened * z
    return loss


def bootstrap_mean(values: Floats, debtors: ArrayLike, *, n_rounds: int = _ROUNDS) -> Gain:
    """Mean of the rows' values with its error and interval, debtors drawn together with all their rows."""
    if not len(values):
        return Gain(*[float("nan")] * 4)
    code, names = pd.factorize(np.asarray(debtors), sort=True)
    sums: Floats = np.bincount(code, values).astype(np.float64)
    sizes: Floats = np.bincount(code).astype(np.float64)
    mean = float(values.mean())
    if len(names) < 2:
        return Gain(mean, float("inf"), float("-inf"), float("inf"))
    means = np.concatenate([_means(counts, sums, sizes) for counts in _in_chunks(len(names), n_rounds)])
    low, high = np.nanquantile(means, [TAIL, 1 - TAIL])
    return Gain(mean, float(np.nanstd(means)), float(low), float(high))


def _means(counts: NDArray[np.int8], sums: Floats, sizes: Floats) -> Floats:
    drawn = counts.astype(np.float64)
    rows = drawn @ sizes
    return np.divide(drawn @ sums, rows, out=np.full(len(rows), np.nan), where=rows > 0)


def _in_chunks(n_debtors: int, n_rounds: int) -> Any:
    step = max(_AT_ONCE // n_debtors, 1)
    for first in range(0, n_rounds, step):
        # Each chunk has a seed of its own, so that the first draws are those of a smaller number of rounds.
        yield draw_counts(n_debtors, min(step, n_rounds - first), seed=_SEED + first)
