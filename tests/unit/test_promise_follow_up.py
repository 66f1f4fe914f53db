"""A promise from the books to the decision: left in peace until its day, followed up on it, broken the day after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from tests.unit.lake_samples import load, settings_in
from tests.unit.model_samples import (
    WORK_DATE,
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_settings,
)

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.decision.eligibility import Portfolio, check_eligibility
from recobro_models.snapshots import Snapshots

#: A Wednesday.
DUE = WORK_DATE
#: Debtors who promised 100, all they owe, for `DUE`: whether and when they paid, and what else they promised.
PAID_ON = {"silent": None, "kept": DUE, "early": DUE - timedelta(days=1), "in_part": DUE}
AMOUNTS = {"in_part": "40"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("promised") / "home")
    paid = [(name, day, AMOUNTS.get(name, "100")) for name, day in PAID_ON.items() if day]
    load(
        settings,
        debtors=[(name, "PE") for name in (*PAID_ON, "twice")],
        charges=[(f"c-{name}", name, name, "2026-09-01", "100") for name in (*PAID_ON, "twice")],
        payments=[(f"p-{name}", f"c-{name}", name, day, amount) for name, day, amount in paid],
        promises=[
            *((f"m-{name}", name, "2026-10-08T15:00:00-05:00", DUE, "100") for name in PAID_ON),
            ("m-twice", "twice", "2026-10-08T15:00:00-05:00", DUE, "30"),
            ("m-twice-more", "twice", "2026-10-08T15:00:00-05:00", DUE + timedelta(days=5), "70"),
        ],
    )
    return settings


def told_on(settings: Settings, day: date) -> Mapping[str, Any]:
    """Why each debtor who owes is left alone on a day; None: may be contacted."""
    rows = Snapshots(Lake(settings.lake_dir), settings).day_rows(day)
    debtors = rows.debtors.assign(zone="America/Lima")
    free = settings.model_copy(update={"policy": settings.policy.model_copy(update={"control_group": 0.0})})
    portfolio = Portfolio(debtors, build_points(debtors["debtor_id"]), True, rows.attempts)
    eligibility = check_eligibility(portfolio, build_calendar(free, day))
    return dict(zip(debtors["debtor_id"], eligibility.because, strict=True))


@pytest.mark.parametrize("days_before", [1, 2, 5])
def test_until_its_day_a_promise_is_left_in_peace(settings: Settings, days_before: int) -> None:
    told = told_on(settings, DUE - timedelta(days=days_before))
    assert told == dict.fromkeys((*PAID_ON, "twice"), "promise_open")


def test_on_its_day_it_is_followed_up_unless_it_was_paid(settings: Settings) -> None:
    told = told_on(settings, DUE)
    assert told == {"silent": None, "kept": None, "in_part": None, "twice": None}


def test_the_day_after_who_did_not_keep_it_is_back_at_once(settings: Settings) -> None:
    told = told_on(settings, DUE + timedelta(days=1))
    assert told == {"silent": None, "in_part": None, "twice": None}


def test_a_promise_for_today_is_followed_up_long_before_the_charge_falls_due() -> None:
    columns = {
        "days_past_due": -20,
        "amount_to_collect": 0.0,
        "promised_amount": 50.0,
        "promise_due_amount": [50.0, 0.0],
    }
    due = {"next_due_on": pd.Timestamp(2026, 11, 3), "promise_due_on": pd.Timestamp(DUE)}
    debtors = build_owing(2, **columns, **due)
    told = check_eligibility(
        Portfolio(debtors, build_points(debtors["debtor_id"]), True, build_attempts()),
        build_calendar(build_settings(), DUE),
    )
    assert told.because.tolist() == [None, "promise_open"]


def test_who_disputes_all_that_is_due_is_left_alone_even_on_the_day_of_a_promise() -> None:
    owes = {"amount_to_collect": 0.0, "disputed_amount": 50.0}
    debtors = build_owing(1, **owes, promised_amount=50.0, promise_due_amount=50.0)
    points = build_points(debtors["debtor_id"])
    told = check_eligibility(Portfolio(debtors, points, True, build_attempts()), build_calendar(build_settings(), DUE))
    assert told.because.tolist() == ["dispute_open"]
