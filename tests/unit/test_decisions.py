"""Worked decisions of the week from 1 June 2026 on, a Monday, and what followed them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from tests.unit.table_samples import Record, Shelf, attempt, charge, debtor, open_backend, payment

from recobro_models.decisions import label_decisions

THEN, LATER, HORIZON = "2026-06-01", "2026-07-01", 28
OWING = [debtor(timezone="America/Lima"), charge("c", "2026-06-10", issued_on="2026-05-01")]


def tried(day: str, outcome: str, hour: int = 15) -> Record:
    return attempt(f"a{day}-{hour}", f"2026-{day}T{hour:02d}:00:00-05:00", outcome, propensity=0.25)


def paid(day: str, amount: str = "40") -> Record:
    return payment(f"p{day}-{amount}", f"2026-{day}", amount)


CASES: dict[str, list[Record]] = {
    "left alone": OWING,
    "paid on the seventh day": [*OWING, tried("06-02", "right_party"), paid("06-08", "30"), paid("06-08", "10")],
    "paid on the eighth day": [*OWING, tried("06-02", "right_party"), paid("06-09")],
    "paid again and again": [
        *OWING,
        tried("06-02", "right_party"),
        paid("06-03", "10"),
        paid("06-29", "20"),
        paid("06-30", "50"),
    ],
    "tried on the fourth": [*OWING, tried("06-04", "right_party"), paid("06-05")],
    "twice in a day": [*OWING, tried("06-02", "no_answer", 9), tried("06-02", "promise", 18)],
    "reached, then tried": [*OWING, tried("06-01", "right_party"), tried("06-03", "no_answer"), tried("06-04", "read")],
    "tried after a payment": [*OWING, paid("06-02"), tried("06-03", "right_party")],
    "tried before the week": [*OWING, tried("05-31", "right_party")],
    "tried after the week": [*OWING, tried("06-08", "right_party")],
    "nothing open": [debtor(timezone="America/Lima"), tried("06-02", "right_party")],
}


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        yield Shelf(backend, CASES)


def decisions(shelf: Shelf, says: str, later: str = LATER) -> list[dict[str, Any]]:
    found = label_decisions(shelf.books(THEN), shelf.books(later), HORIZON)
    own = found[found["debtor_id"].str.startswith(f"{says}:")]
    return [dict(row) for _, row in own.sort_values("days_ahead").iterrows()]


def attempts_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if not pd.isna(row["tried_channel"])]


def test_who_is_left_alone_is_looked_at_on_one_working_day(shelf: Shelf) -> None:
    (row,) = decisions(shelf, "left alone")
    assert pd.isna(row["tried_channel"])
    assert 0 <= row["days_ahead"] <= 4
    assert (row["is_reached"], row["paid_soon"], row["n_tried_before"]) == (False, 0.0, 0)


def test_a_payment_on_the_seventh_day_is_soon_and_what_was_paid_is_summed(shelf: Shelf) -> None:
    (row,) = attempts_of(decisions(shelf, "paid on the seventh day"))
    assert (row["days_ahead"], row["is_reached"], row["paid_soon"], row["paid_amount"]) == (1, True, 1.0, 40.0)


def test_a_payment_on_the_eighth_day_is_not_soon(shelf: Shelf) -> None:
    (row,) = attempts_of(decisions(shelf, "paid on the eighth day"))
    assert (row["paid_soon"], row["paid_amount"]) == (0.0, 40.0)


def test_what_is_paid_counts_until_the_horizon_ends(shelf: Shelf) -> None:
    # From the second on, 28 days end with the twenty-ninth.
    (row,) = attempts_of(decisions(shelf, "paid again and again"))
    assert row["paid_amount"] == 30.0


def test_who_pays_nothing_in_the_horizon_has_no_amount(shelf: Shelf) -> None:
    (row,) = decisions(shelf, "left alone")
    assert pd.isna(row["paid_amount"])


def test_what_is_paid_is_unknown_while_the_horizon_runs(shelf: Shelf) -> None:
    # 28 days from the fourth on end with the first of July, which the later books do not hold.
    (row,) = attempts_of(decisions(shelf, "tried on the fourth"))
    assert row["paid_soon"] == 1.0
    assert pd.isna(row["paid_amount"])


def test_the_first_attempt_of_a_day_is_its_decision(shelf: Shelf) -> None:
    (row,) = attempts_of(decisions(shelf, "twice in a day"))
    assert (row["tried_hour"], row["is_reached"], row["tried_propensity"]) == (9, False, 0.25)


def test_what_was_tried_in_between_is_told(shelf: Shelf) -> None:
    rows = attempts_of(decisions(shelf, "reached, then tried"))
    assert [row["n_tried_before"] for row in rows] == [0, 1, 2]
    assert [row["reached_days_before"] for row in rows[1:]] == [2, 3]
    assert pd.isna(rows[0]["reached_days_before"])


def test_a_day_after_a_payment_is_left_out(shelf: Shelf) -> None:
    assert attempts_of(decisions(shelf, "tried after a payment")) == []


@pytest.mark.parametrize("says", ["tried before the week", "tried after the week"])
def test_attempts_outside_the_week_decide_nothing(shelf: Shelf, says: str) -> None:
    assert attempts_of(decisions(shelf, says)) == []


def test_who_owes_nothing_has_no_decisions(shelf: Shelf) -> None:
    assert decisions(shelf, "nothing open") == []


def test_days_whose_week_is_not_over_are_left_out(shelf: Shelf) -> None:
    assert decisions(shelf, "reached, then tried", "2026-06-08") != []
    assert [row["days_ahead"] for row in decisions(shelf, "reached, then tried", "2026-06-08")] == [0]
