"""A rule in one sentence, with the law it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import Any

from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.form import Distance, Hours, Limit, Pause, Rule
from recobro_data.contact_rules.phrases import CHANNEL_WORDS, DAY_WORDS, RULE_PHRASES
from recobro_data.contact_rules.practices import PRACTICE_WORDS
from recobro_data.contact_rules.rulebook import Rulebook, load_rulebook
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
    entry_id, _, path = rule_id.partition(".")
    entry = (rulebook or _shipped()).entries.get(entry_id)
    kind, _, name = path.partition(".")
    if entry is None or (found := _find(entry, kind, name)) is None:
        raise RulesError(
            "the id of a contact rule, such as PE.windows.call", repr(rule_id), "See docs/contact-rules.md."
        )
    phrase, rule, values = found
    told = {key: _in_words(key, value, language) for key, value in values.items()}
    sentence = words[phrase].format(place=getattr(entry.name, language), **told)
    return f"{sentence} ({_rests_on(entry, rule, language)})." if rule else f"{sentence}."


def rule_ids(entry: Entry) -> tuple[str, ...]:
    """Every rule id that a file can give as a reason."""
    named = [f"windows.{channel}" for hours in entry.windows for channel in hours.channels]
    named += [f"limits.{limit.id}" for limit in entry.limits] + [f"distances.{gap.id}" for gap in entry.distances]
    named += [f"pauses.{pause.id}" for pause in entry.pauses] + ["one_channel"] * bool(entry.one_channel)
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
        return "channel", None, {"channels": (name,)}
    if kind == "consent" and entry.consent and name in entry.consent.required:
        return "consent", entry.consent, {"channels": (name,)}
    if kind == "forbidden":
        rule = next((rule for rule in entry.forbidden if name in rule.codes), None)
        return ("forbidden", rule, {"code": name}) if rule else None
    if kind == "one_channel" and entry.one_channel:
        return "one_channel", entry.one_channel, {"days": entry.one_channel.days}
    if kind in ("holiday", "zones"):
        return kind, entry.holidays if kind == "holiday" else None, {}
    return _find_counted(entry, kind, name)


def _find_counted(entry: Entry, kind: str, name: str) -> Found | None:
    counted: dict[str, Iterable[Limit | Distance | Pause]] = {
        "limits": entry.limits,
        "distances": entry.distances,
        "pauses": entry.pauses,
    }
    rule = next((rule for rule in counted.get(kind, ()) if rule.id == name), None)
    if isinstance(rule, Limit):
        phrase = "limit_each" if rule.per == "channel" else "limit"
        counted_word = f"{rule.counts}_1" if rule.max == 1 else rule.counts
        values = {"channels": rule.channels, "max": rule.max, "counted": counted_word, "days": rule.window_days}
        return phrase, rule, values
    if isinstance(rule, Distance):
        return "distance", rule, {"channels": rule.channels, "gap": rule.enforced_days, "since": rule.after}
    return ("pause", rule, {"channels": rule.channels, "minutes": rule.minutes}) if rule else None


def _in_words(key: str, value: Any, language: str) -> str:
    words = RULE_PHRASES[language]
    if key == "channels":
        return _listed([CHANNEL_WORDS[language][channel] for channel in value], words["and"])
    if key == "hours":
        return _hours_in_words(value, language)
    if key in ("days", "gap"):
        return words["day"] if value == 1 else words[key].format(n=value)
    if key == "code":
        return PRACTICE_WORDS[value][LANGUAGES.index(language)]
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
        return words["policy_near"].format(cite=cites[0]) if cites else words["policy"]
    return words[rule.basis].format(cite="; ".join(cites))
