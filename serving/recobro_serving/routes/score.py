"""`/v1/score`: risk, contact times and recommendation of debtors who are given with their own history."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from recobro_serving.auth import Reader
from recobro_serving.languages import Language
from recobro_serving.routes.common import PROBLEMS, Answering
from recobro_serving.schemas_score import ScoreBody, Scores

ROUTER: Final = APIRouter(prefix="/v1/score", tags=["score"], responses=PROBLEMS)


@ROUTER.post("", response_model=Scores, operation_id="score_debtors")
def score(body: Annotated[ScoreBody, Body()], _key: Reader, services: Answering, language: Language) -> JSONResponse:
    """Risk, contact times and recommendation for 1 to 1,000 debtors given with their own history; nothing is stored.

    The features, models and contact rules are those of a plan, but for its capacity: what is recommended is the best
    lawful option of each debtor.
    """
    return JSONResponse(services.score.score(body, language))
