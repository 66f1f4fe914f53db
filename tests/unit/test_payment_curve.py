"""The payment curve: a hazard from watched days, where what was no longer watched is no label."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_models.payment_curve import CURVE_DAYS, RISK_FEATURES, PaymentCurve


def spread_charges(n: int) -> pd.DataFrame:
    """Charges up to two months late, half of them of debtors who were late before."""
    half = (np.arange(n) % 2).astype(float)
    return build_charges(n, charge_days_past_due=np.arange(n) % 60, late15_share_365d=half, n_late15_of_last6=half * 3)


def fit_few(rows: pd.DataFrame) -> PaymentCurve:
    return PaymentCurve.fit(rows, parameters=FEW_TREES)


@lru_cache(maxsize=1)
def late_payers() -> pd.DataFrame:
    """Those late before pay with 1 % a day, the others with 5 %."""
    charges = spread_charges(2500)
    return watch(charges, np.where(charges["late15_share_365d"] > 0, 0.01, 0.05), 45)


@lru_cache(maxsize=1)
def learned() -> PaymentCurve:
    return fit_few(late_payers())


def curves() -> list[PaymentCurve]:
    return [learned(), PaymentCurve.fit_baseline(late_payers()), PaymentCurve.fit_baseline(late_payers().iloc[:0])]


#: Every lateness that the grid tells apart, and what lies beyond it.
ANY_LATENESS = (*range(-130, 130), *range(130, 1200, 17), 5000)


@pytest.mark.parametrize("which", range(3))
def test_a_curve_never_falls_along_its_days_however_late_the_charge(which: int) -> None:
    rows = build_charges(len(ANY_LATENESS), charge_days_past_due=ANY_LATENESS)
    curve = curves()[which].predict_p_paid_by_day(rows, tuple(range(1, 61)))
    assert (np.diff(curve, axis=1) >= -1e-12).all()
    assert ((curve >= 0) & (curve <= 1)).all()


@pytest.mark.parametrize("which", range(3))
def test_unpaid_at_a_day_is_what_the_curve_leaves_of_that_day(which: int) -> None:
    rows = build_charges(len(ANY_LATENESS), charge_days_past_due=ANY_LATENESS)
    curve = curves()[which].predict_p_paid_by_day(rows)
    unpaid = [curves()[which].predict_unpaid(rows, np.array(day)) for day in CURVE_DAYS]
    np.testing.assert_allclose(np.column_stack(unpaid), 1 - curve, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(late=st.lists(st.integers(-400, 4000), min_size=1, max_size=6), days=st.integers(1, 180))
def test_more_days_never_leave_more_unpaid(late: list[int], days: int) -> None:
    rows = build_charges(len(late), charge_days_past_due=late)
    now, later = (learned().predict_unpaid(rows, np.array(day)) for day in (days, days + 1))
    assert (later <= now + 1e-12).all()


def test_each_charge_can_be_asked_for_days_of_its_own() -> None:
    rows = spread_charges(3)
    apart = [learned().predict_unpaid(rows, np.array(day))[at] for at, day in enumerate((1, 10, 30))]
    np.testing.assert_allclose(learned().predict_unpaid(rows, np.array([1, 10, 30])), apart)


def test_no_day_ahead_leaves_a_charge_unpaid() -> None:
    assert learned().predict_unpaid(spread_charges(2), np.array(0)).tolist() == [1.0, 1.0]


def test_a_charge_alone_gets_the_curve_that_it_has_among_others() -> None:
    rows = spread_charges(6)
    together = learned().predict_p_paid_by_day(rows)
    np.testing.assert_allclose(learned().predict_p_paid_by_day(rows.iloc[[4]])[0], together[4])


@pytest.mark.parametrize("make", [fit_few, PaymentCurve.fit_baseline], ids=["learned", "baseline"])
@pytest.mark.parametrize("share_censored", [0.0, 0.5, 1.0])
def test_a_constant_daily_hazard_is_recovered_however_many_stop_being_watched(make, share_censored) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(5)
    censored_after = np.where(rng.random(4000) < share_censored, rng.integers(1, 60, 4000), 60)
    curve = make(watch(build_charges(4000, charge_days_past_due=np.arange(4000) % 60), 0.03, censored_after))
    asked = build_charges(120, charge_days_past_due=np.arange(120) % 60)
    for day in (7, 15, 30):
        assert curve.predict_unpaid(asked, np.array(day)).mean() == pytest.approx(0.97**day, abs=0.025)


def test_nobody_watched_beyond_the_third_day_is_not_the_same_as_nobody_pays() -> None:
    charges = build_charges(900, charge_days_past_due=np.arange(900) % 3)
    day = build_charges(1, charge_days_past_due=[1])
    short, never = (PaymentCurve.fit_baseline(watch(charges, 1e-9, days)) for days in (3, 60))
    assert never.predict_unpaid(day, np.array(30)) > short.predict_unpaid(day, np.array(30)) + 0.25


def test_charges_paid_as_ever_until_they_stop_being_watched_keep_their_hazard() -> None:
    charges = build_charges(3000, charge_days_past_due=np.full(3000, 1))
    short = fit_few(watch(charges, 0.10, 3))
    assert short.predict_unpaid(charges.iloc[:60], np.array(3)).mean() == pytest.approx(0.9**3, abs=0.03)


def test_past_lateness_raises_the_risk() -> None:
    unpaid = learned().predict_unpaid(spread_charges(60), np.array(30))
    assert unpaid[1::2].mean() > unpaid[0::2].mean() + 0.2


def test_calibration_moves_hazards_towards_later_data() -> None:
    later = watch(spread_charges(1500), 0.10, 45, seed=9)
    before, after = learned(), learned().calibrated(later)
    seen = later["is_paid"] & (later["watched_days"] <= 30)
    gaps = [abs(1 - curve.predict_unpaid(later, np.array(30)).mean() - seen.mean()) for curve in (before, after)]
    assert gaps[1] < gaps[0] / 3


def test_contributions_name_every_column_and_raise_the_risk_of_those_late_before() -> None:
    values, names = learned().explain_unpaid(spread_charges(2), 30)
    assert set(RISK_FEATURES) < set(names)
    assert values.shape == (2, len(names))
    lateness = values[:, [names.index("late15_share_365d"), names.index("n_late15_of_last6")]].sum(axis=1)
    assert lateness[0] < 0 < lateness[1]


def test_a_baseline_owes_all_to_the_days_past_due() -> None:
    rows = build_charges(2, charge_days_past_due=[-20, 5])
    values, names = PaymentCurve.fit_baseline(rows.iloc[:0]).explain_unpaid(rows, 1)
    assert (values[:, [at for at, name in enumerate(names) if name != "charge_days_past_due"]] == 0).all()
    assert values[0, 0] > 0 > values[1, 0]


@pytest.mark.parametrize("which", range(3))
def test_a_curve_read_from_its_files_gives_the_same_numbers(which: int) -> None:
    curve, rows = curves()[which], spread_charges(20)
    again = PaymentCurve.from_files(curve.to_files())
    assert again.kind == curve.kind
    np.testing.assert_array_equal(again.predict_p_paid_by_day(rows), curve.predict_p_paid_by_day(rows))
    np.testing.assert_array_equal(again.explain_unpaid(rows, 30)[0], curve.explain_unpaid(rows, 30)[0])


def test_watched_intervals_are_told_with_their_chance_and_outcome() -> None:
    rows = build_charges(2, charge_days_past_due=[0, 0], watched_days=[2, 2], is_paid=[True, False])
    watched = PaymentCurve.fit_baseline(rows.iloc[:0]).predict_watched(rows)
    assert watched[["row", "paid"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 0]]
    assert watched["p"].tolist() == pytest.approx([0.2, 0.1, 0.2, 0.1])
