from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from recobro_data.ingest.sql import referred
from recobro_data.rows import row_model
from recobro_data.tables import TABLES

_CHARGE: dict[str, Any] = {"charge_id": "c1", "debtor_id": "d1", "due_on": "2026-01-31", "amount": 10}


@pytest.mark.parametrize("name", TABLES)
def test_every_key_column_is_required(name: str) -> None:
    assert all(TABLES[name].column(column).required for column in TABLES[name].key)


@pytest.mark.parametrize("name", TABLES)
def test_references_name_a_column_of_a_table_declared_before(name: str) -> None:
    before = list(TABLES)[: list(TABLES).index(name)]
    for target, field in (referred(column) for column in TABLES[name].columns if column.references):
        assert target in before
        assert field in TABLES[target].names


def test_an_unknown_column_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="charges has no column 'price'"):
        TABLES["charges"].column("price")


def test_a_row_fills_in_what_follows_from_itself() -> None:
    row = row_model("charges")(**_CHARGE)
    assert (row.model_dump()["account_id"], row.model_dump()["issued_on"]) == ("d1", date(2026, 1, 31))


def test_a_debtor_speaks_the_language_of_the_country_unless_it_says_otherwise() -> None:
    model = row_model("debtors")
    rows = [model(debtor_id="d", country="BR"), model(debtor_id="d", country="BR", language="es")]
    assert [row.model_dump()["language"] for row in rows] == ["pt", "es"]


def test_amounts_round_half_up_to_cents() -> None:
    assert row_model("charges")(**_CHARGE | {"amount": "10.005"}).model_dump()["amount"] == Decimal("10.01")


def test_timestamps_become_utc() -> None:
    given = {"promise_id": "r", "debtor_id": "d", "due_on": "2026-02-01", "amount": 1}
    row = row_model("promises")(**given, made_at="2026-01-31T20:30:00-05:00")
    assert row.model_dump()["made_at"] == datetime(2026, 2, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": "NaN"}, "finite number"),
        ({"amount": -1}, "greater than 0"),
        ({"amount": "0.004"}, "greater than 0"),
        ({"amount": True}, "finite number"),
        ({"amount": "1e99"}, "16 digits"),
        ({"due_on": "31/01/2026"}, "YYYY-MM-DD"),
        ({"due_on": "2026-02-30"}, "day value"),
        ({"due_on": 20260131}, "YYYY-MM-DD"),
        ({"currency": "soles"}, "ISO 4217"),
        ({"charge_id": "  "}, "Field required"),
    ],
)
def test_a_charge_that_breaks_a_rule_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        row_model("charges")(**_CHARGE | wrong)


def test_a_naive_timestamp_is_refused() -> None:
    given = {"attempt_id": "a", "debtor_id": "d", "channel": "call", "outcome": "read"}
    with pytest.raises(ValidationError, match="must carry an offset or Z"):
        row_model("contact_attempts")(**given, attempted_at="2026-01-31T09:30:00")


def test_a_payment_names_a_charge_or_an_account() -> None:
    with pytest.raises(ValidationError, match="charge_id or account_id must have a value"):
        row_model("payments")(payment_id="p", paid_on="2026-01-31", amount=1)


def test_unknown_keys_of_a_row_are_ignored() -> None:
    assert "colour" not in row_model("charges")(**_CHARGE, colour="red").model_dump()
