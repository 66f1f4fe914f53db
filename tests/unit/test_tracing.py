from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.store import Store, open_store
from recobro_serving import surroundings
from recobro_serving.tracing import build_provider, build_tracing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        store.publish_plan(build_plan())
        yield store


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of every app go that is built from now on."""
    exporter = InMemorySpanExporter()
    provider = build_provider(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(surroundings, "build_tracing", lambda _url: provider)
    return exporter


def span_of(caller: Caller, spans: InMemorySpanExporter, **headers: str) -> ReadableSpan:
    caller.get("/v1/debtors/d1/recommendation", headers=headers)
    (span,) = spans.get_finished_spans()
    return span


def test_a_call_is_a_span_with_its_route_and_status_and_no_debtor(store: Store, spans: InMemorySpanExporter) -> None:
    span = span_of(build_caller(store), spans)
    told = dict(span.attributes or {})
    assert (span.name, told["status"]) == ("GET /v1/debtors/{debtor_id}/recommendation", 200)
    assert "d1" not in [str(value) for value in told.values()]


def test_the_trace_of_the_caller_goes_on(store: Store, spans: InMemorySpanExporter) -> None:
    span = span_of(build_caller(store), spans, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE


def test_a_trace_header_that_is_none_begins_a_new_one(store: Store, spans: InMemorySpanExporter) -> None:
    span = span_of(build_caller(store), spans, traceparent="00-zz")
    assert span.parent is None


def test_where_nothing_is_configured_nothing_is_traced() -> None:
    assert build_tracing("") is None
