"""One contact judged: whether a moment on a channel is allowed, which rule speaks, until when, and all that were asked.

The same rules as a plan's, asked one by one so that each can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from recobro_data.contact_rules.frequency import Cap, caps_of
from recobro_data.contact_rules.openings import PREFERRED_HOURS, Prefer, open_windows
from recobro_data.contact_rules.rulebook import Jurisdiction, Rulebook, forbids, needs_consent, stop_rule
from recobro_data.errors import UsageError


class Tried(NamedTuple):
    """An attempt: its channel, its day on the debtor's clock, and whether it reached the debtor (None: not known)."""

    channel: str
    attempted_on: date
    reached: bool | None = None


@dataclass(frozen=True)
class Contact:
    """A contact that somebody has in mind, and what is known of the debtor.

    at: an instant with its offset. zones: where the debtor may live, the principal one first. consents: the debtor gave
    this channel. opted_out: and refused it. reason: what `do_not_contact_reason` says; do_not_contact: the flag.
    """

    channel: str
    at: datetime
    zones: tuple[str, ...]
    history: tuple[Tried, ...] = ()
    consents: bool = False
    opted_out: bool = False
    do_not_contact: bool = False
    reason: str | None = None
    prefer: Prefer = (None, None)

    @property
    def day(self) -> date:
        """The day on the debtor's own clock."""
        return self.at.astimezone(ZoneInfo(self.zones[0]) if self.zones else UTC).date()


@dataclass(frozen=True)
class Answer:
    """What one rule says: whether it allows the contact, and until when (a day, or an instant) it says so."""

    rule: str
    allows: bool
    until: date | datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What all rules say together; `speaks` is the one that decides: the first that forbids, else the hours."""

    allowed: bool
    speaks: Answer
    asked: tuple[Answer, ...] = field(default=())


def judge_contact(rulebook: Rulebook, law: Jurisdiction, contact: Contact) -> Verdict:
    """Ask every rule of a place about a contact.

    Raises:
        RulesError: the rules are past their date, or a zone is no IANA name.
        UsageError: an instant without an offset.
    """
    if contact.at.tzinfo is None:
        raise UsageError("an instant with an offset", contact.at.isoformat(), "Add one, such as -05:00.")
    law.check_in_force(contact.day)
    asked = tuple(_answers(rulebook, law, contact))
    against = [one for one in asked if not one.allows]
    hours = next(one for one in asked if ".windows." in one.rule or one.rule.endswith(".zones") or not one.allows)
    return Verdict(not against, next(iter(against), hours), asked)


def _answers(rulebook: Rulebook, law: Jurisdiction, contact: Contact) -> Iterator[Answer]:
    stop = stop_rule(rulebook, law, contact.reason)
    if contact.do_not_contact or stop:
        yield Answer(stop or contact.reason or "do_not_contact", allows=False)
    if contact.opted_out:
        yield Answer("contact_points.opted_out", allows=False)
    never = forbids(law, contact.channel)
    if never:
        yield Answer(never, allows=False)
        return
    if contact.channel in needs_consent(law):
        layer = next(one for one in law.heard("consent") if one.consent and contact.channel in one.consent.required)
        yield Answer(f"{layer.id}.consent.{contact.channel}", contact.consents)
    yield from _hours(law, contact)
    yield from (_counted(cap, contact) for cap in caps_of(law, contact.day) if contact.channel in cap.channels)


def _hours(law: Jurisdiction, contact: Contact) -> Iterator[Answer]:
    """The hours of every file, those the debtor asked for, and holidays."""
    lawful = open_windows(law, contact.zones, contact.day, contact.channel)
    if not contact.zones:
        yield Answer(lawful.rule or "", allows=False)
        return
    end = next((one.end for one in lawful.windows if one.start <= contact.at < one.end), None)
    is_holiday = lawful.because == "holiday"
    opens = None if end else _next_opening(law, contact)
    if is_holiday:
        yield Answer(law.holiday_rule, allows=False, until=opens)
    for layer, hours in law.hours_of(contact.channel):
        if hours:
            inside = all(_is_inside(hours.days, contact.at, zone) for zone in contact.zones)
            yield Answer(f"{layer}.windows.{contact.channel}", inside, end or opens)
    if not end and not is_holiday and all(_in_hours(law, contact, zone) for zone in contact.zones):
        # In another of the zones it is a holiday already, or still.
        yield Answer(law.holiday_rule, allows=False, until=opens)
    if contact.prefer != (None, None):
        wished = open_windows(law, contact.zones, contact.day, contact.channel, prefer=contact.prefer)
        yield Answer(PREFERRED_HOURS, any(one.start <= contact.at < one.end for one in wished.windows))


def _in_hours(law: Jurisdiction, contact: Contact, zone: str) -> bool:
    said = law.hours_of(contact.channel)
    return all(hours is not None and _is_inside(hours.days, contact.at, zone) for _, hours in said)


def _is_inside(days: tuple[tuple[tuple[int, int], ...], ...], at: datetime, zone: str) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in days[local.weekday()])


def _next_opening(law: Jurisdiction, contact: Contact) -> datetime | None:
    """The first instant from here on at which hours and holidays allow the channel, within thirty days."""
    opening = open_windows(law, contact.zones, contact.day, contact.channel)
    later = [one.start for one in opening.windows if one.start > contact.at]
    if later:
        return later[0]
    ahead = (contact.day + timedelta(days=days) for days in range(1, 31))
    known = (day for day in ahead if day <= law.holds_until)
    found = (open_windows(law, contact.zones, day, contact.channel).windows for day in known)
    return next((windows[0].start for windows in found if windows), None)


def _counted(cap: Cap, contact: Contact) -> Answer:
    """A cap ends `days` after the newest counted attempt but `max` - 1; an unknown outcome counts as a contact."""
    counts = [one for one in contact.history if one.channel in cap.counted and one.attempted_on <= contact.day]
    days = sorted(
        (one.attempted_on for one in counts if not cap.reached_only or one.reached is not False), reverse=True
    )
    until = days[cap.max - 1] + timedelta(days=cap.days) if len(days) >= cap.max else None
    closed = until is not None and until > contact.day
    return Answer(cap.rule, not closed, until if closed else None)
