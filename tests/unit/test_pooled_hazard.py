"""A learned hazard drawn to the baseline: between both, nearer what was learnt the more payments were seen."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_models.payment_curve import PaymentCurve
from recobro_models.pooled_hazard import HALFWAY_PAYMENTS, PooledHazard, pooling_share


def late_half(n: int) -> pd.DataFrame:
    """Charges of which every other debtor was late before, and pays with 1 % a day instead of 8 %."""
    late = (np.arange(n) % 2).astype(float)
    charges = build_charges(n, charge_days_past_due=np.arange(n) % 40, late15_share_365d=late)
    return watch(charges, np.where(late > 0, 0.01, 0.08), 40)


@cache
def fitted(n: int) -> PaymentCurve:
    return PaymentCurve.fit(late_half(n), parameters=FEW_TREES)


def pooled(n: int) -> PooledHazard:
    hazard = fitted(n).hazard
    assert isinstance(hazard, PooledHazard)
    return hazard


def matrix(n: int = 60) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Columns of the model, then an interval of three days from 1 to 40 days past due."""
    rows = fitted(300).encoding.matrix(late_half(n))
    return np.hstack([rows, np.tile([0.0, 3.0, 1.0, 1.0, 2.0, 10.0, 5.0, 0.0, 0.0], (n, 1)) + np.eye(1, 9) * 4])


@pytest.mark.parametrize(("payments", "share"), [(0, 0.0), (HALFWAY_PAYMENTS, 0.5), (9 * HALFWAY_PAYMENTS, 0.9)])
def test_the_share_of_what_was_learnt_rises_with_the_payments_seen(payments: float, share: float) -> None:
    assert pooling_share(payments) == pytest.approx(share)


def test_log_odds_lie_between_the_learned_and_the_baseline() -> None:
    hazard, x = pooled(300), matrix()
    ends = np.sort([hazard.learned.log_odds(x), hazard.baseline.log_odds(x)], axis=0)
    assert ((ends[0] <= hazard.log_odds(x) + 1e-9) & (hazard.log_odds(x) <= ends[1] + 1e-9)).all()


def test_more_payments_are_believed_more_and_known_better() -> None:
    few, many = pooled(300), pooled(3000)
    assert few.share < many.share < 1
    assert many.error < few.error


def test_payments_whose_coming_together_was_learnt_count_each() -> None:
    n = np.arange(3000)
    rows = late_half(3000).assign(debtor_id=[f"d{half}-{group}" for half, group in zip(n % 2, n // 30, strict=True)])
    hazard = PaymentCurve.fit(rows, parameters=FEW_TREES).hazard
    assert isinstance(hazard, PooledHazard)
    assert hazard.share > pooling_share(1.5 * hazard.baseline.n_payments)


def test_contributions_of_both_add_up_to_the_pooled_log_odds() -> None:
    hazard, x = pooled(300), matrix()
    values = hazard.pooled_contributions(hazard.learned.contributions(x), x)
    np.testing.assert_allclose(values.sum(axis=1), hazard.log_odds(x), atol=1e-9)


def test_of_nothing_learnt_the_baseline_is_left_and_its_error() -> None:
    hazard, x = replace(pooled(300), share=0.0), matrix()
    np.testing.assert_array_equal(hazard.log_odds(x), hazard.baseline.log_odds(x))
    np.testing.assert_array_equal(hazard.spread(x), hazard.baseline.spread(x))


def test_one_payment_alone_is_enough_to_fit() -> None:
    rows = late_half(40).assign(is_paid=[True, *[False] * 39])
    assert pooling_share(0) < PaymentCurve.fit(rows, parameters=FEW_TREES).hazard.share < 0.1  # type: ignore[union-attr]


def test_it_is_read_back_from_its_files() -> None:
    files = pooled(300).to_files()
    again = PooledHazard.from_files({name: json.loads(json.dumps(content)) for name, content in files.items()})
    np.testing.assert_array_equal(again.log_odds(matrix()), pooled(300).log_odds(matrix()))
    np.testing.assert_array_equal(again.spread(matrix()), pooled(300).spread(matrix()))
