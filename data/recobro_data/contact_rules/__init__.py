"""Contact rules as data, one YAML file a jurisdiction, and the calendar that reads them.

What may be done (`open_windows`), what has been done too often (`blocked_by_frequency`), what needs the debtor's
consent (`needs_consent`), what is never done (`forbids`), and the rule behind each answer in words (`explain_rule`).
Missing data never means allowed. Not legal advice: counsel signs off each jurisdiction before a portfolio is worked.
"""

from __future__ import annotations

from recobro_data.contact_rules.configured import rules_in_force
from recobro_data.contact_rules.duties import due_duties
from recobro_data.contact_rules.explain import explain_rule
from recobro_data.contact_rules.frequency import blocked_by_frequency
from recobro_data.contact_rules.openings import Opening, Window, open_windows
from recobro_data.contact_rules.rulebook import (
    Jurisdiction,
    Rulebook,
    forbids,
    forbids_offers,
    load_rulebook,
    needs_consent,
    stop_rule,
)
from recobro_data.contact_rules.zones import zones_of

__all__ = [
    "Jurisdiction",
    "Opening",
    "Rulebook",
    "Window",
    "blocked_by_frequency",
    "due_duties",
    "explain_rule",
    "forbids",
    "forbids_offers",
    "load_rulebook",
    "needs_consent",
    "open_windows",
    "rules_in_force",
    "stop_rule",
    "zones_of",
]
