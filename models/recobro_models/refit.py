"""What goes in force: the tried model's twin, fitted once more to everything that is known.

A model is tried on the newest days, so it knows nothing of them, nor of the days in the gaps before, nor of those that
it was calibrated on. Once it has been tried, keeping these rows from the model that plans go by would only make that
worse. What was tried is kept beside it: later challengers are held against that, because the model in force has seen
the days they are tried on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from recobro_models.payment_curve import PaymentCurve
from recobro_models.splits import TimeSplit, rows_at, watched_until


def refit_curve(rows: pd.DataFrame, split: TimeSplit, *, parameters: Mapping[str, Any]) -> PaymentCurve:
    """The payment curve of all rows, its level that of the days that calibrate and test.

    How sure of itself it may be is seen on the days that test by a curve that was fitted to what had ended before them:
    as old then as this one is on the day after its last.

    Args:
        rows: as for `PaymentCurve.fit`.
        split: with days that test.
    """
    begin = split.test[0]
    before = [day for day in rows["as_of"].dt.date.unique() if day + timedelta(days=split.label_days) <= begin]
    newest = rows_at(rows, split.test)
    ended = PaymentCurve.fit(watched_until(rows_at(rows, before), begin), parameters=parameters).calibrated(newest)
    curve = PaymentCurve.fit(rows, parameters=parameters)
    return curve.calibrated_like(ended, rows_at(rows, (*split.calibrate, *split.test))).against_average_of(newest)
