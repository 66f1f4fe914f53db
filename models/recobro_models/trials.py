"""Trials: each model measured on rows later than all it learnt from, against a constant and the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.horizon import watching_weights
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import Promises
from recobro_models.promotion import Comparison, Trial
from recobro_models.resampling import compare_losses
from recobro_models.watched_days import numbered_debtors
from recobro_models.weighted_measures import LEAST_IN_GROUP, Outcomes

Floats = NDArray[np.float64]

#: Fewer charges of either outcome than this say more about chance than about a slope.
_FEWEST_FOR_SLOPE: Final = 150
#: A segment of fewer debtors is not compared: its gain would be noise.
_FEWEST_IN_SEGMENT: Final = 30
_SEGMENTS: Final = ("portfolio", "product")
#: On debtors whom it never learnt from, a model keeps at least this share of what it gains over a constant.
_LEAST_KEPT: Final = 0.5


def try_risk(challenger: PaymentCurve, champion: PaymentCurve | None, rows: pd.DataFrame, horizon_days: int) -> Trial:
    """Measure payment curves on labelled charges by the intervals that were watched, and at the horizon."""
    watched = challenger.predict_watched(rows)
    hazard = {f"hazard_{name}": value for name, value in measure(watched["paid"], watched["p"]).items()}
    measures = {**hazard, **measure_horizon(challenger, rows, horizon_days), **_line(challenger, rows, horizon_days)}
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
    """Measures of being paid within the horizon.

    Discrimination and Brier on charges whose whole horizon was watched; calibration on all, against the Kaplan-Meier
    estimate of each tenth, because charges that stop being watched are not like the others. With few charges the groups
    are fewer: in a group of 40 chance alone makes a gap of 0.06.
    """
    p = 1 - curve.predict_unpaid(rows, np.array(horizon_days))
    days, paid = rows["watched_days"].to_numpy(), rows["is_paid"].to_numpy(bool)
    whole = (paid & (days <= horizon_days)) | (days >= horizon_days)
    found = measure((paid & (days <= horizon_days))[whole], p[whole])
    n_groups = min(max(len(p) // LEAST_IN_GROUP, 1), 10)
    group = (pd.Series(p).rank(method="first") * n_groups // (len(p) + 1)).to_numpy()
    gaps = [
        abs(p[group == g].mean() - _kaplan_meier(days[group == g], paid[group == g], horizon_days)) for g in set(group)
    ]
    return {**found, "calibration_error": float(np.mean(gaps)) if gaps else float("nan")}


def _line(curve: PaymentCurve, rows: pd.DataFrame, horizon_days: int) -> dict[str, float]:
    """Calibration slope and intercept of being paid within the horizon, where there are charges enough to tell."""
    days, paid = rows["watched_days"].to_numpy(np.int64), rows["is_paid"].to_numpy(bool)
    weight = watching_weights(days, paid, horizon_days, np.zeros(len(rows)))
    happened, known = (paid & (days <= horizon_days)).astype(np.float64), weight > 0
    if min(happened[known].sum(), (1 - happened[known]).sum()) < _FEWEST_FOR_SLOPE:
        return {}
    p, code = 1 - curve.predict_unpaid(rows, np.array(horizon_days)), np.zeros(int(known.sum()), np.int64)
    found = Outcomes(happened[known], p[known], weight[known], weight[known], code, 1).measure(np.ones((1, 1), np.int8))
    return {name: float(found[name][0]) for name in ("calibration_slope", "calibration_intercept")}


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
