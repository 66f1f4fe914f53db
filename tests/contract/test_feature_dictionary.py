from __future__ import annotations

from pathlib import Path

import pytest

from recobro_models.features.dictionary import build_dictionary
from recobro_models.features.families import CATEGORIES, DEBTOR_FEATURES, FAMILIES, Family

_CHECKED_IN = Path(__file__).parents[2] / "docs" / "features.md"
_COLUMNS = [(family, name) for family in FAMILIES for name in family.columns]


def test_the_checked_in_dictionary_is_the_one_the_features_give() -> None:
    assert _CHECKED_IN.read_text(encoding="utf-8") == build_dictionary()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_dictionary_has_a_row_for_every_column_of_a_family(family: Family) -> None:
    section = build_dictionary().split(f"## {family.name}\n")[1].split("\n## ")[0]
    assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(family.columns)


@pytest.mark.parametrize(("family", "name"), _COLUMNS, ids=[name for _, name in _COLUMNS])
def test_every_feature_is_told_in_one_sentence(family: Family, name: str) -> None:
    told = (family.columns[name].__doc__ or "").strip()
    assert told.endswith((".", ")."))
    assert "\n" not in told


def test_no_two_families_have_a_column_of_one_name() -> None:
    names = [name for _, name in _COLUMNS]
    assert len(names) == len(set(names))


def test_only_charges_have_categories() -> None:
    assert not set(CATEGORIES) & set(DEBTOR_FEATURES)
