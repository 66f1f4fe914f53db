"""What each KPI is, in one sentence: `python -m recobro_pipelines.kpi_definitions > docs/kpis.md`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from recobro_data.vocabulary import LANGUAGES
from recobro_pipelines.report_words import load_words

Unit = Literal["days", "share", "money", "count"]


@dataclass(frozen=True)
class Definition:
    """One KPI: its key in the JSON, its unit, and by language its name and the sentence that defines it."""

    name: str
    unit: Unit

    @property
    def title(self) -> Mapping[str, str]:
        """Its name."""
        return self._told("title")

    @property
    def meaning(self) -> Mapping[str, str]:
        """The sentence that defines it."""
        return self._told("meaning")

    def _told(self, what: str) -> dict[str, str]:
        return {language: load_words(language)["kpis"][self.name][what] for language in LANGUAGES}


_UNITS: Final[Mapping[str, Unit]] = {
    "balance": "money",
    "dso_days": "days",
    "best_possible_dso_days": "days",
    "mean_days_to_pay": "days",
    "age_days_by_amount": "days",
    "age_days_by_count": "days",
    "past_due_share_by_amount": "share",
    "past_due_share_by_debtor": "share",
    "collection_effectiveness_index": "share",
    "recovery_rate": "share",
    "roll_rates": "share",
    "roll_rate_by_count": "share",
    "cure_rate": "share",
    "self_cured_share": "share",
    "worked_share": "share",
    "attempts_per_debtor_worked": "count",
    "contact_rate": "share",
    "right_party_contact_rate": "share",
    "promise_rate": "share",
    "kept_promise_rate": "share",
    "cost_per_unit_recovered": "money",
    "contact_added": "money",
    "contacts_avoided": "count",
}

#: Every KPI by its key in the JSON, in the order in which the page shows them.
KPI_DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType(
    {name: Definition(name, unit) for name, unit in _UNITS.items()}
)

_HEAD: Final = """# KPIs

Generated from `recobro_pipelines/kpi_definitions.py` by `python -m recobro_pipelines.kpi_definitions`; a test holds the
two equal. Every KPI is computed from the canonical tables as they were known at the start of a day, in all and by
portfolio; what contact added also needs the plans that recobro published. A month's KPIs compare the books as known at
its two ends. Where there is nothing to divide by, or several currencies meet without rates, the value is null. Shares
are of 1 in the JSON.

| key | KPI | unit | definition |
|---|---|---|---|
"""


def build_kpi_page() -> str:
    """The whole of `docs/kpis.md`.

    Example:
        >>> build_kpi_page().splitlines()[0]
        '# KPIs'
    """
    rows = (
        f"| `{kpi.name}` | {kpi.title['en']} | {kpi.unit} | {kpi.meaning['en']} |" for kpi in KPI_DEFINITIONS.values()
    )
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(build_kpi_page())
