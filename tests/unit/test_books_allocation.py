"""Worked examples of which payment paid which charge, how much of it, and from which day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.table_samples import Record, Shelf, allocations, charge, charges, open_backend, payment

OLD, NEW = charge("old", "2026-01-10"), charge("new", "2026-02-10")
NEXT = charge("next", "2026-02-10", issued_on="2026-02-01")
GONE = charge("gone", "2026-01-09", cancelled_on="2026-01-20")
BOUNCED = [OLD, NEW, payment("p1", "2026-01-12", reversed_on="2026-02-20"), payment("p2", "2026-02-12")]
LATE = [OLD, NEW, payment("p1", "2026-02-01", recorded_at="2026-02-25T12:00:00-05:00"), payment("p2", "2026-02-12")]
AHEAD = [OLD, NEXT, payment("p", "2026-01-10", "170")]
NAMES_AHEAD = [OLD, NEXT, payment("p", "2026-01-20", "100", charge_id="next")]

Parts = dict[tuple[str, str], tuple[float, str]]

#: What a history says, its records, the day, and the parts: (payment, charge) to (amount, day).
CASES: list[tuple[str, list[Record], str, Parts]] = [
    (
        "a payment that names a charge pays it before older ones",
        [OLD, NEW, payment("p", "2026-02-15", "60", charge_id="new")],
        "2026-03-01",
        {("p", "new"): (60, "2026-02-15")},
    ),
    (
        "what a named payment leaves over pays the oldest open charge",
        [OLD, NEW, payment("p", "2026-02-15", "150", charge_id="new")],
        "2026-03-01",
        {("p", "new"): (100, "2026-02-15"), ("p", "old"): (50, "2026-02-15")},
    ),
    (
        "a payment that names only the account pays the oldest first",
        [OLD, NEW, payment("p", "2026-02-15", "130")],
        "2026-03-01",
        {("p", "old"): (100, "2026-02-15"), ("p", "new"): (30, "2026-02-15")},
    ),
    (
        "of two payments on one day the lower id pays first",
        [OLD, NEW, payment("q", "2026-02-15", "70"), payment("p", "2026-02-15", "60")],
        "2026-03-01",
        {("p", "old"): (60, "2026-02-15"), ("q", "old"): (40, "2026-02-15"), ("q", "new"): (30, "2026-02-15")},
    ),
    (
        "an account pays only its own charges",
        [charge("a", "2026-01-10", account_id="A"), charge("b", "2026-01-20", account_id="B"),
         payment("p", "2026-01-25", "150", account_id="B")],
        "2026-03-01",
        {("p", "b"): (100, "2026-01-25")},
    ),
    (
        "an account of one name at two debtors is two accounts",
        [charge("a", "2026-01-10", account_id="X"), charge("b", "2026-01-05", debtor_id="d2", account_id="X"),
         payment("p", "2026-01-25", "150", charge_id="b")],
        "2026-03-01",
        {("p", "b"): (100, "2026-01-25")},
    ),
    ("credit waits while no charge is issued", AHEAD, "2026-02-01", {("p", "old"): (100, "2026-01-10")}),
    (
        "credit pays the next charge on the day it is issued",
        AHEAD,
        "2026-02-02",
        {("p", "old"): (100, "2026-01-10"), ("p", "next"): (70, "2026-02-01")},
    ),
    (
        "older credit is spent first",
        [payment("p2", "2026-01-03", "30"), payment("p1", "2026-01-04", "80"), OLD],
        "2026-02-02",
        {("p2", "old"): (30, "2026-01-10"), ("p1", "old"): (70, "2026-01-10")},
    ),
    (
        "credit pays charges issued on one day in order of their due days",
        [payment("p", "2026-01-03", "150"), charge("z", "2026-03-01", issued_on="2026-02-01"),
         charge("a", "2026-04-01", issued_on="2026-02-01")],
        "2026-03-01",
        {("p", "z"): (100, "2026-02-01"), ("p", "a"): (50, "2026-02-01")},
    ),
    (
        "on the day a charge is issued, credit pays before that day's payment",
        [payment("p", "2026-01-03", "30"), payment("q", "2026-01-10", "100"), OLD],
        "2026-03-01",
        {("p", "old"): (30, "2026-01-10"), ("q", "old"): (70, "2026-01-10")},
    ),
    ("a payment that names a charge not issued yet waits for it", NAMES_AHEAD, "2026-02-01", {}),
    (
        "a payment that names a charge issued since pays it from the day it was made",
        NAMES_AHEAD,
        "2026-02-02",
        {("p", "next"): (100, "2026-01-20")},
    ),
    (
        "a payment naming a cancelled charge pays the oldest open one",
        [GONE, OLD, payment("p", "2026-02-15", "40", charge_id="gone")],
        "2026-03-01",
        {("p", "old"): (40, "2026-02-15")},
    ),
    (
        "a payment on the day a charge is cancelled no longer pays it",
        [GONE, payment("p", "2026-01-20", "40", charge_id="gone")],
        "2026-03-01",
        {},
    ),
    (
        "credit does not pay a charge cancelled on its issue day",
        [charge("c1", "2026-01-10", cancelled_on="2026-01-10"), NEXT, payment("p", "2026-01-05")],
        "2026-03-01",
        {("p", "next"): (100, "2026-02-01")},
    ),
    (
        "before a reversal the bounced payment holds its place",
        BOUNCED,
        "2026-02-20",
        {("p1", "old"): (100, "2026-01-12"), ("p2", "new"): (100, "2026-02-12")},
    ),
    ("after a reversal a later payment takes its place", BOUNCED, "2026-02-21", {("p2", "old"): (100, "2026-02-12")}),
    ("before it is recorded a payment has no place", LATE, "2026-02-20", {("p2", "old"): (100, "2026-02-12")}),
    (
        "a payment recorded late takes its place by the day it was paid",
        LATE,
        "2026-02-26",
        {("p1", "old"): (100, "2026-02-01"), ("p2", "new"): (100, "2026-02-12")},
    ),
    (
        "a payment of a debtor with nothing issued yet is not allocated",
        [charge("c", "2026-03-10"), payment("p", "2026-01-10")],
        "2026-02-01",
        {},
    ),
]  # fmt: skip

SAME_DUE = [charge(name, "2026-02-10", issued_on=day) for name, day in
            {"c": "2026-01-02", "b": "2026-01-03", "a": "2026-01-03", "z": "2026-01-04"}.items()]  # fmt: skip
ORDERED = [*SAME_DUE, charge("y", "2026-02-09", issued_on="2026-01-09")]
ORDERED += [payment(f"p{place}", f"2026-02-1{place}") for place in range(5)]
BY_ORDER = "oldest is by due day, then issue day, then id"


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        yield Shelf(backend, {says: records for says, records, _, _ in CASES} | {BY_ORDER: ORDERED})


@pytest.mark.parametrize(("says", "records", "as_of", "expected"), CASES, ids=[case[0] for case in CASES])
def test_parts_of_payments(shelf: Shelf, says: str, records: list[Record], as_of: str, expected: Parts) -> None:
    rows = shelf.rows(says, as_of, allocations)
    assert {(row["payment_id"], row["charge_id"]): (row["amount"], str(row["applied_on"])) for row in rows} == expected


def test_oldest_is_by_due_day_then_issue_day_then_charge_id(shelf: Shelf) -> None:
    rows = shelf.rows(BY_ORDER, "2026-03-01", charges)
    assert [row["charge_id"] for row in sorted(rows, key=lambda row: row["paid_off_on"])] == ["y", "c", "a", "b", "z"]


def test_a_part_tells_how_late_it_came(shelf: Shelf) -> None:
    rows = shelf.rows("credit pays the next charge on the day it is issued", "2026-02-02", allocations)
    assert {row["charge_id"]: row["days_late"] for row in rows} == {"old": 0, "next": -9}
