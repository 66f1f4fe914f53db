"""Which of two policies brings more money per debtor, with an interval that may be looked at every day.

An interval of fixed size holds the truth 95 times in 100 when it is looked at once; looked at daily until it parts from
nothing, it cries wolf far more often. A confidence sequence holds the truth on all days at once.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Final, NamedTuple

import numpy as np

from recobro_models.mean_difference import Outcomes, slope_of

#: Debtors whom each policy must have had before anything is said: the theory is of many.
FEWEST: Final = 100
#: Debtors at which the sequence is narrowest; fixed before anybody looks.
_NARROWEST_AT: Final = 2000
_ALPHA: Final = 0.05


class Sequence(NamedTuple):
    """Money per debtor that the challenger brings beyond the champion: so far, and what it may be."""

    estimate: float
    low: float
    high: float


def compare_so_far(of: Outcomes) -> Sequence | None:
    """The difference between the challenger's debtors and the champion's (`of.is_control`); None: too few of either.

    Each debtor counts once, when its horizon is over, in any order that does not look at what it paid. The forecast
    takes out what it explains. With at least `FEWEST` of each, the chance that the sequence ever leaves out the truth
    tends to 5 %.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Time-uniform central limit theory and asymptotic
    confidence sequences (the two-sided boundary of a Gaussian mixture); Lin 2013 (adjusting in an experiment).
    """
    arms = (of.is_control, ~of.is_control)
    if min(int(arm.sum()) for arm in arms) < FEWEST:
        return None
    values = of.paid - slope_of(of) * of.expected
    n = len(values)
    means = [float(values[arm].mean()) for arm in arms]
    # The variance of one debtor's share in the difference: arms of n1 and n2 weigh n/n1 and n/n2.
    variance = sum(float(values[arm].var(ddof=1)) * n / int(arm.sum()) for arm in arms)
    reach = sqrt(variance) * boundary(n)
    estimate = means[1] - means[0]
    return Sequence(estimate, estimate - reach, estimate + reach)


def boundary(n: int) -> float:
    """Half the width of the sequence after `n` debtors, for a standard deviation of 1.

    Example:
        >>> round(boundary(2000) / (1.96 / 2000**0.5), 2)
        1.55
    """
    spread = n * _rho_squared() + 1
    return sqrt(2 * spread / (n * n * _rho_squared()) * log(sqrt(spread) / _ALPHA))


def _rho_squared() -> float:
    """The mixture's variance for which the boundary is narrowest at `_NARROWEST_AT` (the authors' appendix)."""
    return float((-2 * log(_ALPHA) + np.log(-2 * log(_ALPHA) + 1)) / _NARROWEST_AT)
