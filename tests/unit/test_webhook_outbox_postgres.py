from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.unit.database_servers import postgres
from tests.unit.plan_samples import build_plan

from recobro_data.store import Store, open_store
from recobro_data.store.deliveries import Lease
from recobro_data.store.outbox import EVENT_TYPES

LEASE = Lease(2, 2, timedelta(seconds=60))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with (
        postgres(tmp_path_factory.mktemp("postgres")) as server,
        open_store(server.url("postgres")) as store,
    ):
        yield store


def test_a_published_plan_reaches_its_webhook_and_is_noted_as_delivered(store: Store) -> None:
    hook, _ = store.webhooks.add("https://example.com", EVENT_TYPES, ["north"])
    store.publish_plan(build_plan())
    (one,) = store.webhooks.lease_due(LEASE)
    store.webhooks.settle(one, answer=200)
    assert [row["status"] for row in store.webhooks.deliveries(hook.webhook_id)] == ["delivered"]
    store.webhooks.remove(hook.webhook_id)


def test_processes_that_lease_at_once_never_get_the_same_delivery(store: Store) -> None:
    hook, _ = store.webhooks.add("https://example.com", EVENT_TYPES, ["*"])
    for _ in range(12):
        store.webhooks.announce("model.promoted", None, {})
    with ThreadPoolExecutor(6) as threads:
        leased = [one.delivery_id for batch in threads.map(store.webhooks.lease_due, [LEASE] * 18) for one in batch]
    assert (len(leased), len(set(leased))) == (12, 12)
    store.webhooks.remove(hook.webhook_id)


def test_what_ended_is_pruned_and_a_removed_hook_leaves_nothing(store: Store) -> None:
    hook, _ = store.webhooks.add("https://example.com", EVENT_TYPES, ["*"])
    store.webhooks.announce("model.promoted", None, {})
    store.webhooks.disable(hook.webhook_id, "gone")
    assert store.webhooks.counts() == {"pending": 0, "dead": 1}
    store.webhooks.remove(hook.webhook_id)
    store.webhooks.prune(1)
    with store._engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM webhook_events").scalar() == 0
