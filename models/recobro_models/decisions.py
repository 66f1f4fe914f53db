"""Decisions of the past and what followed: every attempt of a week, and each debtor once more when left alone."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from recobro_data.books import Books
from recobro_models.decision.draws import draw

#: Days from the as-of day on whose decisions are looked at, and days within which a payment is soon.
DECISION_DAYS: Final = 7
SOON_DAYS: Final = 7
_SATURDAY: Final = 5


def label_decisions(then: Books, later: Books, horizon_days: int) -> pd.DataFrame:
    """One row a debtor with an open charge at `then.as_of` and a day of the week from then on: each day with an
    attempt, and one working day, drawn for each debtor, if nobody tried on it.

    | column | |
    |---|---|
    | `days_ahead` | from `then.as_of` to the day |
    | `tried_channel`, `_weekday`, `_hour`, `_propensity` | of the first attempt of the day; null: left alone |
    | `is_reached` | whether that attempt reached the debtor |
    | `n_tried_before`, `reached_days_before` | attempts in between, and days since one reached the debtor, or null |
    | `paid_soon` | 1.0 where a payment was made in the `SOON_DAYS` from that day on, the day among them |
    | `paid_amount` | what was paid in the `horizon_days` from that day on; null: nothing, or they are not over |

    Left out: days after a payment made in between (what is known of the debtor is no longer so), and days of which
    `SOON_DAYS` are not over at `later.as_of`.
    """
    start = then.as_of
    known_days = (later.as_of - start).days
    last = min(DECISION_DAYS, known_days - SOON_DAYS + 1)
    owing = then.open_charges.filter(_.is_open).select("debtor_id").distinct().to_pandas()
    attempts = _week_of(later, start, max(last, 0))
    alone = owing.assign(days_ahead=_drawn_days(owing["debtor_id"], start, max(last, 1)))
    decided = pd.concat([alone, attempts.merge(owing, on="debtor_id")], ignore_index=True)
    rows = decided.sort_values(["debtor_id", "days_ahead", "tried_channel"], kind="stable", na_position="last")
    rows = rows.drop_duplicates(["debtor_id", "days_ahead"]).reset_index(drop=True)
    payments = _payments_of(later, start, last + max(SOON_DAYS, horizon_days))
    rows = _with_payments(_with_before(rows[rows["days_ahead"] < last], attempts), payments)
    is_over = rows["days_ahead"] + horizon_days <= known_days
    return rows.assign(paid_amount=_paid_within(rows, payments, horizon_days).where(is_over)).reset_index(drop=True)


def _week_of(later: Books, start: date, days: int) -> pd.DataFrame:
    """The first attempt of each debtor and day."""
    made = later.known.attempts.filter(
        (_.attempted_on >= start) & (_.attempted_on < ibis.date(start) + ibis.interval(days=days))
    )
    rows: pd.DataFrame = made.select(
        "debtor_id", "attempted_at", "attempt_id",
        days_ahead=_.attempted_on.delta(ibis.date(start), unit="day"), tried_channel="channel",
        tried_weekday=_.attempted_local.day_of_week.index(), tried_hour=_.attempted_local.hour(),
        tried_propensity="propensity", is_reached="reached",
    ).to_pandas()  # fmt: skip
    rows = rows.sort_values(["debtor_id", "attempted_at", "attempt_id"], kind="stable")
    return rows.drop_duplicates(["debtor_id", "days_ahead"]).drop(columns=["attempted_at", "attempt_id"])


def _payments_of(later: Books, start: date, days: int) -> pd.DataFrame:
    """What each debtor paid on each day: `debtor_id`, `paid_ahead`, `paid_amount`."""
    paid = later.known.payments.filter(
        (_.paid_on >= start) & (_.paid_on < ibis.date(start) + ibis.interval(days=max(days, 0)))
    )
    rows: pd.DataFrame = paid.select(
        "debtor_id", paid_ahead=_.paid_on.delta(ibis.date(start), unit="day"), paid_amount=_.amount.cast("float64")
    ).to_pandas()
    return rows.groupby(["debtor_id", "paid_ahead"], as_index=False)["paid_amount"].sum()


def _drawn_days(debtor_ids: pd.Series[str], start: date, days: int) -> NDArray[np.int64]:
    """For each debtor one of the days ahead, a weekday where there is one."""
    weekdays = [ahead for ahead in range(days) if (start.weekday() + ahead) % 7 < _SATURDAY] or list(range(days))
    drawn = draw(debtor_ids, "decision day", start.isoformat()) * len(weekdays)
    found: NDArray[np.int64] = np.array(weekdays)[drawn.astype(np.int64)]
    return found


def _with_before(rows: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    """Add what was tried between the start and each row's day."""
    before = rows[["debtor_id", "days_ahead"]].merge(
        attempts[["debtor_id", "days_ahead", "is_reached"]], on="debtor_id", suffixes=("", "_tried")
    )
    before = before[before["days_ahead_tried"] < before["days_ahead"]]
    since = (before["days_ahead"] - before["days_ahead_tried"]).where(before["is_reached"].astype(bool))
    told = before.assign(since=since).groupby(["debtor_id", "days_ahead"])["since"].agg(["size", "min"])
    told.columns = pd.Index(["n_tried_before", "reached_days_before"])
    joined = rows.join(told, on=["debtor_id", "days_ahead"])
    is_reached = joined["is_reached"].astype("boolean").fillna(False).astype(bool)
    return joined.assign(n_tried_before=joined["n_tried_before"].fillna(0), is_reached=is_reached)


def _with_payments(rows: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Add whether each row's debtor paid soon; rows after a payment are dropped."""
    first = payments.groupby("debtor_id")["paid_ahead"].min()
    paid_ahead = rows["debtor_id"].map(first).to_numpy(np.float64, na_value=np.inf)
    days = rows["days_ahead"].to_numpy(np.float64)
    labelled = rows.assign(paid_soon=(paid_ahead < days + SOON_DAYS).astype(np.float64))
    return labelled[paid_ahead >= days]


def _paid_within(rows: pd.DataFrame, payments: pd.DataFrame, days: int) -> pd.Series[float]:
    """What each row's debtor paid in so many days from the row's day on; null where that is nothing."""
    told = rows[["debtor_id", "days_ahead"]].rename_axis("row").reset_index().merge(payments, on="debtor_id")
    ahead = told["paid_ahead"] - told["days_ahead"]
    return told[(ahead >= 0) & (ahead < days)].groupby("row")["paid_amount"].sum().reindex(rows.index)
