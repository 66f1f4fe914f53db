"""Numbered rows: what features are computed from, a debtor as a whole number (`debtor_no`) instead of its id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, Protocol

import ibis

_DEBTOR: Final = {"debtor_no": "int32"}

#: Columns of each table of numbered rows; `Books` says what they mean.
_SCHEMAS: Final = MappingProxyType(
    {
        "charges": {
            **_DEBTOR, "amount": "float64", "n_parts": "int64", "outstanding": "float64", "is_open": "boolean",
            "days_past_due": "int64", "days_late": "float64", "paid_off_days_ago": "float64", "nth_due": "int64",
        },
        "payments": {
            **_DEBTOR, "account_key": "uint64", "paid_on": "date", "days_ago": "int64", "amount": "float64",
            "late_amount": "float64",
        },
        "attempts": {
            **_DEBTOR, "channel": "string", "outcome": "string", "reached": "boolean", "hour": "int32",
            "days_ago": "int64", "is_followed": "boolean",
        },
        "promises": {**_DEBTOR, "days_ago": "int64", "status": "string"},
    }
)  # fmt: skip


class Rows(Protocol):
    """Tables that features are computed from: with ids, as `Books` has them, or numbered."""

    @property
    def charges(self) -> ibis.Table:
        """Known charges."""

    @property
    def payments(self) -> ibis.Table:
        """Known payments."""

    @property
    def attempts(self) -> ibis.Table:
        """Known contact attempts."""

    @property
    def promises(self) -> ibis.Table:
        """Known promises and what became of them."""


@dataclass(frozen=True)
class NumberedRows:
    """Numbered rows that stand on no engine: what is written over them is for `Computed`."""

    charges: ibis.Table
    payments: ibis.Table
    attempts: ibis.Table
    promises: ibis.Table


@cache
def numbered_rows() -> NumberedRows:
    """The tables that features are written over, each of the name it has here."""
    return NumberedRows(**{name: ibis.table(schema, name=name) for name, schema in _SCHEMAS.items()})
