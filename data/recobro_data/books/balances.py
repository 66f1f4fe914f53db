"""What each debtor owes as of a day, and how much of it is to be collected."""

from __future__ import annotations

import ibis
from ibis import _

from recobro_data.books.ledger import Books
from recobro_data.settings import Stages


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
    placed = books.open_charges.mutate(place=oldest, is_ahead=_.days_past_due <= 0, is_clear=~_.is_disputed)
    next_due = placed.filter(_.is_ahead).group_by("debtor_id").agg(next_due_on=_.due_on.min())
    placed = placed.left_join(next_due, "debtor_id").drop("debtor_id_right")
    sums = placed.group_by("debtor_id").agg(
        portfolio_id=_.portfolio_id.min(),
        currency=_.currency.min(),
        oldest_charge_id=_.charge_id.min(where=_.place == 0),
        days_past_due=_.days_past_due.max(),
        balance_due=_.outstanding.sum(),
        n_open=_.count(),
        overdue=_.outstanding.sum(where=~_.is_ahead).fill_null(0.0),
        overdue_clear=_.outstanding.sum(where=~_.is_ahead & _.is_clear).fill_null(0.0),
        next_all=_.outstanding.sum(where=_.is_ahead & (_.due_on == _.next_due_on)).fill_null(0.0),
        next_clear=_.outstanding.sum(where=_.is_ahead & (_.due_on == _.next_due_on) & _.is_clear).fill_null(0.0),
        next_due_on=_.next_due_on.min(),
    )
    promised = _open_promises(books)
    joined = (
        sums.left_join(promised, "debtor_id")
        .drop("debtor_id_right")
        .mutate(
            promised_amount=_.promised_amount.fill_null(0.0), promise_due_amount=_.promise_due_amount.fill_null(0.0)
        )
    )
    late = joined.days_past_due > 0
    whole = ibis.ifelse(late, joined.overdue, joined.next_all)
    clear = ibis.ifelse(late, joined.overdue_clear, joined.next_clear)
    return joined.mutate(
        disputed_amount=(whole - clear).round(2),
        amount_to_collect=ibis.greatest(clear - joined.promised_amount, 0.0).round(2),
        balance_due=joined.balance_due.round(2),
        overdue_amount=joined.overdue.round(2),
    ).drop("overdue", "overdue_clear", "next_all", "next_clear")


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


def _open_promises(books: Books) -> ibis.Table:
    still_open = books.promises.filter(_.status == "open")
    return still_open.group_by("debtor_id").agg(
        promised_amount=(_.amount - _.paid_amount).sum().round(2),
        promise_due_on=_.due_on.max(),
        promise_due_amount=(_.amount - _.paid_amount).sum(where=_.due_on == books.as_of).round(2),
    )
