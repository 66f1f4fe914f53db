"""Worked examples of what came after 1 June 2026, as the books of later days tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from tests.unit.table_samples import Record, Shelf, attempt, charge, debtor, dispute, open_backend, payment, promise

from recobro_data.books import Books
from recobro_models.labels import label_attempts, label_charges, label_debtors, label_promises, last_as_of
from recobro_models.watched_days import AS_WORKED, FIRST_PAYMENT, UNTIL_REACHED

THEN, LATER = "2026-06-01", "2026-07-01"
C = charge("c", "2026-06-10", issued_on="2026-05-01")


def paid(day: str, amount: str = "100", **given: Any) -> Record:
    return payment(f"p{day}", f"2026-{day}", amount, **given)


def tried(day: str, outcome: str, hour: int = 15) -> Record:
    return attempt(f"a{day}-{hour}", f"2026-{day}T{hour:02d}:00:00-05:00", outcome, propensity=0.25)


#: What a history says, its records, and the days its charge was watched and whether it was paid (None: left out).
WATCHED: dict[str, tuple[list[Record], tuple[int, bool] | None]] = {
    "paid on the as-of day is paid on day 1": ([C, paid("06-01")], (1, True)),
    "paid on the tenth is paid on day 10": ([C, paid("06-10")], (10, True)),
    "paid in parts is paid with the last": ([C, paid("06-03", "50"), paid("06-12", "50")], (12, True)),
    "paid on the last day that is known": ([C, paid("06-30")], (30, True)),
    "paid on the day the books end is not known": ([C, paid("07-01")], (30, False)),
    "never paid is watched to the end of the books": ([C], (30, False)),
    "partly paid is watched to the end of the books": ([C, paid("06-03", "99.99")], (30, False)),
    "cancelled is watched to the day before": (
        [charge("c", "2026-06-10", issued_on="2026-05-01", cancelled_on="2026-06-06")],
        (5, False),
    ),
    "cancelled on the as-of day was never watched": (
        [charge("c", "2026-06-10", issued_on="2026-05-01", cancelled_on="2026-06-01")],
        None,
    ),
    "in dispute on the as-of day is left out": ([C, dispute("c", "2026-05-20"), paid("06-05")], None),
    "in dispute until the day before counts": ([C, dispute("c", "2026-05-20", "2026-05-31"), paid("06-05")], (5, True)),
    "watched to the day before it is disputed": ([C, dispute("c", "2026-06-06"), paid("06-20")], (5, False)),
    "disputed on the as-of day was never watched": ([C, dispute("c", "2026-06-01"), paid("06-20")], None),
    "paid before it was disputed is paid": ([C, dispute("c", "2026-06-06"), paid("06-05")], (5, True)),
    "paid before it was cancelled is paid": (
        [charge("c", "2026-06-10", issued_on="2026-05-01", cancelled_on="2026-06-06"), paid("06-05")],
        (5, True),
    ),
    "watched to the day before its debtor is reached": ([C, tried("06-08", "right_party"), paid("06-10")], (7, False)),
    "paid on the day its debtor is reached is not counted": ([C, tried("06-08", "promise"), paid("06-08")], (7, False)),
    "paid before its debtor is reached is paid": ([C, tried("06-08", "promise"), paid("06-07")], (7, True)),
    "reached on the as-of day was never watched": ([C, tried("06-01", "read")], None),
    "reached before the as-of day does not count": ([C, tried("05-31", "promise"), paid("06-10")], (10, True)),
    "an attempt that reaches nobody does not count": ([C, tried("06-08", "no_answer"), paid("06-10")], (10, True)),
    "paid before the as-of day but recorded later is left out": (
        [C, paid("05-20", recorded_at="2026-06-05T12:00:00-05:00")],
        None,
    ),
    "a payment reversed in time is none": ([C, paid("06-03", reversed_on="2026-06-20")], (30, False)),
    "a payment reversed after the books end is one": ([C, paid("06-03", reversed_on="2026-07-01")], (3, True)),
    "paid before the as-of day was not open": ([C, paid("05-20")], None),
    "issued on the as-of day was not known": ([charge("c", "2026-06-10", issued_on="2026-06-01"), paid("06-03")], None),
}

#: What a history says, its records, and what its debtor paid within ten days (None: no row).
PAID: dict[str, tuple[list[Record], float | None]] = {
    "nothing was paid": ([C], 0),
    "the as-of day counts": ([C, paid("06-01", "10")], 10),
    "the day before it does not": ([C, paid("05-31", "10")], 0),
    "the tenth day counts": ([C, paid("06-10", "10")], 10),
    "the eleventh day does not": ([C, paid("06-11", "10")], 0),
    "payments add up to the cent": ([C, paid("06-02", "0.10"), paid("06-03", "0.20")], 0.3),
    "a payment on another account counts": (
        [C, charge("o", "2026-06-01", account_id="other"), paid("06-02", "7", account_id="other")],
        7,
    ),
    "with nothing open there is no row": ([C, paid("05-31")], None),
}

TRIED = [
    debtor(timezone="America/Lima"),
    C,
    tried("05-31", "no_answer"),
    tried("06-02", "no_answer", 9),
    tried("06-02", "right_party", 18),
    tried("06-07", "read", 23),
    tried("06-08", "read", 0),
]
#: Two promises of the week, one kept in time; one made before it, and one for a day after the horizon.
PROMISED = [
    C,
    tried("06-02", "promise"),
    tried("06-03", "right_party"),
    *(promise(name, f"2026-{made}T10:00:00-05:00", f"2026-{due}", amount)
      for name, made, due, amount in (("in time", "06-02", "06-08", "60"), ("late", "06-03", "06-10", "100"),
                                      ("old", "05-31", "06-05", "10"), ("far", "06-02", "07-05", "10"))),
    paid("06-05", "60"),
]  # fmt: skip
TRIED_TODAY = [
    debtor(timezone="America/Lima"),
    C,
    tried("05-31", "no_answer"),
    tried("06-01", "right_party", 18),
    tried("06-01", "no_answer", 9),
]
LATE_TRY = [C, tried("06-02", "no_answer")]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        cases = {says: records for says, (records, _) in (WATCHED | PAID).items()}
        yield Shelf(
            backend, cases | {"tried": TRIED, "tried today": TRIED_TODAY, "late try": LATE_TRY, "promised": PROMISED}
        )


def charge_labels(shelf: Shelf, says: str, columns: tuple[str, str] = UNTIL_REACHED) -> list[tuple[int, bool]]:
    def labels(later: Books) -> Any:
        found = label_charges(shelf.books(THEN), later)
        return found.join(later.charges.select("charge_id", "debtor_id"), "charge_id")

    return [(row[columns[0]], row[columns[1]]) for row in shelf.rows(says, LATER, labels)]


def debtor_labels(shelf: Shelf, says: str, later: str = LATER) -> list[dict[str, Any]]:
    def in_ten_days(books: Books) -> Any:
        return label_debtors(shelf.books(THEN), books, 10)

    return shelf.rows(says, later, in_ten_days)


def attempt_labels(shelf: Shelf, later: str) -> list[dict[str, Any]]:
    def attempts(books: Books) -> Any:
        return label_attempts(shelf.books(THEN), books)

    return sorted(shelf.rows("tried", later, attempts), key=lambda row: str(row["attempt_id"]))


@pytest.mark.parametrize("says", WATCHED)
def test_a_charge_is_watched_until(shelf: Shelf, says: str) -> None:
    expected = WATCHED[says][1]
    assert charge_labels(shelf, says) == ([expected] if expected else [])


@pytest.mark.parametrize("says", [says for says, (_, label) in WATCHED.items() if label])
def test_a_charge_is_followed_beyond_the_day_its_debtor_is_reached(shelf: Shelf, says: str) -> None:
    beyond = {
        "watched to the day before its debtor is reached": (10, True),
        "paid on the day its debtor is reached is not counted": (8, True),
    }
    assert charge_labels(shelf, says, AS_WORKED) == [beyond.get(says, WATCHED[says][1])]


@pytest.mark.parametrize("says", [says for says, (_, label) in WATCHED.items() if label])
def test_a_debtor_is_watched_until_the_first_payment_of_any_amount(shelf: Shelf, says: str) -> None:
    beyond = {
        "paid in parts is paid with the last": (3, True),
        "partly paid is watched to the end of the books": (3, True),
        "cancelled is watched to the day before": (30, False),
        "watched to the day before it is disputed": (20, True),
    }
    assert charge_labels(shelf, says, FIRST_PAYMENT) == [beyond.get(says, WATCHED[says][1])]


@pytest.mark.parametrize("says", PAID)
def test_what_a_debtor_paid_within_the_horizon(shelf: Shelf, says: str) -> None:
    expected = PAID[says][1]
    rows = [(row["paid_amount"], row["any_paid"]) for row in debtor_labels(shelf, says)]
    assert rows == ([] if expected is None else [(expected, float(expected > 0))])


@pytest.mark.parametrize(("later", "n_rows"), [("2026-06-10", 0), ("2026-06-11", 1)])
def test_a_horizon_that_is_not_over_gives_no_row(shelf: Shelf, later: str, n_rows: int) -> None:
    assert len(debtor_labels(shelf, "nothing was paid", later)) == n_rows


def test_the_first_attempt_of_the_as_of_day_is_told(shelf: Shelf) -> None:
    [row] = debtor_labels(shelf, "tried today")
    found = [row[f"tried_{name}"] for name in ("channel", "weekday", "hour", "propensity")]
    assert found == ["call", 0, 9, 0.25]


def test_a_debtor_tried_on_a_later_day_was_not_tried(shelf: Shelf) -> None:
    [row] = debtor_labels(shelf, "late try")
    assert (row["tried_channel"], row["tried_hour"], row["tried_propensity"]) == (None, None, None)


def test_attempts_of_a_week_tell_the_local_weekday_hour_and_whether_they_reached(shelf: Shelf) -> None:
    found = [(row["attempt_id"], row["weekday"], row["hour"], row["reached"]) for row in attempt_labels(shelf, LATER)]
    assert found == [("a06-02-18", 1, 18, True), ("a06-02-9", 1, 9, False), ("a06-07-23", 6, 23, True)]


def test_an_attempt_tells_its_day_and_the_segments_of_its_debtor(shelf: Shelf) -> None:
    first, *_ = attempt_labels(shelf, LATER)
    assert str(first["attempted_on"])[:10] == "2026-06-02"
    assert [first[name] for name in ("portfolio_id", "kind", "country")] == ["default", "person", "PE"]


def test_attempts_that_the_later_books_do_not_know_are_left_out(shelf: Shelf) -> None:
    assert len(attempt_labels(shelf, "2026-06-07")) == 2


def test_an_attempt_tells_whether_it_ended_in_a_promise(shelf: Shelf) -> None:
    def attempts_of_the_promised(books: Books) -> Any:
        return label_attempts(shelf.books(THEN), books)

    rows = shelf.rows("promised", LATER, attempts_of_the_promised)
    assert {row["attempt_id"]: row["promised"] for row in rows} == {"a06-02-15": True, "a06-03-15": False}


@pytest.mark.parametrize(("later", "kept"), [("2026-06-30", []), (LATER, [("in time", True, 6), ("late", False, 7)])])
def test_promises_of_the_week_are_told_once_every_one_of_the_day_is_over(
    shelf: Shelf, later: str, kept: list[tuple[str, bool, int]]
) -> None:
    def promises_of_the_week(books: Books) -> Any:
        return label_promises(shelf.books(THEN), books, 30)

    rows = shelf.rows("promised", later, promises_of_the_week)
    assert sorted((row["promise_id"], row["is_kept"], row["due_days"]) for row in rows) == kept


def test_the_last_as_of_day_is_a_horizon_before_the_data_end() -> None:
    assert last_as_of(date(2026, 3, 1), 30) == date(2026, 1, 30)
