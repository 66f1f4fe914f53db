"""The table of worked moments, spread out to one row a question, and how a row is put to the rules."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pandas as pd

from recobro_data.contact_rules import Jurisdiction, Rulebook, due_duties, load_rulebook, zones_of
from recobro_data.contact_rules.events import events_told_by
from recobro_data.contact_rules.verdict import Contact, Tried, judge_contact

TABLE = Path(__file__).parent / "contact_rules_moments.csv"
EVERY = ("call", "sms", "whatsapp", "email", "visit", "letter")
#: The zone of a place that is known, where the country has several.
ZONES = {
    "CL": "America/Santiago", "MX": "America/Mexico_City", "AR": "America/Argentina/Buenos_Aires",
    "EC": "America/Guayaquil", "BR": "America/Sao_Paulo", "BR-AM": "America/Manaus", "US": "America/New_York",
    "US-TX": "America/Chicago", "US-WA": "America/Los_Angeles", "ES": "Europe/Madrid",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One question and its answer: `open`, or the rule that speaks."""

    place: str
    zone: str | None
    at: str
    channel: str
    given: tuple[str, ...]
    verdict: str

    @property
    def country(self) -> str:
        return self.place[:2]

    def __str__(self) -> str:
        return " ".join([self.place, self.zone or "?", self.at, self.channel, *self.given])


@lru_cache(maxsize=1)
def load_rows() -> tuple[Row, ...]:
    lines = (line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return tuple(row for line in csv.DictReader(lines, delimiter=";") for row in _spread(line))


def _spread(line: dict[str, str]) -> Iterator[Row]:
    channels = EVERY if line["channel"] == "every" else line["channel"].split("|")
    tried = EVERY if "every@" in line["given"] else ("",)
    for place in line["place"].split("|"):
        known = ZONES.get(place) or ZONES.get(place[:2])
        file = "DEFAULT" if place in ("HN",) else place[:2]
        for at in _days(line["at"]):
            for channel in channels:
                for one in tried:
                    given = tuple(line["given"].replace("every@", f"{one}@").split())
                    verdict = line["verdict"].replace("*", channel).replace("@", place[:2]).replace("%", file)
                    yield Row(place, None if line["zone"] == "?" else known, at, channel, given, verdict)


def _days(at: str) -> Iterator[str]:
    day, _, clock = at.partition(" ")
    first, _, last = day.partition("..")
    start = date.fromisoformat(first)
    for number in range(start.day, int(last or start.day) + 1):
        yield f"{start.replace(day=number).isoformat()} {clock}"


def renewed(rulebook: Rulebook) -> Rulebook:
    """The rulebook as if somebody had looked at the law again: the table reaches beyond what the files hold."""
    entries = {one.id: one.model_copy(update={"holds_until": date(2099, 1, 1)}) for one in rulebook.entries.values()}
    return Rulebook(rulebook.version, MappingProxyType(entries))


@lru_cache(maxsize=1)
def shipped() -> Rulebook:
    return renewed(load_rulebook())


def answer(rulebook: Rulebook, row: Row) -> str:
    """What the rules say of a row."""
    if "declared" in row.given:
        rulebook = in_emergency(rulebook)
    law = rulebook.for_place(row.country, row.place[3:] or None)
    zones = zones_of(row.country, row.zone, law)
    at = datetime.fromisoformat(row.at.removesuffix("Z"))
    at = at.replace(tzinfo=UTC if row.at.endswith("Z") else ZoneInfo(zones[0]))
    day = at.astimezone(ZoneInfo(zones[0])).date()
    if row.channel == "duty":
        return days_left(law, row, day)
    facts = [one for one in row.given if "@" not in one]
    reason = next((one for one in facts if events_told_by(one) or one == "vulnerable"), None)
    contact = Contact(row.channel, at, zones, tuple(_tried(row, day)), consents="consents" in facts, reason=reason)
    verdict = judge_contact(rulebook, law, contact)
    return "open" if verdict.allowed else verdict.speaks.rule


def in_emergency(rulebook: Rulebook) -> Rulebook:
    """The rulebook with every state of emergency declared long ago."""
    since = {"since": date(2000, 1, 1)}
    entries = {
        one.id: one.model_copy(update={"emergencies": tuple(each.model_copy(update=since) for each in one.emergencies)})
        for one in rulebook.entries.values()
    }
    return Rulebook(rulebook.version, MappingProxyType(entries))


def days_left(law: Jurisdiction, row: Row, day: date) -> str:
    """How long there is time for what the law demands of a charge."""
    debtors = pd.DataFrame({"debtor_id": ["D"], "place": ["here"]})
    ago = next(int(one.partition("@")[2]) for one in row.given if one.startswith("due@"))
    due_on = pd.to_datetime([day - timedelta(days=ago)])
    charges = pd.DataFrame({"debtor_id": ["D"], "due_on": due_on, "is_disputed": [False]})
    attempts = pd.DataFrame(_tried(row, day), columns=["channel", "attempted_on", "reached"]).assign(debtor_id="D")
    found = due_duties({"here": law}, debtors, charges=charges, attempts=attempts, work_date=day)
    return f"{(found['until'][0] - day).days} days left" if len(found) else "none"


def _tried(row: Row, day: date) -> Iterator[Tried]:
    for one in row.given:
        channel, at, ago = one.partition("@")
        if at and channel != "due":
            yield Tried(channel, day - timedelta(days=int(ago.rstrip("!"))), ago.endswith("!"))
