from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from tests.unit.api_caller import Caller
from tests.unit.plan_samples import build_plan

from recobro_data.sections_serving import Serving
from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_models.explanation.catalogue import tell
from recobro_serving.app import create_app
from recobro_serving.freshness import Freshness

LATEST = "/v1/worklists/latest"


class NoMark:
    is_local = False

    def read(self) -> None:
        return None


@dataclass
class SlowSnapshots:
    """Answers with how often it was asked, once it is let go on."""

    go_on: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    n_readings: int = 0
    descriptor: None = None

    def read(self) -> str:
        self.n_readings += 1
        own = self.n_readings
        self.began.set()
        assert self.go_on.wait(10)
        return str(own)


@dataclass
class FarStore:
    """A store on another machine."""

    snapshots: SlowSnapshots
    changes: NoMark = field(default_factory=NoMark)


async def read_in_two_waves(snapshots: SlowSnapshots) -> list[Any]:
    """Three calls before the store is asked, three while it is being asked."""
    freshness = Freshness(cast("Store", FarStore(snapshots)))
    before = [asyncio.create_task(freshness.read()) for _ in range(3)]
    await asyncio.to_thread(snapshots.began.wait, 10)
    during = [asyncio.create_task(freshness.read()) for _ in range(3)]
    await asyncio.sleep(0)
    snapshots.go_on.set()
    return await asyncio.gather(*before, *during)


def test_calls_that_wait_share_a_reading_that_begins_after_them() -> None:
    snapshots = SlowSnapshots()
    assert asyncio.run(read_in_two_waves(snapshots)) == ["1"] * 3 + ["2"] * 3
    assert snapshots.n_readings == 2


@dataclass
class QuickSnapshots:
    """Counts how often it was asked."""

    n_readings: int = 0
    descriptor: None = None

    def read(self) -> str:
        self.n_readings += 1
        return str(self.n_readings)


async def read_with_rests(lease: float, *rests: float) -> list[Any]:
    freshness, found = Freshness(cast("Store", FarStore(cast("SlowSnapshots", QuickSnapshots()))), lease), []
    for rest in (0, *rests):
        await asyncio.sleep(rest)
        found.append(await freshness.read())
    return found


def test_what_was_read_holds_for_its_lease_and_no_longer() -> None:
    assert asyncio.run(read_with_rests(20.0, 0, 0.05)) == ["1", "1", "1"]
    assert asyncio.run(read_with_rests(0.01, 0.05, 0.05)) == ["1", "2", "3"]


def test_while_calls_come_it_is_asked_ahead_of_time() -> None:
    assert asyncio.run(read_with_rests(0.6, 0.4, 0.1)) == ["1", "1", "2"]


def test_who_hangs_up_takes_the_answer_from_nobody() -> None:
    async def hang_up(snapshots: SlowSnapshots) -> object:
        freshness = Freshness(cast("Store", FarStore(snapshots)))
        first, second = (asyncio.create_task(freshness.read()) for _ in range(2))
        await asyncio.to_thread(snapshots.began.wait, 10)
        first.cancel()
        snapshots.go_on.set()
        return await second

    assert asyncio.run(hang_up(SlowSnapshots())) == "1"


@pytest.fixture
def far_store(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as store:
        store.publish_plan(build_plan("p1", tell=tell))
        yield store


def test_postgresql_gives_the_same_mark_until_something_is_committed(far_store: Store) -> None:
    mark = far_store.snapshots.read()
    assert (mark is not None, far_store.snapshots.read()) == (True, mark)
    far_store.add_key("another", ["read"], ["*"])
    assert far_store.snapshots.read() != mark


def test_on_postgresql_a_plan_and_a_revocation_count_from_the_next_call_on(far_store: Store) -> None:
    app = create_app(Settings(serving=Serving(key_cache_seconds=0)), far_store)
    caller = Caller(app, {"X-API-Key": far_store.add_key("test", ["read"], ["*"])})
    assert {caller.get(LATEST).json()["plan_id"] for _ in range(3)} == {"p1"}
    far_store.publish_plan(build_plan("p2", tell=tell))
    assert caller.get(LATEST).json()["plan_id"] == "p2"
    far_store.revoke_key(far_store.list_keys()[0].key_id)
    assert caller.get(LATEST).status_code == 401


def test_on_postgresql_who_changes_what_is_told_waits_until_no_process_tells_what_was(far_store: Store) -> None:
    first, second = (
        Caller(create_app(Settings(), far_store), {"X-API-Key": far_store.add_key("test", ["read"], ["*"])})
        for _ in range(2)
    )
    for number in range(2, 12):
        plans = [caller.get(LATEST).json()["plan_id"] for caller in (first, second, first)]
        far_store.publish_plan(build_plan(f"p{number}", tell=tell))
        assert plans == [f"p{number - 1}"] * 3
    assert {caller.get(LATEST).json()["plan_id"] for caller in (first, second)} == {"p11"}


def test_a_question_that_is_on_its_way_leaves_others_theirs(far_store: Store) -> None:
    snapshots = far_store.snapshots
    mark = snapshots.read()
    assert (snapshots.descriptor is not None, snapshots.begin(), snapshots.descriptor) == (True, True, None)
    assert snapshots.read() == mark
    while not (answer := snapshots.take())[0]:
        pass
    assert answer == (True, mark)


def test_a_lost_connection_is_opened_anew(far_store: Store) -> None:
    marks = [far_store.snapshots.read()]
    with far_store._engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%%pg_current_snapshot()::text'"
            " AND pid <> pg_backend_pid()"
        )
    marks += [far_store.snapshots.read() for _ in range(2)]
    assert [mark is None for mark in marks] == [False, True, False]


def test_a_sqlite_store_has_no_snapshots(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        assert store.snapshots.read() is None
