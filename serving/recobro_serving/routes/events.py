"""`/v1/events`: canonical rows as they happen."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from fastapi import APIRouter, Body, Header, Request
from fastapi.responses import JSONResponse

from recobro_serving.auth import Writer
from recobro_serving.metrics import Meter
from recobro_serving.problems import MEDIA_TYPE
from recobro_serving.routes.common import PROBLEMS, Answering
from recobro_serving.schemas import ProblemBody
from recobro_serving.schemas_events import EventAnswer, Events

ROUTER: Final = APIRouter(prefix="/v1/events", tags=["events"], responses=PROBLEMS)
_IN_PROGRESS: Final = {
    "description": "A call with the same Idempotency-Key is being answered",
    "content": {MEDIA_TYPE: {"schema": ProblemBody.model_json_schema()}},
}
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="Any text of the caller's; the same call sent again under it is answered as before, for two days",
    ),
]


@ROUTER.post("", response_model=list[EventAnswer], responses={409: _IN_PROGRESS})
def take_events(
    key: Writer,
    events: Annotated[Events, Body()],
    request: Request,
    services: Answering,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Keeps canonical rows and brings today's list up to them; each is answered, in order, once it is on disk."""
    answers = services.events.take(key, events, idempotency_key)
    meter: Meter = request.app.state.meter
    for status, n_events in Counter(answer["status"] for answer in answers).items():
        meter.count_events(status, n_events)
    return JSONResponse(answers)
