"""`/v1/worklists`: the day's actions, who is left alone, and files of them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, StreamingResponse

from recobro_serving.auth import Reader
from recobro_serving.languages import Language
from recobro_serving.routes.common import PROBLEMS, Answering, Day
from recobro_serving.schemas import ExportQuery, LeftAlonePage, LeftAloneQuery, WorklistPage, WorklistQuery
from recobro_serving.service.listing import Asked

ROUTER: Final = APIRouter(prefix="/v1/worklists", tags=["worklists"], responses=PROBLEMS)
_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def _asked(day: Day, key: Reader, language: Language) -> Asked:
    return Asked(key, day, language)


AskedHere = Annotated[Asked, Depends(_asked)]


@ROUTER.get("/{day}", response_model=WorklistPage)
def worklist(asked: AskedHere, query: Annotated[WorklistQuery, Query()], services: Answering) -> JSONResponse:
    """A page of the day's worklist, in rank order, from a snapshot that no later plan changes."""
    return JSONResponse(services.listing.page(asked, query))


@ROUTER.get("/{day}/left-alone", response_model=LeftAlonePage)
def left_alone(asked: AskedHere, query: Annotated[LeftAloneQuery, Query()], services: Answering) -> JSONResponse:
    """A page of the debtors whom nobody contacts that day, each with what forbids it."""
    return JSONResponse(services.listing.left_alone_page(asked, query))


@ROUTER.get("/{day}/export", response_class=StreamingResponse)
def export(asked: AskedHere, query: Annotated[ExportQuery, Query()], services: Answering) -> StreamingResponse:
    """The day's worklist as a file; in CSV no cell runs as a formula in a spreadsheet."""
    plan, chunks = services.listing.export(asked, query, query.format)
    name = f"worklist-{plan.work_date.isoformat()}.{query.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks, media_type=_MEDIA_TYPES[query.format], headers=headers)
