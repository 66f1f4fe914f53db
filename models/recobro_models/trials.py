"""Trials: each model measured on rows later than all it learnt from, against a constant and the champion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure, paired_log_loss_gain
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promotion import Comparison, Trial

Floats = NDArray[np.float64]

#: Charges in a group of the calibration at the horizon.
_LEAST_IN_GROUP: Final = 150


def try_risk(challenger: PaymentCurve, champion: PaymentCurve | None, rows: pd.DataFrame, horizon_days: int) -> Trial:
    """Measure payment curves on labelled charges by the intervals that were watched, and at the horizon."""
    watched = challenger.predict_watched(rows)
    groups = rows["debtor_id"].to_numpy(object)[watched["row"]]
    other = None if champion is None else champion.predict_watched(rows)["p"].to_numpy()
    hazard = {f"hazard_{name}": value for name, value in measure(watched["paid"], watched["p"]).items()}
    measures = {**hazard, **measure_horizon(challenger, rows, horizon_days)}
    return _trial(measures, watched["paid"].to_numpy(), watched["p"].to_numpy(), other, groups)


def try_contact_times(challenger: ContactTimes, champion: ContactTimes | None, attempts: pd.DataFrame) -> Trial:
    """Measure contact models on later attempts."""
    asked = (attempts["channel"], attempts["weekday"], attempts["hour"])
    p = challenger.predict_p_reach(attempts, *asked)
    other = None if champion is None else champion.predict_p_reach(attempts, *asked)
    happened = attempts["reached"].to_numpy(np.float64)
    return _trial(measure(happened, p), happened, p, other, attempts["debtor_id"].to_numpy(object))


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
    n_groups = min(max(len(p) // _LEAST_IN_GROUP, 1), 10)
    group = (pd.Series(p).rank(method="first") * n_groups // (len(p) + 1)).to_numpy()
    gaps = [
        abs(p[group == g].mean() - _kaplan_meier(days[group == g], paid[group == g], horizon_days)) for g in set(group)
    ]
    return {**found, "calibration_error": float(np.mean(gaps)) if gaps else float("nan")}


def _kaplan_meier(days: NDArray[np.int64], paid: NDArray[np.bool_], horizon_days: int) -> float:
    """Share paid within the horizon (Kaplan and Meier 1958)."""
    unpaid = 1.0
    for day in range(1, horizon_days + 1):
        at_risk = int((days >= day).sum())
        if at_risk:
            unpaid *= 1 - int((paid & (days == day)).sum()) / at_risk
    return 1 - unpaid


def _trial(
    measures: Mapping[str, float], happened: Floats, p: Floats, other: Floats | None, groups: NDArray[Any]
) -> Trial:
    constant = np.full(len(p), np.mean(happened)) if len(p) else p
    against = None if other is None else Comparison(*paired_log_loss_gain(happened, p, other, groups=groups))
    return Trial(measures, against, Comparison(*paired_log_loss_gain(happened, p, constant, groups=groups)))
