"""`/v1/debtors`: one debtor's recommendation, risk and contact times."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from recobro_serving.auth import Reader
from recobro_serving.languages import Language
from recobro_serving.routes.common import PROBLEMS, Answering, PathId, bytes_of
from recobro_serving.schemas import Channel, ContactTimes, Item, LeftAloneAnswer, Risk

ROUTER: Final = APIRouter(prefix="/v1/debtors", tags=["debtors"], responses=PROBLEMS)


# The ids are the creditor's own and may hold a slash; `:path` lets them.
@ROUTER.get("/{debtor_id:path}/recommendation", response_model=Item | LeftAloneAnswer)
def recommendation(debtor_id: PathId, key: Reader, services: Answering, language: Language) -> Response:
    """The debtor's item of the latest worklist, or why the debtor is left alone."""
    return bytes_of(services.ready.recommendation(key, debtor_id, language))


@ROUTER.get("/{debtor_id:path}/risk", response_model=Risk)
def risk(debtor_id: PathId, key: Reader, services: Answering, language: Language) -> JSONResponse:
    """The debtor's payment curve, `p_unpaid`, band and reasons, as of the latest plan."""
    return JSONResponse(services.debtors.risk(key, debtor_id, language))


@ROUTER.get("/{debtor_id:path}/contact-times", response_model=ContactTimes)
def contact_times(
    debtor_id: PathId, key: Reader, services: Answering, channel: Annotated[Channel | None, Query()] = None
) -> JSONResponse:
    """`p_reach` by channel, weekday and hour, lawful or not, and the five best lawful hours."""
    return JSONResponse(services.debtors.contact_times(key, debtor_id, channel))
