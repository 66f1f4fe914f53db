"""Numbered rows: what features are computed from, a debtor as a whole number (`debtor_no`) instead of its id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Protocol

import ibis
from ibis import _

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
#: Columns of promises before it is known what became of them.
_MADE: Final = {
    **_DEBTOR, "promise_id": "string", "account_key": "uint64", "amount": "float64", "days_ago": "int64",
    "due_days_ago": "int64",
}  # fmt: skip


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


@cache
def promise_query(promises: str, payments: str) -> str:
    """SQL for numbered promises and what became of them, from tables of those names; compiled but once."""
    states = promise_states(ibis.table(_MADE, name=promises), ibis.table(_SCHEMAS["payments"], name=payments))
    return str(ibis.to_sql(states.select("debtor_no", "days_ago", "status"), dialect="duckdb"))


def promise_states(promises: ibis.Table, payments: ibis.Table) -> ibis.Table:
    """Promises with `paid_amount`, what was paid on their account from the day they were made until they fell due, and
    `status`."""
    within = (
        (payments.debtor_no == promises.debtor_no)
        & (promises.account_key.isnull() | (payments.account_key == promises.account_key))
        & (payments.days_ago <= promises.days_ago)
        & (payments.days_ago >= promises.due_days_ago)
    )
    total: Any = payments.amount.sum().round(2)
    paid = promises.join(payments, within).group_by("promise_id").agg(paid_amount=total)
    joined = promises.left_join(paid, "promise_id").drop("promise_id_right")
    joined = joined.mutate(paid_amount=_.paid_amount.fill_null(0.0))
    status = ibis.cases(
        (joined.paid_amount >= joined.amount - 0.005, "kept"),
        (joined.due_days_ago <= 0, "open"),
        (joined.paid_amount > 0, "partly_kept"),
        else_="broken",
    )
    return joined.mutate(status=status)
