"""The rules that hold in a place: a jurisdiction's own and its parent's, the strictest of both."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from recobro_data.contact_rules.calendars import HolidayCalendar, subdivisions_of, supports
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.files import load_entries, rules_version
from recobro_data.contact_rules.form import Hours, Span
from recobro_data.errors import RulesError

Field = Literal["windows", "limits", "distances", "consent"]


@dataclass(frozen=True, eq=False)
class Jurisdiction:
    """The rules of a place, merged. `layers` are the files they come from, the most specific first.

    `place` is the country, or country and subdivision (`BR-MG` also where only BR has a file).
    """

    place: str
    country: str | None
    layers: tuple[Entry, ...]
    calendar: HolidayCalendar

    @property
    def id(self) -> str:
        """The most specific file that holds here, as rule ids begin."""
        return self.layers[0].id

    @property
    def timezones(self) -> tuple[str, ...]:
        """Zones in the most specific file that names any, the principal one first."""
        return next((layer.timezones for layer in self.layers if layer.timezones), ())

    @property
    def holds_until(self) -> date:
        """The last day on which these rules may be used without a new look at the law."""
        return min(layer.holds_until for layer in self.layers)

    @property
    def stop_events(self) -> frozenset[str]:
        """Events after which contact must stop."""
        return frozenset(event for layer in self.layers for event in layer.stop_events)

    @property
    def forbidden(self) -> frozenset[str]:
        """Codes of practices that are never allowed."""
        return frozenset(code for layer in self.layers for rule in layer.forbidden for code in rule.codes)

    @property
    def contacts_on_holidays(self) -> bool:
        """Whether a public holiday is a day like others; only where every file says so."""
        return all(layer.holidays.allowed for layer in self.layers)

    @property
    def holiday_rule(self) -> str:
        """The id of the rule that closes holidays."""
        return f"{next((layer.id for layer in self.layers if not layer.holidays.allowed), self.id)}.holiday"

    def heard(self, name: Field) -> Iterator[Entry]:
        """The files that have a say on a field: all but those whose value a more specific one replaces."""
        replaced: set[str] = set()
        for layer in self.layers:
            if name not in replaced:
                yield layer
            replaced |= set(layer.overrides_parent)

    def hours_of(self, channel: str) -> tuple[tuple[str, Hours | None], ...]:
        """For each file that sets hours, its id and what it says of the channel (None: never)."""
        return tuple((layer.id, layer.hours_of(channel)) for layer in self.heard("windows") if layer.windows)

    def check_in_force(self, work_date: date) -> None:
        """Refuses rules that nobody has looked at for too long.

        Raises:
            RulesError: `work_date` lies after a file's `holds_until`.
        """
        for layer in self.layers:
            if work_date > layer.holds_until:
                expected = f"contact rules of {layer.id} looked at again after {layer.holds_until.isoformat()}"
                found = f"{layer.id}.yaml to be used on {work_date.isoformat()}"
                raise RulesError(expected, found, "Check the law, then renew `as_of` and `holds_until` in the file.")


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All jurisdictions of a folder. `version` changes with any byte of any file."""

    version: str
    entries: Mapping[str, Entry]
    _asked: dict[tuple[str | None, str | None], Jurisdiction] = field(default_factory=dict, repr=False)
    _places: dict[str, Jurisdiction] = field(default_factory=dict, repr=False)

    def for_place(self, country: str | None, region: str | None) -> Jurisdiction:
        """The merged rules of a place; the same object for the same place.

        `region` reads as `SP`, `BR-SP` or the state's name. An unknown country gets DEFAULT; an unknown region gets the
        country's rules with the holidays of all its subdivisions.
        """
        key = (country, region)
        if key not in self._asked:
            found = self._merge((country or "").strip().upper() or None, region)
            self._asked[key] = self._places.setdefault(found.place, found)
        return self._asked[key]

    def _merge(self, country: str | None, region: str | None) -> Jurisdiction:
        codes = self._region_codes(country, region)
        layers = [self.entries[code] for code in (f"{country}-{one}" for one in codes) if code in self.entries]
        layers += [self.entries[country]] if country and country in self.entries else []
        if not layers:
            layers = [self.entries["DEFAULT"]]
        calendar = _calendar(country, codes, tuple(layers))
        return Jurisdiction("-".join((country or "??", *codes[:1])), country, tuple(layers), calendar)

    def _region_codes(self, country: str | None, region: str | None) -> tuple[str, ...]:
        """The region's code, or nothing where it is not known."""
        wanted = _plain(region or "").removeprefix(f"{(country or '').casefold()}-")
        names = {_plain(name): code for name, code in subdivisions_of(country).items() if len(code) <= 3}
        for entry in self.entries.values():
            if country and entry.id.startswith(f"{country}-"):
                code = entry.id.partition("-")[2]
                names |= {_plain(name): code for name in (code, entry.name.es, entry.name.pt, entry.name.en)}
        return (names[wanted],) if wanted in names else ()


def load_rulebook(folder: Path | None = None) -> Rulebook:
    """The rule files of a folder; without one, those that recobro ships.

    Raises:
        RulesError: no DEFAULT, a file that is not in the form, or a holiday calendar that is missing or too old.
    """
    return Rulebook(rules_version(folder), MappingProxyType(load_entries(folder)))


def needs_consent(jurisdiction: Jurisdiction) -> frozenset[str]:
    """Channels that need the debtor's explicit consent there; default channels do not suffice for them."""
    return frozenset(
        channel for layer in jurisdiction.heard("consent") if layer.consent for channel in layer.consent.required
    )


def forbids(jurisdiction: Jurisdiction, channel: str) -> str | None:
    """The id of the rule by which a channel is never allowed there, or None where it has hours."""
    if channel == "visit":
        for layer in jurisdiction.layers:
            if any("home_visit" in rule.codes for rule in layer.forbidden):
                return f"{layer.id}.forbidden.home_visit"
    said = jurisdiction.hours_of(channel)
    closed = next((layer_id for layer_id, hours in said if hours is None), None if said else jurisdiction.id)
    return None if closed is None else f"{closed}.channel.{channel}"


def open_spans(jurisdiction: Jurisdiction, channel: str, weekday: int) -> tuple[Span, ...]:
    """Local minutes of a weekday (0 is Monday) in which every file opens the channel, holidays aside."""
    spans: tuple[Span, ...] = ((0, 1440),)
    said = jurisdiction.hours_of(channel)
    for _, hours in said:
        day = hours.days[weekday] if hours else ()
        both = ((max(a, c), min(b, d)) for a, b in spans for c, d in day)
        spans = tuple((start, end) for start, end in both if start < end)
    return spans if said and forbids(jurisdiction, channel) is None else ()


def _calendar(country: str | None, codes: tuple[str, ...], layers: tuple[Entry, ...]) -> HolidayCalendar:
    """The region's holidays; where the region is unknown, those of every subdivision together."""
    given = layers[0].holidays.calendar
    code = given.code or (country if supports(country) else None)
    known = tuple(sorted(set(subdivisions_of(code).values())))
    wanted = given.subdivisions or tuple(one for one in codes if one in known) or known
    extra = frozenset(day.day for layer in layers for day in layer.holidays.calendar.extra)
    categories = dict.fromkeys(one for layer in layers for one in layer.holidays.calendar.categories)
    return HolidayCalendar(code, tuple(categories), wanted, extra)


def _plain(text: str) -> str:
    """Text without case and accents, so that `São Paulo`, `SAO PAULO` and `sao paulo` are one."""
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
