"""`/v1/kpis`: the KPIs of the report."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from recobro_serving.auth import Reader
from recobro_serving.routes.common import PROBLEMS, Answering
from recobro_serving.schemas_kpis import KpiQuery, Kpis

ROUTER: Final = APIRouter(prefix="/v1/kpis", tags=["kpis"], responses=PROBLEMS)


@ROUTER.get("", response_model=Kpis, operation_id="read_kpis")
def kpis(key: Reader, query: Annotated[KpiQuery, Query()], services: Answering) -> JSONResponse:
    """The KPIs of the report, as they were measured in the night of each day."""
    return JSONResponse(services.kpis.kpis(key, query))
