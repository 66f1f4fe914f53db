"""What the contact effect's lift depends on: the columns of a debtor's chance of paying soon and of its shift."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_floats
from recobro_models.features.families import DEBTOR_FEATURES

Floats = NDArray[np.float64]

#: Log-odds of paying soon that being reached adds, before anything is learnt: an assumption, on the cautious side.
PRIOR_SHIFT: Final = {"call": 0.5, "sms": 0.2, "whatsapp": 0.35, "email": 0.15, "visit": 0.6}
#: What the shift is learnt from: the standing, how the debtor pays, and how contacts went.
SHIFT_FEATURES: Final = (
    "oldest_days_past_due", "n_overdue", "n_attempts_7d", "n_attempts_30d", "days_since_last_payment",
    "days_since_last_reached", "mean_days_late_90d", "mean_days_late_180d", "mean_days_late_365d",
    "late_money_share_365d", "spread_days_late_365d", "late5_share_365d", "smoothed_late5_share",
    "trend_days_late_90d", "n_reached_before_365d", "n_paid_after_reached_365d", "n_refusals_180d", "n_broken_365d",
)  # fmt: skip
_SOON: Final = names_of(DEBTOR_FEATURES)
_SHIFT: Final = names_of(SHIFT_FEATURES)


def soon_columns(rows: pd.DataFrame) -> Floats:
    """What the chance of paying soon depends on: every debtor feature, and how many days they lie back."""
    return np.column_stack([_columns(rows, _SOON), _column(rows, "days_ahead", 0.0)])


def late_and_since(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Days past due of the oldest open charge, and days since a contact reached the debtor; of a day ahead of the
    features, moved on to that day."""
    ahead = _column(rows, "days_ahead", 0.0)
    since = np.fmin(_column(rows, "days_since_last_reached") + ahead, _column(rows, "reached_days_before"))
    return _column(rows, "oldest_days_past_due") + ahead, since


def shift_columns(rows: pd.DataFrame) -> Floats:
    """What the shift depends on; of a day ahead of the features, moved on to that day."""
    ahead, (late, since) = _column(rows, "days_ahead", 0.0), late_and_since(rows)
    own = _columns(rows, _SHIFT)
    own[:, SHIFT_FEATURES.index("oldest_days_past_due")] = late
    own[:, SHIFT_FEATURES.index("days_since_last_reached")] = since
    for name in ("n_attempts_7d", "n_attempts_30d"):
        own[:, SHIFT_FEATURES.index(name)] += _column(rows, "n_tried_before", 0.0)
    own[:, SHIFT_FEATURES.index("days_since_last_payment")] += ahead
    followed, reached = (_column(rows, name) for name in ("n_paid_after_reached_365d", "n_reached_before_365d"))
    # Reached about this very charge or about an earlier one: a reminder works once.
    return np.column_stack([own, (followed + 0.5) / (reached + 1), np.clip(since - late, -100, 100)])


def _column(rows: pd.DataFrame, name: str, missing: float = np.nan) -> Floats:
    if name not in rows:
        return np.full(len(rows), missing)
    return rows[name].to_numpy(np.float64, na_value=missing)


def _columns(rows: pd.DataFrame, names: pd.Index[str]) -> Floats:
    return np.array(read_floats(rows, names), order="C")
