"""What several routes share: the services, and the problems they may answer."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request, Response

from recobro_serving.calls import note_rows
from recobro_serving.problems import MEDIA_TYPE
from recobro_serving.schemas import Id, ProblemBody
from recobro_serving.service.held import Held
from recobro_serving.service.services import Services

_MEANINGS: Final = {
    400: "The body is not JSON, or the call is no HTTP that is understood",
    401: "No key, or one that is wrong or revoked",
    403: "The key lacks the scope",
    404: "Nothing of that name, or nothing that the key sees",
    413: "The body is larger than is taken",
    415: "The body is compressed",
    422: "The call can not be understood",
    429: "The key has called too often; Retry-After says when it may again",
    503: "No plan yet, or the store is away; the detail says what to run",
    500: "A defect of ours; X-Request-ID names it in the log",
}

#: For `responses=` of a router: every error is a problem, and the generated documentation says so.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": ProblemBody.model_json_schema()}}}
    for status, meaning in _MEANINGS.items()
}


# A dependency that waits for nothing is `async`: the others each cost a trip to a thread.
async def _services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def bytes_of(held: Held) -> Response:
    """An answer that is JSON text already."""
    note_rows(held.n_rows)
    return Response(held.body, media_type="application/json")


Answering = Annotated[Services, Depends(_services_of)]
Day = Annotated[str, Path(max_length=10, description="`latest`, or a work date as YYYY-MM-DD", examples=["latest"])]
PathId = Annotated[Id, Path()]
