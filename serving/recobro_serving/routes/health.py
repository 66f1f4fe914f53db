"""`/livez`, `/readyz` and `/metrics`: open, for whoever watches the process."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store import Store
from recobro_serving.metrics import Meter
from recobro_serving.problems import Problem

ROUTER: Final = APIRouter(tags=["health"])
_NO_PLAN: Final = {"what": "a published plan", "run": "recobro nightly"}
_NO_STORE: Final = {"what": "the store", "run": "recobro config"}


@ROUTER.get("/livez")
def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@ROUTER.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """The store answers and a plan has been published; else 503 with what is missing and what to run."""
    missing = _missing(request.app.state.store)
    if not missing:
        return JSONResponse({"status": "ready"})
    found = ", ".join(one["what"] for one in missing)
    steps = ", ".join(f"`{one['run']}`" for one in missing)
    detail = f"Expected to be ready, found missing: {found}. Run {steps}."
    problem = Problem(status=503, name="not-ready", title="Not ready yet", detail=detail, more={"missing": missing})
    return problem.answer()


@ROUTER.get("/metrics")
def metrics(request: Request) -> PlainTextResponse:
    """Counts of calls in Prometheus' text format."""
    meter: Meter = request.app.state.meter
    return PlainTextResponse(meter.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _missing(store: Store) -> list[dict[str, str]]:
    try:
        return [] if store.has_plans() else [_NO_PLAN]
    except SQLAlchemyError:
        return [_NO_STORE]
