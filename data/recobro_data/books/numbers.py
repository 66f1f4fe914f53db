"""Charges and payments of a piece of the lake as arrays of whole numbers, read once for all the days cut from it.

Ids stay in the engine: a charge or payment is the number of its row there, an account a 64-bit hash of its ids. Ids are
fetched only where they break a tie. Days are counted from 1970-01-01, money is whole cents of its own currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from recobro_data.books.allocation import NEVER, Ints, allocate_payments

_EPOCH: Final = date(1970, 1, 1)

#: Number of a charge that a payment names and nobody knows.
UNKNOWN: Final = -2

#: What a packed sort key must stay below.
_ROOM: Final = 2**62


@dataclass(frozen=True)
class Numbers:
    """Arrays by charge and by payment, each in the order in which money is allocated.

    charges: `number`, `account`, `issued`, `cancelled`, `cents`, in order of (account, due_on, issued_on, charge_id).
    payments: `number`, `account` (-1: none of the piece), `paid_on`, `recorded_on`, `reversed_on`, `names` (place of
    the charge; -1: none, -2: one nobody knows), `cents`, in order of (account, paid_on, payment_id).
    """

    charges: dict[str, Ints]
    payments: dict[str, Ints]

    @classmethod
    def read(cls, charges: ibis.Table, payments: ibis.Table) -> Numbers:
        """Fetch them from placed tables: charges with `charge_no`, payments with `payment_no` and `named_no`."""
        of_charges, accounts = _read_charges(charges)
        return cls(of_charges, _read_payments(payments, of_charges, accounts))

    def allocate(self, as_of: date) -> tuple[pa.Table, pa.Table]:
        """Which payment paid which charge as of a day, and what that leaves of each charge issued before it.

        Returns:
            One row a part of a payment that paid a charge: `payment_no`, `charge_no`, `cents`, `applied_on`.
            One row a known charge: `charge_no`, `cents_left`, `n_parts`, `first_paid_on`, `last_paid_on`.
        """
        day = (as_of - _EPOCH).days
        known = np.flatnonzero(self.charges["issued"] < day)
        charges = {name: column[known] for name, column in self.charges.items()}
        charges["cancelled"] = np.where(charges["cancelled"] < day, charges["cancelled"], NEVER)
        payments = self._known_payments(day, known)
        rows, left = allocate_payments(charges, payments)
        parts = {
            "payment_no": payments["number"][rows[:, 0]], "charge_no": charges["number"][rows[:, 1]],
            "cents": rows[:, 2], "applied_on": _dates(rows[:, 3]),
        }  # fmt: skip
        return pa.table(parts), _charge_states(charges["number"], left, rows)

    def _known_payments(self, day: int, known: Ints) -> dict[str, Ints]:
        of = self.payments
        is_known = (of["paid_on"] < day) & (of["recorded_on"] < day) & (of["reversed_on"] >= day) & (of["account"] >= 0)
        some = {name: column[is_known] for name, column in of.items()}
        named = _places(known, len(self.charges["number"]))[np.maximum(some["names"], -1)]
        return {**some, "names": named, "waits": (some["names"] != -1) & (named < 0)}


def _charge_states(number: Ints, left: Ints, rows: Ints) -> pa.Table:
    """What the rows of `allocate_payments` make of the charges of those numbers; no part paid: days are null."""
    first, last = np.full(len(number), NEVER), np.full(len(number), -NEVER)
    np.minimum.at(first, rows[:, 1], rows[:, 3])
    np.maximum.at(last, rows[:, 1], rows[:, 3])
    return pa.table(
        {
            "charge_no": number, "cents_left": left, "n_parts": np.bincount(rows[:, 1], minlength=len(number)),
            "first_paid_on": _dates(first), "last_paid_on": _dates(last),
        }
    )  # fmt: skip


def _read_charges(charges: ibis.Table) -> tuple[dict[str, Ints], Ints]:
    """The charges in their order, and the hash of each account by its number."""
    rows = _fetch(charges, "charge_no", "issued_on", "due_on", "cancelled_on", "own_cents")
    issued, due = _days(rows["issued_on"]), _days(rows["due_on"])
    # Numbered as they come: the lake is sorted by debtor, so rows lie nearly in their order already.
    account, hashes = pd.factorize(rows["account"].to_numpy())
    order = _in_order((issued, due, account), charges.select(number="charge_no", id="charge_id"))
    columns = {
        "number": np.arange(len(account)), "account": account.astype(np.int64), "issued": issued,
        "cancelled": _days(rows["cancelled_on"]), "cents": _whole(rows["own_cents"]),
    }  # fmt: skip
    return {name: column[order] for name, column in columns.items()}, hashes


def _read_payments(payments: ibis.Table, charges: dict[str, Ints], accounts: Ints) -> dict[str, Ints]:
    rows = _fetch(payments, "payment_no", "named_no", "paid_on", "recorded_on", "reversed_on", "own_cents")
    paid_on, recorded_on, named = _days(rows["paid_on"]), _days(rows["recorded_on"]), _whole(rows["named_no"])
    place = _places(charges["number"], len(charges["number"]))[np.maximum(named, -1)]
    # A payment belongs to the account of the charge it names, else to the one it names itself.
    own = _find(accounts, rows["account"].fill_null(0).to_numpy())
    account = np.where(place >= 0, np.append(charges["account"], -1)[place], own)
    order = _in_order((paid_on, account), payments.select(number="payment_no", id="payment_id"))
    columns = {
        "number": np.arange(len(account)), "account": account, "paid_on": paid_on,
        "recorded_on": np.where(recorded_on == NEVER, paid_on, recorded_on),
        "reversed_on": _days(rows["reversed_on"]), "names": np.where(named == UNKNOWN, UNKNOWN, place),
        "cents": _whole(rows["own_cents"]),
    }  # fmt: skip
    return {name: column[order] for name, column in columns.items()}


def _fetch(table: ibis.Table, number: str, *columns: str) -> pa.Table:
    """Columns in the order of the rows' numbers, which count from 0, and `account`, a hash of debtor and account."""
    account = table.debtor_id.concat("\x1f", table.account_id).hash()
    rows: pa.Table = table.select(number, *columns, account=account).to_pyarrow()
    numbers = rows[number].to_numpy()
    return rows if (np.diff(numbers) > 0).all() else rows.take(np.argsort(numbers))


def _in_order(keys: tuple[Ints, ...], ids: ibis.Table) -> Ints:
    """The order of rows by `keys` (the last one first) and, where those are equal, by id (`number`, `id`)."""
    packed = _packed(keys)
    order = np.argsort(packed, kind="stable")
    as_before = np.zeros(len(order), bool)
    as_before[1:] = np.diff(packed[order]) == 0
    tied = order[as_before | np.roll(as_before, -1)]
    if not len(tied):
        return order
    named = ids.semi_join(ibis.memtable(pa.table({"number": tied})), "number").order_by("id").to_pyarrow()
    rank = np.zeros(len(order), np.int64)
    rank[named["number"].to_numpy()] = np.arange(named.num_rows)
    return np.lexsort((rank, packed))


def _packed(keys: tuple[Ints, ...]) -> Ints:
    """One number a row that orders as `keys` do: rows nearly in order are then sorted in one short pass."""
    packed, room = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        least = int(key.min(initial=0))
        width = int(key.max(initial=0)) - least + 1
        if room * width >= _ROOM:
            packed, room = np.unique(packed, return_inverse=True)[1], len(packed)
        packed, room = packed + (key - least) * room, room * width
    assert room < _ROOM, "keys that no number holds"
    return packed


def _places(numbers: Ints, length: int) -> Ints:
    """Where each of `length` numbers lies in `numbers`, -1 where it does not; one more -1 stands for "none"."""
    places = np.full(length + 1, -1, np.int64)
    places[numbers] = np.arange(len(numbers))
    return places


def _find(among: Ints, hashes: Ints) -> Ints:
    """The place of each hash in `among`, -1 where it is not there."""
    places: Ints = pd.Index(among).get_indexer(hashes).astype(np.int64)
    return places


def _whole(column: pa.ChunkedArray) -> Ints:
    numbers: Ints = column.fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def _days(column: pa.ChunkedArray) -> Ints:
    days: Ints = column.cast(pa.int32()).cast(pa.int64()).fill_null(int(NEVER)).to_numpy()
    return days


def _dates(days: Ints) -> pa.Array:
    is_day = np.abs(days) < NEVER
    return pa.array(np.where(is_day, days, 0).astype(np.int32), pa.int32(), mask=~is_day).cast(pa.date32())
