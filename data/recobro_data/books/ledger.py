"""The state of every charge and promise as of a day, from what was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

from recobro_data.books.computed import Debtors
from recobro_data.books.followed import is_followed
from recobro_data.books.known import Known
from recobro_data.books.placed import discard, keep
from recobro_data.books.promised import promise_states
from recobro_data.books.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Books:
    """What `known` adds up to. Money is in major units of the portfolio's currency.

    A table is computed when it is first asked for, and kept on the engine until `drop`. Features are computed from
    numbered rows instead, which cost a fraction of those.
    """

    known: Known
    standing: Standing
    backend: ibis.BaseBackend
    _undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def as_of(self) -> date:
        """Knowledge is frozen at the start of this day."""
        return self.known.as_of

    @cached_property
    def charges(self) -> ibis.Table:
        """One row a charge issued before as_of, with `paid_amount`, `outstanding` (0 when cancelled), `is_open`,
        `is_disputed`, `n_parts` (payments that paid it), `first_paid_on`, `last_paid_on`, `paid_off_on` (null unless
        wholly paid), `days_past_due` (of this charge), `nth_due` (0: of its debtor's charges it fell due last; -1: not
        due yet), and of a paid one `days_late` (paid off - due) and `paid_off_days_ago`."""
        return self._keep("charges", self._charges, pa.table(self.standing.charge_rows()))

    @cached_property
    def open_charges(self) -> ibis.Table:
        """The open ones of `charges`."""
        if "charges" in self.__dict__:
            return self.charges.filter(_.is_open)
        rows = pa.table(self.standing.charge_rows())
        return self._keep("open charges", self._charges, rows.filter(pc.field("is_open")))

    @cached_property
    def allocations(self) -> ibis.Table:
        """One row a part of a payment that paid a charge: `payment_id`, `charge_id`, `debtor_id`, `amount`,
        `applied_on`, `days_late` (applied_on - due_on)."""
        return self._keep("allocations", lambda parts: parts, pa.table(self.standing.part_rows()))

    @cached_property
    def payments(self) -> ibis.Table:
        """One row a known payment, with `days_ago` and `late_amount` (what of it paid a charge after its due day)."""
        payments = self.known.payments.drop("amount")
        states = pa.table(self.standing.payment_rows())
        return self._keep("payments", lambda states: payments.inner_join(states, "payment_id"), states)

    @cached_property
    def attempts(self) -> ibis.Table:
        """One row a known attempt, with `days_ago` and the local `hour`."""
        attempts = self.known.attempts
        return attempts.mutate(days_ago=self._days_since(attempts.attempted_on), hour=_.attempted_local.hour())

    @cached_property
    def promises(self) -> ibis.Table:
        """One row a promise with `days_ago` (since it was made), `paid_amount` within its days and `status` open, kept,
        partly_kept or broken. A payment counts for every promise in whose days it was made: a promise made anew mostly
        is the old one moved."""
        promises = self._numbered_promises(self.standing.payment_states())
        states = promises.select(["promise_id", "days_ago", "paid_amount", "status"])
        return self._keep("promises", lambda states: self.known.promises.inner_join(states, "promise_id"), states)

    def show(self, debtors: Debtors, columns: Mapping[str, pa.Array]) -> ibis.Table:
        """A table of `columns` that were computed of `debtors` by number, with the `debtor_id` of each."""
        rows = pa.table({"debtor_id": self.standing.numbers.debtor_ids.take(pa.array(debtors)), **columns})
        return self._registered("shown", rows)

    def numbered_rows(self) -> dict[str, Mapping[str, Any]]:
        """What features are computed from: charges and payments as they stand, attempts and promises, each row with
        its `debtor_no` and how many days ago it was."""
        payments = self.standing.payment_states()
        attempts = _columns(self._numbered("attempts", "attempted_on", days_ago="attempted_on"))
        return {
            "charges": self.standing.charge_states(), "payments": payments,
            "attempts": {**attempts, "is_followed": is_followed(attempts, payments)},
            "promises": _columns(self._numbered_promises(payments)),
        }  # fmt: skip

    def drop(self, backend: ibis.BaseBackend) -> None:
        """Give back the memory of these books' tables."""
        assert backend is self.backend, "books are dropped where they were built"
        while self._undo:
            self._undo.pop()()

    def _numbered(self, table: str, dated: str, **days_since: str) -> pa.Table:
        """Numbered rows dated before the day, and the days since a date of each."""
        rows = self.known.placed.rows(table)
        rows = rows.filter(pc.less(rows[dated], pa.scalar(self.as_of)))
        for name, column in days_since.items():
            days = pc.subtract(self.standing.day, rows[column].cast(pa.int32()).cast(pa.int64()))
            rows = rows.append_column(name, days)
        return rows

    def _numbered_promises(self, payments: dict[str, Any]) -> pa.Table:
        made = self._numbered("promises", "made_on", days_ago="made_on", due_days_ago="due_on")
        for name, column in promise_states(_columns(made), payments).items():
            made = made.append_column(name, pa.array(column))
        return made

    def _days_since(self, day: ibis.DateValue) -> ibis.IntegerValue:
        return ibis.date(self.as_of).delta(day, unit="day")

    def _charges(self, states: ibis.Table) -> ibis.Table:
        known = self.known.charges.select(
            *("charge_id", "debtor_id", "account_id", "portfolio_id", "currency", "product"),
            *("issued_on", "due_on", "cancelled_on"),
        )
        rows = known.inner_join(states.drop("debtor_no"), "charge_id")
        still_open = self.known.disputes.filter(_.closed_on.isnull())
        disputed = still_open.select("charge_id").distinct().mutate(is_disputed=True)
        joined = rows.left_join(disputed, "charge_id").drop("charge_id_right")
        return joined.mutate(is_disputed=_.is_disputed.fill_null(False))

    def _keep(self, name: str, build: Callable[..., ibis.Table], *rows: pa.Table) -> ibis.Table:
        """What `build` makes of rows, kept on the engine; the rows themselves are not."""
        tables = [self._registered(name, one) for one in rows]
        kept = keep(build(*tables), self.backend)
        for _table in tables:
            self._undo.pop()()
        self._undo.append(lambda: discard(kept, self.backend))
        return kept

    def _registered(self, name: str, rows: pa.Table) -> ibis.Table:
        name = ibis.util.gen_name(name)
        self.backend.con.register(name, rows)
        self._undo.append(lambda: self.backend.con.unregister(name))
        # Arrow knows its columns; asking the engine would cost more than many a day's answer.
        return ops.DatabaseTable(name, schema=ibis.Schema.from_pyarrow(rows.schema), source=self.backend).to_expr()


def _columns(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: rows[name] for name in rows.column_names}


def build_books(known: Known, backend: ibis.BaseBackend) -> Books:
    """Build the books of everything in `known`; tables are registered on `backend` for further expressions."""
    return Books(known=known, standing=Standing.of(known.placed.numbers, known.as_of), backend=backend)
