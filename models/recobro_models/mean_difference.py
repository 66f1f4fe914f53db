"""What one group of debtors paid beyond another: a difference in means with its error, and how small a one can be seen.

Both groups were drawn by chance, so the plain difference is the effect; a forecast from before the draw takes out what
it explains of who pays how much and narrows the interval without moving what is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Fewer debtors, or payers, in a group say more about chance than about the group.
FEWEST: Final = 30
FEWEST_PAYING: Final = 5
#: Standard errors between nothing and an effect that a 95 % interval parts from nothing four times in five.
SEEN_AT: Final = 2.802


class Difference(NamedTuple):
    """Money per debtor: the estimate, its standard error, the ends of its 95 % interval."""

    estimate: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Outcomes:
    """One row a debtor and period: `paid`, `expected` (forecast before the draw), `is_control`, and whose (a number).

    A debtor may have several rows; they are taken as one draw.
    """

    paid: Floats
    expected: Floats
    is_control: Mask
    debtor: NDArray[np.int64]

    @property
    def is_enough(self) -> bool:
        """Whether both groups have debtors and payers enough for a difference to mean something."""
        groups = (self.is_control, ~self.is_control)
        return all(int(one.sum()) >= FEWEST and int((self.paid[one] > 0).sum()) >= FEWEST_PAYING for one in groups)

    def at(self, here: Mask) -> Outcomes:
        """The chosen rows alone."""
        return Outcomes(self.paid[here], self.expected[here], self.is_control[here], self.debtor[here])


def compare_means(of: Outcomes) -> tuple[Difference, bool]:
    """What the others paid beyond the control group, per row; and whether the forecast narrowed it.

    Source: Welch 1947 (unequal spreads); Deng, Xu, Kohavi and Walker 2013 (a covariate from before the experiment);
    Liang and Zeger 1986 (rows of one debtor together).
    """
    plain = _difference(of.paid, of)
    adjusted = _difference(of.paid - slope_of(of) * of.expected, of)
    is_narrower = adjusted.error < plain.error
    return (adjusted if is_narrower else plain), is_narrower


def slope_of(of: Outcomes) -> float:
    """Money paid per unit expected, within the groups."""
    paid, expected = _centred(of.paid, of.is_control), _centred(of.expected, of.is_control)
    spread = float(expected @ expected)
    return float(paid @ expected) / spread if spread > 0 else 0.0


def visible_effect(error: float) -> float:
    """The smallest effect that four comparisons of this error in five would tell from nothing (at 95 %)."""
    return SEEN_AT * error


def control_needed(of: Outcomes, effect: float) -> int | None:
    """How many of these debtors must be left alone to see an effect of this size; None: not even half would do.

    Example:
        >>> paid = np.tile([0.0, 100.0], 5000)
        >>> ones = Outcomes(paid, paid * 0, np.arange(10_000) % 100 < 2, np.arange(10_000))
        >>> control_needed(ones, 5.0)
        859
    """
    n = len(of.paid)
    # Of few debtors left alone the spread is hardly known; that of the many others is nearly the same.
    spread = float(of.paid[~of.is_control].var(ddof=1)) * (SEEN_AT / effect) ** 2
    # The smaller root of spread * (1 / control + 1 / (n - control)) = 1.
    square = n * n - 4 * n * spread
    return ceil((n - sqrt(square)) / 2) if square >= 0 else None


def _centred(values: Floats, is_control: Mask) -> Floats:
    return np.where(is_control, values - values[is_control].mean(), values - values[~is_control].mean())


def _difference(values: Floats, of: Outcomes) -> Difference:
    n = np.where(of.is_control, of.is_control.sum(), (~of.is_control).sum())
    spread = np.where(of.is_control, _control_spread(values, of.is_control), 1.0)
    parts = _centred(values, of.is_control) * spread / np.sqrt(n * (n - 1))
    of_each = np.bincount(of.debtor, np.where(of.is_control, -parts, parts))
    error = float(np.sqrt(of_each @ of_each))
    estimate = float(values[~of.is_control].mean() - values[of.is_control].mean())
    reach = float(stats.t.ppf(0.975, _freedom(parts, n, of.is_control))) * error
    return Difference(estimate, error, estimate - reach, estimate + reach)


def _control_spread(values: Floats, is_control: Mask) -> float:
    """By how much the control group's spread is taken for larger than it looks: it is at least that of the others.

    Amounts are skewed, so that a small group which drew few large ones has a low mean and a spread that hides it:
    intervals by its own spread alone hold the truth 90 times in 100.
    """
    own, others = float(values[is_control].std()), float(values[~is_control].std())
    return max(others / own, 1.0) if own > 0 else 1.0


def _freedom(parts: Floats, n: NDArray[np.int64], is_control: Mask) -> float:
    """Welch's degrees of freedom."""
    of_groups = [(float((parts[here] ** 2).sum()), int(n[here][0])) for here in (is_control, ~is_control)]
    below = sum(variance**2 / (size - 1) for variance, size in of_groups)
    return sum(variance for variance, _ in of_groups) ** 2 / below if below > 0 else float("inf")
