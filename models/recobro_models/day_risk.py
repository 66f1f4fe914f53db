"""The risk of a day: every open charge's curve is read once, and debtors and accounts follow from what was read."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from recobro_data.frames import as_texts, build_frame, find_places
from recobro_data.settings import Settings
from recobro_models.cash_forecast import unpaid_amounts
from recobro_models.curve_readings import build_readings
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.levels import ACCOUNT, DEBTOR, find_levels
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import DayRows


def read_charges(rows: DayRows, curve: PaymentCurve, settings: Settings) -> pd.DataFrame:
    """`build_readings` of every open charge of the day."""
    return build_readings(curve, rows.charges, settings.stages, horizon_days=settings.policy.horizon_days)


def score_debtors(rows: DayRows, readings: pd.DataFrame, policies: tuple[str, set[str]]) -> pd.DataFrame:
    """Debtors with `p_unpaid` (of the oldest open charge), `p_pay_no_action` and `policy`.

    Args:
        rows: what is known of the day.
        readings: of its charges.
        policies: the policy of most, and the portfolios that are too small for it.
    """
    unpaid = readings["p_unpaid"].to_numpy(np.float64)
    levels = find_levels(rows.charges, readings["p_any_paid"].to_numpy(np.float64), DEBTOR)
    debtors, ids = rows.debtors, rows.charges["debtor_id"].to_numpy(object)[levels.oldest]
    at = find_places(debtors["debtor_id"], ids)
    of_oldest = find_places(debtors["oldest_charge_id"], readings.index)
    policy, small = policies
    by_rule = np.array([one in small for one in debtors["portfolio_id"]], bool)
    return debtors.assign(
        p_unpaid=np.append(unpaid, np.nan)[of_oldest],
        p_pay_no_action=np.append(levels.p_any_paid, np.nan)[at],
        language=debtors["language"].fillna("es"),
        policy=as_texts(np.where(by_rule, THREE_CRITERIA, policy), debtors),
    )


def build_accounts(rows: DayRows, readings: pd.DataFrame) -> pd.DataFrame:
    """One row an account with an open charge, in the order of `rows.debtors`, then of `account_id`.

    `debtor`: position of its debtor; `account_id`, `oldest_charge_id`, `p_pay_no_action`; `n_open` charges, the
    `days_past_due` of the oldest, and of the unpaid amount `balance_due` the part in dispute, `disputed_amount`.
    """
    charges, unpaid = rows.charges, unpaid_amounts(rows.charges)
    group, oldest, p_any_paid = find_levels(charges, readings["p_any_paid"].to_numpy(np.float64), ACCOUNT)
    days = np.full(len(oldest), np.iinfo(np.int64).min)
    np.maximum.at(days, group, charges["charge_days_past_due"].to_numpy(np.int64))
    owed = {"balance_due": unpaid, "disputed_amount": unpaid * charges["is_disputed"].to_numpy(np.float64)}
    account_id, charge_id, whose = (
        charges[name].to_numpy(object)[oldest] for name in ("account_id", "charge_id", "debtor_id")
    )
    debtor = find_places(whose, rows.debtors["debtor_id"])
    accounts = {
        "account_id": account_id, "oldest_charge_id": charge_id, "p_pay_no_action": p_any_paid,
        "n_open": np.bincount(group, minlength=len(oldest)), "days_past_due": days,
        **{name: np.bincount(group, money, len(oldest)).round(2) for name, money in owed.items()}, "debtor": debtor,
    }  # fmt: skip
    order = np.argsort(debtor, kind="stable")
    return build_frame({name: column[order] for name, column in accounts.items()})


def find_small_portfolios(portfolios: pd.DataFrame, curve: PaymentCurve, settings: Settings, as_of: date) -> set[str]:
    """Portfolios with too little history for a model of their own."""
    if curve.kind == "baseline" or not len(portfolios):
        return set(portfolios["portfolio_id"])
    learning = settings.learning
    whole = portfolios.groupby("portfolio_id").agg({"n_settled": "sum", "first_issued_on": "min"})
    days = (pd.Timestamp(as_of) - pd.to_datetime(whole["first_issued_on"])).dt.days
    enough = (whole["n_settled"] >= learning.min_settled_charges) & (days >= learning.min_history_days)
    return set(whole.index[~enough])
