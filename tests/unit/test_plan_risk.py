"""The risk of a day: debtors from their charges, and cash in one currency or none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges, build_owing, build_settings

from recobro_data.settings import Settings
from recobro_models.day_risk import read_charges, score_debtors
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import DayRows
from recobro_pipelines.plan_risk import expect_cash

CURVE = PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[]))
SETTINGS = build_settings()


def day_of(**of_debtors: Any) -> DayRows:
    """Three debtors with one charge of 100 each, as of one day."""
    due = pd.Timestamp(2026, 2, 1)
    given: dict[str, Any] = {"charge_amount": 100.0, "charge_days_past_due": [0, 20, 80], "due_on": due}
    charges = build_charges(3, **given, as_of=pd.Timestamp(2026, 3, 1))
    return DayRows(build_owing(3, **of_debtors), charges, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())


def cash_of(rows: DayRows, settings: Settings = SETTINGS) -> dict[str, Any]:
    return expect_cash(rows, read_charges(rows, CURVE, settings), CURVE, settings)


def test_a_debtor_has_the_probabilities_of_its_charge() -> None:
    rows = day_of()
    scored = score_debtors(rows, read_charges(rows, CURVE, SETTINGS), ("usual", set()))
    expected = CURVE.predict_unpaid(rows.charges, np.array(30))
    assert scored["p_unpaid"].tolist() == pytest.approx(expected.tolist())
    assert scored["p_pay_no_action"].tolist() == pytest.approx((1 - expected).tolist())


def test_debtors_of_a_small_portfolio_are_ranked_by_the_rule() -> None:
    rows = day_of(portfolio_id=["big", "small", "big"])
    scored = score_debtors(rows, read_charges(rows, CURVE, SETTINGS), ("usual", {"small"}))
    assert scored["policy"].tolist() == ["usual", THREE_CRITERIA, "usual"]


def test_cash_of_all_is_that_of_the_portfolios_together() -> None:
    cash = cash_of(day_of(portfolio_id=["a", "b", "b"]))
    first = {name: told["weeks"][0]["expected"] for name, told in cash.items()}
    assert first["all"] == pytest.approx(first["a"] + first["b"], abs=0.02)
    assert [len(told["weeks"]) for told in cash.values()] == [13, 13, 13]


def test_several_currencies_without_rates_are_not_added_up() -> None:
    cash = cash_of(day_of(currency=["PEN", "USD", "PEN"], portfolio_id=["a", "b", "a"]))
    assert cash["all"] is None
    assert (cash["a"]["currency"], cash["b"]["currency"]) == ("PEN", "USD")


def test_rates_bring_several_currencies_into_one() -> None:
    rows, plain = day_of(currency=["PEN", "USD", "PEN"]), cash_of(day_of())
    cash = cash_of(rows, build_settings(rates={"USD": 4.0}))
    assert cash["all"]["currency"] == "PEN"
    assert cash["all"]["weeks"][-1]["expected_so_far"] > plain["all"]["weeks"][-1]["expected_so_far"]


def test_with_nothing_open_no_cash_is_told() -> None:
    rows = day_of()
    empty = DayRows(rows.debtors.iloc[:0], rows.charges.iloc[:0], rows.contact_points, rows.attempts, rows.portfolios)
    assert cash_of(empty) == {"all": None}
