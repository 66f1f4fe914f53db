"""How charges and payments stand as known at the start of a day, computed from `Numbers` as columns of Arrow.

A charge or payment is the place of its row here, a debtor a whole number (`debtor_no`): narrow rows, from which
features are computed at a fraction of what rows with ids would cost. Money is in major units of the portfolio's
currency, rounded to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from recobro_data.books.allocation import NEVER, Ints, allocate_payments
from recobro_data.books.numbers import Floats, Numbers

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Standing:
    """Who paid whom as known at the start of a day.

    charges, payments: places in `numbers` of those that were known. parts: rows of (payment, charge, cents, day) in
    order of allocation, by place among the known ones. left: unpaid cents of each known charge.
    """

    numbers: Numbers
    day: int
    charges: Ints
    payments: Ints
    parts: Ints
    left: Ints

    @classmethod
    def of(cls, numbers: Numbers, as_of: date) -> Standing:
        """Allocate the payments known at the start of `as_of` to the charges known then."""
        day = (as_of - _EPOCH).days
        of = numbers.payments
        known = np.flatnonzero(numbers.charges["issued"] < day)
        told = np.flatnonzero((of["paid_on"] < day) & (of["recorded_on"] < day) & (of["reversed_on"] >= day))
        charges = {name: numbers.charges[name][known] for name in ("account", "issued", "cancelled", "cents")}
        charges["cancelled"] = np.where(charges["cancelled"] < day, charges["cancelled"], NEVER)
        payments = {name: of[name][told] for name in ("account", "paid_on", "cents")}
        named = _places(known, len(numbers.charges["issued"]))[np.maximum(of["names"][told], -1)]
        waits = (of["names"][told] != -1) & (named < 0)
        parts, left = allocate_payments(charges, {**payments, "names": named, "waits": waits})
        return cls(numbers, day, known, told, parts, left)

    def charge_states(self) -> dict[str, Any]:
        """Columns of every known charge: its debtor, what of it is open and since when, and how it was paid."""
        of = {name: self.numbers.charges[name][self.charges] for name in ("debtor", "due", "cents", "cancelled")}
        rate = self.numbers.charge_rates[self.charges]
        last, n_parts = self._last_paid()
        is_paid = self.left == 0
        owed = np.where(of["cancelled"] < self.day, 0, self.left)
        return {
            "debtor_no": of["debtor"].astype(np.int32), "amount": money(of["cents"], rate), "n_parts": n_parts,
            "outstanding": money(owed, rate), "is_open": owed > 0, "days_past_due": self.day - of["due"],
            "days_late": _where(is_paid, last - of["due"]), "paid_off_days_ago": _where(is_paid, self.day - last),
            "nth_due": self._nth_due(),
        }  # fmt: skip

    def charge_rows(self) -> dict[str, Any]:
        """`charge_states` and, beside them, the ids and days that only some ask for."""
        rate, cents = self.numbers.charge_rates[self.charges], self.numbers.charges["cents"][self.charges]
        first = np.full(len(self.left), NEVER)
        np.minimum.at(first, self.parts[:, 1], self.parts[:, 3])
        last, n_parts = self._last_paid()
        paid_off = np.where(self.left == 0, last, NEVER)
        return self.charge_states() | {
            "charge_id": self.numbers.charge_ids.take(pa.array(self.charges)),
            "paid_amount": money(cents - self.left, rate), "first_paid_on": dates(first),
            "last_paid_on": dates(np.where(n_parts > 0, last, NEVER)), "paid_off_on": dates(paid_off),
        }  # fmt: skip

    def payment_states(self) -> dict[str, Any]:
        """Columns of every known payment: its debtor and account, and what of it paid a charge after its due day."""
        of = {
            name: self.numbers.payments[name][self.payments] for name in ("debtor", "account_key", "paid_on", "cents")
        }
        due = self.numbers.charges["due"][self.charges]
        late = np.zeros(len(self.payments))
        _add_late(self.parts, due, self.numbers.charge_rates[self.charges], late)
        return {
            "debtor_no": of["debtor"].astype(np.int32), "account_key": of["account_key"].view(np.uint64),
            "paid_on": dates(of["paid_on"]), "days_ago": self.day - of["paid_on"],
            "amount": money(of["cents"], self.numbers.payment_rates[self.payments]), "late_amount": late,
        }  # fmt: skip

    def payment_rows(self) -> dict[str, Any]:
        """`days_ago`, `amount` and `late_amount` of every known payment, with its id."""
        states = self.payment_states()
        wanted = {name: states[name] for name in ("days_ago", "amount", "late_amount")}
        return {"payment_id": self.numbers.payment_ids.take(pa.array(self.payments))} | wanted

    def part_rows(self) -> dict[str, Any]:
        """Columns of every part of a payment that paid a charge."""
        payment, charge = self.payments[self.parts[:, 0]], self.charges[self.parts[:, 1]]
        of, numbers = self.numbers.charges, self.numbers
        return {
            "payment_id": numbers.payment_ids.take(pa.array(payment)),
            "charge_id": numbers.charge_ids.take(pa.array(charge)),
            "debtor_id": numbers.debtor_ids.take(pa.array(of["debtor"][charge])),
            "amount": money(self.parts[:, 2], numbers.charge_rates[charge]),
            "applied_on": dates(self.parts[:, 3]), "days_late": self.parts[:, 3] - of["due"][charge],
        }  # fmt: skip

    def _last_paid(self) -> tuple[Ints, Ints]:
        """The day of each known charge's last part, and how many parts there were."""
        last = np.full(len(self.left), -NEVER)
        np.maximum.at(last, self.parts[:, 1], self.parts[:, 3])
        return last, np.bincount(self.parts[:, 1], minlength=len(last))

    def _nth_due(self) -> Ints:
        """Of each known charge that fell due, how many of its debtor's fell due after it; -1 for the others."""
        of, order = self.numbers.charges, self.numbers.by_debtor
        places = _places(self.charges, len(of["due"]))
        fell_due = order[(places[order] >= 0) & (of["due"][order] < self.day)]
        nth = np.full(len(self.left), -1, np.int64)
        nth[places[fell_due]] = count_from_last(of["debtor"][fell_due])
        return nth


def count_from_last(debtor: Ints) -> Ints:
    """Of each row how many of its debtor's come after it, in rows sorted by debtor."""
    ends = np.flatnonzero(np.diff(debtor, append=-1))
    return np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(debtor))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _add_late(parts: Ints, due: Ints, rate: Floats, late: Floats) -> None:
    for row in range(len(parts)):
        charge = parts[row, 1]
        if parts[row, 3] > due[charge]:
            late[parts[row, 0]] += np.floor(parts[row, 2] * rate[charge] + 0.5) / 100


def money(cents: Ints, rate: Floats) -> Floats:
    """Major units of the portfolio's currency; half a cent is rounded up, as the engine does."""
    return np.floor(cents * rate + 0.5) / 100


def dates(days: Ints) -> pa.Array:
    """Dates of day numbers, null where there is none (`NEVER`)."""
    is_day = np.abs(days) < NEVER
    return pa.array(np.where(is_day, days, 0).astype(np.int32), pa.int32(), mask=~is_day).cast(pa.date32())


def _where(is_there: NDArray[np.bool_], days: Ints) -> pa.Array:
    """Days as numbers with a fraction, null where there are none."""
    return pa.array(days.astype(np.float64), mask=~is_there)


def _places(numbers: Ints, length: int) -> Ints:
    """Where each of `length` numbers lies in `numbers`, -1 where it does not; one more -1 stands for "none"."""
    places = np.full(length + 1, -1, np.int64)
    places[numbers] = np.arange(len(numbers))
    return places
