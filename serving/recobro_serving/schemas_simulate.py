"""Shapes of a what-if about a plan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from recobro_models.decision.changes import Change
from recobro_serving.schemas import Channel, Id

#: `30` is the new value itself, `"+2"` and `"-5"` are added to the old one, `"+10%"` is a share of it.
Amount = (
    Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
    | Annotated[str, Field(pattern=r"^[+-]?\d{1,9}(\.\d{1,9})?%?$", examples=["+2"])]
)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Limits(_Asked):
    """A channel's limits by the hour and by the day."""

    per_hour: Amount | None = None
    per_day: Amount | None = None


class WhatIfBody(_Asked):
    """What is to be otherwise than in the plan; what is left out stays as it was."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"capacity": {"call": "+2"}, "cost": {"whatsapp": 0.05}, "exact": True}]},
    )

    plan_id: Id | None = Field(None, description="the plan that is asked about; the newest where it is left out")
    capacity: dict[Channel, Limits | Amount] = Field(
        default_factory=dict, description="by channel; an amount alone is of the limit that is configured"
    )
    cost: dict[Channel, Amount] = Field(default_factory=dict, description="of an attempt, by channel")
    exploration: Amount | None = Field(None, description="share of actions drawn at random")
    control_group: Amount | None = Field(None, description="share of debtors left alone to measure")
    budget: Amount | None = Field(None, description="what the day's attempts may cost")
    teams: dict[Id, Amount] = Field(default_factory=dict, description="agents, by team")
    lifted_rules: list[Id] = Field(
        default_factory=list, max_length=100, description="contact rules whose cost is asked, as the plan names them"
    )
    exact: bool = Field(False, description="share the plan's options out again, in place of an answer from its prices")

    def changes(self) -> list[Change]:
        """What is asked, change by change."""
        found = [one for channel, given in self.capacity.items() for one in _capacity_changes(channel, given)]
        found += [Change("cost", channel, "", _text(amount)) for channel, amount in self.cost.items()]
        found += [Change("team", name, "", _text(amount)) for name, amount in self.teams.items()]
        found += [Change("rule", rule, "", "off") for rule in self.lifted_rules]
        whole = {"exploration": self.exploration, "control_group": self.control_group, "budget": self.budget}
        return found + [Change(name, "", "", _text(amount)) for name, amount in whole.items() if amount is not None]


def _capacity_changes(channel: str, given: Limits | float | str) -> list[Change]:
    if not isinstance(given, Limits):
        return [Change("capacity", channel, "", _text(given))]
    units = {"hour": given.per_hour, "day": given.per_day}
    return [Change("capacity", channel, unit, _text(amount)) for unit, amount in units.items() if amount is not None]


def _text(amount: float | str) -> str:
    return amount if isinstance(amount, str) else f"{amount:.9f}"


class ChangedValue(BaseModel):
    """A value as the plan had it and as it is asked about; null: no limit; of a rule `on` and `off`."""

    before: float | str | None
    after: float | str | None


class UsedBy(BaseModel):
    """Attempts of a channel."""

    used_before: int
    used_after: int


class WhatIf(BaseModel):
    """What the plan would come to; money is that of the decision."""

    plan_id: str
    work_date: date
    how: Literal["prices", "exact"]
    changes: dict[str, ChangedValue]
    value_before: float = Field(description="Expected value of the plan's actions")
    value_after: float = Field(description="Of those that would be taken; from prices, the first step")
    difference: float
    at_least: float | None = Field(description="What value_after is not below; null where nothing is known")
    at_most: float | None = Field(description="What value_after is not above; null where nothing is known")
    channels: dict[Channel, UsedBy] = Field(description="Attempts by channel; empty for an answer from prices")
    remarks: list[str] = Field(description="What the figures do not tell")
