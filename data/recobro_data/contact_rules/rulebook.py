"""The rules that hold in a place: a jurisdiction's own and its parent's, the strictest of both."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, get_args

from recobro_data.contact_rules.calendars import HolidayCalendar, subdivisions_of, supports
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.events import events_told_by
from recobro_data.contact_rules.files import load_entries, rules_version
from recobro_data.contact_rules.form import Hours, Span
from recobro_data.errors import RulesError

Field = Literal["windows", "limits", "distances", "consent"]
#: What a subdivision may replace instead of adding to it.
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
#: The practice by which a rule bars offers in collection messages.
OFFERS: Final = "offer_without_promotion_consent"


@dataclass(frozen=True, eq=False)
class Jurisdiction:
    """The rules of a place, merged. `layers` are the files they come from, the most specific first.

    `place` is the country, or country and subdivision (`BR-MG` also where only BR has a file). After the country's come
    the subdivisions in which the debtor may live where it is not known (`knows_region`: it is).
    """

    place: str
    country: str | None
    layers: tuple[Entry, ...]
    calendar: HolidayCalendar
    knows_region: bool = True

    @property
    def id(self) -> str:
        """The most specific file that holds here, as rule ids begin."""
        return next(layer.id for layer in self.layers if not is_portfolio(layer.id))

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

    def heard(self, name: Field | str) -> Iterator[Entry]:
        """The files that have a say on a field: all but those whose value a more specific one replaces."""
        replaced: set[str] = set()
        for layer in self.layers:
            if name not in replaced:
                yield layer
            replaced |= set(layer.overrides_parent)

    def stopped_by(self, event: str) -> str | None:
        """The id of the rule by which an event ends all contact here, or None."""
        layer = next((layer for layer in self.layers if event in layer.stop_events), None)
        return f"{layer.id}.stops.{event}" if layer else None

    def hours_of(self, channel: str) -> tuple[tuple[str, Hours | None], ...]:
        """For each file that sets hours, its id and what it says of the channel (None: never)."""
        said = ((layer.id, layer.hours_of(channel)) for layer in self.heard("windows") if layer.windows)
        return tuple((name, hours) for name, hours in said if not (is_portfolio(name) and hours and hours.is_all_day))

    def check_in_force(self, work_date: date) -> None:
        """Refuses rules that nobody has looked at for too long.

        Raises:
            RulesError: `work_date` lies after a file's `holds_until`.
        """
        for layer in self.layers:
            if work_date > layer.holds_until:
                expected = f"contact rules of {layer.id} looked at again after {layer.holds_until.isoformat()}"
                found = f"{layer.place_of('holds_until')} to be used on {work_date.isoformat()}"
                raise RulesError(expected, found, "Check the law, then renew `as_of` and `holds_until` in the file.")


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All jurisdictions of a folder. `version` changes with any byte of any file."""

    version: str
    entries: Mapping[str, Entry]
    _asked: dict[tuple[str | None, str | None, str | None], Jurisdiction] = field(default_factory=dict, repr=False)
    _places: dict[str, Jurisdiction] = field(default_factory=dict, repr=False)

    def for_place(self, country: str | None, region: str | None, portfolio: str | None = None) -> Jurisdiction:
        """The merged rules of a place, for a portfolio with rules of its own also those; the same object for the same.

        `region` reads as `SP`, `BR-SP` or the state's name. An unknown country gets DEFAULT. A debtor whose region is
        unknown may live in any: the rules of every subdivision hold, and the holidays of all.
        """
        key = (country, region, portfolio)
        if key not in self._asked:
            found = self._merge((country or "").strip().upper() or None, region)
            found = self._of_portfolio(found, portfolio)
            self._asked[key] = self._places.setdefault(found.place, found)
        return self._asked[key]

    def _merge(self, country: str | None, region: str | None) -> Jurisdiction:
        codes = self._region_codes(country, region)
        own = self.entries.get(country or "", self.entries["DEFAULT"])
        own = self.entries["DEFAULT"] if own.parent else own
        named = tuple(self.entries[one] for one in (f"{country}-{code}" for code in codes) if one in self.entries)
        layers = (*named, own, *(_as_candidate(entry) for entry in self._candidates(country, codes)))
        place = "-".join((country or "??", *codes[:1]))
        return Jurisdiction(place, country, layers, _calendar(country, codes, layers), bool(codes))

    def _candidates(self, country: str | None, codes: tuple[str, ...]) -> Iterator[Entry]:
        """Subdivisions with a file in which the debtor may live, though it is not known."""
        for entry in self.entries.values():
            here = country and entry.parent == country and not is_portfolio(entry.id)
            if here and (not codes or entry.lies_in in codes):
                yield entry

    def _of_portfolio(self, place: Jurisdiction, portfolio: str | None) -> Jurisdiction:
        """The place's rules under those that the portfolio sets itself there."""
        ids = (portfolio_id(portfolio, layer.id) for layer in place.layers)
        own = tuple(self.entries[one] for one in ids if one in self.entries) if portfolio else ()
        name = f"{place.place} of {portfolio}"
        return replace(place, place=name, layers=(*own, *place.layers)) if own else place

    def _region_codes(self, country: str | None, region: str | None) -> tuple[str, ...]:
        """The region's code, or nothing where it is not known."""
        wanted = _plain(region or "").removeprefix(f"{(country or '').casefold()}-")
        names = {_plain(name): code for name, code in subdivisions_of(country).items() if len(code) <= 3}
        for entry in self.entries.values():
            if country and entry.id.startswith(f"{country}-"):
                code = entry.id.partition("-")[2]
                names |= {_plain(name): code for name in (code, entry.name.es, entry.name.pt, entry.name.en)}
        return (names[wanted],) if wanted in names else ()


def portfolio_id(portfolio: str | None, place: str) -> str:
    """The id of the rules that a portfolio sets itself in a place."""
    return f"portfolio:{portfolio}@{place}"


def is_portfolio(entry_id: str) -> bool:
    """Whether the rules are a portfolio's own, beyond those of the place."""
    return entry_id.startswith("portfolio:")


def load_rulebook(folder: Path | None = None) -> Rulebook:
    """The rule files of a folder; without one, those that recobro ships.

    Raises:
        RulesError: no DEFAULT, a file that is not in the form, or a holiday calendar that is missing or too old.
    """
    version, entries = _shipped() if folder is None else (rules_version(folder), load_entries(folder))
    return Rulebook(version, MappingProxyType(entries))


@lru_cache(maxsize=1)
def _shipped() -> tuple[str, dict[str, Entry]]:
    """What recobro ships does not change while it runs, and reading it takes a good part of a second."""
    return rules_version(), load_entries()


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


def forbids_offers(jurisdiction: Jurisdiction) -> str | None:
    """The id of the rule by which no offer may stand in a collection message there, or None where no law was found."""
    barred = (layer.id for layer in jurisdiction.layers if any(OFFERS in rule.codes for rule in layer.forbidden))
    return next((f"{layer_id}.forbidden.{OFFERS}" for layer_id in barred), None)


def stop_rule(rulebook: Rulebook, jurisdiction: Jurisdiction, reason: str | None) -> str | None:
    """The id of the rule by which a debtor's `do_not_contact_reason` ends all contact, be the flag set or not.

    A lawsuit, insolvency, a lawyer, a dispute or death end it everywhere: where a place's file does not say so, by
    DEFAULT's caution. None for a reason that ends nothing by itself (`vulnerable`).
    """
    default = Jurisdiction("??", None, (rulebook.entries["DEFAULT"],), jurisdiction.calendar)
    asked = [(law, event) for law in (jurisdiction, default) for event in events_told_by(reason or "")]
    return next((rule for law, event in asked if (rule := law.stopped_by(event))), None)


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


def _as_candidate(entry: Entry) -> Entry:
    """What holds for whoever may live there: all but hours that replace the country's, which are wider than those."""
    replaced = "windows" in entry.overrides_parent
    return entry.model_copy(update={"overrides_parent": (), "timezones": ()} | ({"windows": ()} if replaced else {}))


def _plain(text: str) -> str:
    """Text without case and accents, so that `São Paulo`, `SAO PAULO` and `sao paulo` are one."""
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
