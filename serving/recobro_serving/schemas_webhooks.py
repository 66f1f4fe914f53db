"""Shapes of webhooks, as `/docs` shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from recobro_serving.schemas import Id

EventType = Literal["plan.published", "item.suppressed", "item.restored", "model.promoted"]
Types = Annotated[list[EventType], Field(min_length=1, max_length=20)]


class NewWebhook(BaseModel):
    """Whom to tell of what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://hooks.example.com/recobro", "types": ["plan.published"]}]},
    )

    url: str = Field(max_length=2000, description="where to post; https, and on the public internet")
    types: Types = Field(description="which events")
    portfolio: Id | None = Field(None, description="only this portfolio's; else all that the key sees")


class Webhook(BaseModel):
    """A webhook without its secret."""

    webhook_id: str
    url: str
    types: list[EventType]
    portfolios: list[str] = Field(description="whose events it is told; `*` stands for all")
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    disabled_because: str | None


class WebhookWithSecret(Webhook):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_` and base64: what the signatures are checked with")


class Secret(BaseModel):
    """A new secret, shown this once."""

    secret: str
    former_until: AwareDatetime = Field(description="until then deliveries are signed with the former secret too")


class WebhookList(BaseModel):
    """Every webhook that the key sees."""

    webhooks: list[Webhook]


class DeliveryQuery(BaseModel):
    """Which deliveries, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["pending", "delivered", "dead"] | None = Field(None, description="only these; `dead`: given up")
    limit: int = Field(100, ge=1, le=1000, description="rows a page")
    cursor: str | None = Field(None, pattern=r"^[0-9]{1,9}$", description="`next_cursor` of the page before")


class Delivery(BaseModel):
    """One event on its way to one webhook."""

    delivery_id: int
    event_id: str = Field(description="the `webhook-id` it is sent with, the same in every attempt")
    type: EventType
    occurred_at: AwareDatetime
    status: Literal["pending", "delivered", "dead"]
    n_attempts: int
    due_at: AwareDatetime = Field(description="when it is tried next, or when it ended")
    attempted_at: AwareDatetime | None
    answer: int | None = Field(description="the receiver's last status")
    error: str | None


class DeliveryPage(BaseModel):
    """A page of deliveries, newest first."""

    deliveries: list[Delivery]
    next_cursor: str | None
