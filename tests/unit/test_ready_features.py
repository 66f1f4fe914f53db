"""Charges whose features are ready are scored from records as from frames."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_data.errors import RecobroError
from recobro_models.payment_curve import PaymentCurve
from recobro_models.segment_rates import RATE_COLUMNS

AS_OF = date(2026, 3, 4)
LATE = np.random.default_rng(5).integers(-20, 60, 300)
CHARGES = build_charges(300, charge_days_past_due=LATE, oldest_days_past_due=LATE, open_amount=LATE * 3.0)


@pytest.fixture(scope="module")
def curve() -> PaymentCurve:
    return PaymentCurve.fit(watch(CHARGES, 0.02 + (LATE < 0) * 0.03, 60), parameters=FEW_TREES)


def records(curve: PaymentCurve) -> list[dict[str, Any]]:
    names = [name for name in curve.encoding.columns if name not in RATE_COLUMNS]
    frame = CHARGES[names].astype(object)
    return [dict(row) for row in frame.where(frame.notna(), None).to_dict("records")]


def test_records_are_scored_as_the_frame_to_the_last_bit(curve: PaymentCurve) -> None:
    frame = CHARGES.assign(as_of=pd.Timestamp(AS_OF))
    found = curve.predict_unpaid_of(records(curve), AS_OF, 30)
    assert found.tolist() == curve.predict_unpaid(frame, np.array(30)).tolist()


def test_a_category_that_was_never_seen_and_one_that_is_not_known_are_missing(curve: PaymentCurve) -> None:
    one = {**records(curve)[0], "product": "never seen", "region": None}
    row = CHARGES.iloc[[0]].assign(product="never seen", region=None)
    found, told = curve.encoding.matrix_of([one]), curve.encoding.matrix(row)
    np.testing.assert_array_equal(found, told)


def test_a_record_that_lacks_a_column_is_refused_by_its_name(curve: PaymentCurve) -> None:
    lacking = [{name: value for name, value in one.items() if name != "open_amount"} for one in records(curve)[:1]]
    with pytest.raises(RecobroError, match="Expected column 'open_amount'"):
        curve.encoding.matrix_of(lacking)


def test_no_records_are_no_scores(curve: PaymentCurve) -> None:
    assert not len(curve.predict_unpaid_of([], AS_OF, 30))
