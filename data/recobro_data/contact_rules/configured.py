"""The rules in force in a workspace: those shipped, widened where somebody signed, narrowed by what it configures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from recobro_data.contact_rules.entry import Entry, ExtraDay
from recobro_data.contact_rules.explain import find_rule
from recobro_data.contact_rules.form import Emergency, Rule
from recobro_data.contact_rules.own_rules import build_own_rules
from recobro_data.contact_rules.rulebook import Rulebook, load_rulebook
from recobro_data.errors import ConfigurationError, RulesError
from recobro_data.lines import toml_line
from recobro_data.sections_rules import ClosedDay, DeclaredEmergency, Rules, SignedReading
from recobro_data.settings import Settings

_FILE: Final = "recobro.toml"


@dataclass(frozen=True)
class _Said:
    """The workspace's configuration as it was written, so that an error can say where."""

    text: str

    def at(self, *path: str | int) -> str:
        return f"{_FILE} line {toml_line(self.text, ('rules', *path))}" if self.text else "the configuration"


def rules_in_force(settings: Settings, folder: Path | None = None) -> Rulebook:
    """The rulebook of a folder (without one: as shipped) as the section `rules` of a workspace changes it.

    The version names the files and, where anything is configured, that too.

    Raises:
        RulesError: a rule file is not in the form.
        ConfigurationError: a signature under a rule without a wider reading, an unknown rule or place, or a portfolio's
            rule that is looser than the law; it names file and line.
    """
    rulebook = load_rulebook(folder)
    rules = settings.rules
    if rules == Rules():
        return rulebook
    written = settings.home / _FILE
    said = _Said(written.read_text(encoding="utf-8") if written.is_file() else "")
    changed = _as_said(rulebook, rules, said)
    own = {
        entry.id: entry
        for portfolio, places in rules.portfolios.items()
        for place, asked in places.items()
        for entry in [build_own_rules(changed, (portfolio, place), asked, said.at)]
    }
    return Rulebook(_version(rulebook, rules), MappingProxyType({**changed.entries, **own}))


def _as_said(rulebook: Rulebook, rules: Rules, said: _Said) -> Rulebook:
    """The rulebook with what is signed, declared and closed."""
    for number, signed in enumerate(rules.wider):
        rulebook = _widened(rulebook, signed, said.at("wider", number, "rule"))
    for number, emergency in enumerate(rules.emergencies):
        rulebook = _declared(rulebook, emergency, said.at("emergencies", number, "rule"))
    for number, closed in enumerate(rules.closed_days):
        rulebook = _closed(rulebook, closed, said.at("closed_days", number, "place"))
    return rulebook


def _version(rulebook: Rulebook, rules: Rules) -> str:
    what = json.dumps([rulebook.version, rules.model_dump(mode="json")], sort_keys=True)
    return f"rules-{hashlib.sha256(what.encode()).hexdigest()[:12]}"


def _widened(rulebook: Rulebook, signed: SignedReading, where: str) -> Rulebook:
    entry, rule = _rule(rulebook, signed.rule, where)
    if rule is None or rule.wider is None:
        found = f"{signed.rule} in {where}, which has none"
        raise ConfigurationError("a signature under a rule with a wider reading", found, _see(entry))
    return _with(rulebook, _exchanged(entry, rule, rule.widened()))


def _declared(rulebook: Rulebook, declared: DeclaredEmergency, where: str) -> Rulebook:
    entry, rule = _rule(rulebook, declared.rule, where)
    if not isinstance(rule, Emergency):
        found = f"{declared.rule} in {where}"
        raise ConfigurationError("a rule for a state of emergency", found, _see(entry))
    dated = rule.model_copy(update={"since": declared.since, "until": declared.until})
    return _with(rulebook, _exchanged(entry, rule, dated))


def _closed(rulebook: Rulebook, closed: ClosedDay, where: str) -> Rulebook:
    entry = rulebook.entries.get(closed.place)
    if entry is None:
        known = ", ".join(sorted(rulebook.entries))
        raise ConfigurationError("a place with a rule file", f"{closed.place!r} in {where}", f"Name one of {known}.")
    calendar = entry.holidays.calendar
    day = ExtraDay(day=closed.day.isoformat(), name=closed.name, why="configured")
    calendar = calendar.model_copy(update={"extra": (*calendar.extra, day)})
    holidays = entry.holidays.model_copy(update={"calendar": calendar})
    return _with(rulebook, entry.model_copy(update={"holidays": holidays}))


def _rule(rulebook: Rulebook, rule_id: str, where: str) -> tuple[Entry, Rule | None]:
    try:
        return find_rule(rule_id, rulebook)
    except RulesError as error:
        raise ConfigurationError(error.expected, f"{rule_id!r} in {where}", error.next_step) from error


def _see(entry: Entry) -> str:
    return f"`recobro rules show {entry.id.partition('-')[0]}` lists them."


def _with(rulebook: Rulebook, entry: Entry) -> Rulebook:
    return Rulebook(rulebook.version, MappingProxyType({**rulebook.entries, entry.id: entry}))


def _exchanged(entry: Entry, rule: Rule, new: Rule | None) -> Entry:
    """The file with another rule in the place of one, or without it."""
    changed: dict[str, Any] = {}
    for name in Entry.model_fields:
        value = getattr(entry, name)
        if value is rule:
            changed[name] = new
        elif isinstance(value, tuple) and any(one is rule for one in value):
            changed[name] = tuple(one for one in (new if each is rule else each for each in value) if one is not None)
    return entry.model_copy(update=changed)
