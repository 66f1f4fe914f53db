"""What came after: labels of charges and debtors from the as-of day on, from later books."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
from ibis import _

from recobro_data.books import Books
from recobro_models.contact_segments import SEGMENTS


def label_charges(then: Books, later: Books) -> ibis.Table:
    """One row a charge that was open at `then.as_of`: `charge_id`, and how long it was seen, until when, in two ways.

    | columns | a charge is seen until it is wholly paid, or until |
    |---|---|
    | watched_days, is_paid | it is cancelled or disputed, its debtor is reached (somebody acted), `later.as_of` |
    | followed_days, was_paid | it is cancelled or disputed, `later.as_of` |

    Days ahead count from 1 on `then.as_of`; the day of a cancellation, dispute or contact is not seen any more. Left
    out are charges in dispute on `then.as_of` (nobody is asked to pay them), charges that the later books no longer
    hold or found to have been paid before (late records), and those whose debtor was reached on the very first day.
    """
    start, end = then.as_of, later.as_of
    contacts = later.known.attempts.filter(_.reached & (_.attempted_on >= start))
    first_reached = contacts.group_by("debtor_id").agg(reached_on=_.attempted_on.min())
    opened = later.known.disputes.filter(_.opened_on >= start)
    first_disputed = opened.group_by("charge_id").agg(disputed_on=_.opened_on.min())
    was_open = then.open_charges.filter(_.is_open & ~_.is_disputed).select("charge_id", "debtor_id")
    now = later.charges.select("charge_id", "paid_off_on", "cancelled_on")
    rows = was_open.inner_join(now, "charge_id").left_join(first_reached, "debtor_id")
    rows = rows.left_join(first_disputed, "charge_id").drop("charge_id_right")
    ended = ibis.least(rows.cancelled_on.fill_null(end), rows.disputed_on.fill_null(end), ibis.literal(end))
    stopped = ibis.least(ended, rows.reached_on.fill_null(end))
    watched, followed = _seen(rows, start, stopped), _seen(rows, start, ended)
    rows = rows.mutate(watched_days=watched[0], is_paid=watched[1], followed_days=followed[0], was_paid=followed[1])
    columns = ("charge_id", "watched_days", "is_paid", "followed_days", "was_paid")
    return rows.filter(rows.watched_days >= 1).select(*columns)


def _seen(rows: ibis.Table, start: date, stop: ibis.Value) -> tuple[ibis.Value, ibis.Value]:
    """Days ahead until the payment or the day before `stop`, and whether it was the payment."""
    is_paid = (rows.paid_off_on < stop).fill_null(False)
    until_paid, until_stop = (day.delta(ibis.date(start), unit="day") for day in (rows.paid_off_on, stop))
    return ibis.ifelse(is_paid, until_paid + 1, until_stop), is_paid


def label_debtors(then: Books, later: Books, horizon_days: int) -> ibis.Table:
    """One row a debtor that had an open charge at `then.as_of`.

    `any_paid` is 1.0 where any payment was made within `horizon_days` from `then.as_of` on, `paid_amount` their sum;
    `tried_channel`, `tried_weekday`, `tried_hour` and `tried_propensity` tell the first attempt of that day (null where
    nobody tried). No row has a horizon that ends after `later.as_of`.
    """
    start = pd.Timestamp(then.as_of)
    end = (start + pd.Timedelta(days=horizon_days)).date()
    within = later.known.payments.filter((_.paid_on >= then.as_of) & (_.paid_on < end))
    paid = within.group_by("debtor_id").agg(paid_amount=_.amount.cast("float64").sum().round(2))
    debtors = then.open_charges.filter(_.is_open & (end <= later.as_of)).select("debtor_id").distinct()
    joined = debtors.left_join(paid, "debtor_id").drop("debtor_id_right")
    tried = _first_attempts(then, later)
    joined = joined.left_join(tried, "debtor_id").drop("debtor_id_right")
    return joined.mutate(any_paid=_.paid_amount.notnull().cast("float64"), paid_amount=_.paid_amount.fill_null(0.0))


def _first_attempts(then: Books, later: Books) -> ibis.Table:
    window = later.known.attempts.filter(_.attempted_on == then.as_of)
    place = ibis.row_number().over(group_by="debtor_id", order_by=[_.attempted_at, _.attempt_id])
    return (
        window.mutate(place=place)
        .filter(_.place == 0)
        .select(
            "debtor_id",
            tried_channel="channel",
            tried_weekday=_.attempted_local.day_of_week.index(),
            tried_hour=_.attempted_local.hour(),
            tried_propensity="propensity",
        )
    )


def label_attempts(then: Books, later: Books, *, days: int = 7) -> ibis.Table:
    """One row an attempt in the `days` from `then.as_of` on: `attempt_id`, `debtor_id`, `channel`, `weekday`, `hour`,
    `attempted_on`, `reached`, `promised`, and what of the debtor makes a segment (`portfolio_id`, `kind`, `country`,
    `region`, `language`)."""
    end = min((pd.Timestamp(then.as_of) + pd.Timedelta(days=days)).date(), later.as_of)
    window = later.known.attempts.filter((_.attempted_on >= then.as_of) & (_.attempted_on < end))
    attempts = window.select(
        "attempt_id",
        "debtor_id",
        "channel",
        "reached",
        "attempted_on",
        promised=_.outcome == "promise",
        weekday=_.attempted_local.day_of_week.index(),
        hour=_.attempted_local.hour(),
    )
    debtors = then.known.debtors.select("debtor_id", *SEGMENTS)
    return attempts.left_join(debtors, "debtor_id").drop("debtor_id_right")


def label_promises(then: Books, later: Books, horizon_days: int, *, days: int = 7) -> ibis.Table:
    """One row a promise made in the `days` from `then.as_of` on whose own day is over: `promise_id`, `debtor_id`,
    `portfolio_id`, `due_days` (from the day it was made to the day promised) and `is_kept` (paid in full by then).

    Promises for a day after the horizon are left out, so that every one of a day is known at the same time.
    """
    start = pd.Timestamp(then.as_of)
    made_until, end = (start + pd.Timedelta(days=ahead) for ahead in (days, horizon_days))
    if end.date() > later.as_of:
        settled = later.promises.filter(ibis.literal(False))
    else:
        in_time = (_.made_on >= then.as_of) & (_.made_on < made_until.date()) & (_.due_on < end.date())
        settled = later.promises.filter(in_time)
    due_days = _.due_on.delta(_.made_on, unit="day")
    rows = settled.select("promise_id", "debtor_id", is_kept=_.status == "kept", due_days=due_days)
    debtors = then.known.debtors.select("debtor_id", "portfolio_id")
    return rows.left_join(debtors, "debtor_id").drop("debtor_id_right")


def last_as_of(data_end: date, horizon_days: int) -> date:
    """The latest as-of day whose whole horizon has been seen by `data_end`."""
    return (pd.Timestamp(data_end) - pd.Timedelta(days=horizon_days)).date()
