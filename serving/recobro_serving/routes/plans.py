"""`/v1/plans`: what a plan was made of and what it reached."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from recobro_serving.auth import Reader
from recobro_serving.routes.common import PROBLEMS, Answering, PathId
from recobro_serving.schemas import Plan

ROUTER: Final = APIRouter(prefix="/v1/plans", tags=["plans"], responses=PROBLEMS)


@ROUTER.get("/{plan_id}", response_model=Plan)
def plan(plan_id: PathId, key: Reader, services: Answering) -> JSONResponse:
    """Versions, counts, capacity used, shadow prices, upper bound and gap of a published plan."""
    return JSONResponse(services.plans.plan(key, plan_id))
