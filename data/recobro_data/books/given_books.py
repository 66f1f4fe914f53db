"""The books of rows in memory as of a day: what `Books` are for those of a lake, on arrays and without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recobro_data.books.allocation import NEVER, Ints
from recobro_data.books.balances import PARTS, open_sums, promise_sums, told_amounts
from recobro_data.books.columns import Column
from recobro_data.books.computed import Computed
from recobro_data.books.followed import is_followed
from recobro_data.books.given_rows import GivenRows, find_places, one_piece
from recobro_data.books.promised import promise_states
from recobro_data.books.standing import Standing, money

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class GivenBooks:
    """What `rows` add up to as of a day; columns are arrays, a debtor is its number, days count from 1970-01-01."""

    rows: GivenRows
    as_of: date
    standing: Standing

    @classmethod
    def of(cls, rows: GivenRows, as_of: date) -> GivenBooks:
        """The books as known at the start of `as_of`."""
        return cls(rows, as_of, Standing.of(rows.numbers, as_of))

    @property
    def day(self) -> int:
        """The number of the day."""
        return self.standing.day

    @cached_property
    def numbered_rows(self) -> dict[str, Mapping[str, Any]]:
        """`Books.numbered_rows`, promises also with `due_on`, `amount`, `paid_amount` and `is_due_today`."""
        payments = self.standing.payment_states()
        attempts = self._known(self.rows.attempts, "attempted_on")
        made = self._known(self.rows.promises, "made_on")
        made |= {"due_days_ago": self.day - made["due_on"], "is_due_today": made["due_on"] == self.day}
        return {
            "charges": self.standing.charge_states(), "payments": payments,
            "attempts": {**attempts, "is_followed": is_followed(attempts, payments)},
            "promises": {**made, **promise_states(made, payments)},
        }  # fmt: skip

    @cached_property
    def open_charges(self) -> dict[str, Any]:
        """Open charges in the order of debtors and ids: `debtor_no`, `row` (of the canonical charges), what `Books`
        say of each, `due_on` and `issued_on` as days of numpy, and `is_ahead` and `is_next` as `open_sums` wants."""
        states, standing = self.numbered_rows["charges"], self.standing
        places = np.flatnonzero(states["is_open"])
        ids = standing.numbers.charge_ids.take(pa.array(standing.charges[places]))
        rank = np.empty(len(places), np.int64)
        rank[pc.array_sort_indices(ids).to_numpy()] = np.arange(len(places))
        order = np.lexsort((rank, states["debtor_no"][places]))
        places = places[order]
        of, at = standing.numbers.charges, standing.charges[places]
        cents, rate = of["cents"][at], standing.numbers.charge_rates[at]
        found = {name: states[name][places] for name in ("debtor_no", "amount", "outstanding", "days_past_due")}
        ids = ids.take(pa.array(order))
        is_ahead = found["days_past_due"] <= 0
        next_due = np.full(len(self.rows.debtors), NEVER)
        np.minimum.at(next_due, found["debtor_no"][is_ahead], of["due"][at][is_ahead])
        return found | {
            "row": find_places(ids, one_piece(self.rows.tables["charges"]["charge_id"])),
            "due_on": of["due"][at].astype("M8[D]"), "issued_on": of["issued"][at].astype("M8[D]"),
            "paid_amount": money(cents - standing.left[places], rate), "is_disputed": self._is_disputed(ids),
            "is_ahead": is_ahead, "is_next": is_ahead & (of["due"][at] == next_due[found["debtor_no"]]),
        }  # fmt: skip

    @cached_property
    def debtors(self) -> Ints:
        """Who has an open charge."""
        return np.unique(self.open_charges["debtor_no"])

    def balances(self) -> dict[str, Any]:
        """`debtor_balances` of `debtors`, but for texts: instead of the oldest charge's id its place among the open
        charges (`oldest`), days as days of numpy, NaT for none."""
        charges, promises, debtors = self.open_charges, self.numbered_rows["promises"], self.debtors
        of_charges, of_promises, of_both = _computed_balances()
        sums = of_charges.aggregates({"open_charges": charges}, debtors)
        promised = of_promises.aggregates({"promises": promises}, debtors)
        sums |= {name: Column(column.values) for name, column in promised.items()}
        told = of_both.values({"sums": {"debtor_no": debtors, **sums}})
        is_open = pc.equal(promises["status"], "open").to_numpy(zero_copy_only=False)
        last = _last_days(promises, np.flatnonzero(is_open), len(self.rows.debtors))
        next_due = np.full(len(self.rows.debtors), np.datetime64("NaT", "D"))
        next_due[charges["debtor_no"][charges["is_next"]]] = charges["due_on"][charges["is_next"]]
        return {
            **{name: column.values for name, column in {**sums, **told}.items() if name not in PARTS},
            "oldest": _oldest(charges), "promise_due_on": last[debtors], "next_due_on": next_due[debtors],
        }  # fmt: skip

    def promise_broken_on(self) -> Any:
        """Of each of `debtors` the due date of the last promise that was not kept in full; NaT for none."""
        promises = self.numbered_rows["promises"]
        is_broken = pc.is_in(promises["status"], value_set=pa.array(["broken", "partly_kept"]))
        broken = np.flatnonzero(is_broken.to_numpy(zero_copy_only=False))
        return _last_days(promises, broken, len(self.rows.debtors))[self.debtors]

    def _known(self, rows: Mapping[str, Any], dated: str) -> dict[str, Any]:
        """Rows dated before the day, with `row` (their place among all) and `days_ago`."""
        known = np.flatnonzero(rows[dated] < self.day)
        found = {name: _take(column, known) for name, column in rows.items()}
        return found | {"row": known, "days_ago": self.day - found[dated]}

    def _is_disputed(self, charge_ids: pa.Array) -> Any:
        disputes = self.rows.tables["disputes"]
        as_of = pa.scalar(self.as_of)
        still_open = pc.or_kleene(disputes["closed_on"].is_null(), pc.greater_equal(disputes["closed_on"], as_of))
        known = disputes.filter(pc.and_kleene(pc.less(disputes["opened_on"], as_of), still_open))
        return pc.is_in(charge_ids, value_set=one_piece(known["charge_id"])).to_numpy(zero_copy_only=False)


def _take(column: Any, rows: Ints) -> Any:
    return column.take(pa.array(rows)) if isinstance(column, pa.Array) else column.take(rows)


def _oldest(charges: Mapping[str, Any]) -> Ints:
    """Of each debtor the place of the open charge that fell due first, was issued first, and has the first id."""
    order = np.lexsort((charges["issued_on"], charges["due_on"], charges["debtor_no"]))
    return order[np.flatnonzero(np.diff(charges["debtor_no"][order], prepend=-1))]


def _last_days(promises: Mapping[str, Any], rows: Ints, n_debtors: int) -> Any:
    """Of every debtor the last due date of those promises, NaT where there is none."""
    last = np.full(n_debtors, -NEVER)
    np.maximum.at(last, promises["debtor_no"][rows], promises["due_on"][rows])
    return np.where(last > -NEVER, last.astype("M8[D]"), np.datetime64("NaT", "D"))


@cache
def _computed_balances() -> tuple[Computed, Computed, Computed]:
    """The balances' expressions, read but once: of open charges, of open promises, and of both sums."""
    amounts = dict.fromkeys(("overdue", "overdue_clear", "next_all", "next_clear", "balance_due"), "float64")
    promised = dict.fromkeys(("promised_amount", "promise_due_amount"), "float64")
    charges = ibis.table(
        {"debtor_no": "int32", "outstanding": "float64", "days_past_due": "int64", "is_disputed": "boolean",
         "is_ahead": "boolean", "is_next": "boolean"}, name="open_charges",
    )  # fmt: skip
    promises = ibis.table(
        {"debtor_no": "int32", "amount": "float64", "paid_amount": "float64", "is_due_today": "boolean",
         "status": "string"}, name="promises",
    )  # fmt: skip
    still_open = promises.filter(promises.status == "open")
    sums = ibis.table({"debtor_no": "int32", "days_past_due": "int64", **amounts, **promised}, name="sums")
    return (
        Computed(charges, open_sums(charges)), Computed(still_open, promise_sums(still_open)),
        Computed(sums, told_amounts(sums)),
    )  # fmt: skip
