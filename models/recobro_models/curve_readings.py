"""What is read off a payment curve: staying unpaid, rolling to the next stage, depths past due, the expected day."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import build_frame
from recobro_data.settings import Stages
from recobro_models.cash_forecast import WEEKS
from recobro_models.payment_curve import CURVE_DAYS, INTERVAL_LEVEL, PaymentCurve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The last day ahead that a curve tells of; what comes later is beyond it.
LAST_DAY: Final = max(CURVE_DAYS)
#: Shares of the curve that bound the expected day: half are paid by the middle one, 80 of 100 between the outer ones.
DAY_SHARES: Final = (0.1, 0.5, 0.9)
#: Depths past due that lenders report.
DEPTHS: Final = (30, 90)
#: Charges read at once, so that memory stays flat.
_BATCH: Final = 10_000


def unpaid_after(paid_by_day: Floats, days: Ints) -> Floats:
    """Probability that each charge is unpaid after its number of days ahead.

    Example:
        >>> unpaid_after(np.array([[0.1, 0.4], [0.1, 0.4]]), np.array([0, 2])).tolist()
        [1.0, 0.6]
    """
    certain = np.column_stack([np.zeros(len(paid_by_day)), paid_by_day])
    unpaid: Floats = 1 - certain[np.arange(len(certain)), days]
    return unpaid


def p_past_due(paid_by_day: Floats, days_past_due: Ints, depth: Ints | int, *, horizon_days: int) -> Floats:
    """Probability that each charge is `depth` or more days past due, still unpaid, on some day within the horizon.

    1 where it is so deep already; 0 where the calendar does not let it be within `horizon_days`.

    Example:
        >>> p_past_due(np.array([[0.1, 0.4, 0.5]]), np.array([29]), 31, horizon_days=3).tolist()
        [0.6]
    """
    days = np.maximum(np.asarray(depth) - days_past_due, 0)
    is_near = days <= horizon_days
    return np.where(is_near, unpaid_after(paid_by_day, np.where(is_near, days, 0)), 0.0)


def next_depth(days_past_due: Ints, stages: Stages) -> Ints:
    """First day past due of the stage after each charge's own; what is not past due comes next to `early`.

    The last stage has none after it: a depth that no charge reaches.

    Example:
        >>> next_depth(np.array([-3, 0, 1, 31, 90]), Stages()).tolist()
        [1, 1, 31, 61, 91]
    """
    starts = np.array([1, stages.early + 1, stages.mid + 1, stages.late + 1, np.iinfo(np.int32).max])
    return starts[np.searchsorted(starts, days_past_due, side="right")]


def p_roll(paid_by_day: Floats, days_past_due: Ints, stages: Stages, *, horizon_days: int) -> Floats:
    """Probability that each charge is in the next stage, unpaid, on the day it would get there, within the horizon.

    NaN in the last stage, 0 where the next one begins after the horizon.
    """
    depth = next_depth(days_past_due, stages)
    p = p_past_due(paid_by_day, days_past_due, depth, horizon_days=horizon_days)
    return np.where(depth == np.iinfo(np.int32).max, np.nan, p)


def day_paid(paid_by_day: Floats, share: float) -> Floats:
    """Day ahead by which the probability of being paid reaches a share; NaN where that is beyond the curve.

    Example:
        >>> day_paid(np.array([[0.1, 0.4, 0.5], [0.0, 0.1, 0.2]]), 0.5).tolist()
        [3.0, nan]
    """
    days = (paid_by_day < share).sum(axis=1) + 1.0
    return np.where(days <= paid_by_day.shape[1], days, np.nan)


def build_readings(curve: PaymentCurve, charges: pd.DataFrame, stages: Stages, *, horizon_days: int) -> pd.DataFrame:
    """One row a charge, by `charge_id`: everything that is told of its curve, from one look at it.

    | column | tells |
    |---|---|
    | p_unpaid, p_unpaid_low, p_unpaid_high | probability of being unpaid after the horizon, and its interval |
    | p_any_paid | `PaymentCurve.predict_any_paid` within the horizon |
    | p_roll | `p_roll` |
    | p_30_past_due, p_90_past_due | `p_past_due` within the horizon |
    | paid_day, paid_day_low, paid_day_high | `day_paid` of a half, a tenth and nine tenths |
    | p_paid_1, p_paid_3, ... | the curve at `CURVE_DAYS` |
    | p_cash_1, p_cash_2, ... | paid by the end of each of the coming `WEEKS` if debtors are worked as they were |

    One row alone is the row it is among others.
    """
    cuts = range(0, max(len(charges), 1), _BATCH)
    parts = [_read(curve, charges.iloc[at : at + _BATCH], stages, horizon_days) for at in cuts]
    return parts[0] if len(parts) == 1 else pd.concat(parts)


def _read(curve: PaymentCurve, charges: pd.DataFrame, stages: Stages, horizon_days: int) -> pd.DataFrame:
    crossed = curve.cross(charges, LAST_DAY)
    by_day, late = crossed.paid_by_day(LAST_DAY), charges["charge_days_past_due"].to_numpy(np.int64)
    near = crossed.until(horizon_days)
    low, high = near.unpaid_interval(INTERVAL_LEVEL)
    early, usual, last = (day_paid(by_day, share) for share in DAY_SHARES)
    told = {"p_unpaid": unpaid_after(by_day, np.full(len(by_day), horizon_days)), "p_unpaid_low": low}
    told |= {"p_any_paid": 1 - np.minimum(near.recalibrated(curve.first_payment).unpaid(), told["p_unpaid"])}
    told |= {"p_unpaid_high": high, "p_roll": p_roll(by_day, late, stages, horizon_days=horizon_days)}
    told |= {f"p_{depth}_past_due": p_past_due(by_day, late, depth, horizon_days=horizon_days) for depth in DEPTHS}
    told |= {"paid_day": usual, "paid_day_low": early, "paid_day_high": last}
    told |= {f"p_paid_{day}": by_day[:, day - 1] for day in CURVE_DAYS}
    worked = crossed.recalibrated(curve.worked).paid_by_day(LAST_DAY)
    told |= {f"p_cash_{week}": worked[:, 7 * week - 1] for week in range(1, WEEKS + 1)}
    ids = charges["charge_id"]
    return build_frame(told, pd.Index(ids, dtype=ids.dtype, name="charge_id"))
