"""The state of every charge and promise as of a day, from what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import pyarrow as pa
from ibis import _

from recobro_data.books.known import Known, discard, keep


@dataclass(frozen=True, kw_only=True)
class Books:
    """What `known` adds up to. Money is in major units of the portfolio's currency.

    charges: one row a charge issued before as_of, with `paid_amount`, `outstanding` (0 when cancelled), `is_open`,
        `is_disputed`, `n_parts` (payments that paid it), `first_paid_on`, `last_paid_on`, `paid_off_on` (null unless
        wholly paid), `days_past_due` (of this charge), and of a paid one `days_late` (paid off - due) and
        `paid_off_days_ago`.
    allocations: one row a part of a payment that paid a charge: `payment_id`, `charge_id`, `debtor_id`, `amount`,
        `applied_on`, `days_late` (applied_on - due_on).
    promises: one row a promise with `paid_amount` within its days and `status` open, kept, partly_kept or broken. A
        payment counts for every promise in whose days it was made: a promise made anew mostly is the old one moved.
    """

    known: Known
    charges: ibis.Table
    allocations: ibis.Table
    promises: ibis.Table

    @property
    def as_of(self) -> date:
        """Knowledge is frozen at the start of this day."""
        return self.known.as_of

    def drop(self, backend: ibis.BaseBackend) -> None:
        """Give back the memory of these books' tables."""
        for table in (self.charges, self.allocations, self.promises):
            discard(table, backend)


def build_books(known: Known, backend: ibis.BaseBackend) -> Books:
    """Build the books of everything in `known`; tables are registered on `backend` for further expressions."""
    allocations, states = known.numbers.allocate(known.as_of)
    stored = [_store(backend, rows) for rows in (states, allocations)]
    books = Books(
        known=known,
        charges=keep(_charges(known, stored[0]), backend),
        allocations=keep(_allocations(known, stored[1]), backend),
        promises=keep(_promise_states(known), backend),
    )
    for table in stored:
        discard(table, backend)
    return books


def _store(backend: ibis.BaseBackend, rows: pa.Table) -> ibis.Table:
    table: ibis.Table = backend.create_table(ibis.util.gen_name("books"), rows, temp=True)
    return table


def _charges(known: Known, states: ibis.Table) -> ibis.Table:
    joined = known.charges.inner_join(states, "charge_no")
    joined = joined.left_join(_disputed(known), "charge_id").drop("charge_id_right")
    as_of = ibis.date(known.as_of)
    owed = ibis.ifelse(joined.cancelled_on.isnull(), joined.cents_left, 0)
    paid_off_on = ibis.ifelse(joined.cents_left == 0, joined.last_paid_on, None)
    return joined.select(
        "charge_id", "debtor_id", "account_id", "portfolio_id", "currency", "product", "issued_on",
        "due_on", "cancelled_on", "amount", "n_parts", "first_paid_on", "last_paid_on",
        paid_amount=_money(joined.own_cents - joined.cents_left, joined.rate),
        outstanding=_money(owed, joined.rate),
        is_open=owed > 0,
        paid_off_on=paid_off_on,
        days_past_due=as_of.delta(joined.due_on, unit="day"),
        days_late=paid_off_on.delta(joined.due_on, unit="day").cast("float64"),
        paid_off_days_ago=as_of.delta(paid_off_on, unit="day").cast("float64"),
        is_disputed=joined.is_disputed.fill_null(False),
    )  # fmt: skip


def _money(cents: ibis.IntegerValue, rate: ibis.FloatingValue) -> ibis.FloatingValue:
    """Major units of the portfolio's currency."""
    return (cents / 100 * rate).round(2)


def _allocations(known: Known, parts: ibis.Table) -> ibis.Table:
    charges = known.charges.select("charge_no", "charge_id", "debtor_id", "due_on", "rate")
    payments = known.payments.select("payment_no", "payment_id")
    joined = parts.inner_join(charges, "charge_no").inner_join(payments, "payment_no")
    return joined.select(
        "payment_id", "charge_id", "debtor_id", amount=_money(joined.cents, joined.rate),
        applied_on="applied_on", days_late=joined.applied_on.delta(joined.due_on, unit="day"),
    )  # fmt: skip


def _disputed(known: Known) -> ibis.Table:
    """Charges whose dispute is open: one row each."""
    still_open = known.disputes.filter(_.closed_on.isnull())
    return still_open.select("charge_id").distinct().mutate(is_disputed=True)


def _promise_states(known: Known) -> ibis.Table:
    """Promises with what was paid on their account from the day they were made until they fell due."""
    promises, payments = known.promises, known.payments
    within = (
        (payments.debtor_id == promises.debtor_id)
        & (promises.account_id.isnull() | (payments.account_id == promises.account_id))
        & (payments.paid_on >= promises.made_on)
        & (payments.paid_on <= promises.due_on)
    )
    total = payments.amount.sum().round(2)
    paid = promises.join(payments, within).group_by("promise_id").agg(paid_amount=total)
    joined = promises.join(paid, "promise_id", how="left").mutate(paid_amount=_.paid_amount.fill_null(0.0))
    status = ibis.cases(
        (joined.paid_amount >= joined.amount - 0.005, "kept"),
        (joined.due_on >= known.as_of, "open"),
        (joined.paid_amount > 0, "partly_kept"),
        else_="broken",
    )
    return joined.mutate(status=status).drop("promise_id_right")
