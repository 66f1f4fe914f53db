"""Worked examples of promises: kept, partly kept, broken or open, from what was paid within their days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.table_samples import Record, Shelf, charge, debtor, open_backend, payment, promise, promises

LOAN, OTHER = charge("c", "2026-01-05", "300"), charge("o", "2026-01-05", "300", account_id="other")
P = promise("p", "2026-01-10T15:00:00-05:00", "2026-01-20")
OF_LOAN = promise("p", "2026-01-10T15:00:00-05:00", "2026-01-20", account_id="d1")


def paid(day: str, amount: str = "100", **given: str) -> Record:
    return payment(f"on-{day}", f"2026-01-{day}", amount, **given)


#: What a history says, its records, the day, and the promise's status and paid amount (None: not known yet).
CASES: list[tuple[str, list[Record], str, tuple[str, float] | None]] = [
    ("a promise made on as_of is not known yet", [LOAN, P], "2026-01-10", None),
    ("a promise is open on its last day", [LOAN, P], "2026-01-20", ("open", 0)),
    ("a promise of which nothing was paid is broken", [LOAN, P], "2026-01-21", ("broken", 0)),
    (
        "a promise of which a part was paid is partly kept",
        [LOAN, P, paid("15", "40")],
        "2026-01-21",
        ("partly_kept", 40),
    ),
    ("a part leaves it open while there is time", [LOAN, P, paid("15", "40")], "2026-01-20", ("open", 40)),
    ("parts that add up keep it", [LOAN, P, paid("15", "60.10"), paid("16", "39.90")], "2026-01-21", ("kept", 100)),
    ("a promise but for one cent is not kept", [LOAN, P, paid("15", "99.99")], "2026-01-21", ("partly_kept", 99.99)),
    ("a promise paid early is kept before its day", [LOAN, P, paid("12")], "2026-01-13", ("kept", 100)),
    ("more than was promised keeps it too", [LOAN, P, paid("12", "120")], "2026-01-13", ("kept", 120)),
    ("a payment of the day it was made counts", [LOAN, P, paid("10")], "2026-01-21", ("kept", 100)),
    ("a payment of its last day counts", [LOAN, P, paid("20")], "2026-01-21", ("kept", 100)),
    ("a payment made before it does not count", [LOAN, P, paid("09")], "2026-01-21", ("broken", 0)),
    ("a payment after its last day does not count", [LOAN, P, paid("21")], "2026-01-25", ("broken", 0)),
    ("a reversed payment does not count", [LOAN, P, paid("12", reversed_on="2026-01-15")], "2026-01-21", ("broken", 0)),
    (
        "a promise names no account: all count",
        [LOAN, OTHER, P, paid("12", account_id="other")],
        "2026-01-21",
        ("kept", 100),
    ),
    (
        "a promise for an account counts its payments only",
        [LOAN, OTHER, OF_LOAN, paid("12", account_id="other")],
        "2026-01-21",
        ("broken", 0),
    ),
    (
        "a payment that names a charge counts for its account",
        [LOAN, OF_LOAN, paid("12", charge_id="c")],
        "2026-01-21",
        ("kept", 100),
    ),
    (
        "the day it was made is the debtor's, not UTC's",
        [LOAN, promise("p", "2026-01-11T04:30:00+00:00", "2026-01-20"), paid("10")],
        "2026-01-11",
        ("kept", 100),
    ),
    (
        "the day it was made is Tokyo's for a debtor there",
        [debtor(timezone="Asia/Tokyo"), LOAN, promise("p", "2026-01-10T15:30:00+00:00", "2026-01-20"), paid("10")],
        "2026-01-21",
        ("broken", 0),
    ),
]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        yield Shelf(backend, {says: records for says, records, _, _ in CASES})


@pytest.mark.parametrize(("says", "records", "as_of", "expected"), CASES, ids=[case[0] for case in CASES])
def test_promise_of_one_debtor(
    shelf: Shelf, says: str, records: list[Record], as_of: str, expected: tuple[str, float] | None
) -> None:
    rows = shelf.rows(says, as_of, promises)
    assert [(row["status"], row["paid_amount"]) for row in rows] == ([expected] if expected else [])
