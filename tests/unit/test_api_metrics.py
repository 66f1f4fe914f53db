from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_serving.app import create_app
from recobro_serving.metrics import Meter

LATEST = "/v1/worklists/latest"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        yield store


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Name and label values to value."""
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def read(caller: Caller) -> dict[tuple[str, tuple[str, ...]], float]:
    return samples(caller.get("/metrics").text)


def test_calls_are_counted_and_timed_by_route(store: Store) -> None:
    caller = build_caller(store)
    caller.get(LATEST)
    found = read(caller)
    assert found["recobro_requests_total", ("GET", "/v1/worklists/{day}", "503")] == 1
    assert found["recobro_request_seconds_count", ("GET", "/v1/worklists/{day}")] == 1


def test_an_address_that_is_not_served_adds_no_series_of_its_own(store: Store) -> None:
    caller = build_caller(store)
    for path in ("/a", "/b", "/c?x=1"):
        caller.get(path)
    assert read(caller)["recobro_requests_total", ("GET", "unmatched", "404")] == 3


def test_methods_that_are_made_up_add_no_series(store: Store) -> None:
    caller = build_caller(store)
    for method in ("BREW", "WHEN"):
        caller.call(method, "/livez")
    assert [key for key in read(caller) if {"BREW", "WHEN"} & set(key[1])] == []


def test_the_metrics_call_itself_is_the_one_in_progress(store: Store) -> None:
    assert read(build_caller(store))["recobro_requests_in_progress", ()] == 1


def test_statements_of_the_store_are_timed(store: Store) -> None:
    caller = build_caller(store)
    caller.get(LATEST)
    assert read(caller)["recobro_store_seconds_count", ("select",)] > 0


def test_the_age_of_the_plan_is_told_once_there_is_one(store: Store) -> None:
    caller = build_caller(store)
    assert ("recobro_plan_age_seconds", ()) not in read(caller)
    store.publish_plan(build_plan())
    found = read(caller)
    assert (0 <= found["recobro_plan_age_seconds", ()] < 60, found["recobro_plan_items", ()]) == (True, 6)


def test_the_queue_of_webhooks_is_told(store: Store) -> None:
    store.webhooks.add("https://example.com", ["plan.published"], ["*"])
    store.publish_plan(build_plan())
    assert read(build_caller(store))["recobro_webhook_deliveries", ("pending",)] == 2


def test_refused_calls_are_counted(store: Store) -> None:
    key = store.add_key("test", ["read"], ["*"])
    caller = Caller(create_app(Settings(serving={"rate_per_minute": 1}), store), {"X-API-Key": key})
    for _ in range(3):
        caller.get(LATEST)
    assert read(caller)["recobro_rate_limited_total", ()] == 2


def test_events_are_counted_by_what_became_of_them() -> None:
    meter = Meter()
    meter.count_events("accepted", 3)
    meter.count_events("rejected")
    found = samples(meter.exposition().decode())
    assert [found["recobro_events_total", (status,)] for status in ("accepted", "rejected")] == [3, 1]


def test_two_apps_in_one_process_do_not_share_their_counts(store: Store) -> None:
    first, second = build_caller(store), build_caller(store)
    first.get(LATEST)
    assert ("recobro_requests_total", ("GET", "/v1/worklists/{day}", "503")) not in read(second)


def test_a_store_that_is_away_leaves_the_rest_of_the_metrics(store: Store, tmp_path: Path) -> None:
    caller = build_caller(store)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE webhook_deliveries")
    assert ("recobro_audit_lost_total", ()) in read(caller)


COUNT = """
import sys
from recobro_serving.metrics import Meter
meter = Meter()
meter.count("GET", "/livez", status=200, seconds=0.1)
if sys.argv[1:]:
    print(meter.exposition().decode())
"""


def test_processes_that_share_a_folder_are_counted_together(tmp_path: Path) -> None:
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for words in ([], ["tell"]):
        run = [sys.executable, "-c", COUNT, *words]
        text = subprocess.run(run, env=environ, capture_output=True, text=True, check=True).stdout
    assert samples(text)["recobro_requests_total", ("GET", "/livez", "200")] == 2
