"""The feature dictionary: `python -m recobro_models.features.dictionary > docs/features.md` writes it anew."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Final

from recobro_models.features.families import CATEGORIES, CHARGE_FAMILY, FAMILIES, Family

_HEAD: Final = """# Feature dictionary

Generated from the functions in `recobro_models/features/` by `python -m recobro_models.features.dictionary`; a test
holds the two equal. Every column is one function of that name. What it knows is what was known at the start of the
as-of day, in the debtor's time zone: rows dated or recorded on that day or later change nothing, and neither does the
order of rows. Days are calendar days; "the last 30 days" are the 30 days before the as-of day; amounts are in major
units of the portfolio's currency; shares are of 1. Counts (`n_`) and flags (`has_`) of a debtor with no such rows are
0; any other column of such a debtor is empty.
"""


def build_dictionary() -> str:
    """The whole dictionary as Markdown.

    Example:
        >>> build_dictionary().splitlines()[0]
        '# Feature dictionary'
    """
    return "\n".join([_HEAD, *(line for family in FAMILIES for line in _family(family))])


def _family(family: Family) -> Iterator[str]:
    grain = "an open charge" if family is CHARGE_FAMILY else "a debtor"
    yield f"## {family.name}\n\n{family.about} One row: {grain}. Source: {_told(family.source)}\n"
    yield "| column | kind | meaning |\n|---|---|---|"
    yield from (f"| `{name}` | {_kind(name)} | {_told(make)} |" for name, make in family.columns.items())
    yield ""


def _kind(name: str) -> str:
    if name in CATEGORIES:
        return "category"
    return "count" if name.startswith("n_") else "flag" if name.startswith("has_") else "number"


def _told(function: object) -> str:
    return " ".join((inspect.getdoc(function) or "").split())


if __name__ == "__main__":
    sys.stdout.write(build_dictionary())
