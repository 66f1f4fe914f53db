"""How well a probability is known: less from few payments, never outside 0 and 1, and no less often than told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_data.errors import NoChampionError
from recobro_models.calibration import Recalibration
from recobro_models.payment_curve import PaymentCurve

ASKED = build_charges(60, charge_days_past_due=np.arange(60) - 10)


def fit_baseline(n: int, daily: float = 0.05, seed: int = 1) -> PaymentCurve:
    return PaymentCurve.fit_baseline(
        watch(build_charges(n, charge_days_past_due=np.arange(n) % 60), daily, 30, seed=seed)
    )


def width(curve: PaymentCurve, days: int = 20) -> float:
    low, high = curve.predict_unpaid_interval(ASKED, np.array(days))
    return float((high - low).mean())


@settings(max_examples=20, deadline=None)
@given(days=st.integers(0, 180), late=st.integers(-150, 3000), level=st.floats(0.5, 0.99))
def test_the_probability_lies_within_its_interval_and_that_within_0_and_1(days: int, late: int, level: float) -> None:
    rows, curve = build_charges(1, charge_days_past_due=[late]), fit_baseline(200)
    low, high = curve.predict_unpaid_interval(rows, np.array(days), level=level)
    p = curve.predict_unpaid(rows, np.array(days))
    assert 0 <= low[0] <= p[0] + 1e-12
    assert p[0] - 1e-12 <= high[0] <= 1


def test_more_charges_seen_narrow_the_interval() -> None:
    assert width(fit_baseline(2000)) < width(fit_baseline(50)) < width(PaymentCurve.fit_baseline(ASKED.iloc[:0]))


def test_a_higher_level_widens_the_interval() -> None:
    curve = fit_baseline(300)
    narrow, wide = (curve.predict_unpaid_interval(ASKED, np.array(20), level=level) for level in (0.5, 0.95))
    assert ((wide[0] < narrow[0]) & (narrow[1] < wide[1])).all()


def test_the_truth_lies_within_the_interval_at_least_as_often_as_told() -> None:
    held = []
    for seed in range(20):
        low, high = fit_baseline(150, 0.04, seed).predict_unpaid_interval(ASKED, np.array(10))
        held.append((low <= 0.96**10) & (high >= 0.96**10))
    assert np.mean(held) >= 0.9


def test_a_recalibration_that_is_not_sure_widens_the_interval() -> None:
    curve = fit_baseline(300)
    unsure = replace(curve, recalibration=Recalibration(0.0, 1.0, (0.5, 0.0, 0.0)))
    assert width(unsure) > width(curve)


def test_a_curve_that_was_recalibrated_says_how_sure_it_is() -> None:
    rows = watch(build_charges(900, charge_days_past_due=np.arange(900) % 60), 0.05, 30)
    curve = PaymentCurve.fit(rows, parameters=FEW_TREES).calibrated(watch(rows, 0.08, 30, seed=5))
    assert min(curve.recalibration.covariance[0], curve.recalibration.covariance[2]) > 0


def test_charges_as_worked_are_paid_sooner_where_contact_helped() -> None:
    rows = watch(build_charges(1500, charge_days_past_due=np.arange(1500) % 60), 0.03, 30)
    worked = watch(rows, 0.09, 30, seed=4)
    seen = rows.assign(followed_days=worked["watched_days"], was_paid=worked["is_paid"])
    curve = PaymentCurve.fit(seen, parameters=FEW_TREES).calibrated(seen)
    alone, contacted = (one.predict_unpaid(ASKED, np.array(15)).mean() for one in (curve, curve.as_worked()))
    assert alone == pytest.approx(0.97**15, abs=0.06)
    assert contacted == pytest.approx(0.91**15, abs=0.06)


def test_a_curve_stored_by_an_earlier_version_is_no_champion() -> None:
    files = fit_baseline(50).to_files()
    files["model.json"] = {"kind": "baseline"}
    with pytest.raises(NoChampionError, match=r"stored in form 2, found form 1\. Train again"):
        PaymentCurve.from_files(files)
