"""What stands around the routes: who may call, the edge, and what runs beside the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware

from recobro_data.settings import Serving, Settings
from recobro_data.store import Store
from recobro_serving.audit import AuditLog
from recobro_serving.calls import RequestIds
from recobro_serving.edge import Edge, EdgeParts
from recobro_serving.freshness import Freshness
from recobro_serving.front import Desk
from recobro_serving.headers import AnswerHeaders
from recobro_serving.hooks.sending import Sender
from recobro_serving.hooks.worker import Worker
from recobro_serving.keyring import Keyring
from recobro_serving.ledger import Ledger
from recobro_serving.limits import Limits
from recobro_serving.metrics import Meter
from recobro_serving.oidc import build_tokens
from recobro_serving.rates import Rates
from recobro_serving.readers import Readers
from recobro_serving.service.webhooks import WebhookDesk
from recobro_serving.tracing import OpenSpan, build_tracing, no_span, spans_of

_READ_BY_PAGES: Final = ("X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Content-Disposition")


def surround(app: FastAPI, settings: Settings, store: Store) -> None:
    """Puts limits, headers, counts and audit around the app, and into its state what its routes ask for.

    Raises:
        ConfigurationError: tokens are configured, and the library that checks them is not installed.
    """
    serving, meter = settings.serving, Meter()
    meter.watch(store)
    app.state.settings, app.state.store, app.state.meter = settings, store, meter
    app.state.keyring = Keyring(store, serving.key_cache_seconds)
    app.state.rates, app.state.tokens = Rates(serving.rate_per_minute), build_tokens(serving.oidc)
    app.state.desk = Desk(Readers(store.key_of), app.state.rates, Freshness(store))
    app.state.audit = AuditLog(store.audit, hashes_debtors=serving.audit_debtors == "hash", count_lost=meter.count_lost)
    app.state.webhook_desk = WebhookDesk(store, allow_private=serving.webhook_allow_private)
    app.state.edge_parts = EdgeParts(
        ledger=Ledger(meter), audit=app.state.audit, limits=Limits(serving.max_body_bytes, serving.max_json_depth),
        headers=AnswerHeaders(serving.hsts_seconds), max_seconds=serving.max_seconds,
        open_span=_open_span(app, serving), request_ids=RequestIds(),
    )  # fmt: skip
    _add_layers(app, serving, app.state.edge_parts)


def _add_layers(app: FastAPI, serving: Serving, parts: EdgeParts) -> None:
    if serving.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=serving.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=_READ_BY_PAGES,
        )
    # The last that is added is the outermost.
    app.add_middleware(Edge, parts=parts)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What runs as long as the process serves; its end waits for what was begun."""
    worker = _build_worker(app)
    delivering = asyncio.create_task(worker.run()) if worker else None
    try:
        yield
    finally:
        if worker and delivering:
            worker.stop()
            await delivering
        await run_in_threadpool(app.state.audit.close)
        if app.state.tracing is not None:
            await run_in_threadpool(app.state.tracing.shutdown)


def _open_span(app: FastAPI, serving: Serving) -> OpenSpan:
    app.state.tracing = build_tracing(serving.traces_url)
    return spans_of(app.state.tracing) if app.state.tracing is not None else no_span


def _build_worker(app: FastAPI) -> Worker | None:
    serving: Serving = app.state.settings.serving
    if not serving.webhooks:
        return None
    sender = Sender(allow_private=serving.webhook_allow_private)
    store: Store = app.state.store
    return Worker(store.webhooks, sender, app.state.meter, keep_days=serving.webhook_keep_days)
