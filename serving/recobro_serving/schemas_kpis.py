"""Shapes of questions about KPIs and models, and of their answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

By = Literal["portfolio", "stage", "channel", "agent", "month"]


class KpiQuery(BaseModel):
    """Which days' KPIs, and by what."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: date | None = Field(
        None, alias="from", description="KPIs as of this day or later; by month: of this month or later"
    )
    last: date | None = Field(
        None, alias="to", description="as of this day or before; the last measured day if left out"
    )
    by: By | None = Field(
        None, description="left out: all that the key sees in one, or each of its portfolios for a key bound to some"
    )

    @model_validator(mode="after")
    def _in_order(self) -> KpiQuery:
        if self.first and self.last and self.first > self.last:
            raise ValueError("from must not lie after to")
        return self


class KpiRow(BaseModel):
    """The KPIs as of a day; docs/kpis.md says what each is. What can not be told is null.

    Beside the three fields that every row has: `stage`, `channel`, `agent_id` or `month` where it is asked for, and the
    figures.
    """

    model_config = ConfigDict(extra="allow")

    as_of: date
    portfolio_id: str | None = Field(description="null: all portfolios together")
    currency: str | None = Field(description="of every amount; null: converted, or not to be told in one")


class Kpis(BaseModel):
    """KPIs, in the order of days, portfolios and what they are by."""

    by: By | None
    items: list[KpiRow]


class ModelVersion(BaseModel):
    """A version of a model, what it was measured to do and what it was made from."""

    version: str = Field(description="as worklist items carry it")
    model: str
    number: int
    aliases: list[str] = Field(description="`champion`: in use; `challenger`: the newest; `former`: in use before")
    kind: str | None
    as_of: date | None = Field(description="what it learnt from was known at the start of this day")
    data: str | None = Field(description="digest of the data it learnt from")
    verdict: str | None = Field(description="why it was promoted, or was not")
    rules: list[dict[str, object]] = Field(description="the rules of promotion, and whether each was met")
    metrics: dict[str, float]
    parameters: dict[str, str]
    files: dict[str, str] = Field(description="SHA-256 of each of its files")


class Models(BaseModel):
    """The champion, the challenger and the champion before of each model."""

    items: list[ModelVersion]
