"""The hazard of paying where a portfolio is too small to learn from: a prior by days past due, moved by what was seen.

The prior is our assumption, on the shape the field describes: few pay long before the due date, most around it, and
the daily chance falls with every bucket. It weighs as much as `_PRIOR_DAYS` charge-days in each bucket.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.event_grid import INTERVAL_FEATURES, Intervals

Floats = NDArray[np.float64]

#: Last day past due of each bucket, and the prior chance of being paid on a day of it.
_BUCKETS: Final = np.array([-11, -4, -1, 0, 4, 14, 29, 59, 89, 100_000])
_PRIOR_DAILY: Final = (0.005, 0.02, 0.05, 0.20, 0.10, 0.05, 0.03, 0.015, 0.008, 0.003)
_PRIOR_DAYS: Final = 100.0


@dataclass(frozen=True)
class BaselineHazard:
    """Chance of being paid on a day, by bucket of days past due."""

    daily: Floats
    file: ClassVar[str] = "baseline.json"

    @classmethod
    def prior(cls) -> BaselineHazard:
        """Nothing was seen yet."""
        return cls(np.array(_PRIOR_DAILY))

    @classmethod
    def fit(cls, intervals: Intervals, paid: NDArray[Any], last_watched: NDArray[np.int64]) -> BaselineHazard:
        """Move the prior by what was seen: payments by days watched, in each bucket.

        Args:
            intervals: those in which a charge was watched.
            paid: whether each ended in payment.
            last_watched: the day ahead on which its charge was paid or last watched.
        """
        bucket = np.searchsorted(_BUCKETS, intervals.days_past_due)
        watched = np.minimum(intervals.last_day, last_watched) - intervals.first_day + 1
        days = np.bincount(bucket, watched, minlength=len(_BUCKETS))
        hits = np.bincount(bucket, paid, minlength=len(_BUCKETS))
        prior = np.array(_PRIOR_DAILY)
        return cls((hits + _PRIOR_DAYS * prior) / (days + _PRIOR_DAYS))

    def predict_proba(self, matrix: Floats, offset: Floats | None = None) -> Floats:  # noqa: ARG002
        """Chance of not being paid and of being paid in each interval; its columns stand last in `matrix`.

        No offset is needed: the chance of each day is known, and the days of each interval.
        """
        start, length = self._columns(matrix)
        daily = self.daily[np.searchsorted(_BUCKETS, start)]
        unpaid = (1 - daily) ** length
        return np.column_stack([unpaid, 1 - unpaid])

    def contributions(self, matrix: Floats) -> Floats:
        """All of the log-odds beyond the mean bucket is due to the days past due, the first column."""
        start, _ = self._columns(matrix)
        z = np.log(self.daily / (1 - self.daily))
        values = np.zeros((len(matrix), matrix.shape[1] + 1))
        values[:, 0] = z[np.searchsorted(_BUCKETS, start)] - z.mean()
        values[:, -1] = z.mean()
        return values

    @staticmethod
    def _columns(matrix: Floats) -> tuple[Floats, Floats]:
        own = matrix[:, -len(INTERVAL_FEATURES) :]
        return own[:, INTERVAL_FEATURES.index("interval_start")], own[:, INTERVAL_FEATURES.index("interval_days")]

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps({"buckets": _BUCKETS.tolist(), "daily": self.daily.tolist()})

    @classmethod
    def from_text(cls, text: str | dict[str, Any]) -> BaselineHazard:
        """What `to_text` wrote, or the same already read."""
        about = json.loads(text) if isinstance(text, str) else text
        return cls(np.array(about["daily"]))
