"""The days ahead as the intervals they cross: from the chance of a day's payment to that of none in all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recobro_models.calibration import Recalibration
from recobro_models.event_grid import Intervals

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrossedDays:
    """The intervals that the days ahead of `n_rows` charges cross: `days` of each, and the chance of a day's payment.

    raw: log-odds of being paid on a day of the interval, as they were learnt.
    find_error: gives the standard error of `raw`, which only intervals ask for.
    line: what recalibrates them.
    """

    n_rows: int
    intervals: Intervals
    days: NDArray[np.int64]
    raw: Floats
    find_error: Callable[[], Floats]
    line: Recalibration

    def recalibrated(self, line: Recalibration) -> CrossedDays:
        """The same days by another recalibration."""
        return replace(self, line=line)

    def until(self, day: int) -> CrossedDays:
        """No further than a day ahead."""
        return replace(self, days=np.clip(day - self.intervals.first_day + 1, 0, self.days))

    def unpaid(self) -> Floats:
        """Probability of no payment in all the days, one number a charge."""
        return np.exp(-self._summed(self._hazard() * self.days))

    def unpaid_interval(self, level: float) -> tuple[Floats, Floats]:
        """Between which two numbers `unpaid` lies with probability `level`.

        The logarithm of its logarithm is taken as normal (Kalbfleisch and Prentice 1980), so that both stay within 0
        and 1.
        """
        from scipy.stats import norm

        total = self._summed(self._hazard() * self.days)
        factor = np.exp(norm.ppf(0.5 + level / 2) * self._relative_error(total))
        return np.exp(-total * factor), np.exp(-total / factor)

    def paid_by_day(self, n_days: int) -> Floats:
        """Probability of being paid by each of `n_days` ahead, one row a charge; all cross as many."""
        each = np.repeat(self._hazard(), self.days)
        by_day: Floats = -np.expm1(-np.cumsum(each.reshape(self.n_rows, n_days), axis=1))
        return by_day

    def _log_odds(self) -> Floats:
        return self.line.apply_to_log_odds(self.raw)

    def _hazard(self) -> Floats:
        """What a day of each interval takes off the logarithm of staying unpaid."""
        hazard: Floats = np.logaddexp(0, self._log_odds())
        return hazard

    def _summed(self, each: Floats) -> Floats:
        summed: Floats = np.bincount(self.intervals.row, each, minlength=self.n_rows).astype(np.float64)
        return summed

    def _relative_error(self, total: Floats) -> Floats:
        """Standard error of the logarithm of `total`; the errors of `raw` are the same mistake in all of a charge's
        intervals, those of the line are as sure as its covariance says."""
        v0, v01, v1 = self.line.covariance
        weight = self.days / (1 + np.exp(-self._log_odds())) / np.maximum(total, 1e-300)[self.intervals.row]
        level, slope = self._summed(weight), self._summed(weight * self.raw)
        learning = self._summed(weight * self.line.slope * self.find_error())
        return np.sqrt(np.maximum(v0 * level**2 + 2 * v01 * level * slope + v1 * slope**2, 0) + learning**2)
