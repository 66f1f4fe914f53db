"""`/v1/worklists/{day}/claim`: the next items for an agent."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from recobro_serving.auth import Writer
from recobro_serving.calls import note_rows
from recobro_serving.languages import Language
from recobro_serving.routes.common import PROBLEMS, Answering, Day
from recobro_serving.schemas_events import Claimed, ClaimQuery
from recobro_serving.service.listing import Asked

ROUTER: Final = APIRouter(prefix="/v1/worklists", tags=["worklists"], responses=PROBLEMS)


@ROUTER.post("/{day}/claim", response_model=Claimed)
def claim(day: Day, key: Writer, query: ClaimQuery, services: Answering, language: Language) -> JSONResponse:
    """Leases the next items to an agent: no other agent gets them before `lease_until`."""
    answer = services.claims.claim(Asked(key, day, language), query)
    note_rows(len(answer["items"]))
    return JSONResponse(answer)
