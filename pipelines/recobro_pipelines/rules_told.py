"""Contact rules as a page: what holds in a place, and what is said of one contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from recobro_data.contact_rules import Jurisdiction, Rulebook, explain_rule, forbids, zones_of
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.events import EVENT_WORDS
from recobro_data.contact_rules.explain import find_rule, rule_ids
from recobro_data.contact_rules.form import Hours
from recobro_data.contact_rules.practices import PRACTICE_WORDS
from recobro_data.contact_rules.rulebook import FIELDS, is_portfolio
from recobro_data.contact_rules.table import named_rules
from recobro_data.sections_rules import Rules
from recobro_data.vocabulary import CHANNELS, LANGUAGES
from recobro_pipelines.debtor_words import day_words
from recobro_pipelines.rules_words import say

#: How far ahead holidays are told, and how many.
_AHEAD_DAYS: Final = 180
_AHEAD: Final = 8

#: A heading, and the lines below it: the rule's id (empty where none) and what is told.
Section = tuple[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Page:
    """What is told of a place, ready for a terminal or for a program."""

    place: str
    title: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]

    def to_json(self) -> dict[str, Any]:
        """For `--json`: each section by its heading, a line with its rule where it has one."""
        told = {
            heading: [{"rule": rule or None, "says": said} for rule, said in lines] for heading, lines in self.sections
        }
        return {"place": self.place, "title": self.title, "notes": list(self.notes), "sections": told}


@dataclass(frozen=True)
class Shown:
    """What a page is built from: the rulebook in force, the place, and what the configuration says."""

    rulebook: Rulebook
    strict: Rulebook
    law: Jurisdiction
    rules: Rules
    language: str

    def explain(self, rule_id: str) -> str:
        """The rule in words, as it is in force."""
        return explain_rule(rule_id, self.language, rulebook=self.rulebook)


def build_page(shown: Shown, as_of: date) -> Page:
    """The whole of what holds in a place; holidays are told from `as_of` on."""
    name = " / ".join(dict.fromkeys(getattr(layer.name, shown.language) for layer in own_layers(shown.law)))
    sections = ((heading, tuple(lines)) for heading, lines in _sections(shown, as_of))
    notes = (*_holds(shown), *place_notes(shown.law, None, shown.language), say("no_advice", shown.language))
    return Page(shown.law.place, f"{name} ({shown.law.place})", notes, tuple(one for one in sections if one[1]))


def own_layers(law: Jurisdiction) -> tuple[Entry, ...]:
    """The files of the place itself, without those that hold because it is not known where in it the debtor lives."""
    country = next(at for at, layer in enumerate(law.layers) if layer.parent is None)
    return law.layers[: country + 1]


def place_notes(law: Jurisdiction, timezone: str | None, language: str) -> Iterator[str]:
    """What is read strictly because zone, region or city are not known."""
    zones = zones_of(law.country or "", timezone, law)
    if law.id == "DEFAULT":
        yield say("place_unknown", language)
    if len(zones) > 1:
        shown = ", ".join(zones[:3]) + (", …" if len(zones) > 3 else "")
        yield say("zone_unknown", language, n=len(zones), zones=shown)
    maybe = ", ".join(layer.id for layer in law.layers[len(own_layers(law)) :])
    if maybe:
        yield say("city_unknown" if law.knows_region else "region_unknown", language, files=maybe)
    elif not law.knows_region and len(law.calendar.subdivisions) > 1:
        yield say("holidays_only", language)


def _holds(shown: Shown) -> Iterator[str]:
    for layer in own_layers(shown.law):
        if layer.parent is None or layer.sources:
            yield f"{layer.id}: " + say(
                "holds", shown.language, strength=say(layer.strength, shown.language),
                as_of=layer.as_of or say("undated", shown.language), until=day_words(layer.holds_until, shown.language),
                version=shown.rulebook.version,
            )  # fmt: skip


def _sections(shown: Shown, as_of: date) -> Iterator[tuple[str, Iterable[tuple[str, str]]]]:
    """Every section of the page in order, the empty ones too."""

    def heading(key: str) -> str:
        return say(key, shown.language)

    yield heading("windows"), _hours(shown)
    yield heading("holidays"), _holidays(shown, as_of)
    yield heading("limits"), _named(shown, "limits", "distances", "pauses", "one_channel")
    yield heading("consent"), [*_named(shown, "consent")] or [("", say("no_consent", shown.language))]
    yield heading("duties"), _named(shown, "minimum_duties")
    yield heading("contents"), _texts(shown, lambda one: [duty.text for duty in one.duties])
    yield heading("stops"), _listed(shown, EVENT_WORDS, shown.law.stop_events)
    yield heading("forbidden"), _listed(shown, PRACTICE_WORDS, shown.law.forbidden)
    yield heading("emergencies"), _emergencies(shown)
    yield heading("pre_due"), _pre_due(shown)
    yield heading("wider"), _wider(shown)
    yield heading("exceptions"), _texts(shown, lambda one: [f"{x.what}: {x.form}" for x in one.consent_exceptions])
    yield heading("watch"), _texts(shown, lambda one: list(one.watch))
    yield heading("sources"), _texts(shown, lambda one: _sources(one, shown.language))


def _named(shown: Shown, *kinds: str) -> Iterator[tuple[str, str]]:
    """The rules of some kinds, in every file that has a say on them."""
    for layer in shown.law.layers:
        for name, _ in named_rules(layer):
            kind = name.partition(".")[0]
            if kind in kinds and (kind not in FIELDS or layer in shown.law.heard(kind)):
                yield f"{layer.id}.{name}", shown.explain(f"{layer.id}.{name}")


def _hours(shown: Shown) -> Iterator[tuple[str, str]]:
    """The hours of every file, without what a portfolio leaves as it is; then the channels that are never open."""
    for name, said in _named(shown, "windows"):
        _, rule = find_rule(name, shown.rulebook)
        if not (is_portfolio(name) and isinstance(rule, Hours) and rule.is_all_day):
            yield name, said
    closed = dict.fromkeys(never for one in CHANNELS if (never := forbids(shown.law, one)))
    yield from ((never, shown.explain(never)) for never in closed)


def _holidays(shown: Shown, as_of: date) -> Iterator[tuple[str, str]]:
    law = shown.law
    yield law.holiday_rule, shown.explain(law.holiday_rule)
    ahead = law.calendar.ahead(as_of, _AHEAD_DAYS, shown.language)
    added = {day.day: day.name for layer in law.layers for day in layer.holidays.calendar.extra}
    told = [
        f"{day_words(day, shown.language)} {name or added.get(day.isoformat()) or added.get(day.isoformat()[5:], '')}"
        for day, name in list(ahead.items())[:_AHEAD]
    ]
    if told and not law.contacts_on_holidays:
        yield "", say("ahead", shown.language, days=", ".join(one.strip() for one in told))
    yield from _texts(shown, lambda one: [one.holidays.calendar.gaps] * bool(one.holidays.calendar.gaps))


def _texts(shown: Shown, texts: Any) -> Iterator[tuple[str, str]]:
    yield from dict.fromkeys(("", " ".join(text.split())) for layer in shown.law.layers for text in texts(layer))


def _listed(shown: Shown, words: Mapping[str, Sequence[str]], codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    place = LANGUAGES.index(shown.language)
    told = sorted(words[code][place] for code in codes)
    if told:
        yield "", "; ".join(told)


def _emergencies(shown: Shown) -> Iterator[tuple[str, str]]:
    for layer in shown.law.layers:
        for one in layer.emergencies:
            name = f"{layer.id}.emergencies.{one.id}"
            until = say("until", shown.language, day=day_words(one.until, shown.language)) if one.until else ""
            since = one.since and day_words(one.since, shown.language)
            told = say("declared", shown.language, since=since, until=until)
            yield name, f"{shown.explain(name)} [{told if since else say('not_declared', shown.language)}]"


def _pre_due(shown: Shown) -> Iterator[tuple[str, str]]:
    for layer in own_layers(shown.law):
        if layer.pre_due_reminders:
            counted = "is_collection" if layer.pre_due_reminders.is_collection else "no_collection"
            note = layer.pre_due_reminders.note
            yield "", f"{say(counted, shown.language)} {'' if note == 'policy' else note}".strip()
            return


def _wider(shown: Shown) -> Iterator[tuple[str, str]]:
    """The wider readings of the files as they are written, and who signed for them."""
    signed = {_key(shown.strict, one.rule): one for one in shown.rules.wider}
    for layer in (shown.strict.entries[one.id] for one in shown.law.layers if one.id in shown.strict.entries):
        for name, rule in named_rules(layer):
            if rule.wider:
                found = signed.get((layer.id, id(rule)))
                values = {} if found is None else {"by": found.by, "on": found.on, "why": found.why}
                word = say("signed" if found else "not_signed", shown.language, **values)
                yield f"{layer.id}.{name}", f"{rule.wider.reads} [{word}]"


def _key(strict: Rulebook, rule_id: str) -> tuple[str, int]:
    """A rule by its file and itself: hours are one rule under several ids."""
    entry, rule = find_rule(rule_id, strict)
    return entry.id, id(rule)


def _sources(entry: Entry, language: str) -> list[str]:
    return [
        f"{source.ref} ({say(source.level, language)}) {source.url or ''}".strip() for source in entry.sources.values()
    ]


def build_list(rulebook: Rulebook, language: str) -> list[dict[str, str]]:
    """Every place with rules of its own: its files' strength, newest evidence, last day, and how many rules."""
    return [
        {
            "place": entry.id, "name": getattr(entry.name, language), "strength": say(entry.strength, language),
            "as_of": entry.as_of or say("undated", language), "holds_until": entry.holds_until.isoformat(),
            "rules": str(len(rule_ids(entry))),
        }
        for entry in sorted(rulebook.entries.values(), key=lambda one: one.id) if not is_portfolio(entry.id)
    ]  # fmt: skip
