"""What came after: labels of charges and debtors from the as-of day on, from later books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import ibis
import pandas as pd
from ibis import _

from recobro_data.books import Books
from recobro_models.contact_segments import SEGMENTS
from recobro_models.watched_days import AS_WORKED, FIRST_PAYMENT, UNTIL_REACHED


def label_charges(then: Books, later: Books) -> ibis.Table:
    """One row a charge that was open at `then.as_of`: `charge_id`, and how long it was seen, until when, in three ways.

    | columns | are of | which is seen until |
    |---|---|---|
    | watched_days, is_paid | the charge, wholly paid | cancelled or disputed, its debtor reached, `later.as_of` |
    | followed_days, was_paid | the charge, wholly paid | cancelled or disputed, `later.as_of` |
    | debtor_days, debtor_paid | its debtor's first payment, of any amount | the debtor is reached, `later.as_of` |

    Days ahead count from 1 on `then.as_of`; the day of a cancellation, dispute or contact is not seen any more. Left
    out are charges in dispute on `then.as_of` (nobody is asked to pay them), charges that the later books no longer
    hold or found to have been paid before (late records), and those whose debtor was reached on the very first day.
    """
    start, end = then.as_of, later.as_of
    was_open = then.open_charges.filter(_.is_open & ~_.is_disputed).select("charge_id", "debtor_id")
    rows = was_open.inner_join(later.charges.select("charge_id", "paid_off_on", "cancelled_on"), "charge_id")
    for key, first in _first_events(later, start):
        rows = rows.left_join(first, key).drop(f"{key}_right")
    ended = ibis.least(rows.cancelled_on.fill_null(end), rows.disputed_on.fill_null(end), ibis.literal(end))
    reached = rows.reached_on.fill_null(end)
    seen = {
        UNTIL_REACHED: _seen(rows.paid_off_on, start, ibis.least(ended, reached)),
        AS_WORKED: _seen(rows.paid_off_on, start, ended),
        FIRST_PAYMENT: _seen(rows.first_paid_on, start, reached),
    }
    labels = {name: value for names, pair in seen.items() for name, value in zip(names, pair, strict=True)}
    return rows.select("charge_id", **labels).filter(_.watched_days >= 1)


def _first_events(later: Books, start: date) -> Iterator[tuple[str, ibis.Table]]:
    """By debtor or charge, the first day from `start` on that the debtor was reached, that it paid, and that the charge
    was disputed."""
    reached = later.known.attempts.filter(_.reached & (_.attempted_on >= start))
    paid = later.known.payments.filter(_.paid_on >= start)
    disputed = later.known.disputes.filter(_.opened_on >= start)
    yield "debtor_id", reached.group_by("debtor_id").agg(reached_on=_.attempted_on.min())
    yield "debtor_id", paid.group_by("debtor_id").agg(first_paid_on=_.paid_on.min())
    yield "charge_id", disputed.group_by("charge_id").agg(disputed_on=_.opened_on.min())


def _seen(paid_on: ibis.Value, start: date, stop: ibis.Value) -> tuple[ibis.Value, ibis.Value]:
    """Days ahead until the payment or the day before `stop`, and whether it was the payment."""
    is_paid = (paid_on < stop).fill_null(False)
    until_paid, until_stop = (day.delta(ibis.date(start), unit="day") for day in (paid_on, stop))
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
