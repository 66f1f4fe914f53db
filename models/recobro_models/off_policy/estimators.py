"""Off-policy estimators: the value of a policy from decisions that another one took, with intervals.

Each estimate is the mean of one score a decision, so that its error follows from the scores; the decisions of a debtor
are taken as one draw (Liang and Zeger 1986). With few heavy weights the error is itself uncertain, which widens the
interval by Student's t at Satterthwaite's degrees of freedom (1946).

Source: Horvitz and Thompson 1952 (IPS); Hájek 1971, Swaminathan and Joachims 2015 (self-normalised); Robins, Rotnitzky
and Zhao 1994, Dudík, Langford and Li 2011 (doubly robust).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The share of intervals that are to hold the true value.
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Sample:
    """Decisions of a log as a target policy sees them, one a position.

    reward: what came after the decision that was taken.
    weight: the probability of that decision under the target over that under the log; 0 where the target decides
        otherwise.
    debtor: number of the debtor, 0 or more; decisions of one debtor are one draw.
    of_taken, of_target: what a model that has not seen the debtor expects of the decision taken and of the target's.
    """

    reward: Floats
    weight: Floats
    debtor: Ints
    of_taken: Floats
    of_target: Floats


class Interval(NamedTuple):
    """An estimate with its standard error and the ends of its 95 % interval, in the reward's unit a decision."""

    value: float
    error: float
    low: float
    high: float


class Estimate(NamedTuple):
    """The value of the target policy, and what it would have brought beyond what was done."""

    value: Interval
    difference: Interval


#: One score a decision, whose mean is the policy's value.
Estimator = Callable[[Sample], Floats]


def score_ips(sample: Sample) -> Floats:
    """Inverse propensity scores: unbiased where the propensities are true."""
    return sample.weight * sample.reward


def score_self_normalised(sample: Sample) -> Floats:
    """IPS with weights that sum to the number of decisions: a little bias for much less noise."""
    total = sample.weight.sum()
    if total <= 0:
        return np.full(len(sample.weight), np.nan)
    value = float(sample.weight @ sample.reward / total)
    return value + sample.weight * (sample.reward - value) * (len(sample.weight) / total)


def score_doubly_robust(sample: Sample) -> Floats:
    """The outcome model, put right by what it missed: unbiased where either it or the propensities are true."""
    return sample.of_target + sample.weight * (sample.reward - sample.of_taken)


#: By the name under which each is told.
ESTIMATORS: Final[Mapping[str, Estimator]] = MappingProxyType(
    {"ips": score_ips, "self_normalised_ips": score_self_normalised, "doubly_robust": score_doubly_robust}
)


def estimate(sample: Sample, estimator: Estimator) -> Estimate:
    """The target's value and its difference from what was done, with intervals.

    Example:
        >>> two = Sample(np.array([0.0, 6.0]), np.array([1.0, 1.0]), np.arange(2), np.zeros(2), np.zeros(2))
        >>> estimate(two, score_ips).value.value
        3.0
    """
    scores = estimator(sample)
    return Estimate(mean_by_debtor(scores, sample.debtor), mean_by_debtor(scores - sample.reward, sample.debtor))


def mean_by_debtor(scores: Floats, debtor: Ints) -> Interval:
    """The mean of the scores; those of a debtor err together."""
    mean = float(scores.mean())
    sums: Floats = np.bincount(debtor, scores - mean)[np.unique(debtor)].astype(np.float64)
    n, squares = len(sums), float(sums @ sums)
    if n < 2:
        return Interval(mean, float("nan"), float("nan"), float("nan"))
    error = float(np.sqrt(squares * n / (n - 1)) / len(scores))
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, _freedom(sums)))
    return Interval(mean, error, mean - reach, mean + reach)


def _freedom(sums: Floats) -> float:
    """Degrees of freedom of the error: as many as debtors where their sums are normal, fewer where few weigh most."""
    squares, fourths, n = float(sums @ sums), float((sums**4).sum()), len(sums)
    spread = fourths - squares**2 / n
    return max(2 * squares**2 / spread, 1.0) if spread > 0 else float(n - 1)


def effective_size(weight: Floats) -> float:
    """How many unweighted decisions would tell as much (Kish 1965)."""
    squares = float(weight @ weight)
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0
