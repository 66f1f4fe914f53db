"""Trials: each model measured on rows later than all it learnt from, against a constant and the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Stages
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.horizon import watching_weights
from recobro_models.levels import find_likeliest
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import Promises
from recobro_models.promotion import Comparison, Trial
from recobro_models.resampling import compare_losses
from recobro_models.slices import stage_names
from recobro_models.watched_days import FIRST_PAYMENT, numbered_debtors
from recobro_models.weighted_measures import LEAST_IN_GROUP, Outcomes

Floats = NDArray[np.float64]

#: Fewer charges of either outcome than this say more about chance than about a slope.
_FEWEST_FOR_SLOPE: Final = 150
_LINE: Final = ("calibration_slope", "calibration_intercept")
#: A segment of fewer debtors is not compared: its gain would be noise.
_FEWEST_IN_SEGMENT: Final = 30
_SEGMENTS: Final = ("portfolio", "product")
#: On debtors whom it never learnt from, a model keeps at least this share of what it gains over a constant.
_LEAST_KEPT: Final = 0.5


def try_risk(challenger: PaymentCurve, champion: PaymentCurve | None, rows: pd.DataFrame, horizon_days: int) -> Trial:
    """Measure payment curves on labelled charges by the intervals that were watched, and at the horizon."""
    watched = challenger.predict_watched(rows)
    hazard = {f"hazard_{name}": value for name, value in measure(watched["paid"], watched["p"]).items()}
    of_any = measure_any_payment(challenger, rows, horizon_days)
    any_payment = {f"any_payment_{name}": value for name, value in of_any.items()}
    measures = {**hazard, **measure_horizon(challenger, rows, horizon_days), **any_payment}
    debtors = numbered_debtors(rows)[watched["row"]]
    other = None if champion is None else champion.predict_watched(rows)["p"].to_numpy()
    happened, p = watched["paid"].to_numpy(), watched["p"].to_numpy()
    trial = _trial(measures, (happened, p), other, debtors)
    if other is None:
        return trial
    segments = {name: rows[name].to_numpy(object)[watched["row"]] for name in _SEGMENTS}
    return replace(trial, by_segment=_by_segment((happened, p, other), segments, debtors))


def try_contact_times(challenger: ContactTimes, champion: ContactTimes | None, attempts: pd.DataFrame) -> Trial:
    """Measure contact models on later attempts."""
    asked = (attempts["channel"], attempts["weekday"], attempts["hour"])
    p = challenger.predict_p_reach(attempts, *asked)
    other = None if champion is None else champion.predict_p_reach(attempts, *asked)
    happened = attempts["reached"].to_numpy(np.float64)
    return _trial(measure(happened, p), (happened, p), other, attempts["debtor_id"].to_numpy(object))


def try_promises(challenger: Promises, champion: Promises | None, attempts: pd.DataFrame) -> Trial:
    """Measure the promises of those whom later attempts reached."""
    reached = attempts[attempts["reached"].astype(bool)]
    p = challenger.predict_p_promise(reached, reached["channel"])
    other = None if champion is None else champion.predict_p_promise(reached, reached["channel"])
    happened = reached["promised"].to_numpy(np.float64)
    return _trial(measure(happened, p), (happened, p), other, reached["debtor_id"].to_numpy(object))


def find_memory(curve: PaymentCurve, test: pd.DataFrame, unseen: pd.DataFrame) -> tuple[str, ...]:
    """What gives away a model that remembers debtors: beyond noise it gains far less on those it never learnt from."""
    if not (len(test) and len(unseen)):
        return ()
    known, new = (_gain_over_constant(curve, rows) for rows in (test, unseen))
    short = _LEAST_KEPT * known.mean - new.mean
    if known.mean <= 0 or short <= 2 * float(np.hypot(_LEAST_KEPT * known.error, new.error)):
        return ()
    return (f"memory: it gains {new.mean:.4f} on debtors it never learnt from and {known.mean:.4f} on the others",)


def measure_horizon(curve: PaymentCurve, rows: pd.DataFrame, horizon_days: int) -> dict[str, float]:
    """Measures of staying unpaid over the horizon, those of the model card; `n` charges tell.

    Those that stop being watched are stood in for by others of their stage: to look at whole ones alone would be to
    look at too many payers. Calibration is measured on all, against the Kaplan-Meier estimate of each tenth, because
    who stops being watched depends on what the curve told of them; its line only where there are charges enough.
    """
    p = curve.predict_unpaid(rows, np.array(horizon_days))
    return {**_of_known(p, rows, horizon_days), "calibration_error": _gap(p, rows, horizon_days)}


def measure_any_payment(curve: PaymentCurve, rows: pd.DataFrame, horizon_days: int) -> dict[str, float]:
    """The same of debtors paying nothing at all, one row a debtor and day; nothing where the rows do not tell."""
    if not set(FIRST_PAYMENT) <= set(rows.columns):
        return {}
    p_any_paid = curve.predict_any_paid(rows, np.array(horizon_days))
    likeliest = find_likeliest(rows, p_any_paid, ("debtor_id", "as_of"))
    days, paid = (rows[name].take(likeliest) for name in FIRST_PAYMENT)
    debtors, p = rows.take(likeliest).assign(watched_days=days, is_paid=paid), 1 - p_any_paid[likeliest]
    return {**_of_known(p, debtors, horizon_days), "calibration_error": _gap(p, debtors, horizon_days)}


def _of_known(p: Floats, rows: pd.DataFrame, horizon_days: int) -> dict[str, float]:
    """Every measure but those of money, of the charges whose state at the horizon is known."""
    days, paid = rows["watched_days"].to_numpy(np.int64), rows["is_paid"].to_numpy(bool)
    stage = stage_names(rows["charge_days_past_due"].to_numpy(np.float64), Stages())
    weight = watching_weights(days, paid, horizon_days, stage)
    known, unpaid = weight > 0, (~(paid & (days <= horizon_days))).astype(np.float64)
    n, n_unpaid = int(known.sum()), unpaid[known].sum()
    whole = Outcomes(unpaid[known], p[known], weight[known], np.zeros(n), np.zeros(n, np.int64), 1)
    left_out = ("top_decile_money", *(_LINE if min(n_unpaid, n - n_unpaid) < _FEWEST_FOR_SLOPE else ()))
    found = whole.measure(np.ones((1, 1), np.int8)).items()
    return {"n": float(n), **{name: float(value[0]) for name, value in found if name not in left_out}}


def _gap(p: Floats, rows: pd.DataFrame, horizon_days: int) -> float:
    """Mean distance of predicted and seen over tenths; with few charges the groups are fewer: in a group of 40 chance
    alone makes a gap of 0.06."""
    days, paid = rows["watched_days"].to_numpy(), rows["is_paid"].to_numpy(bool)
    n_groups = min(max(len(p) // LEAST_IN_GROUP, 1), 10)
    group = (pd.Series(p).rank(method="first") * n_groups // (len(p) + 1)).to_numpy()
    gaps = [
        abs(1 - p[group == g].mean() - _kaplan_meier(days[group == g], paid[group == g], horizon_days))
        for g in set(group)
    ]
    return float(np.mean(gaps)) if gaps else float("nan")


def _kaplan_meier(days: NDArray[np.int64], paid: NDArray[np.bool_], horizon_days: int) -> float:
    """Share paid within the horizon (Kaplan and Meier 1958)."""
    unpaid = 1.0
    for day in range(1, horizon_days + 1):
        at_risk = int((days >= day).sum())
        if at_risk:
            unpaid *= 1 - int((paid & (days == day)).sum()) / at_risk
    return 1 - unpaid


def _gain_over_constant(curve: PaymentCurve, rows: pd.DataFrame) -> Comparison:
    watched = curve.predict_watched(rows)
    debtors = numbered_debtors(rows)[watched["row"]]
    return _over_constant((watched["paid"].to_numpy(), watched["p"].to_numpy()), debtors)


def _over_constant(seen: tuple[Floats, Floats], debtors: NDArray[Any]) -> Comparison:
    happened, p = seen
    constant = np.full(len(p), np.mean(happened)) if len(p) else p
    return Comparison(*compare_losses(happened, p, constant, debtors=debtors))


def _trial(
    measures: Mapping[str, float], seen: tuple[Floats, Floats], other: Floats | None, debtors: NDArray[Any]
) -> Trial:
    against = None if other is None else Comparison(*compare_losses(*seen, other, debtors=debtors))
    return Trial(measures, against, _over_constant(seen, debtors))


def _by_segment(
    seen: tuple[Floats, Floats, Floats], segments: Mapping[str, NDArray[Any]], debtors: NDArray[Any]
) -> dict[str, Comparison]:
    """The gain over the champion in each portfolio and product with debtors enough to tell."""
    found = {}
    for kind, names in segments.items():
        for name, here in pd.Series(np.arange(len(names))).groupby(names):
            own = here.to_numpy()
            if len(set(debtors[own])) >= _FEWEST_IN_SEGMENT:
                found[f"{kind} {name}"] = Comparison(
                    *compare_losses(*(column[own] for column in seen), debtors=debtors[own])
                )
    return found
