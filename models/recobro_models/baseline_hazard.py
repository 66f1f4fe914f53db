"""The hazard of paying where a portfolio is too small to learn from: a prior by days past due, moved by what was seen.

The prior is our assumption, on the shape the field describes: few pay long before the due date, most around it, and
the daily chance falls with every bucket. It weighs as much as `_PRIOR_DAYS` charge-days in each bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.event_grid import INTERVAL_FEATURES
from recobro_models.watched_days import Ints, WatchedDays

Floats = NDArray[np.float64]

#: Last day past due of each bucket, and the prior chance of being paid on a day of it.
_BUCKETS: Final = np.array([-11, -4, -1, 0, 4, 14, 29, 59, 89, 100_000])
_PRIOR_DAILY: Final = np.array([0.005, 0.02, 0.05, 0.20, 0.10, 0.05, 0.03, 0.015, 0.008, 0.003])
_PRIOR_DAYS: Final = 100.0
#: What sets charges of one bucket apart is unknown here: standard error of the log-odds for that alone, as far as
#: groups of charges came out from the truth in `bench.risk.learning_curve`.
_UNTOLD: Final = 0.5


@dataclass(frozen=True)
class BaselineHazard:
    """Chance of being paid on a day, by bucket of days past due: of each a Beta posterior, `payments` in `days`."""

    payments: Floats
    days: Floats
    file: ClassVar[str] = "baseline.json"

    @classmethod
    def prior(cls) -> BaselineHazard:
        """Nothing was seen yet."""
        return cls(_PRIOR_DAYS * _PRIOR_DAILY, np.full(len(_BUCKETS), _PRIOR_DAYS))

    @classmethod
    def fit(cls, watched: WatchedDays, debtors: Ints) -> BaselineHazard:
        """Move the prior by what was seen: payments by days watched, in each bucket.

        Args:
            watched: charges by as-of day.
            debtors: number of each charge's debtor; what is seen of one debtor over and over counts once.
        """
        bucket = np.searchsorted(_BUCKETS, watched.intervals.days_past_due)
        days = np.bincount(bucket, watched.days, minlength=len(_BUCKETS))
        payments = np.bincount(bucket, watched.paid, minlength=len(_BUCKETS))
        seen = payments / np.maximum(days, 1)
        times = watched.repetition(seen[bucket], debtors)
        return cls(payments / times + _PRIOR_DAYS * _PRIOR_DAILY, days / times + _PRIOR_DAYS)

    @property
    def n_payments(self) -> float:
        """How many independent payments it has seen."""
        return float(self.payments.sum() - _PRIOR_DAYS * _PRIOR_DAILY.sum())

    def log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of being paid on a day of each interval; the interval's columns stand last in `matrix`."""
        return self._of_buckets[self._place(matrix)]

    def spread(self, matrix: Floats) -> Floats:
        """Standard error of `log_odds`: of the bucket's chance, and of what a bucket does not tell."""
        variance = 1 / self.payments + 1 / (self.days - self.payments) + _UNTOLD**2
        found: Floats = np.sqrt(variance)[self._place(matrix)]
        return found

    def contributions(self, matrix: Floats) -> Floats:
        """All of the log-odds beyond the mean bucket is due to the days past due, the first column."""
        z = self._of_buckets
        values = np.zeros((len(matrix), matrix.shape[1] + 1))
        values[:, 0] = z[self._place(matrix)] - z.mean()
        values[:, -1] = z.mean()
        return values

    @property
    def _of_buckets(self) -> Floats:
        return np.log(self.payments) - np.log(self.days - self.payments)

    @staticmethod
    def _place(matrix: Floats) -> Ints:
        own = matrix[:, -len(INTERVAL_FEATURES) :]
        return np.searchsorted(_BUCKETS, own[:, INTERVAL_FEATURES.index("interval_start")])

    def to_files(self) -> dict[str, Any]:
        """As JSON by file name."""
        return {
            self.file: {"buckets": _BUCKETS.tolist(), "payments": self.payments.tolist(), "days": self.days.tolist()}
        }

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> BaselineHazard:
        """What `to_files` wrote."""
        about = files[cls.file]
        return cls(np.array(about["payments"]), np.array(about["days"]))
