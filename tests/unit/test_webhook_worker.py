from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy.exc import OperationalError
from tests.unit.fresh_stores import fresh_url
from tests.unit.receivers import Receiver, receiving

from recobro_data.store import Store, open_store
from recobro_data.store.deliveries import Delivery, Lease
from recobro_data.store.outbox import EVENT_TYPES
from recobro_data.store.webhooks import Webhooks
from recobro_serving.hooks import worker as worker_module
from recobro_serving.hooks.sending import Attempt, Sender
from recobro_serving.hooks.worker import Worker
from recobro_serving.metrics import Meter


@dataclass
class Post:
    """A store with one webhook, its receiver, and a worker between them."""

    store: Store
    receiver: Receiver
    webhook_id: str
    meter: Meter

    def work(self, sender: Sender | None = None) -> None:
        """Makes one attempt for all that is due."""

        async def once() -> None:
            worker = self.build_worker(sender)
            await worker.begin_due()
            await worker.end_begun()

        asyncio.run(once())

    def build_worker(self, sender: Sender | None = None, webhooks: Webhooks | None = None) -> Worker:
        sender = sender or Sender(allow_private=True, seconds=5)
        return Worker(webhooks or self.store.webhooks, sender, self.meter, keep_days=30)

    def announce(self, n_events: int = 1) -> None:
        for _ in range(n_events):
            self.store.webhooks.announce("model.promoted", None, {"model": "risk"})

    @property
    def rows(self) -> list[tuple[str, int, int | None]]:
        rows = self.store.webhooks.deliveries(self.webhook_id)
        return [(row["status"], row["n_attempts"], row["answer"]) for row in rows]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with open_store(fresh_url(tmp_path)) as store, receiving() as receiver:
        hook, _ = store.webhooks.add(receiver.url(), EVENT_TYPES, ["*"])
        yield Post(store, receiver, hook.webhook_id, Meter())


class Recording(Sender):
    """Notes how many attempts run at once."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)
        self.now, self.most = 0, 0

    async def send(self, delivery: Delivery) -> Attempt:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        return Attempt(200, "")


class FailingWebhooks(Webhooks):
    """A store that fails once in each of these ways, and then answers again."""

    failures: ClassVar = [
        OperationalError("SELECT", {}, Exception("database is locked")),
        ZeroDivisionError("a defect"),
    ]

    def lease_due(self, lease: Lease) -> list[Delivery]:
        if self.failures:
            raise self.failures.pop()
        return super().lease_due(lease)


def test_what_is_due_is_delivered_and_noted(post: Post) -> None:
    post.announce()
    post.work()
    assert (post.rows, len(post.receiver.calls)) == ([("delivered", 1, 200)], 1)


def test_what_is_delivered_is_not_sent_again(post: Post) -> None:
    post.announce()
    post.work()
    post.work()
    assert len(post.receiver.calls) == 1


def test_a_failure_waits_for_its_next_attempt(post: Post) -> None:
    post.receiver.answers = [500, 200]
    post.announce()
    post.work()
    post.work()
    assert (post.rows, len(post.receiver.calls)) == ([("pending", 1, 500)], 1)


def test_a_receiver_that_is_gone_is_never_called_again(post: Post) -> None:
    post.receiver.answers = [410]
    post.announce(2)
    post.work()
    post.announce()
    post.work()
    (hook,) = post.store.webhooks.all(None)
    assert (hook.disabled_because, {status for status, *_ in post.rows}) == ("the receiver answered 410 Gone", {"dead"})


def test_one_receiver_is_not_sent_to_more_than_four_times_at_once(post: Post) -> None:
    post.announce(9)
    sender = Recording()
    post.work(sender)
    assert sender.most == 4


def test_attempts_are_counted_by_how_they_ended(post: Post) -> None:
    post.receiver.answers = [500, 200]
    post.announce(2)
    post.work()
    text = post.meter.exposition().decode()
    assert 'recobro_webhook_attempts_total{outcome="delivered"} 1.0' in text
    assert 'recobro_webhook_attempts_total{outcome="failed"} 1.0' in text


def test_a_worker_that_is_told_to_stop_ends_what_it_began(post: Post) -> None:
    post.announce(3)

    async def stopped_at_once() -> None:
        worker = post.build_worker()
        running = asyncio.create_task(worker.run())
        while not post.receiver.calls:
            await asyncio.sleep(0.005)
        worker.stop()
        await asyncio.wait_for(running, 10)

    asyncio.run(stopped_at_once())
    assert {status for status, *_ in post.rows} == {"delivered"}


def test_neither_a_store_that_is_away_nor_a_defect_ends_the_worker(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_IDLE_SECONDS", 0.05)
    post.announce()
    webhooks = FailingWebhooks(post.store._engine, post.store._now)

    async def until_delivered() -> None:
        worker = post.build_worker(webhooks=webhooks)
        running = asyncio.create_task(worker.run())
        while not post.receiver.calls:
            await asyncio.sleep(0.01)
        worker.stop()
        await asyncio.wait_for(running, 10)

    asyncio.run(asyncio.wait_for(until_delivered(), 10))
    assert post.rows == [("delivered", 1, 200)]


def test_two_workers_on_one_store_deliver_each_event_once(post: Post) -> None:
    post.announce(8)

    async def both() -> None:
        workers = [post.build_worker(Sender(allow_private=True)) for _ in range(2)]
        for _ in range(3):
            await asyncio.gather(*(worker.begin_due() for worker in workers))
            await asyncio.gather(*(worker.end_begun() for worker in workers))

    asyncio.run(both())
    ids = [headers["webhook-id"] for _, headers, _ in post.receiver.calls]
    assert (len(ids), len(set(ids))) == (8, 8)
