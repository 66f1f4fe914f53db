"""`/v1/plans/simulate`: what a plan would come to with other capacities or costs."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse

from recobro_data.errors import NotKeptError
from recobro_models.decision.what_if import WhatIf as Asked
from recobro_models.decision.what_if import answer_what_if
from recobro_serving.auth import Reader
from recobro_serving.problems import not_found
from recobro_serving.routes.common import PROBLEMS, Answering
from recobro_serving.schemas_simulate import WhatIf, WhatIfBody
from recobro_serving.service.listing import LATEST

ROUTER: Final = APIRouter(prefix="/v1/plans", tags=["plans"], responses=PROBLEMS)


@ROUTER.post("/simulate", response_model=WhatIf, operation_id="simulate_plan")
def simulate(body: Annotated[WhatIfBody, Body()], request: Request, key: Reader, services: Answering) -> JSONResponse:
    """What a published plan would come to with other capacities, costs or shares of chance; nothing is published.

    A key of all portfolios is answered from the plan's prices, at once, or exactly where it asks for that. A key that
    is bound to portfolios is always answered exactly, from its own debtors' options and the part of each limit that
    they use in the plan: what is added to the team's limit is added to that part.
    """
    plan = services.listing.plan_of_id(body.plan_id) if body.plan_id else services.listing.plan_of_day(LATEST)
    state, asked = request.app.state, Asked(body.changes(), body.exact, key.sees)
    try:
        told = answer_what_if(state.settings, state.store, plan, asked)
    except NotKeptError as error:
        raise not_found(str(error)) from error
    return JSONResponse({"plan_id": plan.plan_id, "work_date": plan.work_date.isoformat(), **told.to_json()})
