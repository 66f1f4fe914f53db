"""What several routes share: the services, and the problems they may answer."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request

from recobro_serving.problems import MEDIA_TYPE
from recobro_serving.schemas import Id, ProblemBody
from recobro_serving.service.services import Services

_MEANINGS: Final = {
    401: "No key, or one that is wrong or revoked",
    403: "The key lacks the scope",
    404: "Nothing of that name, or nothing that the key sees",
    422: "The call can not be understood",
    503: "No plan yet, or the store is away; the detail says what to run",
}

#: For `responses=` of a router: every error is a problem, and the generated documentation says so.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": ProblemBody.model_json_schema()}}}
    for status, meaning in _MEANINGS.items()
}


def _services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Answering = Annotated[Services, Depends(_services_of)]
Day = Annotated[str, Path(max_length=10, description="`latest`, or a work date as YYYY-MM-DD", examples=["latest"])]
PathId = Annotated[Id, Path()]
