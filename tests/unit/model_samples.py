"""Small frames for models and decisions: neutral features, ids, and an index that nothing may rely on."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import Rulebook, load_rulebook
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.arms import decide_in_arms, draw_challenger, split_team
from recobro_models.decision.eligibility import Portfolio, check_eligibility
from recobro_models.decision.lawful import Calendar
from recobro_models.decision.policy import Standing
from recobro_models.decision.team import Worked
from recobro_models.decision.value import value_options
from recobro_models.decision.worklist import Scored
from recobro_models.features.families import CATEGORIES, CHARGE_FEATURES, DEBTOR_FEATURES

#: A Wednesday that is no holiday anywhere in the rules.
WORK_DATE = date(2026, 10, 14)
FEW_TREES = {"n_estimators": 40, "learning_rate": 0.2, "num_leaves": 6, "threads": 1}


def ugly_index(n: int) -> NDArray[np.int64]:
    """Labels that are neither sorted nor from 0."""
    return (np.arange(n)[::-1] * 7 + 100).astype(np.int64)


def build_debtors(n: int, **given: Any) -> pd.DataFrame:
    """Debtors with neutral features; `given` columns replace them."""
    columns: dict[str, Any] = {name: np.zeros(n) for name in DEBTOR_FEATURES}
    ids = [f"D{number:05d}" for number in range(n)]
    return pd.DataFrame(columns | {"debtor_id": ids} | given, index=ugly_index(n))


def build_charges(n: int, **given: Any) -> pd.DataFrame:
    """Open charges with neutral features, of as many debtors, as of days over two months."""
    columns: dict[str, Any] = {name: np.zeros(n) for name in (*CHARGE_FEATURES, *DEBTOR_FEATURES)}
    columns |= dict.fromkeys(CATEGORIES, "x")
    days = pd.Timestamp(2026, 1, 5) + pd.to_timedelta(np.arange(n) % 60, unit="D")
    ids = {"charge_id": [f"C{at:05d}" for at in range(n)], "debtor_id": [f"D{at:05d}" for at in range(n)]}
    return pd.DataFrame(columns | ids | {"as_of": days} | given, index=ugly_index(n))


def watch(charges: pd.DataFrame, daily: Any, censored_after: Any, *, seed: int = 1) -> pd.DataFrame:
    """The charges with labels: paid on a day with chance `daily`, watched for `censored_after` days at most."""
    paid_after = np.random.default_rng(seed).geometric(np.broadcast_to(daily, len(charges)))
    watched = np.minimum(paid_after, censored_after)
    return charges.assign(watched_days=watched, is_paid=paid_after <= censored_after)


def build_owing(n: int, **given: Any) -> pd.DataFrame:
    """Debtors of Peru, 20 days past due, who may be contacted; `given` columns replace what they are."""
    owing: dict[str, Any] = {
        "portfolio_id": "book", "currency": "PEN", "oldest_charge_id": [f"C{at:05d}" for at in range(n)],
        "days_past_due": 20, "oldest_days_past_due": 20, "balance_due": 300.0, "amount_to_collect": 200.0,
        "next_due_on": pd.Series([pd.NaT] * n, dtype="datetime64[s]").to_numpy(), "promised_amount": 0.0,
        "promise_due_on": pd.Series([pd.NaT] * n, dtype="datetime64[s]").to_numpy(), "disputed_amount": 0.0,
        "stage": "early", "country": "PE", "timezone": None, "region": None, "kind": "person", "language": "es",
        "promise_due_amount": 0.0, "promise_broken_on": pd.Series([pd.NaT] * n, dtype="datetime64[s]").to_numpy(),
        "do_not_contact": False, "do_not_contact_reason": None, "zone": "America/Lima", "p_unpaid": 0.4,
        "p_pay_no_action": 0.6, "policy": "expected-value-1",
    }  # fmt: skip
    return build_debtors(n, **(owing | given))


def build_points(debtor_ids: Any, channels: Any = ("call", "whatsapp"), **given: Any) -> pd.DataFrame:
    """A contact point of every debtor on every channel."""
    pairs = [(debtor, channel) for debtor in debtor_ids for channel in channels]
    points = pd.DataFrame(pairs, columns=["debtor_id", "channel"]).astype(object)
    plain = {"valid": True, "opted_out": False, "prefer_from": None, "prefer_to": None}
    return points.assign(**(plain | given)).set_index(ugly_index(len(pairs)))


def build_attempts(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    """(debtor_id, channel, attempted_on, reached)."""
    frame = pd.DataFrame(list(rows), columns=["debtor_id", "channel", "attempted_on", "reached"])
    return frame.astype({"attempted_on": "datetime64[s]", "reached": bool}).set_index(ugly_index(len(rows)))


def build_settings(home: Path = Path("nowhere"), **given: Any) -> Settings:
    """Settings without chance: nobody explores, no control group."""
    policy = {"exploration": 0.0, "control_group": 0.0} | given.pop("policy", {})
    return Settings(home=home, policy=policy, **given)


@lru_cache(maxsize=1)
def _rulebook() -> Rulebook:
    return load_rulebook()


def build_calendar(settings: Settings, work_date: date = WORK_DATE, team_zone: str = "America/Lima") -> Calendar:
    return Calendar(_rulebook(), settings, work_date, team_zone)


def build_portfolio(debtors: pd.DataFrame, points: pd.DataFrame | None = None, **given: Any) -> Portfolio:
    """A portfolio whose debtors have a telephone and WhatsApp unless said otherwise."""
    points = build_points(debtors["debtor_id"]) if points is None else points
    return Portfolio(debtors, points, given.get("has_contact_points", True), given.get("attempts", build_attempts()))


def build_scored(debtors: pd.DataFrame, settings: Settings, calendar: Calendar, **given: Any) -> Scored:
    """A day's decision by prior models."""
    eligibility = check_eligibility(build_portfolio(debtors, **given), calendar)
    models = (ContactTimes.prior(), ContactEffect.prior())
    values = value_options(debtors, eligibility.shift, calendar.work_date.weekday(), models, settings)
    ids = debtors["debtor_id"].to_numpy(object)
    worked = Worked(debtors, np.ones(len(debtors)))
    arms = split_team(draw_challenger(ids, settings), settings, calendar.work_date, worked)
    standing = Standing.of(eligibility.duty_rule, eligibility.duty_until)
    options = (ids, eligibility.allowed, values.value)
    decision = decide_in_arms(arms, options, settings, calendar.work_date, standing=standing)
    at = (np.arange(len(debtors)), np.maximum(decision.choice, 0))
    rank_value = values.value.reshape(len(debtors), -1)[at]
    return Scored(debtors, eligibility, values, values.value, rank_value, decision, arms)


def channel_at(channel: str) -> int:
    return CHANNELS.index(channel)
