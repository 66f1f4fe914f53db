"""Many claimers and writers at once, on SQLite and on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from tests.unit.database_servers import postgres
from tests.unit.day_samples import build_day

from recobro_data.store import Store, open_store
from recobro_data.store.claims import Claim
from recobro_data.store.event_batch import Batch, Sender, Statement
from recobro_data.store.owners import row_key

N_ITEMS = 300


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("store")
    if request.param == "sqlite":
        with open_store(f"sqlite:///{folder / 'recobro.db'}", now=after_the_day) as store:
            yield store
        return
    with postgres(folder) as server, open_store(server.url("postgres"), now=after_the_day) as store:
        yield store


def after_the_day() -> datetime:
    return datetime(2026, 3, 4, 12, tzinfo=UTC)


def publish(store: Store, plan_id: str) -> None:
    store.publish_plan(build_day(plan_id, n_items=N_ITEMS))


def claim(store: Store, plan_id: str, agent_id: str, n: int) -> list[int]:
    asked = Claim(plan_id=plan_id, agent_id=agent_id, key_id="k", n=n, lease=timedelta(minutes=30))
    return [int(leased.item["rank"]) for leased in store.claims.claim(asked)]


def pay(store: Store, number: int, debtor: int = 1) -> str:
    row = {"payment_id": f"y{number}", "charge_id": f"c{debtor}", "account_id": f"k{debtor}", "paid_on": "2026-03-02"}
    row |= {"amount": "0.10", "recorded_at": None, "reversed_on": None, "method": None}  # type: ignore[dict-item]
    told = Statement(table="payments", key=row_key([f"y{number}"]), debtor_id=f"d{debtor}", portfolio_id="south",
                     row=row, given=frozenset(row))  # fmt: skip
    return store.events.accept([told], Sender(key_id="k"))[0].status


def test_fifty_agents_at_once_share_the_list_and_no_item_goes_to_two(store: Store) -> None:
    publish(store, "p1")
    with ThreadPoolExecutor(50) as agents:
        taken = list(agents.map(lambda number: claim(store, "p1", f"agent-{number}", 5), range(50)))
    assert sorted(rank for ranks in taken for rank in ranks) == list(range(1, 251))
    assert {len(ranks) for ranks in taken} == {5}


def test_one_agent_at_many_desks_gets_the_same_items_everywhere(store: Store) -> None:
    publish(store, "p2")
    with ThreadPoolExecutor(10) as desks:
        taken = list(desks.map(lambda _: claim(store, "p2", "ana", 3), range(10)))
    assert taken == [[1, 2, 3]] * 10


def test_events_of_one_debtor_at_once_all_count(store: Store) -> None:
    publish(store, "p3")
    with ThreadPoolExecutor(20) as writers:
        assert set(writers.map(lambda number: pay(store, 1000 + number), range(60))) == {"accepted"}
    item = store.item_of("p3", "d1")
    assert (item["amount_to_collect"], item["balance_due"]) == (84.0, 94.0)


def test_the_same_event_from_many_at_once_is_taken_once(store: Store) -> None:
    with ThreadPoolExecutor(20) as writers:
        told = list(writers.map(lambda _: pay(store, 2000, debtor=2), range(20)))
    assert (told.count("accepted"), told.count("duplicate")) == (1, 19)


def test_events_that_come_while_a_plan_is_published_count_in_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as workers:
        published = workers.submit(publish, store, "p4")
        told = [workers.submit(pay, store, 3000 + number, 3) for number in range(40)]
        assert {one.result() for one in told} == {"accepted"}
        published.result()
    assert store.item_of("p4", "d3")["amount_to_collect"] == 266.0


def test_a_call_that_breaks_does_not_break_those_that_shared_its_transaction(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_for_d4(told: Statement) -> None:
        if told.debtor_id == "d4":
            raise IntegrityError("INSERT", {}, ValueError())

    judge = Batch._judge
    monkeypatch.setattr(Batch, "_judge", lambda self, told, sender: break_for_d4(told) or judge(self, told, sender))
    with ThreadPoolExecutor(12) as writers:
        told = [writers.submit(pay, store, 4000 + number, 4 + number % 4) for number in range(24)]
    broken = [isinstance(one.exception(), IntegrityError) for one in told]
    assert broken == [number % 4 == 0 for number in range(24)]
    assert {one.result() for one in told if one.exception() is None} == {"accepted"}
