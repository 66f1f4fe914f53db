"""A portfolio's own rules in a place, never looser than the law there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.form import WEEKDAYS, Distance, Hours, Limit
from recobro_data.contact_rules.rulebook import (
    OFFERS,
    Jurisdiction,
    Rulebook,
    forbids,
    forbids_offers,
    open_spans,
    portfolio_id,
)
from recobro_data.contact_rules.strictness import lies_within, nearer, never_reached
from recobro_data.errors import ConfigurationError
from recobro_data.sections_rules import RULE_CHANNELS, OwnRules, WeekHours

_OWN: Final[dict[str, Any]] = {"basis": "portfolio", "level": "none"}
_ALL_DAY: Final[WeekHours] = {"mon-sun": "00:00-24:00"}

Where = Callable[..., str]


def build_own_rules(rulebook: Rulebook, whose: tuple[str, str], asked: OwnRules, at: Where) -> Entry:
    """The rules that a portfolio sets itself in a place (`whose` is both), as a layer above those of the place.

    `at` tells where in the configuration a path under `rules` stands.

    Raises:
        ConfigurationError: an unknown place or channel, hours that do not read, or a rule looser than the law.
    """
    portfolio, place = whose
    if place not in rulebook.entries:
        found = f"{place!r} in {at('portfolios', *whose)}"
        raise ConfigurationError("a place with a rule file", found, "`recobro rules list` shows them.")
    _check_channels(asked, lambda *path: at("portfolios", *whose, *path))
    try:
        entry = Entry.model_validate(_layer(portfolio, place, asked))
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{first['msg'].removeprefix('Value error, ')} in {at('portfolios', *whose, *_path(first, asked))}"
        raise ConfigurationError("a portfolio's rules as docs/contact-rules.md writes them", found, _MEND) from error
    _refuse_looser(entry, asked, _law_of(rulebook, place), lambda *path: at("portfolios", *whose, *path))
    return entry


_MEND: Final = "Narrow it, or leave it out."


def _law_of(rulebook: Rulebook, place: str) -> Jurisdiction:
    country, _, region = place.partition("-")
    return rulebook.for_place(None if place == "DEFAULT" else country, region or None)


def _refuse_looser(entry: Entry, asked: OwnRules, law: Jurisdiction, at: Where) -> None:
    looser = next(_looser(entry, asked, law), None)
    if looser:
        path, said = looser
        expected = f"a portfolio's rule at least as strict as {said}"
        raise ConfigurationError(expected, f"a looser one in {at(*path)}", _MEND)


def _layer(portfolio: str, place: str, asked: OwnRules) -> dict[str, Any]:
    named = {"es": f"Cartera {portfolio}", "pt": f"Carteira {portfolio}", "en": f"Portfolio {portfolio}"}
    hours = [
        {"channels": [one], "days": asked.hours.get(one, _ALL_DAY), **_OWN}
        for one in RULE_CHANNELS
        if one not in asked.forbidden
    ]
    narrows = bool(asked.hours or asked.forbidden)
    return {
        "id": portfolio_id(portfolio, place), "parent": place, "country": None, "name": named, "sources": {},
        "strength": "none_found", "applies_to": asked.why, "as_of": None, "holds_until": date.max,
        "windows": hours if narrows else [],
        "holidays": {"allowed": True, "calendar": {"code": None}, **_OWN},
        "limits": [{"id": str(n), **one.model_dump(), **_OWN} for n, one in enumerate(asked.limits, 1)],
        "distances": [{"id": str(len(asked.limits) + n), **one.model_dump(), **_OWN}
                      for n, one in enumerate(asked.distances, 1)],
        "consent": {"required": asked.consent, **_OWN} if asked.consent else None,
        "forbidden": [] if asked.offers else [{"codes": [OFFERS], **_OWN}],
    }  # fmt: skip


def _check_channels(asked: OwnRules, at: Where) -> None:
    given: list[tuple[tuple[str | int, ...], str]] = [(("hours", one), one) for one in asked.hours]
    given += [((name,), one) for name in ("forbidden", "consent") for one in getattr(asked, name)]
    for name in ("limits", "distances"):
        given += [((name, n), one) for n, rule in enumerate(getattr(asked, name)) for one in rule.channels]
    unknown = next(((path, one) for path, one in given if one not in RULE_CHANNELS), None)
    if unknown:
        path, one = unknown
        known = f"Known are {', '.join(RULE_CHANNELS)}."
        raise ConfigurationError("a channel in a portfolio's rules", f"{one!r} in {at(*path)}", known)


def _path(error: Any, asked: OwnRules) -> tuple[str | int, ...]:
    """Where in the section what pydantic refused in the layer was written."""
    name, *rest = error["loc"]
    if name != "windows":
        return (name, *rest)
    used = [one for one in RULE_CHANNELS if one not in asked.forbidden]
    return ("hours", used[int(rest[0])]) if rest else ("hours",)


def _looser(entry: Entry, asked: OwnRules, law: Jurisdiction) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the portfolio asks that the law already keeps tighter, and the law's rule."""
    for hours in entry.windows:
        channel = hours.channels[0]
        if channel in asked.hours and (closed := _outside(hours, channel, law)):
            yield ("hours", channel), closed
    for number, limit in enumerate(entry.limits):
        for rule, beside in _limits(law):
            if never_reached(limit, beside):
                yield ("limits", number), rule
    for number, gap in enumerate(entry.distances):
        for rule, further in _distances(law):
            if nearer(gap, further):
                yield ("distances", number), rule
    barred = forbids_offers(law)
    if barred and asked.offers and "offers" in asked.model_fields_set:
        yield ("offers",), barred


def _outside(hours: Hours, channel: str, law: Jurisdiction) -> str | None:
    """The law's rule on the first weekday on which the hours leave the law's."""
    for weekday, spans in enumerate(hours.days):
        if not lies_within(spans, open_spans(law, channel, weekday)):
            rule = forbids(law, channel) or f"{law.hours_of(channel)[0][0]}.windows.{channel}"
            return f"{rule} on {WEEKDAYS[weekday]}"
    return None


def _limits(law: Jurisdiction) -> Iterator[tuple[str, Limit]]:
    for layer in law.heard("limits"):
        yield from ((f"{layer.id}.limits.{limit.id}", limit) for limit in layer.limits)


def _distances(law: Jurisdiction) -> Iterator[tuple[str, Distance]]:
    for layer in law.heard("distances"):
        yield from ((f"{layer.id}.distances.{gap.id}", gap) for gap in layer.distances)
