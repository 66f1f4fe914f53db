"""`/v1/webhooks`: who is told of what happens here."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from recobro_serving.auth import Admin
from recobro_serving.routes.common import PROBLEMS, PathId
from recobro_serving.schemas_webhooks import (
    DeliveryPage,
    DeliveryQuery,
    NewWebhook,
    Secret,
    WebhookList,
    WebhookWithSecret,
)
from recobro_serving.service.webhooks import WebhookDesk

ROUTER: Final = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=PROBLEMS)


def _desk_of(request: Request) -> WebhookDesk:
    desk: WebhookDesk = request.app.state.webhook_desk
    return desk


Desk = Annotated[WebhookDesk, Depends(_desk_of)]
DeliveryId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@ROUTER.post("", response_model=WebhookWithSecret, status_code=201)
async def add_webhook(key: Admin, new: NewWebhook, desk: Desk) -> JSONResponse:
    """A new webhook, told of the events of its portfolios from now on; the secret is shown this once."""
    await desk.check(new)
    return JSONResponse(await run_in_threadpool(desk.add, key, new), 201)


@ROUTER.get("", response_model=WebhookList)
def list_webhooks(key: Admin, desk: Desk) -> JSONResponse:
    """Every webhook that the key sees, without secrets."""
    return JSONResponse(desk.list(key))


@ROUTER.delete("/{webhook_id}", status_code=204)
def remove_webhook(key: Admin, webhook_id: PathId, desk: Desk) -> Response:
    """Ends a webhook; what still waits for it is dropped."""
    desk.remove(key, webhook_id)
    return Response(status_code=204)


@ROUTER.post("/{webhook_id}/rotate", response_model=Secret)
def rotate_webhook_secret(key: Admin, webhook_id: PathId, desk: Desk) -> JSONResponse:
    """A new secret; for a day every delivery is signed with the former one too."""
    return JSONResponse(desk.rotate(key, webhook_id))


@ROUTER.get("/{webhook_id}/deliveries", response_model=DeliveryPage)
def list_deliveries(
    key: Admin, webhook_id: PathId, query: Annotated[DeliveryQuery, Query()], desk: Desk
) -> JSONResponse:
    """What was sent to a webhook, what waits, and with `status=dead` what was given up; newest first."""
    return JSONResponse(desk.deliveries(key, webhook_id, query))


@ROUTER.post("/{webhook_id}/deliveries/{delivery_id}/resend", status_code=202)
def resend_delivery(key: Admin, webhook_id: PathId, delivery_id: DeliveryId, desk: Desk) -> Response:
    """Sends a delivery again, whatever became of it, with all its attempts ahead."""
    desk.send_again(key, webhook_id, delivery_id)
    return Response(status_code=202)
