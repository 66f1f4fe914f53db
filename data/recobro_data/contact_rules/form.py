"""The form of a rule: hours, caps and distances, each with what it rests on and how sure we are of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

#: `letter` is no channel of the contract; the laws name it, so the data keeps it.
RuleChannel = Literal["call", "sms", "whatsapp", "email", "visit", "letter"]
Channels = Annotated[tuple[RuleChannel, ...], Field(min_length=1)]
#: `portfolio` is what a portfolio asks of itself beyond the law; no rule file says so, only the configuration.
Basis = Literal["law", "guidance", "policy", "portfolio"]
Level = Literal["full_text", "quoted", "secondary", "memory", "none"]
Span = tuple[int, int]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$")


def read_span(text: str) -> Span:
    """`HH:MM-HH:MM` as minutes of the day, half open; `24:00` is the day's end.

    Raises:
        ValueError: other text, or an end that does not come after the start.
    """
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(f"hours must read HH:MM-HH:MM, found {text!r}")
    hour, minute, end_hour, end_minute = (int(part) for part in match.groups() if part is not None)
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if start >= end:
        raise ValueError(f"hours must end after they start, found {text!r}")
    return start, end


def _read_days(given: Any) -> Any:
    """`{mon-fri: 07:00-20:00, sat: [...]}` as one entry a weekday; a day that is not named stays closed."""
    if not isinstance(given, Mapping):
        return given
    days: dict[int, tuple[Span, ...]] = {}
    for key, hours in given.items():
        spans = tuple(read_span(text) for text in ([hours] if isinstance(hours, str) else hours))
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            raise ValueError(f"hours of {key} must rise and not overlap, found {hours!r}")
        for weekday in _weekdays(str(key)):
            if weekday in days:
                raise ValueError(f"{WEEKDAYS[weekday]} is named twice")
            days[weekday] = spans
    return tuple(days.get(weekday, ()) for weekday in range(7))


def _weekdays(key: str) -> range:
    first, _, last = key.partition("-")
    last = last or first
    if first not in WEEKDAYS or last not in WEEKDAYS or WEEKDAYS.index(last) < WEEKDAYS.index(first):
        raise ValueError(f"days must read mon … sun or mon-fri, found {key!r}")
    return range(WEEKDAYS.index(first), WEEKDAYS.index(last) + 1)


def as_text(value: Any) -> Any:
    """A date that YAML has read as one, as its text."""
    return value.isoformat() if isinstance(value, date) else value


Week = Annotated[tuple[tuple[Span, ...], ...], BeforeValidator(_read_days)]
AsOf = Annotated[str, BeforeValidator(as_text), Field(pattern=r"^\d{4}(-\d\d){0,2}$")]


class Part(BaseModel):
    """A piece of a rule file: unknown keys are refused, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """Where a fact comes from; `cite` is how a sentence names the law, `level` how much of its wording was seen."""

    ref: str
    cite: str | None = None
    url: str | None = None
    level: Level


class Wider(Part):
    """The widest reading of the text that was seen: what of the rule it changes, or that it lifts it.

    Nobody applies it but who signs for it in the configuration.
    """

    reads: str
    change: dict[str, Any] = Field(default_factory=dict)
    lifts: bool = False
    sources: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _does_one_thing(self) -> Wider:
        if bool(self.change) == self.lifts:
            raise ValueError("a wider reading must either change the rule or lift it")
        return self


class Rule(Part):
    """What every rule carries: `basis` policy is our own caution, `level` how sure we are of the law on the matter."""

    basis: Basis
    level: Level
    sources: tuple[str, ...] = ()
    as_of: AsOf | None = None
    note: str | None = None
    wider: Wider | None = None

    @model_validator(mode="after")
    def _rests_on_something(self) -> Rule:
        if self.basis in ("law", "guidance") and not self.sources:
            raise ValueError(f"a rule on the basis of {self.basis} must name its sources")
        self.widened()
        return self

    def widened(self) -> Self | None:
        """The rule in its wider reading; None where that lifts it, the rule itself where there is none.

        Raises:
            ValueError: the reading changes what the rule does not have.
        """
        if self.wider is None:
            return self
        given = self.model_dump(exclude={"wider"}) | self.wider.change
        return None if self.wider.lifts else type(self).model_validate(given)


class Hours(Rule):
    """Days and local hours in which the channels are open; minutes of the day, half open."""

    channels: Channels
    days: Week

    @property
    def is_all_day(self) -> bool:
        """Whether no hour is closed; what a portfolio says of a channel that it does not narrow."""
        return all(spans == ((0, 1440),) for spans in self.days)


class Limit(Rule):
    """At most `max` attempts (or contacts) on the channels in any `window_days` days running; 1 is the local day.

    `scope` and `place` say what the law counts: by debt, or only away from the debtor's home. An attempt tells neither
    which debt it was about nor where it rang, so every one of the debtor's counts.
    """

    id: str
    window_days: int = Field(ge=1, le=366)
    max: int = Field(ge=1)
    per: Literal["total", "channel"] = "total"
    channels: Channels
    counts: Literal["attempts", "contacts"] = "attempts"
    scope: Literal["debtor", "debt"] = "debtor"
    place: Literal["anywhere", "elsewhere", "workplace"] = "anywhere"


class Emergency(Limit):
    """A cap that the law sets for a state of emergency; in force from `since` to `until`, which configuration sets."""

    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the emergency was declared and lasts."""
        return self.since is not None and self.since <= day and (self.until is None or day <= self.until)


class Distance(Rule):
    """Days from one attempt (or conversation) on the channels to the next; `days_strict_clear` is used where given."""

    id: str
    channels: Channels
    days: int = Field(ge=1, le=366)
    days_strict_clear: int | None = Field(None, ge=1, le=366)
    after: Literal["attempt", "conversation"] = "attempt"
    scope: Literal["debtor", "debt"] = "debtor"

    @property
    def enforced_days(self) -> int:
        """The stricter of the two readings."""
        return max(self.days, self.days_strict_clear or 0)


class Pause(Rule):
    """Minutes between attempts. History is kept by day, so a whole day is enforced."""

    id: str
    channels: Channels
    minutes: int = Field(ge=1, le=1440)


class MinimumDuty(Rule):
    """At least one contact within `within_days` days after each unpaid due date, on a channel that serves.

    An attempt meets it where the debtor was reached or the message delivered, after the due date.
    """

    id: str
    within_days: int = Field(ge=1, le=30)
    channels: Channels


class OneChannel(Rule):
    """After an attempt (or a contact) only its channel for `days` days running."""

    days: int = Field(7, ge=1, le=366)
    after: Literal["attempt", "contact"] = "attempt"
