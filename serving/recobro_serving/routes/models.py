"""`/v1/models`: versions, measures and lineage."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from recobro_serving.auth import Reader
from recobro_serving.routes.common import PROBLEMS, Answering
from recobro_serving.schemas_kpis import Models

ROUTER: Final = APIRouter(prefix="/v1/models", tags=["models"], responses=PROBLEMS)


@ROUTER.get("", response_model=Models, operation_id="list_models")
def models(_key: Reader, services: Answering) -> JSONResponse:
    """The champion, the challenger and the champion before of each model, with what each was measured to do."""
    return JSONResponse(services.models.models())
