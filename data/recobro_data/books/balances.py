"""What each debtor owes as of a day, and how much of it is to be collected."""

from __future__ import annotations

from typing import Final

import ibis
import numpy as np
from ibis import _
from numpy.typing import NDArray

from recobro_data.books.allocation import Ints
from recobro_data.books.ledger import Books
from recobro_data.settings import Stages
from recobro_data.vocabulary import STAGES


def debtor_balances(books: Books) -> ibis.Table:
    """One row a debtor with an open charge as of `books.as_of`.

    `balance_due`: unpaid amount of all charges issued before as_of. `amount_to_collect`: its overdue part, or before
    the due date the charges of the next due date, less charges in dispute and open promises, at least 0.
    `days_past_due` counts from the oldest open charge (`oldest_charge_id`; order: due_on, issued_on, charge_id).
    `disputed_amount` and `promised_amount` are what was taken off; `promise_due_amount` is the part of the latter that
    was promised for this very day; `next_due_on` is the next due date of an open
    charge, disputed or not.
    """
    oldest = ibis.row_number().over(group_by="debtor_id", order_by=[_.due_on, _.issued_on, _.charge_id])
    placed = books.open_charges.mutate(place=oldest, is_ahead=_.days_past_due <= 0)
    next_due = placed.filter(_.is_ahead).group_by("debtor_id").agg(next_due_on=_.due_on.min())
    placed = placed.left_join(next_due, "debtor_id").drop("debtor_id_right")
    placed = placed.mutate(is_next=_.is_ahead & (_.due_on == _.next_due_on))
    sums = placed.group_by("debtor_id").agg(
        portfolio_id=_.portfolio_id.min(),
        currency=_.currency.min(),
        oldest_charge_id=_.charge_id.min(where=_.place == 0),
        **open_sums(placed),
        next_due_on=_.next_due_on.min(),
    )
    open_promises = books.promises.filter(_.status == "open").mutate(is_due_today=_.due_on == books.as_of)
    promised = open_promises.group_by("debtor_id").agg(
        **promise_sums(open_promises), promise_due_on=open_promises.due_on.max()
    )
    joined = sums.left_join(promised, "debtor_id").drop("debtor_id_right")
    joined = joined.mutate(**{name: joined[name].fill_null(0.0) for name in ("promised_amount", "promise_due_amount")})
    return joined.mutate(**told_amounts(joined)).drop(*PARTS)


#: Sums that nobody is told of.
PARTS: Final = ("overdue", "overdue_clear", "next_all", "next_clear")


def open_sums(charges: ibis.Table) -> dict[str, ibis.Value]:
    """What the open charges of each debtor add up to.

    `charges`: `outstanding`, `days_past_due`, `is_disputed`, `is_ahead` (not past due), `is_next` (of those the first
    to fall due).
    """
    owed, is_clear = charges.outstanding, ~charges.is_disputed
    return {
        "days_past_due": charges.days_past_due.max(), "balance_due": owed.sum(), "n_open": charges.count(),
        "overdue": owed.sum(where=~charges.is_ahead).fill_null(0.0),
        "overdue_clear": owed.sum(where=~charges.is_ahead & is_clear).fill_null(0.0),
        "next_all": owed.sum(where=charges.is_next).fill_null(0.0),
        "next_clear": owed.sum(where=charges.is_next & is_clear).fill_null(0.0),
    }  # fmt: skip


def promise_sums(promises: ibis.Table) -> dict[str, ibis.Value]:
    """What the open promises of each debtor add up to: `amount`, `paid_amount`, `is_due_today`."""
    rest = promises.amount - promises.paid_amount
    return {
        "promised_amount": rest.sum().round(2), "promise_due_amount": rest.sum(where=promises.is_due_today).round(2),
    }  # fmt: skip


def told_amounts(sums: ibis.Table) -> dict[str, ibis.Value]:
    """The amounts that are told of a debtor: `open_sums` and `promise_sums` taken together."""
    late = sums.days_past_due > 0
    whole = ibis.ifelse(late, sums.overdue, sums.next_all)
    clear = ibis.ifelse(late, sums.overdue_clear, sums.next_clear)
    return {
        "disputed_amount": (whole - clear).round(2),
        "amount_to_collect": ibis.greatest(clear - sums.promised_amount, 0.0).round(2),
        "balance_due": sums.balance_due.round(2),
        "overdue_amount": sums.overdue.round(2),
    }


def stage_of(days_past_due: ibis.IntegerValue, stages: Stages) -> ibis.StringValue:
    """The stage of a debtor by days past due and the configured cut-offs."""
    return ibis.cases(
        (days_past_due < 0, "pre_due"),
        (days_past_due == 0, "due_today"),
        (days_past_due <= stages.early, "early"),
        (days_past_due <= stages.mid, "mid"),
        (days_past_due <= stages.late, "late"),
        else_="very_late",
    )


def find_stages(days_past_due: Ints, stages: Stages) -> NDArray[np.object_]:
    """`stage_of` for days that lie in an array."""
    last_days = np.array([-1, 0, stages.early, stages.mid, stages.late])
    return np.array(STAGES, object)[np.searchsorted(last_days, days_past_due)]
