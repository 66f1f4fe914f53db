"""What the law demands: Chile's one useful notice within fifteen days of each unpaid due date."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd
import pytest

from recobro_data.contact_rules import Rulebook, due_duties, load_rulebook

WORK_DATE = date(2026, 10, 14)
RULE = "CL.minimum_duties.useful_notice"


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    return load_rulebook()


def owed(*due_on: str, attempts: tuple[tuple[str, str, bool], ...] = (), **given: Any) -> list[tuple[str, date]]:
    places = {one: rulebook().for_place(one, None) for one in ("CL", "PE")}
    debtors = pd.DataFrame({"debtor_id": ["D0", "D1"], "place": ["PE", given.get("place", "CL")]}, index=[9, 9])
    charges = pd.DataFrame({"debtor_id": "D1", "due_on": pd.to_datetime(list(due_on)), "is_disputed": False})
    charges = charges.assign(is_disputed=given.get("is_disputed", False)).set_index(pd.Index([7] * len(due_on)))
    rows = [("D1", channel, pd.Timestamp(day), reached) for channel, day, reached in attempts]
    history = pd.DataFrame(rows, columns=["debtor_id", "channel", "attempted_on", "reached"])
    history = history.assign(outcome=given.get("outcome")).set_index(pd.Index([3] * len(rows)))
    found = due_duties(places, debtors, charges=charges, attempts=history, work_date=WORK_DATE)
    assert set(found["debtor_id"]) <= {"D1"}
    return list(zip(found["rule"], found["until"], strict=True))


@pytest.mark.parametrize(
    ("due_on", "until"),
    [("2026-10-13", date(2026, 10, 28)), ("2026-09-29", date(2026, 10, 14))],
)
def test_a_notice_is_owed_from_the_day_after_the_due_date_to_the_fifteenth(due_on: str, until: date) -> None:
    assert owed(due_on) == [(RULE, until)]


@pytest.mark.parametrize("due_on", ["2026-10-14", "2026-10-20", "2026-09-28"])
def test_none_is_owed_before_the_due_date_is_past_nor_after_fifteen_days(due_on: str) -> None:
    assert owed(due_on) == []


def test_of_several_charges_the_one_that_ends_first_is_told() -> None:
    assert owed("2026-10-10", "2026-10-02", "2026-10-13") == [(RULE, date(2026, 10, 17))]


def test_reaching_the_debtor_after_the_due_date_meets_it() -> None:
    assert owed("2026-10-10", attempts=(("email", "2026-10-11", True),)) == []


def test_a_delivered_message_meets_it() -> None:
    assert owed("2026-10-10", attempts=(("sms", "2026-10-11", False),), outcome="delivered") == []


@pytest.mark.parametrize("outcome", ["failed", "no_answer", "wrong_party", None])
def test_an_attempt_that_did_not_get_through_does_not(outcome: str | None) -> None:
    assert owed("2026-10-10", attempts=(("call", "2026-10-11", False),), outcome=outcome)


@pytest.mark.parametrize("day", ["2026-10-09", "2026-10-10"])
def test_a_reminder_up_to_the_due_date_does_not(day: str) -> None:
    assert owed("2026-10-10", attempts=(("call", day, True),))


def test_a_notice_counts_for_the_charges_due_before_it_alone() -> None:
    told = owed("2026-10-01", "2026-10-12", attempts=(("call", "2026-10-05", True),))
    assert told == [(RULE, date(2026, 10, 27))]


def test_a_charge_in_dispute_carries_no_duty() -> None:
    assert owed("2026-10-10", is_disputed=True) == []


def test_a_country_whose_law_demands_nothing_owes_nothing() -> None:
    assert owed("2026-10-10", place="PE") == []
