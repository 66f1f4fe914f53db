"""Accounts of a day's debtors: what is open on each, and the risk of its oldest open charge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import WORK_DATE, build_calendar, build_charges, build_owing, build_scored, build_settings

from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.day_risk import build_accounts, read_charges
from recobro_models.decision.payloads import build_payloads
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import DayRows
from recobro_pipelines.plan import Champions

CURVE = PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[]))
SETTINGS = build_settings()
LATE = np.array([10.0, 40.0, 70.0, 5.0])


def day_rows() -> DayRows:
    """Debtor D00001 stands before D00000 and has two accounts; one of its charges, half paid, is in dispute."""
    charges = build_charges(
        4, debtor_id=["D00001", "D00001", "D00001", "D00000"], account_id=["b", "a", "b", "a"], charge_amount=100.0,
        charge_paid_share=[0.0, 0.5, 0.0, 0.0], is_disputed=[False, True, False, False], charge_days_past_due=LATE,
        due_on=pd.Timestamp(WORK_DATE) - pd.to_timedelta(LATE, unit="D"), as_of=pd.Timestamp(WORK_DATE),
    )  # fmt: skip
    debtors = build_owing(2, debtor_id=["D00001", "D00000"], oldest_charge_id=["C00002", "C00003"])
    return DayRows(debtors, charges, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())


def accounts() -> pd.DataFrame:
    return build_accounts(day_rows(), read_charges(day_rows(), CURVE, SETTINGS))


def payloads() -> dict[str, Any]:
    rows, calendar = day_rows(), build_calendar(SETTINGS)
    readings = read_charges(rows, CURVE, SETTINGS)
    models = Champions(CURVE, ContactTimes.prior(), ContactEffect.prior(), {})
    scored = build_scored(rows.debtors, SETTINGS, calendar)
    told = build_payloads(scored, models, calendar, {}, (readings, build_accounts(rows, readings)))
    return {debtor_id: payload["risk"] | {"promise": payload["promise"]} for debtor_id, _, payload in told}


def test_without_a_champion_of_promises_the_prior_is_told() -> None:
    promise = payloads()["D00000"]["promise"]
    assert (promise["p_promise"]["call"], promise["p_kept"]) == (0.2, 0.5)
    assert set(promise["p_promise"]) == {"call", "sms", "whatsapp", "email"}


def test_accounts_stand_in_the_order_of_their_debtors() -> None:
    assert accounts()[["debtor", "account_id"]].to_numpy().tolist() == [[0, "a"], [0, "b"], [1, "a"]]


def test_an_account_owes_what_is_unpaid_of_its_charges() -> None:
    found = accounts()
    assert found["balance_due"].tolist() == [50.0, 200.0, 100.0]
    assert (found["n_open"].tolist(), found["days_past_due"].tolist()) == ([1, 2, 1], [40, 70, 5])


def test_what_is_in_dispute_is_told_apart() -> None:
    assert accounts()["disputed_amount"].tolist() == [50.0, 0.0, 0.0]


def test_each_debtor_is_told_its_own_accounts() -> None:
    told = {name: [account["account_id"] for account in risk["accounts"]] for name, risk in payloads().items()}
    assert told == {"D00001": ["a", "b"], "D00000": ["a"]}


def test_the_account_of_the_oldest_charge_has_the_debtor_s_chances() -> None:
    risk = payloads()["D00001"]
    shared = [name for name in risk["accounts"][1] if name in risk and name != "p_pay_no_action"]
    assert {name: risk["accounts"][1][name] for name in shared} == {name: risk[name] for name in shared}


def test_another_account_has_the_chances_of_its_own_oldest_charge() -> None:
    expected = CURVE.predict_unpaid(day_rows().charges.iloc[[1]], np.array(30))
    assert payloads()["D00001"]["accounts"][0]["p_unpaid"] == pytest.approx(expected[0], abs=1e-6)
