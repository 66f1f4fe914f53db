"""What a plan says of paying: where nobody acts the risk model says it, and an action moves it by what it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import (
    WORK_DATE,
    build_attempts,
    build_calendar,
    build_charges,
    build_owing,
    build_points,
    build_settings,
)
from tests.unit.score_samples import build_champions

from recobro_data.vocabulary import CHANNELS
from recobro_models.champions import Champions
from recobro_models.contact_effect import ContactEffect
from recobro_models.day_risk import read_charges, score_debtors
from recobro_models.decision.day import decide_scored
from recobro_models.decision.eligibility import Portfolio
from recobro_models.decision.worklist import Signature, build_items, build_left_alone
from recobro_models.snapshots import DayRows

SIGNATURE = Signature("plan", WORK_DATE, "risk", "contact", "effect", "rules")

Row = dict[str, Any]
#: By debtor the days past due of each of its charges.
Late = list[list[int]]

books = st.lists(st.lists(st.integers(-10, 120), min_size=1, max_size=3), min_size=1, max_size=5)


@lru_cache(maxsize=1)
def champions() -> Champions:
    return build_champions()


@dataclass(frozen=True)
class Day:
    """What a plan told of a book: its rows by debtor, and by charge the chance of any payment if nobody acts."""

    items: dict[str, Row]
    left_alone: dict[str, Row]
    charges: pd.DataFrame
    paid: pd.Series[float]

    @property
    def rows(self) -> dict[str, Row]:
        return {**self.items, **self.left_alone}


def plan(late: Late, *, size: float = 1.0, horizon: int = 30, calls: int = 2) -> Day:
    """The day of these debtors, with `calls` an hour; `size` of what is assumed that a contact adds."""
    chosen = build_settings(
        policy={"horizon_days": horizon}, channels={"call": {"capacity_per_hour": calls, "hours": "10:00-12:00"}}
    )
    effect = ContactEffect.prior()
    effect.scale[:] = size
    debtors, charges = build_book(late)
    read = DayRows(debtors, charges, build_points(debtors["debtor_id"], ("call",)), build_attempts(), pd.DataFrame())
    readings = read_charges(read, champions().curve, chosen)
    portfolio = Portfolio(score_debtors(read, readings, ("usual", set())), read.contact_points, True, read.attempts)
    scored = decide_scored(portfolio, build_calendar(chosen), (champions().times, effect))
    items = build_items(scored, SIGNATURE, chosen, {at: [] for at in range(len(debtors))})
    left_alone = build_left_alone(scored, SIGNATURE, chosen)
    paid = champions().curve.predict_any_paid(charges, np.full(len(charges), horizon))
    told = ({row["debtor_id"]: row for row in rows} for rows in (items, left_alone))
    return Day(*told, charges, pd.Series(paid, index=charges["debtor_id"]))


def build_book(late: Late) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = np.concatenate(late)
    whose = np.repeat(np.arange(len(late)), [len(one) for one in late])
    due = pd.Timestamp(WORK_DATE) - pd.to_timedelta(days, unit="D")
    charges = build_charges(
        len(days), debtor_id=[f"D{at:05d}" for at in whose], charge_days_past_due=days, oldest_days_past_due=days,
        due_on=due, open_amount=50.0 + days, is_disputed=False,
    )  # fmt: skip
    ordered = charges.sort_values(["due_on", "charge_term_days", "charge_id"], ascending=[True, False, True])
    oldest = ordered.groupby("debtor_id")["charge_id"].first().to_numpy(object)
    return build_owing(len(late), oldest_charge_id=oldest, days_past_due=[max(one) for one in late]), charges


@settings(max_examples=15, deadline=None)
@given(late=books, horizon=st.sampled_from([7, 30, 60]))
def test_the_chance_of_paying_if_nobody_acts_is_what_the_likeliest_charge_tells(late: Late, horizon: int) -> None:
    day = plan(late, horizon=horizon)
    assert set(day.rows) == set(day.paid.index)
    for debtor_id, row in day.rows.items():
        assert row["p_pay_no_action"] == pytest.approx(day.paid[[debtor_id]].max(), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(late=books)
def test_any_payment_is_never_less_likely_than_the_oldest_charge_whole(late: Late) -> None:
    for row in plan(late).rows.values():
        assert row["p_pay_no_action"] >= 1 - row["p_unpaid"] - 1e-6


@settings(max_examples=15, deadline=None)
@given(late=books, size=st.floats(0, 8))
def test_an_item_pays_by_the_curve_and_what_its_contact_adds_and_its_money_follows(late: Late, size: float) -> None:
    effect = ContactEffect.prior()
    effect.scale[:] = size
    debtors, _ = build_book(late)
    share = dict(zip(debtors["debtor_id"], effect.predict_paid_share(debtors), strict=True))
    for debtor_id, row in plan(late, size=size, calls=9).items.items():
        added = row["p_pay"] - row["p_pay_no_action"]
        assert 0 <= added <= row["p_reach"] * (1 - row["p_pay_no_action"]) + 2e-6
        assert row["expected_recovery"] == pytest.approx(added * 200.0 * share[debtor_id], abs=0.01)


@settings(max_examples=10, deadline=None)
@given(late=books, size=st.floats(-3, 0))
def test_a_contact_that_adds_nothing_leaves_everybody_to_the_curve(late: Late, size: float) -> None:
    day = plan(late, size=size)
    assert not day.items
    assert {row["because"] for row in day.left_alone.values()} <= {"not_worth_cost", "awaiting_payment"}


def test_an_action_that_reaches_nobody_leaves_the_chance_where_it_was() -> None:
    day = plan([[20]], calls=9)
    row = day.items["D00000"]
    per_reached = (row["p_pay"] - row["p_pay_no_action"]) / row["p_reach"]
    effect = ContactEffect.prior().predict_effects(build_owing(1), np.array([row["p_pay_no_action"]]))
    assert per_reached == pytest.approx(effect[0, CHANNELS.index("call")], abs=1e-4)
