"""What adds up to what: from the log-odds of being paid on a day to those of staying unpaid over many.

Exact are, for every charge:

1. in each interval of the days ahead, the log-odds of being paid on a day of it are, before recalibration, the base
   value and the SHAP contributions of the columns; recalibration is a straight line on them;
2. the log-odds of staying unpaid over the days asked for are those of the reference and the told contributions.

The second follows from the first by the rescale rule: where a function of a sum moves from the reference to the charge,
each part of the sum gets the share of the move that it has in the sum. It is applied twice: from the log-odds of a day
to the logarithm of its survival, and from the sum of those to the log-odds of all.

Source: Chen, Lundberg and Lee 2022, "Explaining a series of models by propagating Shapley values".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.event_grid import INTERVAL_FEATURES, Intervals, cut_intervals, interval_features
from recobro_models.explanation.tree_shap import build_factors, tree_contributions
from recobro_models.explanation.tree_text import base_value, read_trees
from recobro_models.payment_curve import PaymentCurve
from recobro_models.pooled_hazard import PooledHazard

Floats = NDArray[np.float64]

#: Charges explained at once, so that memory stays flat.
_BATCH: Final = 4000
#: Nearer than so to the reference a quotient of differences is noise, and the slope is taken instead.
_NEAR: Final = 1e-7


class CurveExplainer:
    """Explains one payment curve.

    Example:
        explainer = CurveExplainer(curve)
        contributions = explainer.contributions(rows, 30)  # one column a name of explainer.columns
        contributions.sum(axis=1) + explainer.reference(30)  # log-odds of curve.predict_unpaid(rows, 30)
    """

    def __init__(self, curve: PaymentCurve) -> None:
        self._curve = curve
        self.columns: tuple[str, ...] = (*curve.encoding.columns, *INTERVAL_FEATURES)
        self._explain = _hazard_explainer(curve.hazard)
        self.base = float(self._explain(np.zeros((1, len(self.columns))))[0, -1])

    def contributions(self, rows: pd.DataFrame, days: int) -> Floats:
        """To the log-odds of each charge's staying unpaid over `days` ahead, one row a charge."""
        parts = [self._spread(rows.iloc[at : at + _BATCH], days) for at in range(0, len(rows), _BATCH)]
        average = np.array(self._curve.average) if self._curve.average else 0.0
        told: Floats = np.vstack([np.empty((0, len(self.columns))), *parts]) - average
        return told

    def reference(self, days: int) -> float:
        """Log-odds of staying unpaid over `days` ahead of the average charge that contributions compare with."""
        survival = -days * np.logaddexp(0, self.day_log_odds(np.zeros(1)))
        return float(_log_odds(survival)[0]) + float(sum(self._curve.average))

    def by_interval(self, rows: pd.DataFrame, days: int) -> tuple[Intervals, Floats]:
        """The intervals of the days ahead, and the contributions to the log-odds of being paid on a day of each, before
        recalibration and beyond `base`."""
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), np.full(len(rows), days))
        own = interval_features(intervals, rows["as_of"].to_numpy().astype("datetime64[D]"))
        matrix = np.hstack([self._curve.encoding.matrix(rows)[intervals.row], own])
        return intervals, self._explain(matrix)[:, :-1]

    def day_log_odds(self, contributed: Floats) -> Floats:
        """Log-odds of being paid on a day, by what the columns contribute in all."""
        return self._curve.recalibration.apply_to_log_odds(self.base + contributed)

    def _spread(self, rows: pd.DataFrame, days: int) -> Floats:
        """Contributions before the average charge's are taken off."""
        intervals, values = self.by_interval(rows, days)
        crossed = (np.minimum(intervals.last_day, days) - intervals.first_day + 1).astype(np.float64)
        contributed = values.sum(axis=1)
        log_odds, base = self.day_log_odds(contributed), self.day_log_odds(np.zeros_like(contributed))
        survival, reference = (-crossed * np.logaddexp(0, of) for of in (log_odds, base))
        slope = -crossed * self._curve.recalibration.slope / (1 + np.exp(-log_odds))
        steps = _quotient(survival - reference, contributed, slope)
        starts = np.flatnonzero(np.diff(intervals.row, prepend=-1))
        whole, whole_reference = (np.add.reduceat(part, starts) for part in (survival, reference))
        outer = _quotient(_log_odds(whole) - _log_odds(whole_reference), whole - whole_reference, -1 / np.expm1(whole))
        spread: Floats = np.add.reduceat(values * steps[:, None], starts, axis=0) * outer[:, None]
        return spread


def _hazard_explainer(hazard: PooledHazard | BaselineHazard) -> Callable[[Floats], Floats]:
    """What gives a matrix's contributions to the hazard's log-odds and, last, the base value."""
    if isinstance(hazard, BaselineHazard):
        return hazard.contributions
    trees, threads = read_trees(hazard.learned.to_text()), hazard.learned.threads
    base, factors = base_value(trees), build_factors(trees)

    def explain(matrix: Floats) -> Floats:
        values = tree_contributions(trees, matrix, threads=threads, factors=factors)
        return hazard.pooled_contributions(np.column_stack([values, np.full(len(matrix), base)]), matrix)

    return explain


def _quotient(risen: Floats, run: Floats, slope: Floats) -> Floats:
    is_near = np.abs(run) < _NEAR
    return np.where(is_near, slope, risen / np.where(is_near, 1.0, run))


def _log_odds(log_p: Floats) -> Floats:
    """Log-odds of probabilities that are given as logarithms."""
    log_odds: Floats = log_p - np.log(-np.expm1(log_p))
    return log_odds
