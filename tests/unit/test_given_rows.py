from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from recobro_data.errors import UsageError
from recobro_data.given import build_given
from recobro_data.tables import TABLES

CLOCK = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEBTOR = {"debtor_id": "d1", "country": "PE"}
CHARGE = {"charge_id": "c1", "debtor_id": "d1", "due_on": "2026-02-01", "amount": "100"}
PAYMENT = {"payment_id": "p1", "charge_id": "c1", "paid_on": "2026-02-03", "amount": 40.5}


def build(rates: dict[str, float] | None = None, **tables: Any) -> dict[str, Any]:
    given = {"debtors": [DEBTOR], "charges": [CHARGE], **tables}
    return {name: rows.to_pylist() for name, rows in build_given(given, clock=CLOCK, rates=rates or {}).items()}


def test_every_canonical_table_is_there_as_the_lake_has_it() -> None:
    assert set(build()) == set(TABLES)


def test_a_payment_gets_the_debtor_and_account_of_its_charge() -> None:
    [payment] = build(payments=[PAYMENT])["payments"]
    assert (payment["debtor_id"], payment["account_id"], payment["amount"]) == ("d1", "d1", Decimal("40.50"))


def test_a_payment_of_a_shared_account_is_the_first_debtors() -> None:
    debtors = [{**DEBTOR, "debtor_id": name} for name in ("d2", "d1")]
    charges = [{**CHARGE, "charge_id": name, "debtor_id": name, "account_id": "a"} for name in ("d2", "d1")]
    payment = {"payment_id": "p1", "account_id": "a", "paid_on": "2026-02-03", "amount": "1"}
    assert build(debtors=debtors, charges=charges, payments=[payment])["payments"][0]["debtor_id"] == "d1"


def test_a_dispute_gets_the_debtor_of_its_charge() -> None:
    dispute = {"dispute_id": "x1", "charge_id": "c1", "opened_on": "2026-02-10"}
    assert build(disputes=[dispute])["disputes"][0]["debtor_id"] == "d1"


@pytest.mark.parametrize(("others", "currency"), [([], "PEN"), (["USD"], "USD")])
def test_a_charge_without_a_currency_has_its_portfolios_or_its_countrys(others: list[str], currency: str) -> None:
    named = [{**CHARGE, "charge_id": f"n{at}", "currency": code} for at, code in enumerate(others)]
    assert build(charges=[CHARGE, *named])["charges"][0]["currency"] == currency


def test_two_currencies_without_rates_are_refused() -> None:
    charges = [{**CHARGE, "charge_id": code, "currency": code} for code in ("PEN", "USD")]
    with pytest.raises(UsageError, match="one currency a portfolio, or rates for the others"):
        build(charges=charges)


def test_with_a_rate_two_currencies_are_taken() -> None:
    charges = [{**CHARGE, "charge_id": code, "currency": code} for code in ("PEN", "USD")]
    assert len(build(charges=charges, rates={"USD": 3.7})["charges"]) == 2


@pytest.mark.parametrize(
    ("table", "row", "rule"),
    [
        ("charges", CHARGE | {"charge_id": "c2", "amount": "-5"}, "range"),
        ("charges", CHARGE | {"charge_id": "c2", "due_on": "31/01/2026"}, "type"),
        ("charges", CHARGE | {"charge_id": "c2", "debtor_id": "d9"}, "reference"),
        ("charges", CHARGE, "duplicate_key"),
        ("payments", PAYMENT | {"paid_on": "2027-01-01"}, "future"),
        ("payments", PAYMENT | {"charge_id": "c9"}, "reference"),
        ("payments", {"payment_id": "p1", "paid_on": "2026-02-03", "amount": "1"}, "either"),
        ("payments", [1, 2], "type"),
        ("debtors", DEBTOR | {"debtor_id": "d2", "country": "XX"}, "country"),
    ],
)
def test_a_row_that_breaks_a_rule_of_a_load_is_refused_by_the_rules_name(table: str, row: Any, rule: str) -> None:
    whole: dict[str, list[Any]] = {"debtors": [DEBTOR], "charges": [CHARGE], table: []}
    whole[table] = [*({"debtors": [DEBTOR], "charges": [CHARGE]}.get(table, [])), row]
    with pytest.raises(UsageError, match=rf"the rule `{rule}` broken at {table}\["):
        build(**whole)


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(UsageError, match="range") as refused:
        build(charges=[CHARGE | {"amount": "-77777"}])
    assert "77777" not in str(refused.value)
