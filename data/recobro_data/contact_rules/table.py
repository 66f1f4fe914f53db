"""The rules as the page docs/contact-rules-table.md; `python -m recobro_data.contact_rules.table` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.explain import explain_rule
from recobro_data.contact_rules.form import Rule
from recobro_data.contact_rules.rulebook import Rulebook, load_rulebook

_HEAD: Final = (
    "# Contact rules, file by file",
    "",
    "Generated from the rule files by `python -m recobro_data.contact_rules.table`. How to read it, and how far to",
    "trust it: [contact-rules.md](contact-rules.md). Not legal advice.",
    "",
)


def rules_as_markdown(rulebook: Rulebook) -> str:
    """One row a file, then one row a rule: what it says, on what basis, and how sure we are."""
    entries = sorted(rulebook.entries.values(), key=lambda entry: (entry.id != "DEFAULT", entry.id))
    files = [_row(*_file_cells(entry)) for entry in entries]
    rules = [_row(*cells) for entry in entries for cells in _rule_cells(entry, rulebook)]
    return "\n".join(
        [
            *_HEAD,
            _row("file", "place", "strength", "newest evidence", "may be used until", "sources"),
            _row(*["---"] * 6),
            *files,
            "",
            _row("rule", "what it says", "basis", "how sure"),
            _row(*["---"] * 4),
            *rules,
        ]
    )


def _file_cells(entry: Entry) -> tuple[str, ...]:
    sources = "; ".join(f"{source.ref} ({source.level})" for source in entry.sources.values()) or "none"
    return entry.id, entry.name.en, entry.strength, entry.as_of or "undated", entry.holds_until.isoformat(), sources


def _rule_cells(entry: Entry, rulebook: Rulebook) -> Iterator[tuple[str, ...]]:
    for name, rule in named_rules(entry):
        rule_id = f"{entry.id}.{name}"
        yield f"`{rule_id}`", explain_rule(rule_id, "en", rulebook=rulebook), rule.basis, rule.level


def named_rules(entry: Entry) -> Iterator[tuple[str, Rule]]:
    """One name for each rule; opening hours go by their first channel, as do consent and practices."""
    yield from ((f"windows.{hours.channels[0]}", hours) for hours in entry.windows)
    yield "holiday", entry.holidays
    yield from ((f"limits.{limit.id}", limit) for limit in entry.limits)
    yield from ((f"distances.{gap.id}", gap) for gap in entry.distances)
    yield from ((f"pauses.{pause.id}", pause) for pause in entry.pauses)
    if entry.one_channel:
        yield "one_channel", entry.one_channel
    yield from ((f"emergencies.{one.id}", one) for one in entry.emergencies)
    yield from ((f"minimum_duties.{duty.id}", duty) for duty in entry.minimum_duties)
    if entry.consent:
        yield from ((f"consent.{channel}", entry.consent) for channel in entry.consent.required)
    yield from ((f"forbidden.{code}", rule) for rule in entry.forbidden for code in rule.codes)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    print(rules_as_markdown(load_rulebook()))
