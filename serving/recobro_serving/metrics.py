"""What an on-call person needs to see, for Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import NoPlanError
from recobro_data.store import Store

#: Around what an answer is promised to take: milliseconds to the longest there may be.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_QUERIES: Final = ("select", "insert", "update", "delete")


class Meter:
    """Counts and times of one app, by route template: never by address, which would name debtors."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        by_route = ("method", "route")
        self._calls = Counter("recobro_requests", "Calls answered.", (*by_route, "status"), registry=registry)
        self._seconds = Histogram(
            "recobro_request_seconds", "Seconds from call to answer.", by_route, buckets=_SECONDS, registry=registry
        )
        self.in_progress = Gauge(
            "recobro_requests_in_progress", "Calls being answered.", registry=registry, multiprocess_mode="livesum"
        )
        self._limited = Counter("recobro_rate_limited", "Calls refused: the key called too often.", registry=registry)
        self._store_seconds = Histogram(
            "recobro_store_seconds", "Seconds of a statement.", ("statement",), buckets=_SECONDS, registry=registry
        )
        self._events = Counter(
            "recobro_events", "Events taken, by what became of them.", ("status",), registry=registry
        )
        self._sent = Counter("recobro_webhook_attempts", "Webhook attempts.", ("outcome",), registry=registry)
        self._lost = Counter("recobro_audit_lost", "Readings the audit log never got.", registry=registry)
        # To find a series by its labels costs more than to add to it.
        self._series = cache(self._series_of)
        self._live: list[Collector] = []
        if not _is_shared():
            ProcessCollector(registry=registry)

    def count(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Adds one answered call."""
        # Anybody may make up a method, and each would be a series of its own.
        calls, times = self._series(method if method in _METHODS else "other", route, status)
        calls.inc()
        times.observe(seconds)
        if status == 429:
            self._limited.inc()

    def _series_of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._calls.labels(method, route, str(status)), self._seconds.labels(method, route)

    def count_events(self, status: str, n_events: int = 1) -> None:
        """Adds events that came in, by what became of them: accepted, duplicate, conflict or rejected."""
        self._events.labels(status).inc(n_events)

    def count_attempt(self, outcome: str) -> None:
        """Adds one attempt to deliver a webhook: delivered, failed or dead."""
        self._sent.labels(outcome).inc()

    def count_lost(self, n_rows: int) -> None:
        """Adds readings that the audit log had to give up."""
        self._lost.inc(n_rows)

    def watch(self, store: Store) -> None:
        """Times every statement of the store, and tells its plan's age and its queues whenever it is asked."""
        self._live.append(_OfStore(store))
        _time_statements(store._engine, self._store_seconds)

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format; of all processes where they share a folder for it."""
        registry = self._registry
        if _is_shared():
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        live = CollectorRegistry()
        for collector in self._live:
            live.register(collector)
        return generate_latest(registry) + generate_latest(live)


class _OfStore(Collector):
    """Gauges that are read from the store when somebody looks; a store that is away has none."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            yield from self._plan()
            waiting = GaugeMetricFamily("recobro_webhook_deliveries", "Deliveries not made.", labels=["status"])
            for status, n_deliveries in self._store.webhooks.counts().items():
                waiting.add_metric([status], n_deliveries)
            yield waiting
        except SQLAlchemyError:
            return

    def _plan(self) -> Iterable[Metric]:
        try:
            plan = self._store.current_plan()
        except NoPlanError:
            return
        age = (datetime.now(UTC) - plan.published_at).total_seconds()
        yield GaugeMetricFamily("recobro_plan_age_seconds", "Since the latest plan was published.", value=age)
        yield GaugeMetricFamily("recobro_plan_items", "Items of the latest plan.", value=plan.n_items)


def _time_statements(engine: Engine, seconds: Histogram) -> None:
    timers = {name: seconds.labels(name) for name in (*_QUERIES, "other")}

    def begin(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.recobro_began = time.perf_counter()

    def end(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        word = statement[:6].lower()
        timers[word if word in _QUERIES else "other"].observe(time.perf_counter() - context.recobro_began)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)


def _is_shared() -> bool:
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ
