"""The night takes events into the lake: all of them, once, also while the API goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, create_app
from tests.unit.day_samples import charge, contact_point, debtor, payment
from tests.unit.lake_samples import held, load, no_report, settings_in

from recobro_data.load import load_source
from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_pipelines import event_intake
from recobro_pipelines.event_intake import Intake, take_events


@pytest.fixture(autouse=True)
def _without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validation report has tests of its own and takes seconds."""
    monkeypatch.setattr(event_intake, "load_source", lambda *told: load_source(*told, validate=no_report))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=[("d1", "PE"), ("d2", "PE")],
         charges=[("c1", "d1", "k1", "2026-01-21", 90), ("c2", "d2", "k2", "2026-01-21", 180)],
         payments=[("y0", "c1", "k1", "2026-02-02", 30)])  # fmt: skip
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.store_url) as store:
        yield store


def post(store: Store, settings: Settings, *events: Any) -> None:
    key = store.add_key("test", ["write"], ["*"])
    caller = Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})
    answers = caller.call("POST", "/v1/events", json=list(events)).json()
    assert {answer["status"] for answer in answers} == {"accepted"}, answers


def n_untaken(store: Store) -> int:
    return store.events.untaken(at_most=10, until=store.events.last_seq()).n_events


def payments(settings: Settings) -> list[tuple[Any, ...]]:
    return [(row[0], float(row[1])) for row in held(settings, "payments", "payment_id, amount")]


def test_events_are_in_the_lake_after_the_night(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1), debtor(9), charge(9), payment(9))
    assert take_events(settings, store).n_events == 4
    assert payments(settings) == [("y0", 30.0), ("y1", 30.0), ("y9", 30.0)]
    assert held(settings, "charges", "charge_id, debtor_id")[-1] == ("c9", "d9")


def test_a_second_night_takes_nothing_twice(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1))
    take_events(settings, store)
    assert take_events(settings, store) == Intake(0, (), 0, 0)


def test_all_that_was_told_of_a_row_is_one_row_in_the_lake(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1))
    post(store, settings, payment(1, method="card"), payment(1, reversed_on="2026-03-02"))
    take_events(settings, store)
    row = held(settings, "payments", "payment_id, method, reversed_on::VARCHAR")[-1]
    assert row == ("y1", "card", "2026-03-02")


def test_events_that_come_while_the_night_loads_wait_for_the_next(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_while_another_comes(*told: Any) -> Any:
        post(store, settings, payment(2))
        return load_source(*told, validate=no_report)

    post(store, settings, payment(1))
    with monkeypatch.context() as patched:
        patched.setattr(event_intake, "load_source", load_while_another_comes)
        assert take_events(settings, store).n_events == 1
    assert (take_events(settings, store).n_events, len(payments(settings))) == (1, 3)


def test_many_events_are_taken_in_several_loads(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_intake, "_BATCH", 2)
    post(store, settings, *(payment(number, charge_id="c1", amount=1) for number in range(1, 6)))
    intake = take_events(settings, store)
    assert (intake.n_events, len(intake.loads), len(payments(settings))) == (5, 3, 6)


def test_a_night_that_is_cut_off_before_the_store_knows_is_made_again_without_change(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    post(store, settings, payment(1))
    with monkeypatch.context() as patched:
        patched.setattr(store.events, "mark_taken", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take_events(settings, store)
    again = take_events(settings, store).loads[0].tables["payments"]
    assert (again.read, again.unchanged, payments(settings)[-1]) == (1, 1, ("y1", 30.0))


def test_an_opt_out_of_the_day_outlives_an_older_export(store: Store, settings: Settings) -> None:
    post(store, settings, contact_point(1, "call", opted_out=True))
    load(settings, debtors=[("d1", "PE")], contact_points=[("d1", "call", "false")],
         charges=[("c1", "d1", "k1", "2026-01-21", 90)], payments=[("y0", "c1", "k1", "2026-02-02", 30)])  # fmt: skip
    take_events(settings, store)
    assert held(settings, "contact_points", "debtor_id, opted_out") == [("d1", True)]


def test_where_an_event_says_otherwise_than_the_source_the_source_stands(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1, method="card"))
    load(settings, debtors=[("d1", "PE")], charges=[("c1", "d1", "k1", "2026-01-21", 90)],
         payments=[("y1", "c1", "k1", "2026-03-02", 31)])  # fmt: skip
    assert take_events(settings, store).n_overruled == 1
    assert held(settings, "payments", "payment_id, amount::DOUBLE, method")[-1] == ("y1", 31.0, "card")


def test_a_row_that_the_lake_can_not_take_goes_to_quarantine(store: Store, settings: Settings) -> None:
    post(store, settings, debtor(9), charge(9), payment(9))
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE table_name = 'charges'")
    intake = take_events(settings, store)
    assert intake.loads[0].tables["payments"].quarantined == 1
    assert intake.loads[0].quarantine is not None


def test_events_that_the_lake_has_go_after_a_week_and_the_others_stay(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1))
    take_events(settings, store)
    post(store, settings, payment(2))
    store.events._now = lambda: datetime.now(UTC) + timedelta(days=8)
    assert (store.events.mark_taken(0, keep_days=7), store.events.mark_taken(0, keep_days=7)) == (1, 0)
    assert n_untaken(store) == 1


def test_a_number_that_was_pruned_never_comes_again(store: Store, settings: Settings) -> None:
    post(store, settings, payment(1))
    take_events(settings, store)
    store.events._now = lambda: datetime.now(UTC) + timedelta(days=8)
    store.events.mark_taken(0, keep_days=7)
    post(store, settings, payment(2))
    assert n_untaken(store) == 1
