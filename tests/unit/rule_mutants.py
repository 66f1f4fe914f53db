"""Every rule file with one rule changed: what a slip of the keyboard, or of the engine, would make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.unit.rule_moments import EVERY

from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.form import Distance, Hours, Limit


class Mutant(NamedTuple):
    """A changed file; what the rule is `about`, `channels` and `weekday` say where the change shows first."""

    name: str
    entry: Entry
    about: str
    channels: tuple[str, ...] = EVERY
    weekday: int | None = None


def mutants(entry: Entry) -> Iterator[Mutant]:
    """The file with each of its rules changed in each way."""
    for field in ("windows", "limits", "emergencies", "distances", "pauses", "forbidden", "minimum_duties"):
        rules = getattr(entry, field)
        for place, rule in enumerate(rules):
            for name, changed, *where in _changes(field, rule):
                new = tuple(one for one in (*rules[:place], changed, *rules[place + 1 :]) if one is not None)
                about = f".{field}.{getattr(rule, 'id', '')}"
                yield Mutant(f"{entry.id}{about} {name}", entry.model_copy(update={field: new}), about, *where)
    for about, name, changes in (*_of_week(entry), *_of_consent(entry), *_of_holidays(entry), *_of_place(entry)):
        yield Mutant(f"{entry.id}{about} {name}", entry.model_copy(update=changes), about)


def _changes(field: str, rule: Any) -> Iterator[tuple[Any, ...]]:
    yield f"without {getattr(rule, 'id', '')}", None
    yield from _without_a_channel(rule)
    if isinstance(rule, Hours):
        yield from _other_hours(rule)
    elif isinstance(rule, Limit):
        yield from _other_numbers(rule, ("max", "window_days"))
        flip = "contacts" if rule.counts == "attempts" else "attempts"
        yield f"counts {flip}", rule.model_copy(update={"counts": flip})
        if len(rule.channels) > 1:
            yield "by channel", rule.model_copy(update={"per": "channel"})
    elif isinstance(rule, Distance):
        yield from _other_numbers(rule, ("days_strict_clear",) if rule.days_strict_clear else ("days",))
        flip = "conversation" if rule.after == "attempt" else "attempt"
        yield f"after {flip}", rule.model_copy(update={"after": flip})
    elif field == "forbidden":
        for code in rule.codes:
            yield f"allows {code}", rule.model_copy(update={"codes": tuple(one for one in rule.codes if one != code)})
    elif field == "minimum_duties":
        yield from _other_numbers(rule, ("within_days",))


def _without_a_channel(rule: Any) -> Iterator[tuple[Any, ...]]:
    channels = getattr(rule, "channels", ())
    for channel in channels if len(channels) > 1 else ():
        left = tuple(one for one in channels if one != channel)
        # What is gone from the hours is closed; what is gone from a cap is neither counted nor capped.
        yield f"without {channel}", rule.model_copy(update={"channels": left}), (channel,)


def _other_numbers(rule: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        for step in (-1, 1):
            if getattr(rule, name) + step >= 1:
                yield f"{name} {step:+d}", rule.model_copy(update={name: getattr(rule, name) + step})


def _other_hours(rule: Hours) -> Iterator[tuple[Any, ...]]:
    for weekday, spans in enumerate(rule.days):
        other: tuple[tuple[int, int], ...] = () if spans else ((540, 1080),)
        yield f"{weekday} {'closed' if spans else 'opened'}", _with(rule, {weekday: other}), rule.channels, weekday
    for spans in {spans for spans in rule.days if spans}:
        alike = [weekday for weekday, own in enumerate(rule.days) if own == spans]
        for change in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            moved = tuple((start + change[0], end + change[1]) for start, end in spans)
            if all(0 <= start < end <= 1440 for start, end in moved):
                yield f"{spans} {change}", _with(rule, dict.fromkeys(alike, moved)), rule.channels, alike[-1]


def _with(rule: Hours, other: dict[int, Any]) -> Hours:
    return rule.model_copy(update={"days": tuple(other.get(day, spans) for day, spans in enumerate(rule.days))})


def _of_week(entry: Entry) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if entry.one_channel:
        yield ".one_channel", "without", {"one_channel": None}
        for changed in ({"days": 6}, {"days": 8}, {"after": "contact"}):
            yield ".one_channel", f"{changed}", {"one_channel": entry.one_channel.model_copy(update=changed)}


def _of_consent(entry: Entry) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for channel in ("call", "sms", "whatsapp", "email") if entry.consent else ():
        required = set(entry.consent.required if entry.consent else ()) ^ {channel}
        consent = entry.consent and entry.consent.model_copy(update={"required": tuple(sorted(required))})
        yield ".consent", f"of {sorted(required)}", {"consent": consent}
    for event in entry.stop_events:
        left = tuple(one for one in entry.stop_events if one != event)
        yield f".stops.{event}", "goes on", {"stop_events": left}


def _of_holidays(entry: Entry) -> Iterator[tuple[str, str, dict[str, Any]]]:
    def changed(name: str, **update: Any) -> tuple[str, str, dict[str, Any]]:
        return ".holiday", name, {"holidays": entry.holidays.model_copy(update=update)}

    calendar = entry.holidays.calendar
    yield changed("flipped", allowed=not entry.holidays.allowed)
    if entry.holidays.allowed:
        return  # which days those are makes no difference then
    for category in calendar.categories if len(calendar.categories) > 1 else ():
        left = tuple(one for one in calendar.categories if one != category)
        yield changed(f"without {category}", calendar=calendar.model_copy(update={"categories": left}))
    for place in range(len(calendar.extra)):
        left_days = calendar.extra[:place] + calendar.extra[place + 1 :]
        yield changed(f"without {calendar.extra[place].day}", calendar=calendar.model_copy(update={"extra": left_days}))
    if calendar.subdivisions:
        yield changed("every subdivision", calendar=calendar.model_copy(update={"subdivisions": ()}))
    for one in calendar.subdivisions if len(calendar.subdivisions) > 1 else ():
        rest = tuple(name for name in calendar.subdivisions if name != one)
        yield changed(f"without {one}", calendar=calendar.model_copy(update={"subdivisions": rest}))


def _of_place(entry: Entry) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if entry.overrides_parent:
        yield ".windows", "replaces nothing", {"overrides_parent": ()}
    if entry.lies_in:
        yield ".consent", "lies nowhere", {"lies_in": None}
