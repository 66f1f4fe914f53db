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

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.event_grid import INTERVAL_FEATURES, Intervals, cut_intervals, interval_features
from recobro_models.explanation.summed_shap import Stretches, summed_contributions
from recobro_models.explanation.tree_shap import build_factors, tree_contributions
from recobro_models.explanation.tree_text import base_value, read_trees
from recobro_models.payment_curve import PaymentCurve
from recobro_models.pooled_hazard import PooledHazard

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Charges explained at once, so that memory stays flat.
_BATCH: Final = 4000
#: Charges of an age from which on they are explained faster side by side than one after the other.
_SIDE_BY_SIDE: Final = 4
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
        self._hazard = _Counted(curve.hazard) if isinstance(curve.hazard, BaselineHazard) else _Learned(curve.hazard)
        self.base = float(self._hazard.explain(np.zeros((1, len(self.columns))))[0, -1])

    def contributions(self, rows: pd.DataFrame, days: int) -> Floats:
        """To the log-odds of each charge's staying unpaid over `days` ahead, one row a charge."""
        # Charges of one age go through the same intervals, and are explained side by side.
        order = np.argsort(rows["charge_days_past_due"].to_numpy(np.int64), kind="stable")
        told = np.empty((len(rows), len(self.columns)))
        for at in range(0, len(rows), _BATCH):
            here = order[at : at + _BATCH]
            told[here] = self._spread(rows.iloc[here], days)
        return told - np.array(self._curve.average) if self._curve.average else told

    def reference(self, days: int) -> float:
        """Log-odds of staying unpaid over `days` ahead of the average charge that contributions compare with."""
        survival = -days * np.logaddexp(0, self.day_log_odds(np.zeros(1)))
        return float(_log_odds(survival)[0]) + float(sum(self._curve.average))

    def by_interval(self, rows: pd.DataFrame, days: int) -> tuple[Intervals, Floats]:
        """The intervals of the days ahead, and the contributions to the log-odds of being paid on a day of each, before
        recalibration and beyond `base`."""
        crossing = _Crossing.of(rows, days, self._curve.encoding.matrix(rows))
        return crossing.intervals, self._hazard.explain(crossing.matrix)[:, :-1]

    def day_log_odds(self, contributed: Floats) -> Floats:
        """Log-odds of being paid on a day, by what the columns contribute in all."""
        return self._curve.recalibration.apply_to_log_odds(self.base + contributed)

    def _spread(self, rows: pd.DataFrame, days: int) -> Floats:
        """Contributions before the average charge's are taken off."""
        crossing = _Crossing.of(rows, days, self._curve.encoding.matrix(rows))
        intervals = crossing.intervals
        crossed = (np.minimum(intervals.last_day, days) - intervals.first_day + 1).astype(np.float64)
        contributed = self._curve.hazard.log_odds(crossing.matrix) - self.base
        log_odds, base = self.day_log_odds(contributed), self.day_log_odds(np.zeros_like(contributed))
        survival, reference = (-crossed * np.logaddexp(0, of) for of in (log_odds, base))
        slope = -crossed * self._curve.recalibration.slope / (1 + np.exp(-log_odds))
        steps = _quotient(survival - reference, contributed, slope)
        whole, whole_reference = (crossing.summed(part) for part in (survival, reference))
        outer = _quotient(_log_odds(whole) - _log_odds(whole_reference), whole - whole_reference, -1 / np.expm1(whole))
        spread: Floats = self._hazard.explain_summed(crossing, steps) * outer[:, None]
        return spread


@dataclass(frozen=True)
class _Crossing:
    """Charges and the intervals ahead of them; `matrix` is of the intervals, each charge's own columns first."""

    intervals: Intervals
    own: Floats
    matrix: Floats
    starts: Ints

    @classmethod
    def of(cls, rows: pd.DataFrame, days: int, own: Floats) -> _Crossing:
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), np.full(len(rows), days))
        columns = interval_features(intervals, rows["as_of"].to_numpy().astype("datetime64[D]"))
        starts = np.flatnonzero(np.diff(intervals.row, prepend=-1))
        return cls(intervals, own, np.hstack([own[intervals.row], columns]), starts)

    def summed(self, values: Floats) -> Floats:
        """Values of intervals by charge."""
        found: Floats = np.add.reduceat(values, self.starts, axis=0)
        return found

    def stretches(self, weights: Floats) -> Stretches:
        """Each charge's intervals, those that are the same for several charges once; `weights` is by interval."""
        columns, n = self.matrix[:, self.own.shape[1] :], np.diff(self.starts, append=len(self.matrix))
        place = np.arange(len(columns)) - np.repeat(self.starts, n)
        table = np.zeros((len(n), n.max(initial=0), columns.shape[1]))
        table[self.intervals.row, place] = columns
        by_charge = np.zeros(table.shape[:2])
        by_charge[self.intervals.row, place] = weights
        _, first, kind = np.unique(table.reshape(len(n), -1), axis=0, return_index=True, return_inverse=True)
        of_kind = np.concatenate([np.arange(self.starts[at], self.starts[at] + n[at]) for at in first])
        return Stretches(columns[of_kind], np.concatenate([[0], np.cumsum(n[first])]), kind, by_charge)


class _Counted:
    """Explains a hazard that was counted: all is due to one column."""

    def __init__(self, hazard: BaselineHazard) -> None:
        self._hazard = hazard

    def explain(self, matrix: Floats) -> Floats:
        """Contributions to the log-odds of being paid on a day and, last, the base value."""
        return self._hazard.contributions(matrix)

    def explain_summed(self, crossing: _Crossing, weights: Floats) -> Floats:
        """The weighted sum of the contributions over each charge's intervals."""
        return crossing.summed(self.explain(crossing.matrix)[:, :-1] * weights[:, None])


class _Learned:
    """Explains a hazard that was learned, drawn to a counted one."""

    def __init__(self, hazard: PooledHazard) -> None:
        self._hazard, self._trees = hazard, read_trees(hazard.learned.to_text())
        self._base = base_value(self._trees)
        self._asked: dict[str, Any] = {"threads": hazard.learned.threads, "factors": build_factors(self._trees)}

    def explain(self, matrix: Floats) -> Floats:
        """As `_Counted.explain`."""
        values = tree_contributions(self._trees, matrix, **self._asked)
        return self._hazard.pooled_contributions(np.column_stack([values, np.full(len(matrix), self._base)]), matrix)

    def explain_summed(self, crossing: _Crossing, weights: Floats) -> Floats:
        """As `_Counted.explain_summed`; of many charges of an age, every tree once for all intervals of a charge."""
        hazard, n = self._hazard, len(crossing.own)
        stretches = crossing.stretches(weights)
        if n < _SIDE_BY_SIDE * len(stretches.bounds):
            return crossing.summed(self.explain(crossing.matrix)[:, :-1] * weights[:, None])
        values = hazard.share * summed_contributions(self._trees, crossing.own, stretches, **self._asked)
        counted = (1 - hazard.share) * hazard.baseline.contributions(crossing.matrix)[:, 0]
        values[:, hazard.column] += crossing.summed(counted * weights)
        return values


def _quotient(risen: Floats, run: Floats, slope: Floats) -> Floats:
    is_near = np.abs(run) < _NEAR
    return np.where(is_near, slope, risen / np.where(is_near, 1.0, run))


def _log_odds(log_p: Floats) -> Floats:
    """Log-odds of probabilities that are given as logarithms."""
    log_odds: Floats = log_p - np.log(-np.expm1(log_p))
    return log_odds
