"""A stored row as a reader gets it: the contract's fields in their order, reasons in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recobro_data.store.fields import ITEM_FIELDS, LEFT_ALONE_FIELDS
from recobro_data.vocabulary import LANGUAGES

#: Turns coded reasons into `{code, text, value, contribution}` in a language.
Teller = Callable[[Sequence[Mapping[str, Any]], str], list[dict[str, Any]]]


def told(row: Mapping[str, Any], tell: Teller, language: str | None = None) -> dict[str, Any]:
    """A stored item, or debtor left alone, as the contract has it.

    `language` is the reader's; None: the debtor's own, as it was published.
    """
    fields = LEFT_ALONE_FIELDS if "because" in row else ITEM_FIELDS
    answer = {name: row.get(name) for name in fields}
    answer["reasons"] = told_reasons(row, tell, language)
    answer["alternatives"] = row.get("alternatives") or []
    return answer


def told_reasons(row: Mapping[str, Any], tell: Teller, language: str | None = None) -> list[dict[str, Any]]:
    """The row's `reasons` in words, in the reader's language or else the row's own `language`."""
    reasons = row.get("reasons") or []
    return tell(reasons, language or row.get("language") or LANGUAGES[0]) if reasons else []
