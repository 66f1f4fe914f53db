"""Charges and payments of a piece of the lake as arrays of whole numbers, read once for all the days cut from it.

A debtor is the number of its row among the placed debtors, an account a 64-bit hash of its ids; ids as text are kept
beside the numbers for those who ask. Days are counted from 1970-01-01, money is whole cents of its own currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recobro_data.books.allocation import NEVER, Ints

Floats = NDArray[np.float64]

#: Place of the charge of a payment that names none, and of one that names a charge nobody knows.
NONE: Final = -1
UNKNOWN: Final = -2

#: What a packed sort key must stay below.
_ROOM: Final = 2**62


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))
def _hash(text):  # type: ignore[no-untyped-def]
    """DuckDB's hash of a text."""


@ibis.udf.scalar.builtin(name="hash", signature=(("string", "string"), "uint64"))
def hash_of_account(debtor_id, account_id):  # type: ignore[no-untyped-def]
    """DuckDB's hash of two texts: an account is known by it within a piece of the lake."""


@dataclass(frozen=True)
class Numbers:
    """Arrays by charge and by payment, each in the order in which money is allocated.

    charges: `debtor`, `account`, `issued`, `due`, `cancelled`, `cents`, in order of (account, due_on, issued_on,
    charge_id). payments: `debtor`, `account` (-1: none with a charge), `account_key`, `paid_on`, `recorded_on`,
    `reversed_on`, `names` (place of the charge, `NONE` or `UNKNOWN`), `cents`, in order of (account, paid_on,
    payment_id). `charge_rates` and `payment_rates` turn money into the portfolio's currency; `debtor_ids`, `charge_ids`
    and `payment_ids` are in the same orders; `by_debtor` orders charges by (debtor, due_on, charge_id).
    """

    charges: dict[str, Ints]
    payments: dict[str, Ints]
    charge_rates: Floats
    payment_rates: Floats
    debtor_ids: pa.Array
    charge_ids: pa.Array
    payment_ids: pa.Array
    by_debtor: Ints

    @classmethod
    def read(cls, debtors: pa.Table, charges: pa.Table, payments: pa.Table) -> Numbers:
        """From rows of `numbered_debtors` and `money_rows`. Those of a debtor who is not among them are left out."""
        keys = pd.Index(_keys(debtors["key"]))
        of_charges, beside_charges, accounts = _read_charges(charges, keys)
        of_payments, beside_payments = _read_payments(payments, keys, of_charges, accounts)
        return cls(
            charges={name: column for name, column in of_charges.items() if name != "key"}, payments=of_payments,
            charge_rates=beside_charges["rate"].to_numpy(), payment_rates=beside_payments["rate"].to_numpy(),
            debtor_ids=_one(debtors["debtor_id"]), charge_ids=_one(beside_charges["id"]),
            payment_ids=_one(beside_payments["id"]),
            by_debtor=in_order((of_charges["due"], of_charges["debtor"]), beside_charges["id"]),
        )  # fmt: skip


#: What is read of charges and payments as it stands; the first is what names the row.
CHARGE: Final = ("charge_id", "issued_on", "due_on", "cancelled_on")
PAYMENT: Final = ("payment_id", "paid_on", "recorded_on", "reversed_on")


def numbered_debtors(debtors: ibis.Table) -> ibis.Table:
    """Debtors by their number, and the hash of each."""
    return debtors.select("debtor_no", "debtor_id", key=_hash(debtors.debtor_id)).order_by("debtor_no")


def money_rows(table: ibis.Table, columns: tuple[str, ...]) -> ibis.Table:
    """`columns`, the first one as `id`; `cents`, `rate`, and hashes of the debtor, the account and the charge.

    `table`: charges or payments with `own_amount` and `rate`, payments also with `recorded_on`.
    """
    return table.select(
        *columns[1:], "rate", id=columns[0],
        cents=(table.own_amount * 100).round().cast("int64"),
        debtor_key=_hash(table.debtor_id),
        account_key=hash_of_account(table.debtor_id, table.account_id),
        charge_key=_hash(table.charge_id),
        names_charge=table.charge_id.notnull(),
    )  # fmt: skip


def _read_charges(rows: pa.Table, debtors: pd.Index) -> tuple[dict[str, Ints], pa.Table, pd.Index]:
    """The charges in their order, what is kept beside them, and the account keys by number."""
    rows, debtor = _of_debtors(rows, debtors)
    issued, due = _days(rows["issued_on"]), _days(rows["due_on"])
    # Numbered as they come: the lake is sorted by debtor, so rows lie nearly in their order already.
    account, accounts = pd.factorize(_keys(rows["account_key"]))
    order = in_order((issued, due, account), rows["id"])
    columns = {
        "debtor": debtor, "account": account.astype(np.int64), "issued": issued, "due": due,
        "cancelled": _days(rows["cancelled_on"]), "cents": rows["cents"].to_numpy(), "key": _keys(rows["charge_key"]),
    }  # fmt: skip
    return {name: column[order] for name, column in columns.items()}, _beside(rows, order), pd.Index(accounts)


def _read_payments(
    rows: pa.Table, debtors: pd.Index, charges: dict[str, Ints], accounts: pd.Index
) -> tuple[dict[str, Ints], pa.Table]:
    rows, debtor = _of_debtors(rows, debtors)
    paid_on, recorded_on, account_key = _days(rows["paid_on"]), _days(rows["recorded_on"]), _keys(rows["account_key"])
    found = _find(pd.Index(charges["key"]), _keys(rows["charge_key"]))
    names = np.where(rows["names_charge"].to_numpy(), np.where(found >= 0, found, UNKNOWN), NONE)
    # A payment belongs to the account of the charge it names, else to the one it names itself.
    account = np.where(names >= 0, np.append(charges["account"], -1)[names], _find(accounts, account_key))
    order = in_order((paid_on, account), rows["id"])
    columns = {
        "debtor": debtor, "account": account, "account_key": account_key, "paid_on": paid_on,
        "recorded_on": np.where(recorded_on == NEVER, paid_on, recorded_on), "reversed_on": _days(rows["reversed_on"]),
        "names": names, "cents": rows["cents"].to_numpy(),
    }  # fmt: skip
    return {name: column[order] for name, column in columns.items()}, _beside(rows, order)


def _beside(rows: pa.Table, order: Ints) -> pa.Table:
    """What is kept beside the numbers: `id` and `rate`, in the order of those."""
    return rows.select(["id", "rate"]).take(order)


def _of_debtors(rows: pa.Table, debtors: pd.Index) -> tuple[pa.Table, Ints]:
    """The rows whose debtor there is, and its number."""
    debtor = _find(debtors, _keys(rows["debtor_key"]))
    there = debtor >= 0
    return (rows, debtor) if there.all() else (rows.filter(pa.array(there)), debtor[there])


def in_order(keys: tuple[Ints, ...], ids: pa.ChunkedArray) -> Ints:
    """The order of rows by `keys` (the last one first) and, where those are equal, by id."""
    packed = _packed(keys)
    order = np.argsort(packed, kind="stable")
    as_before = np.zeros(len(order), bool)
    as_before[1:] = np.diff(packed[order]) == 0
    places = np.flatnonzero(as_before | np.append(as_before[1:], False))
    if len(places):
        tied = order[places]
        rank = np.empty(len(tied), np.int64)
        rank[pc.array_sort_indices(_one(ids.take(tied))).to_numpy()] = np.arange(len(tied))
        order[places] = tied[np.lexsort((rank, packed[tied]))]
    return order


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


def _find(among: pd.Index, keys: Ints) -> Ints:
    """The place of each key in `among`, -1 where it is not there."""
    places: Ints = among.get_indexer(keys).astype(np.int64)
    return places


def _keys(column: pa.ChunkedArray) -> Ints:
    keys: Ints = column.to_numpy().view(np.int64)
    return keys


def _days(column: pa.ChunkedArray) -> Ints:
    days = column.to_numpy().astype("M8[D]")
    return np.where(np.isnat(days), NEVER, days.astype(np.int64))


def _one(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, with room for more than 2 GiB of text."""
    return column.cast(pa.large_string()).combine_chunks() if column.num_chunks != 1 else column.chunk(0)
