"""Rows read a column at a time: what the model of one row makes of each."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recobro_data.row_columns import read_columns
from recobro_data.rows import row_model

CLOCK = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHARGE = {"charge_id": "c1", "debtor_id": "d1", "due_on": "2026-01-31", "amount": "10"}
ATTEMPT = {
    "attempt_id": "a1", "debtor_id": "d1", "channel": "call", "outcome": "no_answer",
    "attempted_at": "2026-02-01T10:00Z",
}  # fmt: skip
ODD: list[Any] = [
    None, "", " ", "1", 1, 1.0, True, "true", -0.0, "-0.0", 10.005, "1e2", "c1", " c1\n", "\x00", "2026-01-31",
    "2026-13-01", "2026-02-01T10:00Z", "2026-02-01T10:00", "2999-01-01", "call", "PE", "PEN", "x", [], {}, float("nan"),
    "c1\x7f", "c\x851", "ñandú", "\ud800", "x" * 255, "x" * 256,
]  # fmt: skip
VALUES = st.sampled_from(ODD)


def one_by_one(table: str, rows: list[Any]) -> list[dict[str, Any]] | None:
    try:
        return [row_model(table).model_validate(row, context={"clock": CLOCK}).model_dump() for row in rows]
    except ValidationError:
        return None


def by_column(table: str, rows: list[Any]) -> list[dict[str, Any]] | None:
    columns = read_columns(table, rows, clock=CLOCK)
    return columns and [{name: values[at] for name, values in columns.items()} for at in range(len(rows))]


@given(
    st.lists(st.tuples(st.sampled_from(sorted({*CHARGE, "account_id", "issued_on", "currency"})), VALUES), max_size=4)
)
def test_charges_are_read_as_one_by_one(changes: list[tuple[str, Any]]) -> None:
    rows: list[Any] = [CHARGE, *({**CHARGE, name: value} for name, value in changes)]
    assert repr(by_column("charges", rows)) == repr(one_by_one("charges", rows))


@given(st.lists(st.tuples(st.sampled_from(sorted({*ATTEMPT, "propensity"})), VALUES), max_size=4))
def test_attempts_are_read_as_one_by_one(changes: list[tuple[str, Any]]) -> None:
    rows: list[Any] = [ATTEMPT, *({**ATTEMPT, name: value} for name, value in changes)]
    assert repr(by_column("contact_attempts", rows)) == repr(one_by_one("contact_attempts", rows))


def test_defaults_follow_from_each_row() -> None:
    rows = [{"debtor_id": name, "country": country} for name, country in (("d1", "BR"), ("d2", "PE"), ("d3", "US"))]
    assert [row["language"] for row in by_column("debtors", rows) or []] == ["pt", "es", "en"]


def test_a_text_and_the_number_it_reads_as_are_told_apart() -> None:
    assert read_columns("charges", [CHARGE | {"charge_id": "1"}, CHARGE | {"charge_id": 1}], clock=CLOCK) is None


@pytest.mark.parametrize("row", [None, "text", 3, [CHARGE]])
def test_what_is_no_object_is_no_row(row: Any) -> None:
    assert read_columns("charges", [CHARGE, row], clock=CLOCK) is None


def test_of_two_alternatives_one_must_be_there() -> None:
    payment = {"payment_id": "p1", "paid_on": "2026-02-01", "amount": 3}
    assert read_columns("payments", [payment], clock=CLOCK) is None


def test_what_lies_ahead_follows_from_the_clock() -> None:
    dispute = {"dispute_id": "x1", "charge_id": "c1", "opened_on": "2026-02-01"}
    columns = read_columns("disputes", [dispute], clock=CLOCK)
    assert columns is not None
    assert columns["opened_on"] == [date(2026, 2, 1)]
    assert read_columns("disputes", [dispute], clock=datetime(2026, 1, 1, tzinfo=UTC)) is None
