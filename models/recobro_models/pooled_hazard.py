"""A learned hazard drawn to the baseline's as far as its portfolio is small."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.booster import BoostedClassifier
from recobro_models.watched_days import WatchedDays

Floats = NDArray[np.float64]
#: Fits a classifier to the intervals at these places.
Fit = Callable[[NDArray[np.bool_]], BoostedClassifier]

#: Independent payments from which on what was learnt outweighs the baseline: as many as keep eight months of 600
#: debtors from believing trees that overfit what they see (`bench.risk.learning_curve`).
HALFWAY_PAYMENTS: Final = 200.0
#: Intervals on which the error of learning is measured, at most; and the error where too little was seen to measure it.
_MEASURED_ON: Final = 60_000
_UNKNOWN_ERROR: Final = 0.5


@dataclass(frozen=True)
class PooledHazard:
    """Log-odds of being paid on a day: `share` of the learned and the rest of the baseline's.

    share: n / (n + `HALFWAY_PAYMENTS`), with n the independent payments seen: those that nothing known of their debtors
        explains, as far as debtors that were not learnt from show it.
    error: standard error of the learned log-odds.
    column: of the matrix that holds the days past due, to which all of the baseline is due.
    """

    learned: BoostedClassifier
    baseline: BaselineHazard
    share: float
    error: float
    column: int

    @classmethod
    def fit(
        cls,
        matrix: Floats,
        watched: WatchedDays,
        debtor_ids: NDArray[Any],
        *,
        column: int,
        parameters: Mapping[str, Any],
    ) -> PooledHazard:
        """Fit both to watched intervals, one row of the matrix each.

        Args:
            matrix: the model's columns, those of the interval last.
            watched: the same intervals as they were watched.
            debtor_ids: of the charges.
            column: of the matrix that holds the days past due.
            parameters: of `BoostedClassifier`.
        """
        position, outcome, weight = watched.as_trials()

        def fit(chosen: NDArray[np.bool_]) -> BoostedClassifier:
            at = chosen[position] & (weight > 0)
            return BoostedClassifier(**parameters).fit(matrix[position[at]], outcome[at], weight[at])

        baseline = BaselineHazard.fit(watched, pd.factorize(debtor_ids)[0].astype(np.int64))
        trial = _TwinTrial.of(fit, matrix, watched, debtor_ids)
        n_payments = max(baseline.n_payments, float(watched.paid.sum()) / trial.repetition)
        learned = fit(np.ones(len(matrix), bool))
        return cls(learned, baseline, round(pooling_share(n_payments), 6), round(trial.error, 6), column)

    def log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of being paid on a day of each interval."""
        return self.share * self.learned.log_odds(matrix) + (1 - self.share) * self.baseline.log_odds(matrix)

    def spread(self, matrix: Floats) -> Floats:
        """Standard error of `log_odds`."""
        return np.hypot(self.share * self.error, (1 - self.share) * self.baseline.spread(matrix))

    def pooled_contributions(self, learned: Floats, matrix: Floats) -> Floats:
        """Contributions of the columns to `log_odds` and, last, the base value; from those to the learned ones."""
        values = self.share * learned
        baseline = (1 - self.share) * self.baseline.contributions(matrix)
        values[:, self.column] += baseline[:, 0]
        values[:, -1] += baseline[:, -1]
        return values

    def to_files(self) -> dict[str, Any]:
        """As texts by file name."""
        about = {"share": self.share, "error": self.error, "column": self.column}
        return {**self.baseline.to_files(), self.learned.file: self.learned.to_text(), "pooling.json": about}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> PooledHazard:
        """What `to_files` wrote."""
        learned = BoostedClassifier.from_text(files[BoostedClassifier.file])
        return cls(learned, BaselineHazard.from_files(files), **files["pooling.json"])


def pooling_share(n_payments: float) -> float:
    """How far what was learnt from so many independent payments is believed.

    Example:
        >>> pooling_share(HALFWAY_PAYMENTS)
        0.5
    """
    return n_payments / (n_payments + HALFWAY_PAYMENTS)


class _TwinTrial(NamedTuple):
    """Two models that learnt from a third of the debtors each (of a sample, where there are many), told on the last
    third.

    error: standard error of the learned log-odds: how far apart both come out, brought to the size of all.
    repetition: how many times over the payments count of which both knew nothing (`WatchedDays.repetition`).
    """

    error: float = _UNKNOWN_ERROR
    repetition: float = math.inf

    @classmethod
    def of(cls, fit: Fit, matrix: Floats, watched: WatchedDays, debtor_ids: NDArray[Any]) -> _TwinTrial:
        place = pd.util.hash_array(debtor_ids.astype(str)) / 2**64
        share = min(1.0, _MEASURED_ON / max(len(matrix), 1))
        third = np.where(place < share, np.minimum(place / share * 3, 2).astype(np.int64), -1)[watched.intervals.row]
        parts = [third == at for at in range(3)]
        if any(len(np.unique(watched.paid[part])) < 2 for part in parts[:2]) or not parts[2].any():
            return cls()
        one, other = (fit(part).log_odds(matrix[parts[2]]) for part in parts[:2])
        hazard = 1 / (1 + np.exp(-(one + other) / 2))
        apart = float(np.average((one - other) ** 2, weights=watched.days[parts[2]] * hazard))
        of_all = watched.paid[parts[0] | parts[1]].sum() / 2 / max(watched.paid.sum(), 1)
        debtors = pd.factorize(debtor_ids)[0].astype(np.int64)
        return cls(float(np.sqrt(apart / 2 * of_all)), watched.at(parts[2]).repetition(hazard, debtors))
