"""Open charges at the end of a horizon: who is still unpaid, with what probability, and how much each charge counts.

A charge that stops being watched before the horizon ends can not tell; those like it that were watched on stand in for
it (inverse probability of censoring: Robins and Rotnitzky 1992; Graf, Schmoor, Sauerbrei and Schumacher 1999). To look
at whole ones alone would be to look at more payers than there are: a payment is seen however short the watching.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recobro_models.payment_curve import PaymentCurve

Floats = NDArray[np.float64]

#: No charge stands for more than so many: the last of a stratum would otherwise decide alone.
_MOST_WEIGHT: Final = 10.0


def build_outcomes(curve: PaymentCurve, rows: pd.DataFrame, horizon_days: int, strata: ArrayLike) -> pd.DataFrame:
    """One row a charge whose state at the end of the horizon is known, with the index of `rows` from 0.

    `debtor_id`, `p` (of being unpaid), `happened` (it is unpaid), `weight`, and `money` (major units): the unpaid part
    of a charge that is past its due date then.
    """
    days, paid = rows["watched_days"].to_numpy(np.int64), rows["is_paid"].to_numpy(bool)
    weight = watching_weights(days, paid, horizon_days, strata)
    is_due = rows["charge_days_past_due"].to_numpy(np.float64) + horizon_days > 0
    unpaid_part = rows["charge_amount"] * (1 - rows["charge_paid_share"].fillna(0))
    found = pd.DataFrame(
        {
            "debtor_id": rows["debtor_id"].to_numpy(object), "p": curve.predict_unpaid(rows, np.array(horizon_days)),
            "happened": ~(paid & (days <= horizon_days)), "weight": weight,
            "money": np.where(is_due, unpaid_part.to_numpy(np.float64), 0.0),
        }
    )  # fmt: skip
    return found[weight > 0]


def watching_weights(
    watched_days: NDArray[np.int64], is_paid: NDArray[np.bool_], horizon_days: int, strata: ArrayLike
) -> Floats:
    """How many charges each stands for: 0 where watching stopped before the horizon did, at least 1 elsewhere.

    One over the Kaplan-Meier estimate of still being watched, in each of `strata`; payments of a day come before the
    end of watching on it.
    """
    weight = np.zeros(len(watched_days))
    for _, here in pd.Series(np.arange(len(weight))).groupby(_labels(strata), observed=True):
        own = here.to_numpy()
        weight[own] = _one_stratum(watched_days[own], is_paid[own], horizon_days)
    return weight


def _one_stratum(days: NDArray[np.int64], paid: NDArray[np.bool_], horizon_days: int) -> Floats:
    ends = np.arange(horizon_days)
    at_risk = np.array([((days > day) | ((days == day) & ~paid)).sum() for day in ends])
    stopped = np.array([((days == day) & ~paid).sum() for day in ends])
    watched = np.append(1.0, np.cumprod(1 - stopped / np.maximum(at_risk, 1)))
    # Paid on a day: watched through the day before; unpaid: watched through all of them.
    still = np.maximum(watched[np.clip(days, 0, horizon_days)], 1 / _MOST_WEIGHT)
    is_known = (days >= horizon_days) | paid
    return np.where(is_known, 1 / still, 0.0)


def _labels(strata: ArrayLike) -> Any:
    return strata if isinstance(strata, pd.Categorical) else np.asarray(strata)
