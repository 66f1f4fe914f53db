from __future__ import annotations

from typing import Any

import pytest

from recobro_data.store.statements import MOVES, join_rows, merge_rows
from recobro_data.tables import TABLES

ATTEMPT = dict.fromkeys(TABLES["contact_attempts"].names) | {"attempt_id": "t1", "outcome": "delivered"}


def outcome_after(*outcomes: str) -> str | None:
    """What is known of an attempt in the end; None where two outcomes contradict each other."""
    known: Any = ATTEMPT | {"outcome": outcomes[0]}
    for outcome in outcomes[1:]:
        joined = join_rows("contact_attempts", known, ATTEMPT | {"outcome": outcome}, ATTEMPT)
        if joined.differs is not None:
            return None
        known = joined.row
    return str(known["outcome"])


def test_every_table_says_which_columns_may_move_and_they_are_its_own() -> None:
    assert {table: set(moves) <= set(TABLES[table].names) for table, moves in MOVES.items()} == dict.fromkeys(
        TABLES, True
    )


def test_no_key_may_move() -> None:
    assert [table for table, moves in MOVES.items() if set(TABLES[table].key) & set(moves)] == []


def test_the_same_row_again_is_no_news() -> None:
    joined = join_rows("contact_attempts", ATTEMPT, dict(ATTEMPT), ATTEMPT)
    assert (joined.is_news, joined.differs) == (False, None)


@pytest.mark.parametrize(
    ("outcomes", "known"),
    [
        (("delivered", "read"), "read"),
        (("read", "delivered"), "read"),
        (("right_party", "promise"), "promise"),
        (("opt_out", "delivered", "read"), "opt_out"),
        (("no_answer", "right_party"), None),
        (("promise", "refusal"), None),
    ],
)
def test_an_outcome_only_grows_into_what_may_follow_it(outcomes: tuple[str, ...], known: str | None) -> None:
    assert outcome_after(*outcomes) == known


@pytest.mark.parametrize(("told", "known"), [(True, True), (False, True)])
def test_an_opt_out_is_not_taken_back_by_an_event(told: bool, known: bool) -> None:
    point = {"debtor_id": "d1", "channel": "call", "valid": True, "opted_out": True}
    assert join_rows("contact_points", point, point | {"opted_out": told}, point).row["opted_out"] is known


def test_a_column_that_was_not_told_leaves_what_is_known() -> None:
    point = {"debtor_id": "d1", "channel": "call", "valid": False, "opted_out": False}
    told = {**point, "valid": True, "opted_out": True}
    joined = join_rows("contact_points", point, told, {"debtor_id", "channel", "opted_out"})
    assert joined.row == point | {"opted_out": True}


def test_a_reversal_that_was_told_first_stays_when_the_payment_comes_late() -> None:
    paid = {"payment_id": "p1", "amount": "10.00", "reversed_on": "2026-03-02"}
    assert not join_rows("payments", paid, paid | {"reversed_on": None}, paid).is_news


def test_another_amount_is_a_conflict_and_changes_nothing() -> None:
    paid = {"payment_id": "p1", "amount": "10.00", "reversed_on": None}
    joined = join_rows("payments", paid, paid | {"amount": "11.00", "reversed_on": "2026-03-02"}, paid)
    assert (joined.differs, joined.row) == ("amount", paid)


def test_at_night_what_may_move_moves_and_the_rest_stays_as_the_source_has_it() -> None:
    source = {"payment_id": "p1", "amount": "10.00", "reversed_on": None}
    told = {"payment_id": "p1", "amount": "11.00", "reversed_on": "2026-03-02"}
    assert merge_rows("payments", source, told) == (source | {"reversed_on": "2026-03-02"}, 1)
