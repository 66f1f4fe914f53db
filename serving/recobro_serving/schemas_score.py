"""Shapes of a question about debtors who are given with their own history, and of its answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from recobro_data.rows import row_model
from recobro_data.tables import TABLES
from recobro_serving.schemas import BestHour, Item, LeftAloneAnswer, RiskRead

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


def _rows_of(table: str) -> Any:
    # The rows are read one by one where they are used, so that the rule that one breaks can be told by its name.
    return {"items": row_model(table).model_json_schema()}


class GivenTables(BaseModel):
    """Canonical tables by name; the columns are those of a source."""

    model_config = ConfigDict(extra="forbid")

    debtors: list[Any] = Field(min_length=1, max_length=1000, json_schema_extra=_rows_of("debtors"))
    charges: list[Any] = Field(default_factory=list, json_schema_extra=_rows_of("charges"))
    payments: list[Any] = Field(default_factory=list, json_schema_extra=_rows_of("payments"))
    contact_points: list[Any] | None = Field(
        None,
        description="left out or null: nothing is known of them, and the default channels hold",
        json_schema_extra=_rows_of("contact_points"),
    )
    contact_attempts: list[Any] = Field(default_factory=list, json_schema_extra=_rows_of("contact_attempts"))
    promises: list[Any] = Field(default_factory=list, json_schema_extra=_rows_of("promises"))
    disputes: list[Any] = Field(default_factory=list, json_schema_extra=_rows_of("disputes"))

    def rows(self) -> dict[str, list[Any]]:
        """The rows of every table."""
        return {name: getattr(self, name) or [] for name in TABLES}


EXAMPLE: Any = {
    "as_of": "2026-10-14",
    "tables": {
        "debtors": [{"debtor_id": "d1", "portfolio_id": "north", "country": "PE"}],
        "contact_points": [{"debtor_id": "d1", "channel": "call"}, {"debtor_id": "d1", "channel": "whatsapp"}],
        "charges": [
            {"charge_id": "c1", "debtor_id": "d1", "due_on": "2026-08-15", "amount": "120.00", "currency": "PEN"},
            {"charge_id": "c2", "debtor_id": "d1", "due_on": "2026-09-15", "amount": "120.00", "currency": "PEN"},
        ],
        "payments": [{"payment_id": "p1", "charge_id": "c1", "paid_on": "2026-08-20", "amount": "120.00"}],
        "contact_attempts": [
            {
                "attempt_id": "a1",
                "debtor_id": "d1",
                "channel": "call",
                "attempted_at": "2026-09-28T18:05:00-05:00",
                "outcome": "right_party",
            }
        ],
    },
}


class ScoreBody(BaseModel):
    """Debtors with their own history. Nothing of it is stored."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    as_of: date | None = Field(
        None,
        ge=_FIRST_DAY,
        le=_LAST_DAY,
        description="what was known at the start of this day counts; today where it is left out",
    )
    tables: GivenTables
    weeks: bool = Field(False, description="with `p_reach` of every hour of the week, beside the best ones")


class Week(BaseModel):
    """A channel's hours from `first_hour` on, by weekday (the first is Monday) and hour."""

    first_hour: int
    p_reach: list[list[float]]
    lawful: list[list[bool]]


class ScoredTimes(BaseModel):
    """When the debtor can be reached, in the debtor's time zone."""

    timezone: str | None
    best: list[BestHour]
    weeks: dict[str, Week] | None = Field(None, description="by channel; null where it was not asked for")


class ScoredItem(Item):
    """What would be recommended: the best lawful option, whoever else may want the team."""

    item_id: None  # type: ignore[assignment]
    plan_id: None
    rank: None  # type: ignore[assignment]


class ScoredDebtor(BaseModel):
    """One debtor; risk, contact times and recommendation are null where nothing is owed as of the day."""

    debtor_id: str
    portfolio_id: str
    risk: RiskRead | None
    contact_times: ScoredTimes | None
    recommendation: ScoredItem | LeftAloneAnswer | None


class Scores(BaseModel):
    """One answer for each debtor given, in their order."""

    as_of: date
    models: dict[str, str] = Field(description="versions of the models that answered")
    rules: str = Field(description="version of the contact rules")
    debtors: list[ScoredDebtor]
