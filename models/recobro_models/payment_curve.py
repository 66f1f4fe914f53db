"""Risk: the probability that an open charge is paid by each day ahead, if nobody reaches the debtor.

A discrete-time hazard (Singer and Willett 1993): a charge contributes one row for every interval of the grid in which
it is still unpaid, with 1 where it was paid in it; the boosted classifier learns the hazard and the curve is one less
the product of the survivals. A charge that stops being watched (end of the books, cancelled, or the debtor is reached,
so that what follows is no longer "nobody acts") contributes until then: censoring, not a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.booster import BoostedClassifier
from recobro_models.calibration import Recalibration
from recobro_models.encoding import Encoding
from recobro_models.event_grid import INTERVAL_FEATURES, Intervals, cut_intervals, interval_features
from recobro_models.features.families import CATEGORIES, CHARGE_FEATURES, DEBTOR_FEATURES

Floats = NDArray[np.float64]

#: Days ahead at which the curve is told.
CURVE_DAYS: Final = (1, 3, 7, 15, 30, 45, 60)
#: What a charge brings to the model, before the interval's own columns.
RISK_FEATURES: Final = (*CHARGE_FEATURES, *DEBTOR_FEATURES)

#: The average charge that reasons compare with: so many rows, over so many days ahead.
_REFERENCE_ROWS: Final = 300
_REFERENCE_DAYS: Final = 30

#: The field knows these signs: worse past payment never raises the hazard of paying.
_NEVER_RAISE: Final = (
    "late5_share_365d",
    "late15_share_365d",
    "late30_share_365d",
    "n_late5_of_last6",
    "n_late15_of_last6",
)


@dataclass(frozen=True)
class PaymentCurve:
    """A fitted payment curve. Build it with `PaymentCurve.fit`, store it with `to_files`."""

    encoding: Encoding
    hazard: BoostedClassifier | BaselineHazard
    recalibration: Recalibration
    daily: float = 0.0
    average: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        """`learned` or `baseline`."""
        return "learned" if isinstance(self.hazard, BoostedClassifier) else "baseline"

    @classmethod
    def fit(cls, rows: pd.DataFrame, *, parameters: Mapping[str, Any] | None = None) -> PaymentCurve:
        """Fit to one row a charge and as-of day.

        Args:
            rows: `RISK_FEATURES`, `as_of`, `watched_days` (days ahead until it was paid or no longer watched) and
                `is_paid` (it was paid on the last watched day).
            parameters: of `BoostedClassifier`.
        """
        encoding = Encoding.learn(rows, RISK_FEATURES, CATEGORIES)
        intervals, paid, counts = _watched(rows)
        matrix = np.hstack([encoding.matrix(rows)[intervals.row], interval_features(intervals, _as_of(rows))])
        monotone = {encoding.columns.index(name): -1 for name in _NEVER_RAISE}
        hazard = BoostedClassifier(monotone=monotone, categorical=encoding.categorical, **(parameters or {}))
        daily = _log_daily_rate(intervals, paid, counts)
        hazard.fit(matrix[counts], paid[counts], offset=_offset(intervals, daily)[counts])
        return cls(encoding, hazard, Recalibration(), daily)

    @classmethod
    def fit_baseline(cls, rows: pd.DataFrame) -> PaymentCurve:
        """The curve of a portfolio too small to learn from: the prior hazard, moved by what was seen."""
        encoding = Encoding(("charge_days_past_due",), {})
        if not len(rows):
            return cls(encoding, BaselineHazard.prior(), Recalibration())
        intervals, paid, _ = _watched(rows)
        ends = rows["watched_days"].to_numpy(np.int64)[intervals.row]
        return cls(encoding, BaselineHazard.fit(intervals, paid, ends), Recalibration())

    def calibrated(self, rows: pd.DataFrame) -> PaymentCurve:
        """The same curve, its hazards recalibrated on later rows than it was fitted to."""
        intervals, paid, counts = _watched(rows)
        raw = self._raw_hazard(rows, intervals)
        curve = replace(self, recalibration=Recalibration.fit(raw[counts], paid[counts]), average=())
        few = rows.iloc[np.linspace(0, len(rows), min(len(rows), _REFERENCE_ROWS), endpoint=False).astype(np.int64)]
        contributions, _ = curve.explain_unpaid(few, _REFERENCE_DAYS)
        return replace(curve, average=tuple(np.round(contributions.mean(axis=0), 6).tolist()))

    def predict_unpaid(self, rows: pd.DataFrame, days: NDArray[np.int64]) -> Floats:
        """Probability that each row's charge is still unpaid after `days` ahead (one number a row, or one for all)."""
        wanted = np.broadcast_to(np.asarray(days, np.int64), len(rows))
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), wanted)
        # The last interval is crossed in part: its hazard is taken as constant a day.
        share = np.clip((wanted[intervals.row] - intervals.first_day + 1) / intervals.length, 0, 1)
        log_survival = np.log1p(-self._hazard(rows, intervals)) * share
        return np.exp(np.bincount(intervals.row, log_survival, minlength=len(rows)))

    def predict_p_paid_by_day(self, rows: pd.DataFrame, days: tuple[int, ...] = CURVE_DAYS) -> Floats:
        """Probability that each row's charge is paid by each of `days` ahead; never falls along a row."""
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), np.full(len(rows), max(days)))
        log_survival = np.log1p(-self._hazard(rows, intervals))
        curve = np.empty((len(rows), len(days)))
        for column, day in enumerate(days):
            share = np.clip((day - intervals.first_day + 1) / intervals.length, 0, 1)
            curve[:, column] = -np.expm1(np.bincount(intervals.row, log_survival * share, minlength=len(rows)))
        return curve

    def explain_unpaid(self, rows: pd.DataFrame, days: int) -> tuple[Floats, tuple[str, ...]]:
        """SHAP contributions to staying unpaid over `days` ahead, one row a charge, and the columns' names.

        In log-odds of not being paid, against the average open charge that the curve was calibrated on: the mean over
        the two intervals of the charge in which it is most likely to be paid, which decide the curve. TreeSHAP over
        all of a charge's intervals would cost five times more.
        """
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), np.full(len(rows), days))
        share = np.clip((days - intervals.first_day + 1) / intervals.length, 0, 1)
        heaviest = np.lexsort((-self._hazard(rows, intervals) * share, intervals.row))
        place = np.arange(len(heaviest)) - np.searchsorted(intervals.row[heaviest], intervals.row[heaviest])
        chosen = heaviest[place < 2]
        kept = Intervals(*(column[chosen] for column in vars(intervals).values()))
        values = self.hazard.contributions(self._matrix(rows, kept))[:, :-1] * self.recalibration.slope
        summed = np.zeros((len(rows), values.shape[1]))
        np.add.at(summed, kept.row, -values / np.bincount(kept.row, minlength=len(rows))[kept.row, None])
        average = np.array(self.average) if self.average else np.zeros(values.shape[1])
        return summed - average, (*self.encoding.columns, *INTERVAL_FEATURES)

    def predict_watched(self, rows: pd.DataFrame) -> pd.DataFrame:
        """One row an interval that was watched or ended in payment: `row`, `p` of being paid in it, `paid`."""
        intervals, paid, counts = _watched(rows)
        frame = pd.DataFrame({"row": intervals.row, "p": self._hazard(rows, intervals), "paid": paid})
        return frame[counts]

    def _matrix(self, rows: pd.DataFrame, intervals: Intervals) -> Floats:
        return np.hstack([self.encoding.matrix(rows)[intervals.row], interval_features(intervals, _as_of(rows))])

    def _raw_hazard(self, rows: pd.DataFrame, intervals: Intervals) -> Floats:
        if not len(intervals.row):
            return np.empty(0)
        return np.clip(
            self.hazard.predict_proba(self._matrix(rows, intervals), _offset(intervals, self.daily))[:, 1],
            1e-9,
            1 - 1e-9,
        )

    def _hazard(self, rows: pd.DataFrame, intervals: Intervals) -> Floats:
        return self.recalibration.apply(self._raw_hazard(rows, intervals))

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name: LightGBM's own format and JSON."""
        about = {
            "kind": self.kind,
            "columns": self.encoding.columns,
            "codes": {name: dict(codes) for name, codes in self.encoding.codes.items()},
            "recalibration": [self.recalibration.intercept, self.recalibration.slope],
            "daily": self.daily,
            "average": self.average,
        }
        return {"model.json": about, self.hazard.file: self.hazard.to_text()}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> PaymentCurve:
        """The model that `to_files` wrote."""
        about = files["model.json"]
        encoding = Encoding(tuple(about["columns"]), about["codes"])
        kind = BoostedClassifier if about["kind"] == "learned" else BaselineHazard
        return cls(
            encoding,
            kind.from_text(files[kind.file]),
            Recalibration(*about["recalibration"]),
            about["daily"],
            tuple(about["average"]),
        )


def _offset(intervals: Intervals, daily: float) -> Floats:
    """Log-odds of being paid in each interval by its length alone: what is left to learn is the chance of a day."""
    return daily + np.log(np.clip(intervals.length, 1, 366).astype(np.float64))


def _log_daily_rate(intervals: Intervals, paid: NDArray[np.int8], counts: NDArray[np.bool_]) -> float:
    days = float(np.clip(intervals.length[counts], 1, 366).sum())
    return round(float(np.log(max(int(paid[counts].sum()), 1) / max(days, 1.0))), 9)


def _as_of(rows: pd.DataFrame) -> NDArray[np.datetime64]:
    return rows["as_of"].to_numpy().astype("datetime64[D]")


def _watched(rows: pd.DataFrame) -> tuple[Intervals, NDArray[np.int8], NDArray[np.bool_]]:
    """The intervals in which each charge was watched, whether it was paid in each, and which count.

    An interval counts where it ended in payment or at least half of it was watched: with those watched whole alone, the
    payments before a charge stopped being watched would count and the charges left unpaid would not (the actuarial
    correction, Cutler and Ederer 1958).
    """
    days = rows["watched_days"].to_numpy(np.int64)
    is_paid = rows["is_paid"].to_numpy(bool)
    intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), days)
    ends = days[intervals.row]
    paid = is_paid[intervals.row] & (intervals.first_day <= ends) & (ends <= intervals.last_day)
    watched = np.minimum(ends, intervals.last_day) - intervals.first_day + 1
    return intervals, paid.astype(np.int8), paid | (2 * watched >= intervals.length)
