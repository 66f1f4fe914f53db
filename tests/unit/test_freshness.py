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
    def read(self) -> None:
        return None


@dataclass
class SlowSnapshots:
    """Answers with how often it was asked, once it is let go on."""

    go_on: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    n_readings: int = 0

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


def test_a_sqlite_store_has_no_snapshots(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        assert store.snapshots.read() is None
