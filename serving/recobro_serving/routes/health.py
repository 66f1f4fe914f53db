"""`/livez`, `/readyz` and `/metrics`: open, for whoever watches the process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import NoPlanError
from recobro_data.settings import Serving
from recobro_data.store import PlanRow, Store
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
    """The store answers and a plan has been published; else 503 with what is missing and what to run.

    A plan that is stale is told and is no reason to be taken out of service.
    """
    missing, plan = _looked_up(request.app.state.store)
    if not missing and plan is not None:
        return JSONResponse({"status": "ready", "store": "ok", **_told(plan, request.app.state.settings.serving)})
    found = ", ".join(one["what"] for one in missing)
    steps = ", ".join(f"`{one['run']}`" for one in missing)
    detail = f"Expected to be ready, found missing: {found}. Run {steps}."
    problem = Problem(status=503, name="not-ready", title="Not ready yet", detail=detail, more={"missing": missing})
    return problem.answer()


@ROUTER.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Counts and times in Prometheus' text format."""
    meter: Meter = request.app.state.meter
    return PlainTextResponse(meter.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _looked_up(store: Store) -> tuple[list[dict[str, str]], PlanRow | None]:
    try:
        return [], store.current_plan()
    except NoPlanError:
        return [_NO_PLAN], None
    except SQLAlchemyError:
        return [_NO_STORE], None


def _told(plan: PlanRow, serving: Serving) -> dict[str, Any]:
    hours = (datetime.now(UTC) - plan.published_at).total_seconds() / 3600
    aged = {"age_hours": round(hours, 2), "is_stale": hours > serving.stale_plan_hours}
    models = {name: getattr(plan, name) for name in ("risk_model", "contact_model", "effect_model")}
    return {"plan": {"work_date": plan.work_date.isoformat(), **aged}, "model": models}
