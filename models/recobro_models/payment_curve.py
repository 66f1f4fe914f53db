"""Risk: the probability that an open charge is paid by each day ahead, if nobody reaches the debtor.

A discrete-time hazard (Singer and Willett 1993): the days ahead are cut into intervals within which the chance of being
paid on a day is one number, learnt from every day on which a charge was watched; the curve is one less the product of
the survivals. A charge that stops being watched (end of the books, cancelled, or the debtor is reached, so that what
follows is no longer "nobody acts") contributes until then: censoring, not a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import NoChampionError
from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.calibration import Recalibration
from recobro_models.correlation import Correlation
from recobro_models.crossed_days import CrossedDays
from recobro_models.encoding import Encoding
from recobro_models.event_grid import Intervals, cut_intervals, interval_features
from recobro_models.features.contact_history import OF_CONTACT_ONLY
from recobro_models.features.families import CATEGORIES, CHARGE_FEATURES, DEBTOR_FEATURES
from recobro_models.levels import find_likeliest
from recobro_models.pooled_hazard import PooledHazard
from recobro_models.segment_rates import SegmentRates
from recobro_models.watched_days import AS_WORKED, FIRST_PAYMENT, UNTIL_REACHED, WatchedDays, numbered_debtors

if TYPE_CHECKING:
    from recobro_models.explanation.additive import CurveExplainer

Floats = NDArray[np.float64]

#: Days ahead at which the curve is told.
CURVE_DAYS: Final = (1, 3, 7, 15, 30, 60, 90, 180)
#: What a charge brings to the model, before the interval's own columns.
RISK_FEATURES: Final = (*CHARGE_FEATURES, *(name for name in DEBTOR_FEATURES if name not in OF_CONTACT_ONLY))
#: Probability with which an interval holds the truth.
INTERVAL_LEVEL: Final = 0.9

#: The average charge that reasons compare with: so many rows, over so many days ahead.
_REFERENCE_ROWS: Final = 300
_REFERENCE_DAYS: Final = 30
#: Rows of a matrix that are filled at once.
_BLOCK: Final = 16_384
#: What the model's files hold; raised when they change.
_FORM: Final = 2

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
    """A fitted payment curve. Build it with `PaymentCurve.fit`, store it with `to_files`.

    recalibration: of the log-odds of a day's payment if nobody reaches the debtor.
    worked: the same where debtors are worked as they were, for what cash to expect.
    first_payment: the same of the debtor's first payment of any amount.
    correlation: of the payments of one debtor, and of all.
    """

    encoding: Encoding
    hazard: PooledHazard | BaselineHazard
    recalibration: Recalibration = field(default_factory=Recalibration)
    worked: Recalibration = field(default_factory=Recalibration)
    correlation: Correlation = field(default_factory=Correlation)
    average: tuple[float, ...] = ()
    first_payment: Recalibration = field(default_factory=Recalibration)

    @property
    def kind(self) -> str:
        """`learned` or `baseline`."""
        return "learned" if isinstance(self.hazard, PooledHazard) else "baseline"

    @classmethod
    def fit(cls, rows: pd.DataFrame, *, parameters: Mapping[str, Any] | None = None) -> PaymentCurve:
        """Fit to one row a charge and as-of day.

        Args:
            rows: `RISK_FEATURES`, `debtor_id`, `as_of`, `watched_days` (days ahead until it was paid or no longer
                watched) and `is_paid` (it was paid on the last watched day).
            parameters: of `BoostedClassifier`.
        """
        encoding = Encoding.learn(rows, RISK_FEATURES, CATEGORIES, rates=SegmentRates.learn(rows))
        monotone = {encoding.columns.index(name): -1 for name in _NEVER_RAISE}
        given = {"monotone": monotone, "categorical": encoding.categorical, **(parameters or {})}
        watched = WatchedDays.of(rows)
        matrix = _matrix(encoding, rows, watched.intervals)
        column = encoding.columns.index("charge_days_past_due")
        debtor_ids = rows["debtor_id"].to_numpy(object)
        return cls(encoding, PooledHazard.fit(matrix, watched, debtor_ids, column=column, parameters=given))

    @classmethod
    def fit_baseline(cls, rows: pd.DataFrame) -> PaymentCurve:
        """The curve of a portfolio too small to learn from: the prior hazard, moved by what was seen."""
        encoding = Encoding(("charge_days_past_due",), {})
        if not len(rows):
            return cls(encoding, BaselineHazard.prior())
        return cls(encoding, BaselineHazard.fit(WatchedDays.of(rows), numbered_debtors(rows))).seen_worked(rows)

    def calibrated(self, rows: pd.DataFrame) -> PaymentCurve:
        """The same curve, its hazards recalibrated on later rows than it was fitted to."""
        curve = replace(self, recalibration=self._recalibrated(rows, UNTIL_REACHED))
        return curve.seen_worked(rows).seen_first_payments(rows).against_average_of(rows)

    def calibrated_like(self, other: PaymentCurve, rows: pd.DataFrame) -> PaymentCurve:
        """The same curve, recalibrated on rows that it was fitted to: only its level is read off them. How sure of
        itself it may be (slopes), and how payments come together, is what `other` saw, who did not know them."""
        line = self._recalibrated(rows, UNTIL_REACHED, other.recalibration.slope)
        is_followed = set(AS_WORKED) <= set(rows.columns)
        worked = self._recalibrated(rows, AS_WORKED, other.worked.slope) if is_followed else line
        curve = replace(self, recalibration=line, worked=worked, correlation=other.correlation)
        return curve.seen_first_payments(rows, other.first_payment.slope)

    def against_average_of(self, rows: pd.DataFrame) -> PaymentCurve:
        """The same curve, its reasons told against the average of `rows`."""
        few = rows.iloc[np.linspace(0, len(rows), min(len(rows), _REFERENCE_ROWS), endpoint=False).astype(np.int64)]
        contributions, _ = replace(self, average=()).explain_unpaid(few, _REFERENCE_DAYS)
        return replace(self, average=tuple(np.round(contributions.mean(axis=0), 6).tolist()))

    def seen_worked(self, rows: pd.DataFrame) -> PaymentCurve:
        """The same curve, with what was seen of charges as they were worked, where the rows tell (`followed_days`,
        `was_paid`): how much sooner they are paid, and how payments come together."""
        if not set(AS_WORKED) <= set(rows.columns):
            return replace(self, worked=self.recalibration)
        curve = replace(self, worked=self._recalibrated(rows, AS_WORKED))
        return replace(curve, correlation=Correlation.seen(rows, curve.as_worked().predict_p_paid_by_day))

    def seen_first_payments(self, rows: pd.DataFrame, slope: float | None = None) -> PaymentCurve:
        """The same curve, with what was seen of debtors' first payments of any amount, where the rows tell
        (`debtor_days`, `debtor_paid`): how much sooner they come than the likeliest charge is wholly paid."""
        if not set(FIRST_PAYMENT) <= set(rows.columns):
            return replace(self, first_payment=self.recalibration)
        likeliest = rows.iloc[self.find_likeliest(rows)]
        return replace(self, first_payment=self._recalibrated(likeliest, FIRST_PAYMENT, slope))

    def find_likeliest(self, rows: pd.DataFrame, days: int = _REFERENCE_DAYS) -> NDArray[np.int64]:
        """Of each debtor and as-of day, the row of the charge that is likeliest to bring a payment."""
        return find_likeliest(rows, self.predict_any_paid(rows, np.array(days)), ("debtor_id", "as_of"))

    def as_worked(self) -> PaymentCurve:
        """The curve of charges whose debtors are contacted as they were before, instead of by nobody."""
        return replace(self, recalibration=self.worked)

    def cross(self, rows: pd.DataFrame, days: NDArray[np.int64] | int) -> CrossedDays:
        """The days ahead of each row's charge (one number a row, or one for all): everything is read off them."""
        as_of = rows["as_of"].to_numpy().astype("datetime64[D]")
        return self._cross(self.encoding.matrix(rows), (rows["charge_days_past_due"].to_numpy(np.int64), as_of), days)

    def _cross(
        self, own: Floats, when: tuple[NDArray[np.int64], NDArray[np.datetime64]], days: NDArray[np.int64] | int
    ) -> CrossedDays:
        past_due, as_of = when
        wanted = np.broadcast_to(np.asarray(days, np.int64), len(own))
        intervals = cut_intervals(past_due, wanted)
        matrix = _beside(own, intervals, as_of)
        crossed = np.minimum(intervals.last_day, wanted[intervals.row]) - intervals.first_day + 1
        raw, find_error = self.hazard.log_odds(matrix), partial(self.hazard.spread, matrix)
        return CrossedDays(len(own), intervals, crossed, raw, find_error, self.recalibration)

    def predict_unpaid(self, rows: pd.DataFrame, days: NDArray[np.int64]) -> Floats:
        """Probability that each row's charge is still unpaid after `days` ahead (one number a row, or one for all)."""
        return self.cross(rows, days).unpaid()

    def predict_unpaid_of(self, records: Sequence[Mapping[str, Any]], as_of: date, days: int) -> Floats:
        """`predict_unpaid` of a few charges whose ready features are records, without a frame; None is not known.

        Raises:
            RecobroError: a record lacks a column that the model was fitted with.
        """
        own = self.encoding.matrix_of(records)
        past_due = np.array([record["charge_days_past_due"] for record in records], np.int64)
        return self._cross(own, (past_due, np.full(len(own), np.datetime64(as_of, "D"))), days).unpaid()

    def predict_any_paid(self, rows: pd.DataFrame, days: NDArray[np.int64]) -> Floats:
        """Probability that each row's debtor pays anything within `days` ahead, as far as that charge tells; of the
        debtor it is the highest of all charges. Never less than of the charge being wholly paid."""
        crossed = self.cross(rows, days)
        return 1 - np.minimum(crossed.unpaid(), crossed.recalibrated(self.first_payment).unpaid())

    def predict_unpaid_interval(
        self, rows: pd.DataFrame, days: NDArray[np.int64], *, level: float = INTERVAL_LEVEL
    ) -> tuple[Floats, Floats]:
        """Between which two numbers `predict_unpaid` lies with probability `level`, one pair a row.

        It says how well the chance of charges like this one is known, from few payments or many: not what sets this
        debtor apart from others of whom the books tell the same.
        """
        return self.cross(rows, days).unpaid_interval(level)

    def predict_p_paid_by_day(self, rows: pd.DataFrame, days: tuple[int, ...] = CURVE_DAYS) -> Floats:
        """Probability that each row's charge is paid by each of `days` ahead; never falls along a row."""
        return self.cross(rows, max(days)).paid_by_day(max(days))[:, np.array(days) - 1]

    def explain_unpaid(self, rows: pd.DataFrame, days: int) -> tuple[Floats, tuple[str, ...]]:
        """SHAP contributions to staying unpaid over `days` ahead, one row a charge, and the columns' names.

        In log-odds, against the average open charge that the curve was calibrated on: a row's contributions and
        `CurveExplainer(curve).reference(days)` add up to the log-odds of `predict_unpaid(rows, days)`.
        """
        return self._explainer.contributions(rows, days), self._explainer.columns

    @cached_property
    def _explainer(self) -> CurveExplainer:
        # Reading the trees costs more than explaining a few charges.
        from recobro_models.explanation.additive import CurveExplainer

        return CurveExplainer(self)

    def predict_watched(self, rows: pd.DataFrame) -> pd.DataFrame:
        """One row a day that was watched: `row`, `p` of being paid on it, `paid`. The index numbers the intervals."""
        watched = WatchedDays.of(rows)
        raw = self.hazard.log_odds(_matrix(self.encoding, rows, watched.intervals))
        p = 1 / (1 + np.exp(-self.recalibration.apply_to_log_odds(raw)))
        days = np.repeat(np.arange(len(p)), watched.days)
        paid = np.zeros(len(days), np.int8)
        paid[np.cumsum(watched.days) - 1] = watched.paid
        return pd.DataFrame({"row": watched.intervals.row[days], "p": p[days], "paid": paid}, index=days)

    def _recalibrated(self, rows: pd.DataFrame, columns: tuple[str, str], slope: float | None = None) -> Recalibration:
        watched = WatchedDays.of(rows, columns)
        raw = 1 / (1 + np.exp(-self.hazard.log_odds(_matrix(self.encoding, rows, watched.intervals))))
        groups = numbered_debtors(rows)[watched.intervals.row]
        return Recalibration.fit(raw, watched.paid, tried=watched.days, groups=groups, slope=slope)

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name: LightGBM's own format and JSON."""
        about = {
            "form": _FORM, "kind": self.kind, "average": self.average, "encoding": self.encoding.to_json(),
            "recalibration": self.recalibration.to_json(), "worked": self.worked.to_json(),
            "correlation": self.correlation.to_json(), "first_payment": self.first_payment.to_json(),
        }  # fmt: skip
        return {"model.json": about, **self.hazard.to_files()}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> PaymentCurve:
        """The model that `to_files` wrote.

        Raises:
            NoChampionError: they were written by an earlier version of recobro.
        """
        about = files["model.json"]
        if about.get("form") != _FORM:
            found = f"form {about.get('form', 1)}"
            raise NoChampionError(f"a payment curve stored in form {_FORM}", found, "Train again: `recobro train`.")
        return cls(
            Encoding.from_json(about["encoding"]),
            (PooledHazard if about["kind"] == "learned" else BaselineHazard).from_files(files),
            Recalibration.from_json(about["recalibration"]),
            Recalibration.from_json(about["worked"]),
            Correlation.from_json(about["correlation"]),
            tuple(about["average"]),
            # Curves stored before first payments were seen told them by whole ones.
            Recalibration.from_json(about.get("first_payment", about["recalibration"])),
        )


def _matrix(encoding: Encoding, rows: pd.DataFrame, intervals: Intervals) -> Floats:
    """The columns of each interval's charge, then the interval's own."""
    return _beside(encoding.matrix(rows), intervals, rows["as_of"].to_numpy().astype("datetime64[D]"))


def _beside(own: Floats, intervals: Intervals, as_of: NDArray[np.datetime64]) -> Floats:
    named = interval_features(intervals, as_of)
    matrix = np.empty((len(named), own.shape[1] + named.shape[1]))
    matrix[:, own.shape[1] :] = named
    # In blocks, because the charges' columns taken at once would be as large as the matrix itself.
    for first in range(0, len(matrix), _BLOCK):
        block = slice(first, first + _BLOCK)
        matrix[block, : own.shape[1]] = own[intervals.row[block]]
    return matrix
