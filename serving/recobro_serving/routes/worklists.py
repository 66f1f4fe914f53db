"""`/v1/worklists`: the day's actions, who is left alone, and files of them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from recobro_serving.auth import Reader
from recobro_serving.calls import note_rows
from recobro_serving.languages import Language
from recobro_serving.routes.common import PROBLEMS, Answering, Day, bytes_of
from recobro_serving.schemas import ExportQuery, LeftAlonePage, LeftAloneQuery, WorklistPage, WorklistQuery
from recobro_serving.service.listing import Asked

ROUTER: Final = APIRouter(prefix="/v1/worklists", tags=["worklists"], responses=PROBLEMS)
_CSV: Final = ("text/csv; charset=utf-8", "csv")
#: Media type and end of the file's name.
_FILES: Final = {
    "csv": _CSV,
    "vicidial": _CSV,
    "genesys": _CSV,
    "ndjson": ("application/x-ndjson", "ndjson"),
    "parquet": ("application/vnd.apache.parquet", "parquet"),
}
_EXPORTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media, _ in _FILES.values()},
    }
}


async def _asked(day: Day, key: Reader, language: Language) -> Asked:
    return Asked(key, day, language)


AskedHere = Annotated[Asked, Depends(_asked)]


@ROUTER.get("/{day}", response_model=WorklistPage)
def worklist(asked: AskedHere, query: Annotated[WorklistQuery, Query()], services: Answering) -> Response:
    """A page of the day's worklist, in rank order, from a snapshot that no later plan changes."""
    return bytes_of(services.ready.page(asked, query))


@ROUTER.get("/{day}/left-alone", response_model=LeftAlonePage)
def left_alone(asked: AskedHere, query: Annotated[LeftAloneQuery, Query()], services: Answering) -> JSONResponse:
    """A page of the debtors whom nobody contacts that day, each with what forbids it."""
    page = services.listing.left_alone_page(asked, query)
    note_rows(len(page["items"]))
    return JSONResponse(page)


@ROUTER.get("/{day}/export", response_class=StreamingResponse, responses=_EXPORTED)
def export(asked: AskedHere, query: Annotated[ExportQuery, Query()], services: Answering) -> StreamingResponse:
    """The day's worklist as a file; in CSV no cell runs as a formula in a spreadsheet."""
    plan, chunks = services.listing.export(asked, query, query.format)
    media_type, ending = _FILES[query.format]
    shape = "" if query.format == ending else f"-{query.format}"
    headers = {"Content-Disposition": f'attachment; filename="worklist-{plan.work_date}{shape}.{ending}"'}
    return StreamingResponse(chunks, media_type=media_type, headers=headers)
