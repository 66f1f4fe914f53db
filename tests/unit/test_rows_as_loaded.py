"""A row is taken or refused by the API as it is by a load, and for the same reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.bad_rows import BAD
from tests.unit.odd_rows import VALID
from tests.unit.row_kinds import SOUND, Kind

from recobro_data.row_rules import Rule, table_rules
from recobro_data.rows import broken_rule, row_model
from recobro_data.tables import TABLES
from recobro_data.vocabulary import CURRENCY_CODES

#: What a load decides by other rows, or by the line as a whole.
BY_OTHERS = ("reference", "duplicate_key", "fields")
OWN = [kind for kind in BAD if kind.rule not in BY_OTHERS]


def refused(table: str, row: Any, clock: datetime | None = None) -> Rule:
    """The rule that the API names for a row it does not take."""
    with pytest.raises(ValidationError) as caught:
        row_model(table).model_validate(row, context={"clock": clock} if clock else None)
    return broken_rule(table, caught.value)


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.name)
def test_the_api_refuses_what_a_load_rejects_by_the_same_rule(kind: Kind) -> None:
    rule = refused(kind.table, kind.row)
    assert (rule.name, ", ".join(rule.columns)) == (kind.rule, kind.column)
    assert rule in table_rules(TABLES[kind.table])


@pytest.mark.parametrize(("propensity", "says"), [(0, "must be above 0"), (1.5, "must be at most 1")])
def test_of_two_bounds_the_one_that_is_broken_is_named(propensity: float, says: str) -> None:
    rule = refused("contact_attempts", SOUND["contact_attempts"] | {"propensity": propensity})
    assert rule.message == f"propensity {says}"


def test_every_rule_of_single_rows_is_among_them() -> None:
    named = {(kind.table, kind.rule, kind.column) for kind in OWN}
    rules = {(name, rule.name, ", ".join(rule.columns)) for name in TABLES for rule in table_rules(TABLES[name])}
    assert {rule for rule in rules if rule[1] not in BY_OTHERS} == named


@pytest.mark.parametrize(
    "kind", [kind for kind in BAD if kind.rule in ("reference", "duplicate_key")], ids=lambda kind: kind.name
)
def test_what_other_rows_decide_is_left_to_the_caller(kind: Kind) -> None:
    assert row_model(kind.table).model_validate(kind.row)


@pytest.mark.parametrize("kind", VALID, ids=lambda kind: kind.name)
def test_the_api_takes_every_odd_row_that_a_load_takes(kind: Kind) -> None:
    assert row_model(kind.table).model_validate(kind.row)


@pytest.mark.parametrize(("opened_on", "is_taken"), [("2026-03-10", True), ("2026-03-11", False)])
def test_the_clock_may_be_told(opened_on: str, is_taken: bool) -> None:
    row, clock = SOUND["disputes"] | {"opened_on": opened_on}, datetime(2026, 3, 10, 9, 59, tzinfo=UTC)
    if is_taken:
        assert row_model("disputes").model_validate(row, context={"clock": clock})
    else:
        assert refused("disputes", row, clock).name == "future"


@pytest.mark.parametrize(
    ("table", "changed", "says"),
    [
        ("charges", {"charge_id": 7}, "charge_id must be text"),
        ("charges", {"charge_id": ["c1"]}, "charge_id must be text"),
        ("charges", {"currency": ["PEN"]}, "currency must be a currency"),
        ("charges", {"amount": None}, "amount must have a value"),
        ("charges", {"amount": {}}, "amount must be a finite number"),
        ("debtors", {"country": {}}, "country must be a country"),
        ("debtors", {"do_not_contact": []}, "do_not_contact must be true or false"),
        ("promises", {"made_at": 1767607200}, "made_at must be a timestamp"),
        ("promises", {"made_at": "0001-01-01T00:00:00+14:00"}, "made_at must be a timestamp"),
        ("promises", {"promise_id": "r\ud800"}, "promise_id must be text"),
    ],
)
def test_what_only_json_can_say_is_refused_with_a_sentence(table: str, changed: dict[str, Any], says: str) -> None:
    assert refused(table, SOUND[table] | changed).message.startswith(says)


@pytest.mark.parametrize("row", [None, "charge", [], 7])
def test_what_is_no_object_is_no_row(row: Any) -> None:
    assert refused("charges", row).message == "the row must be an object"


@pytest.mark.parametrize("code", ["PEN", "USD", "XCG", "ZWG", "CLF", "UYI", "MXV", "COU", "BOV", "VES", "VEF", "BGN"])
def test_money_of_today_units_of_account_and_what_old_books_hold_is_taken(code: str) -> None:
    assert code in CURRENCY_CODES


@pytest.mark.parametrize("code", ["XAU", "XAG", "XDR", "XTS", "XXX", "USN", "CHE", "SOL", "DLS", "pen", "PE", "PEN "])
def test_metals_funds_codes_for_tests_and_nicknames_are_none(code: str) -> None:
    assert code not in CURRENCY_CODES


def test_every_currency_is_taken_by_a_load_and_the_api_alike(tmp_path: Any) -> None:
    from tests.unit.lake_samples import no_report, settings_in, write_source

    from recobro_data.load import load_source

    source = write_source(tmp_path / "source", debtors=[(code, "PE") for code in CURRENCY_CODES])
    lines = [f"c{code},{code},2026-01-01,5,{code}\n" for code in CURRENCY_CODES]
    (tmp_path / "source" / "charges.csv").write_text("charge_id,debtor_id,due_on,amount,currency\n" + "".join(lines))
    (tmp_path / "source" / "payments.csv").write_text("payment_id,charge_id,paid_on,amount\np,cPEN,2026-01-01,5\n")
    settings = settings_in(tmp_path / "home").model_copy(update={"rates": dict.fromkeys(CURRENCY_CODES, 1.0)})
    assert load_source(source, settings, validate=no_report).tables["charges"].loaded == len(CURRENCY_CODES)
    row = {"charge_id": "c", "debtor_id": "d", "due_on": "2026-01-01", "amount": 1}
    assert all(row_model("charges").model_validate(row | {"currency": code}) for code in CURRENCY_CODES)
