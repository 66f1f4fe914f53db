"""The books against plain, slow bookkeeping: one day after the other, one account at a time, in decimal money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.property.histories import AS_OF, few_debtors, known_rows, many_debtors
from tests.unit.table_samples import Record, all_rows, books_of, open_backend

from recobro_data.books import Books
from recobro_data.books.allocation import NEVER, allocate_payments

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
#: Of many debtors at once; looking for the least that fails is left to the tests without tables.
FEW = settings(MANY, max_examples=2, phases=[Phase.explicit, Phase.reuse, Phase.generate])

Row = dict[str, Any]


@pytest.fixture(scope="module")
def backend() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


@dataclass
class Account:
    """One account's page: what each charge still lacks, what each payment still has, and who paid whom."""

    charges: list[Row]
    payments: list[Row]
    lacks: dict[str, Decimal] = field(default_factory=dict)
    has: dict[str, Decimal] = field(default_factory=dict)
    parts: dict[tuple[str, str], tuple[Decimal, str]] = field(default_factory=dict)

    def live(self) -> None:
        days = {row["issued_on"] for row in self.charges} | {row["paid_on"] for row in self.payments}
        for day in sorted(days):
            for charge in (row for row in self.in_order() if row["issued_on"] == day):
                for payment_id in list(self.has):
                    self._pay(payment_id, charge, day)
            for payment in sorted((row for row in self.payments if row["paid_on"] == day), key=by_day):
                self._receive(payment, day)

    def lacking(self, charge: Row) -> Decimal:
        return self.lacks.get(charge["charge_id"], Decimal(charge["amount"]))

    def owing(self, charge: Row) -> Decimal:
        return Decimal(0) if charge["cancelled_on"] else self.lacking(charge)

    def in_order(self) -> list[Row]:
        return sorted(self.charges, key=lambda row: (row["due_on"], row["issued_on"], row["charge_id"]))

    def _receive(self, payment: Row, day: str) -> None:
        named = [row for row in self.charges if row["charge_id"] == payment["charge_id"]]
        if payment["charge_id"] and not named:
            return
        self.has[payment["payment_id"]] = Decimal(payment["amount"])
        for charge in [*named, *(row for row in self.in_order() if row["issued_on"] <= day)]:
            self._pay(payment["payment_id"], charge, day)

    def _pay(self, payment_id: str, charge: Row, day: str) -> None:
        charge_id = charge["charge_id"]
        owed = self.lacks.setdefault(charge_id, Decimal(charge["amount"]))
        part = min(owed, self.has[payment_id])
        if part > 0 and not (charge["cancelled_on"] and charge["cancelled_on"] <= day):
            self.lacks[charge_id] -= part
            self.has[payment_id] -= part
            self.parts[payment_id, charge_id] = (part, day)


def slowly(records: Sequence[Record]) -> list[Account]:
    """The accounts of all debtors as known at the start of `AS_OF`."""
    known = list(known_rows(records))
    charges = [row for table, row in known if table == "charges"]
    payments = [row for table, row in known if table == "payments" and not row["reversed_on"]]
    pages = []
    for account in sorted({row["account_id"] for row in charges}):
        own = ([row for row in rows if row["account_id"] == account] for rows in (charges, payments))
        pages.append(Account(*own))
        pages[-1].live()
    return pages


def parts_of(pages: Iterable[Account]) -> dict[tuple[str, str], tuple[float, str]]:
    return {ids: (float(part), day) for page in pages for ids, (part, day) in page.parts.items()}


def of_tables(books: Books) -> list[list[Row]]:
    return [all_rows(table) for table in (books.charges, books.allocations, books.promises)]


def arrays(pages: Sequence[Account]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `allocate_payments` takes, written row by row."""
    charges = [(n, row) for n, page in enumerate(pages) for row in page.in_order()]
    payments = [(n, row) for n, page in enumerate(pages) for row in sorted(page.payments, key=by_day)]
    places = {row["charge_id"]: place for place, (_, row) in enumerate(charges)}
    names = [places.get(row["charge_id"], -1) for _, row in payments]
    waits = [bool(row["charge_id"]) and row["charge_id"] not in places for _, row in payments]
    return {
        "account": ints(n for n, _ in charges),
        "issued": ints(number(row["issued_on"]) for _, row in charges),
        "cancelled": ints(number(row["cancelled_on"]) if row["cancelled_on"] else NEVER for _, row in charges),
        "cents": ints(round(Decimal(row["amount"]) * 100) for _, row in charges),
    }, {
        "account": ints(n for n, _ in payments),
        "paid_on": ints(number(row["paid_on"]) for _, row in payments),
        "names": np.array(names, np.int64),
        "waits": np.array(waits, bool),
        "cents": ints(round(Decimal(row["amount"]) * 100) for _, row in payments),
    }


def by_day(payment: Row) -> tuple[str, str]:
    return payment["paid_on"], payment["payment_id"]


def number(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def ints(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(numbers), np.int64)


@MANY
@given(records=few_debtors)
def test_payments_are_allocated_as_in_slow_bookkeeping(records: list[Record]) -> None:
    pages = slowly(records)
    charges, payments = arrays(pages)
    rows, left = allocate_payments(charges, payments)
    charge_ids = [row["charge_id"] for page in pages for row in page.in_order()]
    payment_ids = [row["payment_id"] for page in pages for row in sorted(page.payments, key=by_day)]
    found = {(payment_ids[p], charge_ids[c]): (part / 100, str(date.fromordinal(day))) for p, c, part, day in rows}
    assert (found, len(rows)) == (parts_of(pages), len(found))
    assert list(left / 100) == [float(page.lacking(row)) for page in pages for row in page.in_order()]


@MANY
@given(records=few_debtors)
def test_money_is_conserved_to_the_cent(records: list[Record]) -> None:
    charges, payments = arrays(slowly(records))
    rows, left = allocate_payments(charges, payments)
    of_payments = np.bincount(rows[:, 0], rows[:, 2], minlength=len(payments["cents"]))
    of_charges = np.bincount(rows[:, 1], rows[:, 2], minlength=len(left))
    assert (of_payments <= payments["cents"]).all()
    assert (of_charges + left == charges["cents"]).all()
    assert (rows[:, 2] > 0).all()


@MANY
@given(records=few_debtors)
def test_an_account_has_credit_only_while_it_has_nothing_open(records: list[Record]) -> None:
    charges, payments = arrays(slowly(records))
    rows, left = allocate_payments(charges, payments)
    unspent = payments["cents"] - np.bincount(rows[:, 0], rows[:, 2], minlength=len(payments["cents"])).astype(np.int64)
    with_credit = payments["account"][(unspent > 0) & ~payments["waits"]]
    with_open = charges["account"][(left > 0) & (charges["cancelled"] == NEVER)]
    assert not set(with_credit) & set(with_open)


@FEW
@given(records=many_debtors)
def test_books_of_tables_are_those_of_slow_bookkeeping(backend: ibis.BaseBackend, records: list[Record]) -> None:
    books, pages = books_of(backend, records, AS_OF), slowly(records)
    parts = {
        (row["payment_id"], row["charge_id"]): (row["amount"], str(row["applied_on"]))
        for row in all_rows(books.allocations)
    }
    owed = {row["charge_id"]: row["outstanding"] for row in all_rows(books.charges)}
    assert parts == parts_of(pages)
    assert owed == {row["charge_id"]: float(page.owing(row)) for page in pages for row in page.charges}


@FEW
@given(records=many_debtors)
def test_nothing_dated_or_recorded_from_as_of_on_changes_the_books(
    backend: ibis.BaseBackend, records: list[Record]
) -> None:
    with_later, without = (books_of(backend, rows, AS_OF) for rows in (records, list(known_rows(records))))
    assert of_tables(with_later) == of_tables(without)


@FEW
@given(records=many_debtors, seed=st.integers(0))
def test_the_order_of_rows_changes_nothing_in_the_books(
    backend: ibis.BaseBackend, records: list[Record], seed: int
) -> None:
    shuffled = Random(seed).sample(records, len(records))
    given_order, other_order = (books_of(backend, rows, AS_OF) for rows in (records, shuffled))
    assert of_tables(given_order) == of_tables(other_order)
