"""Outcomes at the end of the horizon: charges that stop being watched are stood in for by those like them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.model_samples import build_charges, watch

from recobro_models.horizon import build_outcomes, watching_weights
from recobro_models.payment_curve import PaymentCurve

NOWHERE = np.zeros(6)


def test_where_all_were_watched_every_charge_counts_once() -> None:
    days, paid = np.array([3, 30, 45, 30]), np.array([True, True, False, False])
    assert list(watching_weights(days, paid, 30, np.zeros(4))) == [1, 1, 1, 1]


def test_those_watched_on_stand_in_for_those_who_were_not() -> None:
    # One of six stops being watched on day 2 of 10: the four unpaid then, and whoever pays later, count 5/4.
    days, paid = np.array([1, 2, 5, 10, 12, 10]), np.array([True, False, True, False, False, True])
    expected = [1, 0, 5 / 4, 5 / 4, 5 / 4, 5 / 4]
    assert list(watching_weights(days, paid, 10, NOWHERE)) == pytest.approx(expected)


def test_a_payment_comes_before_the_end_of_watching_on_the_same_day() -> None:
    days, paid = np.array([2, 2, 9, 9]), np.array([True, False, False, False])
    assert list(watching_weights(days, paid, 9, np.zeros(4))) == pytest.approx([1, 0, 3 / 2, 3 / 2])


def test_each_stratum_is_stood_in_for_by_its_own() -> None:
    days, paid = np.array([1, 9, 9, 9]), np.array([False, False, False, False])
    assert list(watching_weights(days, paid, 9, np.array(["a", "a", "b", "b"]))) == [0, 2, 1, 1]


def test_weights_bring_back_the_rate_that_was_not_watched_to_its_end() -> None:
    rng = np.random.default_rng(2)
    paid_after, stopped_after = rng.geometric(0.03, 40_000), rng.geometric(0.05, 40_000)
    days, paid = np.minimum(paid_after, stopped_after), paid_after <= stopped_after
    weight = watching_weights(days, paid, 30, np.zeros(40_000))
    unpaid = ~(paid & (days <= 30))
    assert np.average(unpaid, weights=weight) == pytest.approx(0.97**30, abs=0.01)
    assert unpaid[weight > 0].mean() < 0.3


def test_outcomes_tell_who_is_unpaid_and_what_is_overdue_by_then() -> None:
    charges = build_charges(3, charge_days_past_due=[5, -40, 5], charge_amount=100.0, charge_paid_share=[0.2, 0.0, 0.0])
    rows = watch(charges, 0.5, 45).assign(watched_days=[31, 45, 10], is_paid=[False, False, False])
    found = build_outcomes(PaymentCurve.fit_baseline(rows.iloc[:0]), rows, 30, np.zeros(3))
    assert found["happened"].tolist() == [True, True]
    assert found["money"].tolist() == pytest.approx([80.0, 0.0])
    assert list(found.index) == [0, 1]
