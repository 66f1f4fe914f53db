"""Shapes of events and claims, as `/docs` shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from recobro_serving.schemas import Channel, Id, Item

#: A name of something that people or programs chose; control characters are in none.
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class Event(BaseModel):
    """A canonical row as it happens; columns are those of the data dictionary, others are not kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "table": "payments",
                    "row": {"payment_id": "p1", "charge_id": "c1", "paid_on": "2026-03-02", "amount": "120.50"},
                }
            ]
        },
    )

    table: str = Field(max_length=100, description="The canonical table")
    row: dict[str, Any] = Field(description="The row: text as in a source, or JSON's own numbers and booleans")
    item_id: Id | None = Field(
        None, description="Of a contact attempt: the item it is the outcome of; its policy and propensity join the row"
    )


Events = Annotated[list[Event], Field(min_length=1, max_length=1000)]


class EventAnswer(BaseModel):
    """What became of one event; the last three are there where a rule speaks against it."""

    index: int = Field(ge=0, description="Its place in the call, from 0")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    rule: str | None = None
    column: str | None = None
    message: str | None = None


class ClaimQuery(BaseModel):
    """Who asks for how many items."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"agent_id": "ana", "n": 10, "channel": "call"}]}
    )

    agent_id: Name = Field(description="Who will work them: an agent, or a queue of a dialler")
    n: int = Field(1, ge=1, description="How many items; at most `max_claim` of the configuration")
    channel: Channel | None = Field(None, description="Only this channel")
    ahead: bool = Field(False, description="Of today's list also windows that open later today")


class LeasedItem(Item):
    """An item that is the agent's until `lease_until`."""

    lease_until: AwareDatetime


class Claimed(BaseModel):
    """The agent's open leases first, then the next items in rank order."""

    plan_id: str
    work_date: date
    agent_id: str
    lease_until: AwareDatetime | None = Field(description="When the first of these leases ends; null without items")
    items: list[LeasedItem]
