"""OpenTelemetry traces, for who has configured where they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from recobro_data.errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

#: Names the span of a call once its route is known, and tells how it ended.
Tell = Callable[[str, Mapping[str, str | int]], None]
#: Opens the span of a call that came with these headers.
OpenSpan = Callable[[Iterable[tuple[bytes, bytes]]], AbstractContextManager[Tell]]


def no_span(_headers: Iterable[tuple[bytes, bytes]]) -> AbstractContextManager[Tell]:
    """Tracing that is off."""
    return nullcontext(lambda _name, _told: None)


def build_tracing(url: str) -> TracerProvider | None:
    """What sends spans to that OTLP address; None where it is empty.

    Raises:
        ConfigurationError: the libraries for it are not installed.
    """
    if not url:
        return None
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter
    except ModuleNotFoundError as error:
        found, step = f"no module `{error.name}`", "Run pip install 'recobro[tracing]'."
        raise ConfigurationError("OpenTelemetry for [serving] traces_url", found, step) from error
    return build_provider(BatchSpanProcessor(exporter(endpoint=url)))


def build_provider(processor: Any) -> TracerProvider:
    """A provider of its own, so that nothing is changed for the rest of the process."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create({"service.name": "recobro", "service.version": version("recobro")})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(processor)
    return provider


def spans_of(provider: TracerProvider) -> OpenSpan:
    """Opens a span for each call, as a child of the caller's where its `traceparent` names one."""
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    tracer, propagator = provider.get_tracer("recobro"), TraceContextTextMapPropagator()

    @contextmanager
    def open_span(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Tell]:
        parent = propagator.extract({name.decode("latin-1"): value.decode("latin-1") for name, value in headers})
        with tracer.start_as_current_span("call", context=parent, kind=SpanKind.SERVER) as span:

            def tell(name: str, told: Mapping[str, str | int]) -> None:
                span.update_name(name)
                span.set_attributes(told)

            yield tell

    return open_span
