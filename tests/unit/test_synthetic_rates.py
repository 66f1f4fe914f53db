"""Over a seeded portfolio of the demo's kind, rates are those that the field reports."""

from __future__ import annotations

import pandas as pd
import pytest

from recobro_data.synthetic import Portfolio, simulate
from recobro_data.vocabulary import REACHED

N_DEBTORS, MONTHS = 2500, 14
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return simulate(N_DEBTORS, MONTHS, seed=20)


@pytest.fixture(scope="module")
def attempts(portfolio: Portfolio) -> pd.DataFrame:
    frame = portfolio.tables["contact_attempts"]
    day = frame["attempted_at"].dt.tz_convert("America/Lima").dt.tz_localize(None).dt.normalize()
    return frame.assign(reached=frame["outcome"].isin(REACHED), day=day)


@pytest.fixture(scope="module")
def charges(portfolio: Portfolio) -> pd.DataFrame:
    """Charges with the days from due date to the payment that settled them, an account's money paying in order."""
    rows = portfolio.tables["charges"][lambda frame: frame["cancelled_on"].isna()].sort_values("due_on")
    rows["total"] = rows.groupby("account_id")["amount"].cumsum() - 0.05
    paid = valid_payments(portfolio).sort_values("paid_on")
    paid["total"] = paid.groupby("account_id")["amount"].cumsum()
    merged = pd.merge_asof(
        rows.sort_values("total"), paid.sort_values("total")[["account_id", "total", "paid_on"]],
        on="total", by="account_id", direction="forward",
    )  # fmt: skip
    merged["due_on"] = pd.to_datetime(merged["due_on"])
    merged["late"] = (merged["paid_on"].fillna(pd.Timestamp(portfolio.as_of)) - merged["due_on"]).dt.days
    return merged


def valid_payments(portfolio: Portfolio) -> pd.DataFrame:
    payments = portfolio.tables["payments"]
    owner = portfolio.tables["charges"].drop_duplicates("account_id").set_index("account_id")["debtor_id"]
    payments = payments.assign(debtor_id=payments["account_id"].map(owner), paid_on=pd.to_datetime(payments["paid_on"]))
    return payments[payments["reversed_on"].isna()]


def test_calls_reach_seven_to_twenty_five_percent(attempts: pd.DataFrame) -> None:
    assert 0.09 < attempts.loc[attempts["channel"] == "call", "reached"].mean() < 0.20


def test_twenty_to_thirty_five_percent_of_reached_calls_bring_a_promise(attempts: pd.DataFrame) -> None:
    calls = attempts[(attempts["channel"] == "call") & attempts["reached"]]
    assert 0.22 < (calls["outcome"] == "promise").mean() < 0.32


def test_half_to_two_thirds_of_promises_are_kept(portfolio: Portfolio) -> None:
    promises = portfolio.tables["promises"].query("due_on < @portfolio.as_of.isoformat()").copy()
    promises["made_on"] = promises["made_at"].dt.tz_convert("America/Lima").dt.tz_localize(None).dt.normalize()
    both = promises.merge(valid_payments(portfolio), on="account_id", suffixes=("", "_paid"))
    within = both["paid_on"].between(both["made_on"], pd.to_datetime(both["due_on"]))
    got = both[within].groupby("promise_id")["amount_paid"].sum()
    kept = promises["promise_id"].map(got).fillna(0) >= promises["amount"] - 0.01
    assert 0.53 < kept.mean() < 0.63


def test_eight_to_twenty_percent_of_charges_get_thirty_days_late(portfolio: Portfolio, charges: pd.DataFrame) -> None:
    old = charges[charges["due_on"] < pd.Timestamp(portfolio.as_of) - 31 * DAY]
    assert 0.11 < (old["late"] >= 30).mean() < 0.18


def test_most_charges_are_paid_within_a_month_of_their_due_date(portfolio: Portfolio, charges: pd.DataFrame) -> None:
    old = charges[charges["due_on"] < pd.Timestamp(portfolio.as_of) - 31 * DAY]
    assert 0.40 < (old["late"] <= 0).mean() < 0.60
    assert 0.78 < (old["late"] <= 29).mean() < 0.92


def test_there_is_about_one_charge_a_debtor_and_month(charges: pd.DataFrame) -> None:
    assert 0.8 < len(charges) / (N_DEBTORS * MONTHS) < 1.2


def test_rare_things_are_as_rare_as_they_should_be(portfolio: Portfolio) -> None:
    tables = portfolio.tables
    assert 0.007 < tables["charges"]["cancelled_on"].notna().mean() < 0.014
    assert 0.007 < len(tables["disputes"]) / len(tables["charges"]) < 0.015
    assert 0.003 < tables["payments"]["reversed_on"].notna().mean() < 0.007
    assert 0.06 < (tables["debtors"]["kind"] == "company").mean() < 0.10
    assert 0.90 < tables["debtors"]["region"].notna().mean() < 0.99


def test_each_hour_and_channel_is_tried_often_enough_to_learn_from(attempts: pd.DataFrame) -> None:
    hours = attempts["attempted_at"].dt.tz_convert("America/Lima").dt.hour
    assert attempts.groupby(["channel", hours]).size().unstack().notna().all(axis=None)
    assert attempts.groupby(["channel", hours]).size().min() > 100


def test_people_answer_at_some_hours_more_than_at_others(attempts: pd.DataFrame) -> None:
    calls = attempts[attempts["channel"] == "call"]
    by_hour = calls.groupby(calls["attempted_at"].dt.tz_convert("America/Lima").dt.hour)["reached"].mean()
    assert by_hour.max() > 1.3 * by_hour.min()


def paid_within(portfolio: Portfolio, day: pd.Timestamp) -> pd.DataFrame:
    """Debtors with an account behind on that day: whether they paid something in the next 30 days."""
    due = portfolio.tables["charges"][lambda rows: pd.to_datetime(rows["due_on"]) < day]
    paid = valid_payments(portfolio)
    before = paid[paid["paid_on"] < day].groupby("debtor_id")["amount"].sum()
    owed = due.groupby("debtor_id")["amount"].sum()
    behind = owed.index[owed - before.reindex(owed.index).fillna(0) > 1]
    soon = paid.loc[paid["paid_on"].between(day, day + 29 * DAY), "debtor_id"]
    return pd.DataFrame({"paid": behind.isin(soon)}, index=behind)


def test_calls_look_harmful_in_the_history_although_they_help(portfolio: Portfolio, attempts: pd.DataFrame) -> None:
    by_rule = attempts[(attempts["channel"] == "call") & (attempts["propensity"] > 0.5)]
    day = pd.Timestamp("2026-08-05")
    behind = paid_within(portfolio, day)
    called = behind.index.isin(by_rule.loc[by_rule["day"] == day, "debtor_id"])
    naive = behind["paid"][called].mean() - behind["paid"][~called].mean()
    late = portfolio.truth.world.oldest_charge()[0] > 0
    truth = portfolio.truth.effect(portfolio.tables["debtors"]["debtor_id"][late], "call").mean()
    assert naive < -0.10
    assert truth > 0.05
