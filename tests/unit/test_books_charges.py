"""Worked examples of the books, as a bookkeeper would check them: what came in, the day, what each charge is then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from tests.unit.table_samples import Record, Shelf, charge, charges, debtor, dispute, open_backend, payment

C = charge("c", "2026-01-10")
GONE = charge("gone", "2026-01-10", cancelled_on="2026-01-20")
MONTHLY = charge("month", "2026-02-10", issued_on="2026-01-01")
DISPUTED = [C, dispute("c", "2026-01-15", "2026-01-20")]
OPEN = {"outstanding": 100, "is_open": True, "paid_amount": 0, "n_parts": 0, "paid_off_on": None}
PAID = {"outstanding": 0, "is_open": False, "paid_amount": 100}


def recorded(moment: str, **place: str) -> list[Record]:
    """A charge and its payment of 10 January that the books learnt of at `moment`, of a debtor of that place."""
    return [debtor("d1", **place), C, payment("p", "2026-01-10", recorded_at=moment)]


#: What a history says, its records, the day, and what its charges are then.
CASES: list[tuple[str, list[Record], str, dict[str, dict[str, Any]]]] = [
    ("an unpaid charge is open and counts its days", [C], "2026-02-01", {"c": OPEN | {"days_past_due": 22}}),
    (
        "a charge paid in parts is paid off with the last one",
        [MONTHLY, *(payment(f"p{day}", f"2026-02-{day}", "25") for day in ("05", "08", "12", "16"))],
        "2026-03-01",
        {
            "month": PAID
            | {"n_parts": 4, "first_paid_on": date(2026, 2, 5), "paid_off_on": date(2026, 2, 16)}
            | {"days_late": 6, "paid_off_days_ago": 13}
        },
    ),
    (
        "a charge paid before its due day was paid off days below zero late",
        [MONTHLY, payment("p", "2026-02-03")],
        "2026-03-01",
        {"month": PAID | {"days_late": -7}},
    ),
    (
        "a charge but for one cent is open",
        [C, payment("p", "2026-01-12", "99.99")],
        "2026-02-01",
        {"c": {"outstanding": 0.01, "is_open": True, "paid_off_on": None, "days_late": None, "n_parts": 1}},
    ),
    ("a payment of as_of is not known yet", [C, payment("p", "2026-01-12")], "2026-01-12", {"c": OPEN}),
    ("a payment of the day before as_of is known", [C, payment("p", "2026-01-12")], "2026-01-13", {"c": PAID}),
    (
        "a reversal of as_of is not known yet",
        [C, payment("p", "2026-01-12", reversed_on="2026-01-20")],
        "2026-01-20",
        {"c": PAID},
    ),
    (
        "what was reversed counts as never paid",
        [C, payment("p", "2026-01-12", reversed_on="2026-01-20")],
        "2026-01-21",
        {"c": OPEN},
    ),
    ("a cancellation of as_of is not known yet", [GONE], "2026-01-20", {"gone": OPEN | {"cancelled_on": None}}),
    (
        "a cancelled charge is no longer owed and was not paid",
        [GONE],
        "2026-01-21",
        {"gone": {"outstanding": 0, "is_open": False, "paid_amount": 0, "paid_off_on": None}},
    ),
    (
        "what paid a charge before it was cancelled stays with it",
        [GONE, C, payment("p", "2026-01-19", "40", charge_id="gone")],
        "2026-02-01",
        {"gone": {"outstanding": 0, "is_open": False, "paid_amount": 40}, "c": OPEN},
    ),
    ("a payment recorded on as_of is not known yet", recorded("2026-01-15T09:00:00-05:00"), "2026-01-15", {"c": OPEN}),
    ("a payment recorded before as_of is known", recorded("2026-01-15T09:00:00-05:00"), "2026-01-16", {"c": PAID}),
    (
        "the day of Lima ends at 5 UTC: a second before",
        recorded("2026-01-16T04:59:59+00:00"),
        "2026-01-16",
        {"c": PAID},
    ),
    ("the day of Lima ends at 5 UTC: on the hour", recorded("2026-01-16T05:00:00+00:00"), "2026-01-16", {"c": OPEN}),
    (
        "the day of Sao Paulo ends at 3 UTC: a second before",
        recorded("2026-01-16T02:59:59+00:00", country="BR"),
        "2026-01-16",
        {"c": PAID},
    ),
    (
        "the day of Sao Paulo ends at 3 UTC: on the hour",
        recorded("2026-01-16T03:00:00+00:00", country="BR"),
        "2026-01-16",
        {"c": OPEN},
    ),
    (
        "a debtor's own zone stands before the country's",
        recorded("2026-01-16T03:59:59+00:00", country="BR", timezone="America/Manaus"),
        "2026-01-16",
        {"c": PAID},
    ),
    ("a charge with no issue day is unknown on its due day", [C], "2026-01-10", {}),
    (
        "a charge with no issue day is issued on its due day",
        [C],
        "2026-01-11",
        {"c": OPEN | {"issued_on": date(2026, 1, 10)}},
    ),
    (
        "a charge ahead of its due day counts below zero",
        [MONTHLY],
        "2026-01-11",
        {"month": OPEN | {"days_past_due": -30}},
    ),
    ("a charge has no account of its own: the debtor's", [C], "2026-02-01", {"c": {"account_id": "d1"}}),
    ("a dispute of as_of is not known yet", DISPUTED, "2026-01-15", {"c": {"is_disputed": False}}),
    ("a dispute holds from the day after it opened", DISPUTED, "2026-01-16", {"c": OPEN | {"is_disputed": True}}),
    ("a dispute that closes on as_of is not known to be closed", DISPUTED, "2026-01-20", {"c": {"is_disputed": True}}),
    ("a dispute that closed is over", DISPUTED, "2026-01-21", {"c": {"is_disputed": False}}),
    (
        "two disputes of a charge leave it one row",
        [C, dispute("c", "2026-01-11", dispute_id="x"), dispute("c", "2026-01-12", dispute_id="y")],
        "2026-02-01",
        {"c": {"is_disputed": True}},
    ),
    (
        "the ends of the calendar are dates like others",
        [charge("c", "9999-12-31", issued_on="0001-01-01"), payment("p", "0001-01-02", "1")],
        "2026-02-01",
        {"c": {"due_on": date(9999, 12, 31), "first_paid_on": date(1, 1, 2), "outstanding": 99}},
    ),
    (
        "ten trillions keep their cents",
        [charge("c", "2026-01-10", "10000000000000.01"), payment("p", "2026-01-11", "9999999999999.99")],
        "2026-02-01",
        {"c": {"outstanding": 0.02}},
    ),
]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        yield Shelf(backend, {says: records for says, records, _, _ in CASES})


@pytest.mark.parametrize(("says", "records", "as_of", "expected"), CASES, ids=[case[0] for case in CASES])
def test_books_of_one_debtor(
    shelf: Shelf, says: str, records: list[Record], as_of: str, expected: dict[str, dict[str, Any]]
) -> None:
    rows = {row["charge_id"]: row for row in shelf.rows(says, as_of, charges)}
    assert {name: {key: rows[name][key] for key in expected.get(name, {})} for name in rows} == expected


def test_books_of_nothing_are_empty() -> None:
    with open_backend() as backend:
        books = Shelf(backend, {}).books("2026-01-01")
        assert [table.count().execute() for table in (books.charges, books.allocations, books.promises)] == [0, 0, 0]
