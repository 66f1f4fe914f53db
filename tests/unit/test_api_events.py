from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from tests.unit.api_caller import Caller, create_app
from tests.unit.day_samples import (
    DAY,
    attempt,
    charge,
    contact_point,
    debtor,
    dispute,
    open_day_store,
    payment,
    promise,
    statuses,
)
from tests.unit.lake_samples import load, settings_in

from recobro_data.privacy.pseudonyms import Pseudonyms
from recobro_data.settings import Privacy, Settings
from recobro_data.store import Store, open_store
from recobro_data.store.event_batch import Sender

EVENTS = "/v1/events"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_day_store(tmp_path) as store:
        yield store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same day for tests that change nothing of it."""
    with open_day_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def writer(store: Store, *portfolios: str, settings: Settings | None = None) -> Caller:
    key = store.add_key("test", ["read", "write"], portfolios or ["*"])
    return Caller(create_app(settings or Settings(home=Path("/nowhere")), store), {"Authorization": f"Bearer {key}"})


def post(caller: Caller, *events: Any, **options: Any) -> httpx.Response:
    return caller.call("POST", EVENTS, json=list(events), **options)


def told(caller: Caller, *events: Any) -> list[dict[str, Any]]:
    answer = post(caller, *events)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def test_every_table_of_the_contract_takes_events(store: Store) -> None:
    events = [debtor(7), charge(7, debtor_id="d7"), contact_point(1), payment(7), attempt(), promise(), dispute()]
    assert statuses(told(writer(store), *events)) == ["accepted"] * 7


def test_answers_come_in_the_order_of_the_events(store: Store) -> None:
    answers = told(writer(store), payment(2), payment(2), payment(2, amount=31), payment(99))
    assert [answer["index"] for answer in answers] == [0, 1, 2, 3]
    assert statuses(answers) == ["accepted", "duplicate", "conflict", "rejected"]


def test_a_conflict_names_the_column_and_no_value(store: Store) -> None:
    caller = writer(store)
    told(caller, payment(2))
    answer = told(caller, payment(2, amount=31))[0]
    assert (answer["rule"], answer["column"], "31" in answer["message"]) == ("duplicate_key", "amount", False)


@pytest.mark.parametrize(
    ("event", "rule", "column"),
    [
        ({"table": "invoices", "row": {}}, "table", None),
        (payment(amount=0), "range", "amount"),
        (payment(amount="1e99"), "type", "amount"),
        (payment(amount=10**30), "type", "amount"),
        (payment(amount=[]), "type", "amount"),
        (payment(paid_on="02/03/2026"), "type", "paid_on"),
        (payment(paid_on="2126-03-02"), "future", "paid_on"),
        (payment(payment_id="y\x00"), "characters", "payment_id"),
        (payment(payment_id=None), "required", "payment_id"),
        (payment(charge_id=None), "either", "charge_id"),
        (attempt(attempted_at="2026-03-02T12:00:00"), "offset", "attempted_at"),
        (attempt(outcome="answered"), "values", "outcome"),
        (attempt(propensity=1.5), "range", "propensity"),
        (debtor(country="XX"), "country", "country"),
        (payment(99), "reference", "charge_id"),
        (attempt(99), "reference", "debtor_id"),
        (payment(charge_id=None, account_id="k99"), "reference", "account_id"),
    ],
)
def test_a_row_that_a_load_would_refuse_is_rejected_with_the_rule(
    shared: Store, event: Any, rule: str, column: str
) -> None:
    answer = told(writer(shared), event)[0]
    assert (answer["status"], answer["rule"], answer.get("column")) == ("rejected", rule, column)


@pytest.mark.parametrize("body", ['[{"table":"payments","row":{"payment_id":"\\ud800","charge_id":"c1","paid_on":'
                                  '"2026-03-02","amount":1}}]',
                                  '[{"table":"payments","row":{"payment_id":"y1","charge_id":"c1","paid_on":'
                                  '"2026-03-02","amount":NaN}}]',
                                  '[{"table":"payments","row":{"x":' + "[" * 5000 + "]" * 5000 + "}}]",
                                  '[{"table":"payments","row":{"amount":' + "9" * 5000 + "}}]"])  # fmt: skip
def test_what_no_row_can_hold_is_refused_and_never_a_defect(shared: Store, body: str) -> None:
    answer = writer(shared).call("POST", EVENTS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413, 422) or statuses(answer.json()) == ["rejected"]


@pytest.mark.parametrize(
    "events", [[], [payment()] * 1001, {}, None, [1], [{"table": "payments"}], [payment() | {"x": 1}], [{"row": {}}]]
)
def test_a_body_of_another_shape_is_refused_whole(shared: Store, events: Any) -> None:
    assert writer(shared).call("POST", EVENTS, json=events).status_code == 422


def test_a_thousand_events_are_one_call(store: Store) -> None:
    events = [payment(number, charge_id=f"c{number % 6 + 1}", amount=0.01) for number in range(1000)]
    assert set(statuses(told(writer(store), *events))) == {"accepted"}


def test_later_events_of_a_call_may_name_what_earlier_ones_told(store: Store) -> None:
    events = [debtor(70), charge(70), payment(70), dispute(70)]
    assert statuses(told(writer(store), *events)) == ["accepted"] * 4


def test_a_key_that_only_reads_tells_nothing(shared: Store) -> None:
    key = shared.add_key("test", ["read"], ["*"])
    caller = Caller(writer(shared).app, {"Authorization": f"Bearer {key}"})
    assert post(caller, payment()).status_code == 403


@pytest.mark.parametrize("make", [payment, attempt, promise, dispute, contact_point, charge, debtor])
def test_a_foreign_debtor_is_refused_exactly_like_one_that_does_not_exist(shared: Store, make: Any) -> None:
    caller = writer(shared, "north")
    # Of odd numbers the debtors are south's.
    assert told(caller, make(1)) == told(caller, make(99))


def test_a_bound_key_tells_of_its_own_debtors(store: Store) -> None:
    assert statuses(told(writer(store, "north"), payment(2), debtor(2, do_not_contact=True))) == ["accepted"] * 2


def test_a_row_of_the_lake_is_a_duplicate_and_another_one_a_conflict(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=[("d1", "PE")], charges=[("c1", "d1", "k1", "2026-01-21", 90)],
         payments=[("y1", "c1", "k1", "2026-02-02", 30)])  # fmt: skip
    caller = writer(store, settings=settings)
    events = [payment(paid_on="2026-02-02"), payment(paid_on="2026-02-02", amount=31)]
    assert statuses(told(caller, *events)) == ["duplicate", "conflict"]


def test_what_only_the_lake_knows_is_known(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=[("d70", "PE")], charges=[("c70", "d70", "k70", "2026-01-21", 90)],
         payments=[("y1", "c70", "k70", "2026-02-02", 30)])  # fmt: skip
    events = [payment(70), payment(71, charge_id=None, account_id="k70"), attempt(70)]
    assert statuses(told(writer(store, settings=settings), *events)) == ["accepted"] * 3


def test_a_debtor_that_the_lake_knows_is_told_of_in_part(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=[("d1", "PE")], charges=[("c1", "d1", "k1", "2026-01-21", 90)],
         payments=[("y1", "c1", "k1", "2026-02-02", 30)])  # fmt: skip
    answer = told(writer(store, settings=settings), debtor(do_not_contact=True), debtor(country="CL"))
    assert (statuses(answer), answer[1]["column"]) == (["accepted", "conflict"], "country")


def test_ids_are_kept_as_pseudonyms_where_the_configuration_says_so(store: Store, tmp_path: Path) -> None:
    columns = ("debtor_id", "account_id", "charge_id")
    privacy = Privacy(pseudonymise=columns, key="0123456789" * 4)
    turned = Pseudonyms(columns, b"0123456789" * 4).of
    caller = writer(store, settings=Settings(home=tmp_path, privacy=privacy))
    assert statuses(told(caller, debtor(70), charge(70), payment(70))) == ["accepted"] * 3
    with store._engine.begin() as connection:
        kept = json.dumps([list(row) for row in connection.exec_driver_sql("SELECT row, debtor_id FROM events")])
    assert (turned("d70") in kept, turned("c70") in kept, '"d70"' in kept, "c70" in kept) == (True, True, False, False)


def test_the_same_call_again_is_answered_as_before(store: Store) -> None:
    caller, key = writer(store), {"Idempotency-Key": '"7f1c"'}
    first = post(caller, payment(2), payment(99), headers=key)
    assert post(caller, payment(2), payment(99), headers=key).json() == first.json()
    assert statuses(first.json()) == ["accepted", "rejected"]


def test_another_body_under_the_same_idempotency_key_is_refused_and_not_done(store: Store) -> None:
    caller, key = writer(store), {"Idempotency-Key": "7f1c"}
    post(caller, payment(2), headers=key)
    answer = post(caller, payment(4), headers=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recobro:problem:idempotency-key-reused")
    assert statuses(told(caller, payment(4))) == ["accepted"]


def test_an_idempotency_key_is_its_senders_own(store: Store) -> None:
    key = {"Idempotency-Key": "7f1c"}
    assert [post(writer(store), payment(n), headers=key).status_code for n in (2, 4)] == [200, 200]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_that_is_none_is_refused(shared: Store, key: str) -> None:
    assert post(writer(shared), payment(), headers={"Idempotency-Key": key}).status_code == 422


def test_answers_are_kept_for_two_days(store: Store) -> None:
    caller, key = writer(store), {"Idempotency-Key": "7f1c"}
    clock: Any = store._now
    post(caller, payment(2), headers=key)
    clock.instant = clock.instant.replace(day=4, hour=3)
    post(caller, payment(4), headers={"Idempotency-Key": "other"})
    assert statuses(post(caller, payment(2), headers=key).json()) == ["accepted"]
    clock.instant = clock.instant.replace(day=5)
    post(caller, payment(6), headers={"Idempotency-Key": "another"})
    assert statuses(post(caller, payment(2), headers=key).json()) == ["duplicate"]


def test_a_second_call_while_the_first_is_at_work_is_told_to_wait(store: Store) -> None:
    caller = writer(store)
    at_work = Sender(key_id=store.list_keys()[0].key_id, idempotency_key="7f1c")
    with caller.app.state.services.events._alone(at_work):
        answer = post(caller, payment(2), headers={"Idempotency-Key": "7f1c"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:recobro:problem:in-progress")
    assert statuses(post(caller, payment(2), headers={"Idempotency-Key": "7f1c"}).json()) == ["accepted"]


def test_an_event_that_could_not_be_kept_changed_nothing(store: Store) -> None:
    caller = writer(store)
    before = caller.get("/v1/worklists/latest").json()
    with store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE live RENAME TO gone")
    assert post(caller, payment(amount=90)).status_code == 503
    with store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO live")
    assert caller.get("/v1/worklists/latest").json() == before
    assert statuses(told(caller, payment(amount=90))) == ["accepted"]


def test_a_busy_store_is_told_as_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    caller = writer(store)
    monkeypatch.setattr("recobro_data.store.events.hold_day_lock", busy)
    answer = post(caller, payment())
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_events_are_taken_before_any_plan_is_published(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=[("d1", "PE")], charges=[("c1", "d1", "k1", "2026-01-21", 90)],
         payments=[("y9", "c1", "k1", "2026-02-02", 30)])  # fmt: skip
    with open_store(settings.store_url) as store:
        assert statuses(told(writer(store, settings=settings), payment(), attempt())) == ["accepted"] * 2


def test_what_was_told_of_nobody_leaves_nothing(store: Store) -> None:
    told(writer(store), payment(99), payment(1, reversed_on=DAY, amount=0))
    assert store.events.last_seq() == 0
