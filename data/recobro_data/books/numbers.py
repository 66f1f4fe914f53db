"""Charges and payments of a piece of the lake as arrays of whole numbers, read once for all the days cut from it.

Ids stay in the engine: a charge is its place in the order of (debtor, account, due_on, issued_on, charge_id), a payment
its place in the order of ids. Days are counted from 1970-01-01, money is whole cents of its own currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pyarrow as pa

from recobro_data.books.allocation import NEVER, Ints, allocate_payments

_EPOCH = date(1970, 1, 1)

#: Number of a charge that a payment names and nobody knows.
UNKNOWN = -2


@dataclass(frozen=True)
class Numbers:
    """Arrays by charge (`charges`) and by payment in the order in which money is allocated (`payments`).

    charges: `account`, `issued`, `cancelled`, `cents`.
    payments: `number`, `account` (-1: none of the piece), `paid_on`, `recorded_on`, `reversed_on`, `names` (the charge;
    -1: none, -2: one nobody knows), `cents`.
    """

    charges: dict[str, Ints]
    payments: dict[str, Ints]

    @classmethod
    def read(cls, charges: ibis.Table, payments: ibis.Table) -> Numbers:
        """Fetch them from placed tables: charges with `charge_no` and `account_no`, payments with `payment_no`,
        `named_no` and `account_no`."""
        of_charges = charges.order_by("charge_no").select(
            "account_no", "issued_on", "cancelled_on", "own_amount"
        ).to_pyarrow()  # fmt: skip
        of_payments = payments.order_by("payment_no").select(
            "account_no", "named_no", "paid_on", "recorded_on", "reversed_on", "own_amount"
        ).to_pyarrow()  # fmt: skip
        account = _whole(of_charges["account_no"])
        return cls(
            {
                "account": np.searchsorted(np.unique(account), account),
                "issued": _days(of_charges["issued_on"]),
                "cancelled": _days(of_charges["cancelled_on"]),
                "cents": _cents(of_charges["own_amount"]),
            },
            _placed_payments(of_payments, account),
        )

    def allocate(self, as_of: date) -> tuple[Allocations, ChargeStates]:
        """Which payment paid which charge as of a day, and what that leaves of each charge issued before it."""
        day = (as_of - _EPOCH).days
        cancelled = np.where(self.charges["cancelled"] < day, self.charges["cancelled"], NEVER)
        known = np.flatnonzero(self.charges["issued"] < day)
        place = np.full(len(cancelled) + 1, -1, np.int64)
        place[known] = np.arange(len(known))
        charges = {name: column[known] for name, column in {**self.charges, "cancelled": cancelled}.items()}
        payments = self._known_payments(day, place)
        rows, left = allocate_payments(charges, payments)
        number = payments["number"][rows[:, 0]]
        return (
            Allocations(number, known[rows[:, 1]], rows[:, 2], rows[:, 3]),
            ChargeStates.build(known, left, rows),
        )

    def _known_payments(self, day: int, place: Ints) -> dict[str, Ints]:
        of = self.payments
        is_known = (of["paid_on"] < day) & (of["recorded_on"] < day) & (of["reversed_on"] >= day) & (of["account"] >= 0)
        some = {name: column[is_known] for name, column in of.items()}
        named = place[np.maximum(some["names"], -1)]
        return {**some, "names": named, "waits": (some["names"] != -1) & (named < 0)}


@dataclass(frozen=True)
class Allocations:
    """One row a part of a payment that paid a charge: their numbers, the cents, and the day."""

    payment_no: Ints
    charge_no: Ints
    cents: Ints
    applied_on: Ints

    def to_arrow(self) -> pa.Table:
        """The same as a table, the day as a date."""
        return pa.table({**vars(self), "applied_on": _dates(self.applied_on)})


@dataclass(frozen=True)
class ChargeStates:
    """One row a known charge: cents left unpaid, parts that paid it, and the days of the first and the last one."""

    charge_no: Ints
    cents_left: Ints
    n_parts: Ints
    first_paid_on: Ints
    last_paid_on: Ints

    @classmethod
    def build(cls, known: Ints, left: Ints, rows: Ints) -> ChargeStates:
        """From the rows of `allocate_payments` over the charges `known`."""
        first, last = np.full(len(known), NEVER), np.full(len(known), -NEVER)
        np.minimum.at(first, rows[:, 1], rows[:, 3])
        np.maximum.at(last, rows[:, 1], rows[:, 3])
        return cls(known, left, np.bincount(rows[:, 1], minlength=len(known)), first, last)

    def to_arrow(self) -> pa.Table:
        """The same as a table; the days of a charge that nothing was paid on are null."""
        dates = {name: _dates(getattr(self, name)) for name in ("first_paid_on", "last_paid_on")}
        return pa.table({**vars(self), **dates})


def _placed_payments(rows: pa.Table, account: Ints) -> dict[str, Ints]:
    paid_on, names = _days(rows["paid_on"]), _whole(rows["named_no"])
    starts = np.unique(account)
    # A payment belongs to the account of the charge it names, else to the one it names itself.
    number = np.where(names >= 0, np.append(account, -1)[np.maximum(names, -1)], _whole(rows["account_no"]))
    own = np.where(number >= 0, np.searchsorted(starts, number), -1)
    recorded_on = np.where(_days(rows["recorded_on"]) == NEVER, paid_on, _days(rows["recorded_on"]))
    order = np.lexsort((paid_on, own))
    columns = {
        "number": np.arange(len(own)), "account": own, "paid_on": paid_on, "recorded_on": recorded_on,
        "reversed_on": _days(rows["reversed_on"]), "names": names, "cents": _cents(rows["own_amount"]),
    }  # fmt: skip
    return {name: column[order] for name, column in columns.items()}


def _whole(column: pa.ChunkedArray) -> Ints:
    numbers: Ints = column.fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def _days(column: pa.ChunkedArray) -> Ints:
    days = column.cast(pa.int32()).cast(pa.int64()).fill_null(int(NEVER))
    numbers: Ints = days.to_numpy()
    return numbers


def _cents(column: pa.ChunkedArray) -> Ints:
    cents: Ints = np.rint(column.to_numpy() * 100).astype(np.int64)
    return cents


def _dates(days: Ints) -> pa.Array:
    is_day = np.abs(days) < NEVER
    return pa.array(np.where(is_day, days, 0).astype(np.int32), pa.int32(), mask=~is_day).cast(pa.date32())
