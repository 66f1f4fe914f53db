"""Worked examples of balances: what is owed as of a day, how much of it is to be collected, and at which stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import pytest
from tests.unit.table_samples import (
    Record,
    Shelf,
    charge,
    dispute,
    lake_tables,
    open_backend,
    payment,
    promise,
)

from recobro_data.books import build_books, known_as_of, place_in_time
from recobro_data.books.balances import debtor_balances, stage_of
from recobro_data.settings import Stages

JAN, FEB, MAR = (
    charge(name, f"2026-{month}-10", amount, issued_on="2026-01-01")
    for name, month, amount in (("jan", "01", "100"), ("feb", "02", "60.10"), ("mar", "03", "30.20"))
)
ALL = [JAN, FEB, MAR]
PROMISED = promise("p", "2026-02-01T10:00:00-05:00", "2026-02-20", "70")
KEPT_IN_PART = [PROMISED, payment("x", "2026-02-05", "25")]

#: What a history says, its records, the day, and what its balance is (None: no open charge, no row).
CASES: list[tuple[str, list[Record], str, dict[str, Any] | None]] = [
    (
        "before the due day the next charge is to be collected",
        ALL,
        "2026-01-09",
        {"balance_due": 190.30, "amount_to_collect": 100, "overdue_amount": 0, "days_past_due": -1}
        | {"oldest_charge_id": "jan", "next_due_on": date(2026, 1, 10), "n_open": 3},
    ),
    (
        "on the due day the charge of that day is to be collected",
        ALL,
        "2026-01-10",
        {"amount_to_collect": 100, "overdue_amount": 0, "days_past_due": 0},
    ),
    (
        "after the due day what is overdue is to be collected",
        ALL,
        "2026-01-11",
        {"amount_to_collect": 100, "overdue_amount": 100, "days_past_due": 1, "next_due_on": date(2026, 2, 10)},
    ),
    (
        "a charge that falls due today adds nothing to what is overdue",
        ALL,
        "2026-02-10",
        {"amount_to_collect": 100, "days_past_due": 31, "next_due_on": date(2026, 2, 10)},
    ),
    (
        "all overdue charges are to be collected, to the cent",
        ALL,
        "2026-03-11",
        {"amount_to_collect": 190.30, "balance_due": 190.30, "days_past_due": 60, "next_due_on": None},
    ),
    (
        "charges that fall due on one day are collected together",
        [charge("a", "2026-01-10", issued_on="2026-01-01"), charge("b", "2026-01-10", "50", issued_on="2026-01-01")],
        "2026-01-05",
        {"amount_to_collect": 150, "oldest_charge_id": "a"},
    ),
    (
        "what was paid lowers the balance and moves the oldest open charge",
        [*ALL, payment("x", "2026-02-12", "120")],
        "2026-02-15",
        {"balance_due": 70.30, "amount_to_collect": 40.10, "oldest_charge_id": "feb", "days_past_due": 5},
    ),
    (
        "an overdue charge in dispute is owed and not collected",
        [*ALL, dispute("jan", "2026-01-12")],
        "2026-02-15",
        {"balance_due": 190.30, "amount_to_collect": 60.10, "disputed_amount": 100, "days_past_due": 36}
        | {"oldest_charge_id": "jan"},
    ),
    (
        "with all that is overdue in dispute nothing is to be collected",
        [*ALL, dispute("jan", "2026-01-12")],
        "2026-02-05",
        {"amount_to_collect": 0, "disputed_amount": 100},
    ),
    (
        "the next charge in dispute is not collected before its day",
        [*ALL, dispute("jan", "2026-01-02")],
        "2026-01-05",
        {"amount_to_collect": 0, "disputed_amount": 100},
    ),
    (
        "a dispute of a charge that is not due yet takes nothing off",
        [*ALL, dispute("mar", "2026-01-12")],
        "2026-02-15",
        {"amount_to_collect": 160.10, "disputed_amount": 0},
    ),
    (
        "an open promise is taken off",
        [*ALL, PROMISED],
        "2026-02-05",
        {"amount_to_collect": 30, "promised_amount": 70, "promise_due_on": date(2026, 2, 20)},
    ),
    (
        "of a promise paid in part the rest is taken off",
        [*ALL, *KEPT_IN_PART],
        "2026-02-06",
        {"balance_due": 165.30, "amount_to_collect": 30, "promised_amount": 45},
    ),
    (
        "a broken promise takes nothing off",
        [*ALL, PROMISED],
        "2026-02-21",
        {"amount_to_collect": 160.10, "promised_amount": 0, "promise_due_on": None},
    ),
    (
        "a promise above what is overdue leaves nothing, not less",
        [*ALL, promise("p", "2026-02-01T10:00:00-05:00", "2026-02-20", "1000")],
        "2026-02-05",
        {"amount_to_collect": 0, "promised_amount": 1000},
    ),
    (
        "a cancelled charge is neither owed nor oldest",
        [charge("gone", "2026-01-05", issued_on="2026-01-01", cancelled_on="2026-01-20"), FEB],
        "2026-02-05",
        {"balance_due": 60.10, "oldest_charge_id": "feb", "days_past_due": -5},
    ),
    ("a debtor with nothing open has no row", [JAN, payment("x", "2026-01-05")], "2026-02-05", None),
    (
        "the portfolio and currency are the debtor's",
        [charge("c", "2026-01-10", currency="PEN")],
        "2026-02-05",
        {"portfolio_id": "default", "currency": "PEN"},
    ),
]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        yield Shelf(backend, {says: records for says, records, _, _ in CASES})


@pytest.mark.parametrize(("says", "records", "as_of", "expected"), CASES, ids=[case[0] for case in CASES])
def test_balance_of_one_debtor(
    shelf: Shelf, says: str, records: list[Record], as_of: str, expected: dict[str, Any] | None
) -> None:
    rows = shelf.rows(says, as_of, debtor_balances)
    assert [{key: row[key] for key in expected or {}} for row in rows] == ([expected] if expected else [])


def test_dropped_books_leave_nothing_on_the_engine() -> None:
    with open_backend() as backend:
        placed = place_in_time(lake_tables([*ALL, *KEPT_IN_PART]), backend)
        count = "select (select count(*) from duckdb_tables()), (select count(*) from duckdb_views())"
        left = []
        # What all days share is kept by the first of them.
        for day in (6, 7):
            books = build_books(known_as_of(placed, date(2026, 2, day)), backend)
            assert debtor_balances(books).count().execute() == 1
            books.drop(backend)
            left.append(backend.raw_sql(count).fetchall())
        assert left[0] == left[1]


LAST_DAYS = {"pre_due": -1, "due_today": 0, "early": 30, "mid": 60, "late": 90, "very_late": 40_000}
FIRST_DAYS = {"pre_due": -40_000, "due_today": 0, "early": 1, "mid": 31, "late": 61, "very_late": 91}


@pytest.mark.parametrize(("stage", "days_past_due"), [*LAST_DAYS.items(), *FIRST_DAYS.items()])
def test_stages_begin_and_end_where_the_contract_says(stage: str, days_past_due: int) -> None:
    assert stage_of(ibis.literal(days_past_due), Stages()).execute() == stage


def test_stages_end_where_the_configuration_says() -> None:
    cut_offs = Stages(early=5, mid=10, late=15)
    assert [stage_of(ibis.literal(days), cut_offs).execute() for days in (5, 6, 11, 16)] == [
        *("early", "mid", "late", "very_late")
    ]
