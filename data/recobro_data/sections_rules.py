"""The section of `recobro.toml` on contact rules: what is signed, declared, closed, and what a portfolio adds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from recobro_data.vocabulary import CHANNELS

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
#: Hours by weekday as rule files write them: `{"mon-fri" = "08:00-18:00", sat = ["09:00-12:00"]}`.
WeekHours = dict[str, str | tuple[str, ...]]


class _Piece(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignedReading(_Piece):
    """A wider reading of a rule, taken on somebody's word: who signed, on which day, and why."""

    rule: Words
    by: Words
    on: date
    why: Words


class DeclaredEmergency(_Piece):
    """A state of emergency for which a rule file sets a cap: the days from and to which it lasts (open: no end yet)."""

    rule: Words
    since: date
    until: date | None = None
    why: str = ""


class ClosedDay(_Piece):
    """A day without contact that no calendar has: an election, a town's own holiday, a decree."""

    place: Words
    day: date
    name: Words


class OwnLimit(_Piece):
    """At most `max` attempts (or contacts) on the channels in any `window_days` days running."""

    channels: tuple[str, ...] = Field(min_length=1)
    max: int = Field(ge=1)
    window_days: int = Field(ge=1, le=366)
    counts: Literal["attempts", "contacts"] = "attempts"


class OwnDistance(_Piece):
    """Days from one attempt on the channels to the next."""

    channels: tuple[str, ...] = Field(min_length=1)
    days: int = Field(ge=1, le=366)


class OwnRules(_Piece):
    """What a portfolio asks of itself in a place beyond the law: narrower hours by channel, caps, distances, channels
    that it forbids or uses only with consent, and whether a collection message may hold an offer."""

    hours: dict[str, WeekHours] = Field(default_factory=dict)
    limits: tuple[OwnLimit, ...] = ()
    distances: tuple[OwnDistance, ...] = ()
    forbidden: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    offers: bool = True
    why: str = ""


def _from_text(value: Any) -> Any:
    """A variable holds its tables as JSON."""
    return json.loads(value) if isinstance(value, str) else value


Tables = BeforeValidator(_from_text)


class Rules(_Piece):
    """How the workspace narrows the contact rules that are shipped, or widens them where somebody signs for it.

    wider: wider readings that are signed. emergencies: states of emergency that were declared. closed_days: days that
    no calendar has. portfolios: by portfolio and place (`CO`, `BR-SP`), rules stricter than the place's.
    """

    wider: Annotated[tuple[SignedReading, ...], Tables] = ()
    emergencies: Annotated[tuple[DeclaredEmergency, ...], Tables] = ()
    closed_days: Annotated[tuple[ClosedDay, ...], Tables] = ()
    portfolios: Annotated[Mapping[str, Mapping[str, OwnRules]], Tables] = Field(default_factory=dict)


#: Channels a portfolio's rules may name; letters count in the laws, although recobro plans none.
RULE_CHANNELS = (*CHANNELS, "letter")
