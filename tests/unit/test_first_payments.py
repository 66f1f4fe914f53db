"""Any payment of a debtor: learnt from first payments, never below a charge wholly paid, told alike everywhere."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import FEW_TREES, build_charges, build_owing, build_settings, watch

from recobro_models.day_risk import build_accounts, read_charges, score_debtors
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import DayRows
from recobro_models.trials import measure_any_payment, try_risk

WHOLE, ANY = 0.02, 0.05
MONTH = np.array(30)


def two_each(n: int, *, seed: int = 1) -> pd.DataFrame:
    """Debtors of two charges each, which are wholly paid with 2 % a day and paid something on with 5 %."""
    pairs = np.arange(2 * n)
    ids = [f"D{at:05d}" for at in pairs // 2]
    as_of = pd.Timestamp(2026, 1, 5) + pd.to_timedelta(pairs // 2 % 60, unit="D")
    charges = build_charges(2 * n, debtor_id=ids, as_of=as_of, charge_days_past_due=pairs % 50)
    rows = watch(charges, WHOLE, 45, seed=seed)
    first = watch(charges.iloc[::2], ANY, 45, seed=seed + 50)
    days, paid = (np.repeat(first[name].to_numpy(), 2) for name in ("watched_days", "is_paid"))
    return rows.assign(debtor_days=days, debtor_paid=paid)


@lru_cache(maxsize=1)
def learned() -> PaymentCurve:
    return PaymentCurve.fit(two_each(900), parameters=FEW_TREES).calibrated(two_each(900, seed=2))


def test_a_first_payment_is_as_likely_as_it_was_seen_and_a_whole_one_too() -> None:
    asked = two_each(200, seed=3)
    at = learned().find_likeliest(asked)
    assert learned().predict_any_paid(asked, MONTH)[at].mean() == pytest.approx(1 - (1 - ANY) ** 30, abs=0.04)
    assert learned().predict_unpaid(asked, MONTH).mean() == pytest.approx((1 - WHOLE) ** 30, abs=0.04)


@settings(max_examples=20, deadline=None)
@given(late=st.lists(st.integers(-150, 3000), min_size=1, max_size=5), days=st.integers(0, 180))
def test_anything_is_never_less_likely_than_the_whole(late: list[int], days: int) -> None:
    rows = build_charges(len(late), charge_days_past_due=late)
    for curve in (learned(), PaymentCurve.fit_baseline(two_each(40))):
        assert (curve.predict_any_paid(rows, np.array(days)) >= 1 - curve.predict_unpaid(rows, np.array(days))).all()


def test_a_curve_that_was_shown_no_first_payments_tells_anything_by_the_whole() -> None:
    shown = two_each(300, seed=4).drop(columns=["debtor_days", "debtor_paid"])
    curve = PaymentCurve.fit(shown, parameters=FEW_TREES).calibrated(shown)
    assert curve.predict_any_paid(shown, MONTH).tolist() == (1 - curve.predict_unpaid(shown, MONTH)).tolist()


def test_a_small_portfolio_tells_anything_by_the_whole() -> None:
    rows, curve = two_each(40), PaymentCurve.fit_baseline(two_each(40))
    assert curve.predict_any_paid(rows, MONTH).tolist() == (1 - curve.predict_unpaid(rows, MONTH)).tolist()


def test_a_curve_keeps_what_it_knows_of_first_payments_in_its_files() -> None:
    again = PaymentCurve.from_files(learned().to_files())
    assert again.first_payment == learned().first_payment


def test_a_curve_stored_before_first_payments_were_seen_tells_them_by_whole_ones() -> None:
    files = learned().to_files()
    del files["model.json"]["first_payment"]
    rows, again = two_each(20), PaymentCurve.from_files(files)
    assert again.predict_any_paid(rows, MONTH).tolist() == (1 - again.predict_unpaid(rows, MONTH)).tolist()


@lru_cache(maxsize=1)
def day() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Debtors and accounts of a day, and its charges: two a debtor, each on an account of its own."""
    charges = two_each(60, seed=5)
    due = pd.Timestamp(2026, 3, 2) - pd.to_timedelta(charges["charge_days_past_due"].to_numpy(), unit="D")
    charges = charges.assign(due_on=due, account_id=["x", "y"] * 60, is_disputed=False)
    oldest = charges.sort_values("due_on").groupby("debtor_id")["charge_id"].first().to_numpy(object)
    rows = DayRows(build_owing(60, oldest_charge_id=oldest), charges, *[pd.DataFrame()] * 3)
    readings = read_charges(rows, learned(), build_settings())
    return score_debtors(rows, readings, ("usual", set())), build_accounts(rows, readings), charges


def test_a_debtor_pays_anything_as_its_likeliest_charge_tells() -> None:
    debtors, _, charges = day()
    told = pd.Series(learned().predict_any_paid(charges, MONTH), index=charges["debtor_id"].to_numpy())
    expected = told.groupby(level=0).max().loc[debtors["debtor_id"]]
    np.testing.assert_allclose(debtors["p_pay_no_action"], expected, rtol=1e-12)
    assert (debtors["p_pay_no_action"] > 1 - debtors["p_unpaid"] + 0.1).all()


def test_no_account_is_likelier_to_bring_a_payment_than_its_debtor_and_one_is_as_likely() -> None:
    debtors, accounts, _ = day()
    best = accounts.groupby("debtor")["p_pay_no_action"].max()
    assert best.tolist() == debtors["p_pay_no_action"].tolist()


def test_the_trial_measures_any_payment_by_debtors_out_of_time() -> None:
    later = two_each(500, seed=6)
    measures = measure_any_payment(learned(), later, 30)
    assert (measures["n"], measures["rate"]) == (500, pytest.approx((1 - ANY) ** 30, abs=0.05))
    assert measures["calibration_error"] < 0.06
    told = try_risk(learned(), None, later, 30).measures
    assert {f"any_payment_{name}": value for name, value in measures.items()}.items() <= told.items()


def test_of_rows_without_first_payments_the_trial_measures_none() -> None:
    assert measure_any_payment(learned(), two_each(5).drop(columns="debtor_days"), 30) == {}
