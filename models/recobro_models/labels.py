"""What came after: labels of charges and debtors from the as-of day on, from later books."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
from ibis import _

from recobro_data.books import Books


def label_charges(then: Books, later: Books) -> ibis.Table:
    """One row a charge that was open at `then.as_of`: `charge_id`, `watched_days`, `is_paid`.

    Days ahead count from 1 on `then.as_of`. A charge is watched until it is wholly paid; or until the day before it
    was cancelled, its debtor was reached (after that somebody acted), or `later.as_of`, whichever is first. A charge
    that the later books no longer hold, or found to have been paid before (late records), is left out.
    """
    start, end = then.as_of, later.as_of
    contacts = later.known.attempts.filter(_.reached & (_.attempted_on >= start))
    first_reached = contacts.group_by("debtor_id").agg(reached_on=_.attempted_on.min())
    was_open = then.charges.filter(_.is_open).select("charge_id", "debtor_id")
    now = later.charges.select("charge_id", "paid_off_on", "cancelled_on")
    rows = was_open.inner_join(now, "charge_id").left_join(first_reached, "debtor_id")
    stop = ibis.least(rows.cancelled_on.fill_null(end), rows.reached_on.fill_null(end), ibis.literal(end))
    rows = rows.mutate(is_paid=(rows.paid_off_on < stop).fill_null(False), stop=stop)
    rows = rows.mutate(
        watched_days=ibis.ifelse(
            rows.is_paid,
            rows.paid_off_on.delta(ibis.date(start), unit="day") + 1,
            rows.stop.delta(ibis.date(start), unit="day"),
        )
    )
    return rows.filter(rows.watched_days >= 1).select("charge_id", "watched_days", "is_paid")


def label_debtors(then: Books, later: Books, horizon_days: int) -> ibis.Table:
    """One row a debtor that had an open charge at `then.as_of`.

    `any_paid` is 1.0 where any payment was made within `horizon_days` from `then.as_of` on, `paid_amount` their sum;
    `tried_channel`, `tried_weekday`, `tried_hour` and `tried_propensity` tell the first attempt within three days (null
    where nobody tried). No row has a horizon that ends after `later.as_of`.
    """
    start = pd.Timestamp(then.as_of)
    end = (start + pd.Timedelta(days=horizon_days)).date()
    within = later.known.payments.filter((_.paid_on >= then.as_of) & (_.paid_on < end))
    paid = within.group_by("debtor_id").agg(paid_amount=_.amount.cast("float64").sum().round(2))
    debtors = then.charges.filter(_.is_open & (end <= later.as_of)).select("debtor_id").distinct()
    joined = debtors.left_join(paid, "debtor_id").drop("debtor_id_right")
    joined = joined.left_join(_first_attempts(then, later), "debtor_id").drop("debtor_id_right")
    return joined.mutate(any_paid=_.paid_amount.notnull().cast("float64"), paid_amount=_.paid_amount.fill_null(0.0))


def _first_attempts(then: Books, later: Books, *, days: int = 3) -> ibis.Table:
    end = (pd.Timestamp(then.as_of) + pd.Timedelta(days=days)).date()
    window = later.known.attempts.filter((_.attempted_on >= then.as_of) & (_.attempted_on < end))
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
    `reached`."""
    end = min((pd.Timestamp(then.as_of) + pd.Timedelta(days=days)).date(), later.as_of)
    window = later.known.attempts.filter((_.attempted_on >= then.as_of) & (_.attempted_on < end))
    return window.select(
        "attempt_id",
        "debtor_id",
        "channel",
        "reached",
        weekday=_.attempted_local.day_of_week.index(),
        hour=_.attempted_local.hour(),
    )


def last_as_of(data_end: date, horizon_days: int) -> date:
    """The latest as-of day whose whole horizon has been seen by `data_end`."""
    return (pd.Timestamp(data_end) - pd.Timedelta(days=horizon_days)).date()
