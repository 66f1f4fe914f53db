"""A rule in one sentence, with the law it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.events import EVENT_WORDS
from recobro_data.contact_rules.form import Distance, Hours, Limit, MinimumDuty, Pause, Rule
from recobro_data.contact_rules.phrases import CHANNEL_WORDS, DAY_WORDS, RULE_PHRASES
from recobro_data.contact_rules.practices import PRACTICE_WORDS
from recobro_data.contact_rules.rulebook import Rulebook, is_portfolio, load_rulebook
from recobro_data.errors import RulesError
from recobro_data.vocabulary import LANGUAGES


def explain_rule(rule_id: str, language: str, *, rulebook: Rulebook | None = None) -> str:
    """What a rule says, in `es`, `pt` or `en`, and on what it rests; without a rulebook that of the shipped files.

    Raises:
        RulesError: no rule of that id, or another language.
    """
    if language not in RULE_PHRASES:
        raise RulesError(f"a language of {', '.join(RULE_PHRASES)}", repr(language), "Ask in one of them.")
    words = RULE_PHRASES[language]
    if rule_id in ("team.hours", "debtor.preferred_hours"):
        return f"{words[rule_id.partition('.')[0]]}."
    entry, (phrase, rule, values) = _found(rule_id, (rulebook or _shipped()).entries)
    told = {key: _in_words(key, value, language) for key, value in values.items()}
    sentence = words[phrase].format(place=getattr(entry.name, language), **told)
    return f"{sentence} ({_rests_on(entry, rule, language)})." if rule else f"{sentence}."


def find_rule(rule_id: str, rulebook: Rulebook) -> tuple[Entry, Rule | None]:
    """The file that a rule id names, and the rule itself; None for what is no rule of a law but follows from the file.

    Raises:
        RulesError: no rule of that id.
    """
    entry, (_, rule, _) = _found(rule_id, rulebook.entries)
    return entry, rule


def _found(rule_id: str, entries: Mapping[str, Entry]) -> tuple[Entry, Found]:
    # A portfolio's name may hold dots of its own.
    own = max((one for one in entries if rule_id.startswith(f"{one}.")), key=len, default="")
    kind, _, name = rule_id.removeprefix(f"{own}.").partition(".")
    found = _find(entries[own], kind, name) if own else None
    if found is None:
        expected = "the id of a contact rule, such as PE.windows.call"
        raise RulesError(expected, repr(rule_id), "See docs/contact-rules.md.")
    return entries[own], found


def rule_ids(entry: Entry) -> tuple[str, ...]:
    """Every rule id that a file can give as a reason."""
    named = [f"windows.{channel}" for hours in entry.windows for channel in hours.channels]
    named += [f"limits.{limit.id}" for limit in entry.limits] + [f"distances.{gap.id}" for gap in entry.distances]
    named += [f"pauses.{pause.id}" for pause in entry.pauses] + ["one_channel"] * bool(entry.one_channel)
    named += [f"emergencies.{one.id}" for one in entry.emergencies] + [f"stops.{one}" for one in entry.stop_events]
    named += [f"minimum_duties.{duty.id}" for duty in entry.minimum_duties]
    named += [f"forbidden.{code}" for rule in entry.forbidden for code in rule.codes]
    named += [f"consent.{channel}" for channel in (entry.consent.required if entry.consent else ())]
    named += [f"channel.{one}" for one in CHANNEL_WORDS["en"] if entry.windows and entry.hours_of(one) is None]
    return tuple(f"{entry.id}.{name}" for name in (*named, "holiday", "zones"))


@lru_cache(maxsize=1)
def _shipped() -> Rulebook:
    return load_rulebook()


Found = tuple[str, Rule | None, dict[str, Any]]


def _find(entry: Entry, kind: str, name: str) -> Found | None:
    """The phrase for a rule, the rule, and what the phrase leaves open."""
    if kind == "windows":
        hours = entry.hours_of(name)
        return ("windows", hours, {"channels": hours.channels, "hours": hours}) if hours else None
    if kind == "channel" and name in CHANNEL_WORDS["en"]:
        return "channel_own" if is_portfolio(entry.id) else "channel", None, {"channels": (name,)}
    if kind == "stops" and name in entry.stop_events:
        return "stops", None, {"event": name}
    if kind == "consent" and entry.consent and name in entry.consent.required:
        return "consent", entry.consent, {"channels": (name,)}
    if kind == "forbidden":
        rule = next((rule for rule in entry.forbidden if name in rule.codes), None)
        return ("forbidden", rule, {"code": name}) if rule else None
    if kind == "one_channel" and entry.one_channel:
        phrase = "one_channel_contact" if entry.one_channel.after == "contact" else "one_channel"
        return phrase, entry.one_channel, {"days": entry.one_channel.days}
    if kind == "holiday":
        return "holiday_open" if entry.holidays.allowed else "holiday", entry.holidays, {}
    if kind == "zones":
        return kind, None, {}
    return _find_counted(entry, kind, name)


def _find_counted(entry: Entry, kind: str, name: str) -> Found | None:
    counted: dict[str, Iterable[Limit | Distance | Pause | MinimumDuty]] = {
        "limits": entry.limits,
        "emergencies": entry.emergencies,
        "minimum_duties": entry.minimum_duties,
        "distances": entry.distances,
        "pauses": entry.pauses,
    }
    rule = next((rule for rule in counted.get(kind, ()) if rule.id == name), None)
    if isinstance(rule, Limit):
        phrase = "emergency" if kind == "emergencies" else "limit_each" if rule.per == "channel" else "limit"
        counted_word = f"{rule.counts}_1" if rule.max == 1 else rule.counts
        values = {"channels": rule.channels, "max": rule.max, "counted": counted_word, "days": rule.window_days}
        return phrase, rule, values
    if isinstance(rule, Distance):
        return "distance", rule, {"channels": rule.channels, "gap": rule.enforced_days, "since": rule.after}
    if isinstance(rule, MinimumDuty):
        return "duty", rule, {"channels": rule.channels, "gap": rule.within_days}
    return ("pause", rule, {"channels": rule.channels, "minutes": rule.minutes}) if rule else None


def _in_words(key: str, value: Any, language: str) -> str:
    words = RULE_PHRASES[language]
    if key == "channels":
        return _listed([CHANNEL_WORDS[language][channel] for channel in value], words["and"])
    if key == "hours":
        return _hours_in_words(value, language)
    if key in ("days", "gap"):
        return words["day"] if value == 1 else words[key].format(n=value)
    if key in ("code", "event"):
        return (PRACTICE_WORDS if key == "code" else EVENT_WORDS)[value][LANGUAGES.index(language)]
    return words[value] if key in ("counted", "since") else str(value)


def _hours_in_words(hours: Hours, language: str) -> str:
    words, days = RULE_PHRASES[language], DAY_WORDS[language]
    told = []
    for spans, group in groupby(range(7), key=lambda day: hours.days[day]):
        weekdays = list(group)
        if spans:
            form = words["to"] if len(weekdays) > 1 else words["on"]
            clock = _listed(
                [words["clock"].format(start=_clock(start), end=_clock(end)) for start, end in spans], words["and"]
            )
            told.append(form.format(first=days[weekdays[0]], last=days[weekdays[-1]], hours=clock))
    return _listed(told, words["and"])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _listed(parts: list[str], joint: str) -> str:
    return joint.join(part for part in (", ".join(parts[:-1]), parts[-1]) if part) if parts else ""


def _rests_on(entry: Entry, rule: Rule, language: str) -> str:
    words = RULE_PHRASES[language]
    sources = [entry.sources[key] for key in rule.sources]
    cites = [source.cite for source in sources if source.cite] or [source.ref for source in sources]
    if rule.basis == "policy":
        told = words["policy_near"].format(cite=cites[0]) if cites else words["policy"]
    else:
        told = words[rule.basis].format(cite="; ".join(cites))
    return "; ".join([told, *(words[said] for said in _counted_wider(rule))])


def _counted_wider(rule: Rule) -> Iterator[str]:
    """What the law counts more narrowly than can be seen from the history."""
    if isinstance(rule, Limit | Distance) and rule.scope == "debt":
        yield "by_debt"
    if isinstance(rule, Limit) and rule.place != "anywhere":
        yield rule.place
