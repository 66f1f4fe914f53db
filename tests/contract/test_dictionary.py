from __future__ import annotations

from pathlib import Path

import pytest

from recobro_data.dictionary import build_dictionary
from recobro_data.row_rules import table_rules
from recobro_data.tables import TABLES

_CHECKED_IN = Path(__file__).parents[2] / "data" / "dictionary.md"


def test_the_checked_in_dictionary_is_the_one_the_declarations_give() -> None:
    assert _CHECKED_IN.read_text(encoding="utf-8") == build_dictionary()


@pytest.mark.parametrize("name", TABLES)
def test_the_dictionary_has_a_row_for_every_column_of_every_table(name: str) -> None:
    section = build_dictionary().split(f"## {name}\n")[1].split("\n## ")[0]
    assert all(f"\n| `{column}`" in section for column in TABLES[name].names)


@pytest.mark.parametrize("name", TABLES)
def test_every_required_column_has_a_rule_that_says_so(name: str) -> None:
    required = {column.name for column in TABLES[name].columns if column.required}
    assert {rule.columns[0] for rule in table_rules(TABLES[name]) if rule.name == "required"} == required
