"""The form of a jurisdiction's file: its rules, its holidays, and what no engine can count."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from recobro_data.contact_rules.events import StopEvent
from recobro_data.contact_rules.form import (
    AsOf,
    Basis,
    Distance,
    Emergency,
    Hours,
    Level,
    Limit,
    MinimumDuty,
    OneChannel,
    Part,
    Pause,
    Rule,
    RuleChannel,
    Source,
    as_text,
)
from recobro_data.contact_rules.practices import PRACTICE_WORDS


class ExtraDay(Part):
    """A holiday that the library lacks: one day (`YYYY-MM-DD`) or the same day each year (`MM-DD`)."""

    day: Annotated[str, BeforeValidator(as_text), Field(pattern=r"^(\d{4}-)?\d\d-\d\d$")]
    name: str
    sources: tuple[str, ...] = ()
    why: str

    @model_validator(mode="after")
    def _is_a_day(self) -> ExtraDay:
        date.fromisoformat(self.day if len(self.day) == 10 else f"2028-{self.day}")  # 2028 has a 29 February
        return self


class Calendar(Part):
    """Public holidays by python-holidays: country code, subdivisions, categories, and what it lacks.

    Without `subdivisions` and for a debtor whose region is unknown, the holidays of every subdivision count.
    """

    code: str | None
    categories: tuple[str, ...] = ("public",)
    subdivisions: tuple[str, ...] = ()
    min_package_version: str | None = None
    extra: tuple[ExtraDay, ...] = ()
    gaps: str = ""


class Holidays(Rule):
    """Whether the debtor may be contacted on a public holiday, and which days those are."""

    allowed: bool
    calendar: Calendar


class Consent(Rule):
    """Channels that need the debtor's explicit consent, and whether an opt-out ends it."""

    required: tuple[RuleChannel, ...] = ()
    opt_out_honoured: Literal[True] = True


class Forbidden(Rule):
    """Practices that are never allowed."""

    codes: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("codes")
    @classmethod
    def _has_words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [code for code in value if code not in PRACTICE_WORDS]
        if unknown:
            raise ValueError(f"unknown practice {unknown[0]!r}; known are {', '.join(PRACTICE_WORDS)}")
        return value


class Duty(Part):
    """What a contact must contain or record."""

    text: str
    level: Level


class ConsentException(Part):
    """What the debtor's consent can relax, and in which form; never applied by the engine."""

    what: str
    form: str
    basis: Basis


class PreDue(Part):
    """Reminders before the due date: whether the law sees collection in them, and whether we count them (we do)."""

    is_collection: bool
    counted: Literal[True] = True
    note: str


class Name(Part):
    """The place in the languages of the reasons."""

    es: str
    pt: str
    en: str


class Entry(Part):
    """One file; what a subdivision leaves out it takes from its parent.

    `holds_until` is the last day on which the file may be used without a new look at the law. `lies_in` is the state of
    a city with rules of its own: they also hold for a debtor of that state whose city is not known.
    """

    id: str = Field(pattern=r"^(DEFAULT|[A-Z]{2}(-[A-Z0-9]{1,3})?|portfolio:.+)$")
    parent: str | None
    lies_in: str | None = Field(None, pattern=r"^[A-Z0-9]{1,3}$")
    country: str | None = Field(pattern=r"^[A-Z]{2}$")
    name: Name
    strength: Literal["statute", "regulation", "guide", "none_found"]
    applies_to: str
    as_of: AsOf | None
    holds_until: date
    overrides_parent: tuple[Literal["windows", "limits", "distances", "consent"], ...] = ()
    timezones: tuple[str, ...] = ()
    timezones_source: str | None = None
    sources: dict[str, Source]
    windows: tuple[Hours, ...]
    holidays: Holidays
    limits: tuple[Limit, ...]
    distances: tuple[Distance, ...] = ()
    pauses: tuple[Pause, ...] = ()
    one_channel: OneChannel | None = None
    consent: Consent | None = None
    forbidden: tuple[Forbidden, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    duties: tuple[Duty, ...] = ()
    minimum_duties: tuple[MinimumDuty, ...] = ()
    consent_exceptions: tuple[ConsentException, ...] = ()
    stop_events: tuple[StopEvent, ...] = ()
    pre_due_reminders: PreDue | None = None
    watch: tuple[str, ...] = ()
    notes: str = ""
    _lines: dict[str, int] = PrivateAttr(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the file, in written order."""
        one = (self.one_channel,) if self.one_channel else ()
        counted: tuple[Rule, ...] = (*self.limits, *self.distances, *self.pauses, *one, *self.emergencies)
        asked = (self.consent,) if self.consent else ()
        return (*self.windows, self.holidays, *counted, *asked, *self.forbidden, *self.minimum_duties)

    def note_line(self, key: str, line: int) -> None:
        """Remember on which line of the file a key stands."""
        self._lines[key] = line

    def place_of(self, key: str) -> str:
        """The file, and the line of a key where it is known."""
        line = self._lines.get(key)
        return f"{self.id}.yaml line {line}" if line else f"{self.id}.yaml"

    def hours_of(self, channel: str) -> Hours | None:
        """The opening hours that name the channel."""
        return next((hours for hours in self.windows if channel in hours.channels), None)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Entry:
        if self.parent is None and not (self.windows and self.consent and self.stop_events and self.pre_due_reminders):
            raise ValueError("a country's file must set windows, consent, stop_events and pre_due_reminders")
        counted: tuple[Limit | Distance | Pause | MinimumDuty, ...]
        counted = (*self.limits, *self.emergencies, *self.distances, *self.pauses, *self.minimum_duties)
        _refuse_twice("channel with opening hours", [one for hours in self.windows for one in hours.channels])
        _refuse_twice("rule id", [rule.id for rule in counted])
        named = {key for rule in self.rules for key in rule.sources}
        named |= {key for day in self.holidays.calendar.extra for key in day.sources}
        named |= {key for rule in self.rules if rule.wider for key in rule.wider.sources}
        unknown = sorted(named - set(self.sources))
        if unknown:
            raise ValueError(f"source {unknown[0]!r} is named by a rule but not listed under sources")
        return self


def _refuse_twice(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {twice[0]!r} stands twice")
