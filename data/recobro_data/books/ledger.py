"""The state of every charge and promise as of a day, from what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from recobro_data.books.allocation import NEVER, Ints, allocate_payments
from recobro_data.books.known import Known, discard, keep

_EPOCH = date(1970, 1, 1)

#: Declared, because an empty frame tells no types.
_CHARGE_SCHEMA = ibis.schema(
    {
        "charge_id": "string",
        "debtor_id": "string",
        "account_id": "string",
        "portfolio_id": "string",
        "currency": "string",
        "product": "string",
        "issued_on": "date",
        "due_on": "date",
        "cancelled_on": "date",
        "amount": "float64",
        "n_parts": "int64",
        "first_paid_on": "date",
        "last_paid_on": "date",
        "paid_amount": "float64",
        "outstanding": "float64",
        "is_open": "boolean",
        "paid_off_on": "date",
        "days_past_due": "int64",
        "days_late": "float64",
        "paid_off_days_ago": "float64",
    }
)
_ALLOCATION_SCHEMA = ibis.schema(
    {
        "payment_id": "string",
        "charge_id": "string",
        "debtor_id": "string",
        "amount": "float64",
        "applied_on": "date",
        "days_late": "int64",
    }
)


@dataclass(frozen=True, kw_only=True)
class Books:
    """What `known` adds up to. Money is in major units of its currency.

    charges: one row a charge issued before as_of, with `paid_amount`, `outstanding` (0 when cancelled), `is_open`,
        `is_disputed`, `n_parts` (payments that paid it), `first_paid_on`, `last_paid_on`, `paid_off_on` (null unless
        wholly paid), `days_past_due` (of this charge), and of a paid one `days_late` (paid off - due) and
        `paid_off_days_ago`.
    allocations: one row a part of a payment that paid a charge: `payment_id`, `charge_id`, `debtor_id`, `amount`,
        `applied_on`, `days_late` (applied_on - due_on).
    promises: one row a promise with `paid_amount` within its days and `status` open, kept, partly_kept or broken.
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
    charges = _sorted_charges(known)
    payments = _sorted_payments(known, charges)
    rows, left = allocate_payments(_charge_arrays(charges), _payment_arrays(payments))
    allocations = _allocation_frame(rows, charges, payments)
    state = _charge_frame(charges, rows, left, known.as_of)
    stored = _store(backend, state, _CHARGE_SCHEMA)
    marked = stored.left_join(_disputed(known), "charge_id").drop("charge_id_right")
    kept = keep(marked.mutate(is_disputed=_.is_disputed.fill_null(False)), backend)
    discard(stored, backend)
    return Books(
        known=known,
        charges=kept,
        allocations=_store(backend, allocations, _ALLOCATION_SCHEMA),
        promises=keep(_promise_states(known), backend),
    )


def _store(backend: ibis.BaseBackend, frame: pd.DataFrame, schema: ibis.Schema) -> ibis.Table:
    names = list(schema.names)
    table: ibis.Table = backend.create_table(ibis.util.gen_name("books"), frame[names], schema=schema, temp=True)
    return table


def _sorted_charges(known: Known) -> pd.DataFrame:
    portfolios = known.debtors.select("debtor_id", "portfolio_id")
    charges = known.charges.join(portfolios, "debtor_id", how="inner").select(
        "charge_id", "debtor_id", "account_id", "portfolio_id", "currency", "product", "issued_on", "due_on",
        "cancelled_on", "own_amount", "rate", "amount",
    )  # fmt: skip
    ordered = charges.order_by("debtor_id", "account_id", "due_on", "issued_on", "charge_id")
    frame: pd.DataFrame = ordered.to_pandas()
    for column in ("issued_on", "due_on", "cancelled_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame.assign(account=_numbered(frame))


def _numbered(frame: pd.DataFrame) -> Ints:
    """Number the accounts of a sorted frame from 0 (an account is a debtor's: two debtors never share one)."""
    changed = (frame["debtor_id"] != frame["debtor_id"].shift()) | (frame["account_id"] != frame["account_id"].shift())
    return np.asarray(changed.cumsum() - 1, np.int64)


def _sorted_payments(known: Known, charges: pd.DataFrame) -> pd.DataFrame:
    payments: pd.DataFrame = known.payments.select(
        "payment_id", "debtor_id", "account_id", "charge_id", "paid_on", "own_amount"
    ).to_pandas()
    payments["paid_on"] = pd.to_datetime(payments["paid_on"]).astype("datetime64[s]")
    rows = pd.Series(np.arange(len(charges)), index=charges["charge_id"])
    payments["names"] = payments["charge_id"].map(rows).fillna(-1).astype("int64")
    payments["waits"] = payments["charge_id"].notna() & (payments["names"] < 0)
    accounts = charges[["debtor_id", "account_id", "account"]].drop_duplicates()
    placed = payments.merge(accounts, on=["debtor_id", "account_id"], how="left")
    by_charge = charges["account"].to_numpy()[placed["names"].clip(lower=0)] if len(charges) else placed["account"]
    placed["account"] = placed["account"].where(placed["names"] < 0, by_charge)
    known_accounts = placed[placed["account"].notna()].astype({"account": "int64"})
    ordered: pd.DataFrame = known_accounts.sort_values(["account", "paid_on", "payment_id"], ignore_index=True)
    return ordered


def _days(column: pd.Series[pd.Timestamp]) -> Ints:
    numbers: Ints = column.astype("datetime64[s]").to_numpy().astype("datetime64[D]").astype(np.int64)
    return numbers


def _cents(column: pd.Series[float]) -> Ints:
    whole: Ints = np.rint(column.to_numpy(np.float64) * 100).astype(np.int64)
    return whole


def _money(cents: Ints, rate: pd.Series[float]) -> NDArray[np.float64]:
    """Major units of the portfolio's currency."""
    return np.round(cents / 100 * rate.to_numpy(np.float64), 2)


def _charge_arrays(charges: pd.DataFrame) -> dict[str, Ints]:
    cancelled = charges["cancelled_on"]
    return {
        "account": charges["account"].to_numpy(np.int64),
        "issued": _days(charges["issued_on"]),
        "cancelled": np.where(cancelled.isna(), NEVER, _days(cancelled.fillna(pd.Timestamp(_EPOCH)))),
        "cents": _cents(charges["own_amount"]),
    }


def _payment_arrays(payments: pd.DataFrame) -> dict[str, Ints]:
    return {
        "account": payments["account"].to_numpy(np.int64),
        "paid_on": _days(payments["paid_on"]),
        "names": payments["names"].to_numpy(np.int64),
        "waits": payments["waits"].to_numpy(np.bool_),
        "cents": _cents(payments["own_amount"]),
    }


def _allocation_frame(rows: Ints, charges: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    paid = charges.take(rows[:, 1])
    applied_on = rows[:, 3].astype("datetime64[D]").astype("datetime64[s]")
    return pd.DataFrame(
        {
            "payment_id": payments["payment_id"].take(rows[:, 0]).array,
            "charge_id": paid["charge_id"].array,
            "debtor_id": paid["debtor_id"].array,
            "amount": _money(rows[:, 2], paid["rate"]),
            "applied_on": applied_on,
            "days_late": rows[:, 3] - _days(paid["due_on"]),
        }
    )


def _charge_frame(charges: pd.DataFrame, rows: Ints, left: Ints, as_of: date) -> pd.DataFrame:
    days = pd.Series(rows[:, 3].astype("datetime64[D]").astype("datetime64[s]"))
    parts = days.groupby(rows[:, 1]).agg(["count", "min", "max"]).reindex(range(len(charges)))
    owed = np.where(charges["cancelled_on"].notna(), 0, left)
    paid_off_on = parts["max"].where(left == 0)
    start = pd.Timestamp(as_of)
    return charges.drop(columns="account").assign(
        n_parts=parts["count"].fillna(0).astype("int64"),
        first_paid_on=parts["min"],
        last_paid_on=parts["max"],
        paid_amount=_money(_cents(charges["own_amount"]) - left, charges["rate"]),
        outstanding=_money(owed, charges["rate"]),
        is_open=owed > 0,
        paid_off_on=paid_off_on,
        days_past_due=(start - charges["due_on"]).dt.days,
        days_late=(paid_off_on - charges["due_on"]).dt.days.astype("float64"),
        paid_off_days_ago=(start - paid_off_on).dt.days.astype("float64"),
    )


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
