from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.unit.day_samples import (
    DAY,
    attempt,
    build_position,
    charge,
    contact_point,
    debtor,
    dispute,
    payment,
    promise,
)
from tests.unit.plan_samples import build_item

from recobro_data.rows import row_model
from recobro_data.store.live_money import Fact, Position
from recobro_data.store.live_state import Day, State, state_of

TODAY = Day(date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2))
ITEM = build_item(1, days_past_due=40)


def fact(event: dict[str, Any], before: dict[str, Any] | None = None) -> Fact:
    def whole(row: dict[str, Any]) -> dict[str, Any]:
        return row_model(event["table"]).model_validate(row).model_dump(mode="json")

    return Fact(event["table"], whole(event["row"]), None if before is None else whole(event["row"] | before))


def state(*facts: Fact, item: dict[str, Any] = ITEM, **position: Any) -> State:
    return state_of(item, Position.from_json(build_position(ITEM, **position)[2]), facts, TODAY)


def changed(*facts: Fact, **position: Any) -> tuple[Any, ...]:
    changes = state(*facts, **position).changes
    return tuple(changes.get(name) for name in ("amount_to_collect", "balance_due", "expected_recovery"))


def test_without_facts_an_item_stays_as_it_is() -> None:
    assert state() == State()


def test_a_payment_lowers_the_item_and_what_it_is_expected_to_bring() -> None:
    assert changed(fact(payment(amount=30))) == (60.0, 70.0, 6.0)


def test_expected_value_stays_recovery_less_cost() -> None:
    assert state(fact(payment(amount=30))).changes["expected_value"] == 5.7


def test_a_payment_of_all_that_is_asked_for_ends_the_item() -> None:
    assert state(fact(payment(amount=90))).because == "awaiting_payment"


def test_a_cent_short_of_all_leaves_the_item() -> None:
    found = state(fact(payment(amount=89.99)))
    assert (found.because, found.changes["amount_to_collect"]) == (None, 0.01)


def test_what_is_paid_over_pays_the_next_charge_of_the_account() -> None:
    assert changed(fact(payment(amount=95))) == (0.0, 5.0, 0.0)


def test_a_payment_on_an_account_pays_its_oldest_charge() -> None:
    assert changed(fact(payment(amount=30, charge_id=None, account_id="k1"))) == (60.0, 70.0, 6.0)


def test_a_payment_on_what_is_not_due_yet_lowers_the_balance_only() -> None:
    assert changed(fact(payment(amount=5, charge_id="c1b"))) == (None, 95.0, None)


def test_a_reversed_payment_counts_as_never_paid() -> None:
    assert changed(fact(payment(reversed_on=DAY))) == (None, None, None)


def test_a_payment_that_the_plan_counted_lowers_nothing_twice() -> None:
    assert state(fact(payment(paid_on="2026-02-20"), before={})) == State()


def test_a_payment_that_the_plan_counted_owes_again_once_it_is_reversed() -> None:
    told = fact(payment(paid_on="2026-02-20", reversed_on=DAY), before={"reversed_on": None})
    assert changed(told) == (120.0, 130.0, 12.0)


def test_a_payment_of_the_day_that_the_lake_had_is_news_to_the_plan() -> None:
    assert changed(fact(payment(amount=30), before={})) == (60.0, 70.0, 6.0)


def test_a_cancelled_charge_is_owed_no_longer() -> None:
    assert state(fact(charge(cancelled_on=DAY), before={"cancelled_on": None})).because == "awaiting_payment"


def test_a_charge_that_is_to_be_cancelled_later_is_still_owed() -> None:
    assert state(fact(charge(cancelled_on="2026-03-09"), before={"cancelled_on": None})) == State()


def test_what_was_promised_for_today_is_fulfilled_last() -> None:
    found = state(fact(payment(amount=90)), promise_due_cents=2000, charges=[["c1", "k1", 40, 11000, False]])
    assert (found.because, found.changes["amount_to_collect"]) == (None, 0.0)


@pytest.mark.parametrize(
    ("event", "because", "until"),
    [
        (promise(), "promise_open", "2026-03-09"),
        (promise(due_on=DAY), "promise_open", DAY),
        (promise(due_on="2026-03-01", made_at="2026-02-20T10:00:00-05:00"), None, None),
        (dispute(), "dispute_open", None),
        (dispute(closed_on=DAY), None, None),
        (dispute(closed_on="2026-03-09"), "dispute_open", None),
        (attempt(outcome="right_party"), "frequency_limit", "2026-03-03"),
        (attempt(outcome="no_answer"), None, None),
        (attempt(outcome="opt_out"), "opted_out", None),
        (attempt(attempted_at="2026-03-01T23:59:00-05:00"), None, None),
        (attempt(attempted_at="2026-03-02T00:00:00-05:00"), "frequency_limit", "2026-03-03"),
        (contact_point(opted_out=True), "opted_out", None),
        (contact_point(channel="sms", opted_out=True), "opted_out", None),
        (contact_point(opted_out=False), None, None),
        (debtor(do_not_contact=True), "do_not_contact", None),
    ],
)
def test_an_event_takes_the_debtor_off_or_does_not(event: dict[str, Any], because: str, until: str) -> None:
    found = state(fact(event))
    assert (found.because, found.until) == (because, until)


@pytest.mark.parametrize(
    ("event", "before"),
    [
        (contact_point(channel="sms", opted_out=True), {"opted_out": True}),
        (debtor(do_not_contact=True), {"do_not_contact": True}),
        (promise(made_at="2026-02-20T10:00:00-05:00"), {}),
        (dispute(opened_on="2026-02-20"), {}),
    ],
)
def test_what_the_plan_knew_is_no_reason_of_the_day(event: dict[str, Any], before: dict[str, Any]) -> None:
    assert state(fact(event, before=before)).because is None


def test_the_strongest_reason_is_told() -> None:
    told = [fact(one) for one in (attempt(), contact_point(opted_out=True), dispute(), promise())]
    assert state(*told).because == "promise_open"


def test_do_not_contact_stands_above_everything_and_says_why() -> None:
    found = state(fact(promise()), fact(debtor(do_not_contact=True, do_not_contact_reason="deceased")))
    assert (found.because, found.rule) == ("do_not_contact", "deceased")


def test_a_number_that_does_not_work_gives_way_to_the_next_best_channel() -> None:
    found = state(fact(contact_point(valid=False)))
    assert (found.because, found.changes["channel"], found.changes["expected_value"]) == (None, "email", 1.0)


def test_the_option_that_takes_its_place_has_no_propensity() -> None:
    assert state(fact(contact_point(valid=False))).changes["propensity"] is None


def test_without_another_channel_nobody_is_contacted() -> None:
    told = [fact(contact_point(channel=channel, valid=False)) for channel in ("whatsapp", "email")]
    assert state(*told).because == "no_channel"


def test_a_try_that_reached_nobody_is_known_without_taking_the_debtor_off() -> None:
    assert state(fact(attempt(outcome="no_answer"))) == State(is_worked=True)
