"""Who pays late: what became of each charge, and what the books said about it on days before that was known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import ibis
import numpy as np
import pandas as pd
from ibis import _

from recobro_data.books import Books
from recobro_models.features import payment_history
from workings.measures import rates, share_done
from workings.portfolio import Portfolio

#: A charge is late from `LATE` days past due on, and very late from `VERY_LATE` on.
LATE, VERY_LATE = 5, 30
#: Signals by column: how a boss would call them. Each rises with the risk it tells of.
SIGNALS: Final = {
    "late_of_last6": "Share late of the last six",
    "last_days_late": "Lateness of the last one",
    "mean_days_late_365d": "Usual lateness (mean)",
    "n_older_open": "Older charges still open",
    "first_days_late": "Lateness of the very first",
}
SEGMENTS: Final = ("None of the last six late", "One or two late", "Three or more late", "Too new to say")


def build_outcomes(portfolio: Portfolio) -> pd.DataFrame:
    """One row a charge that fell due `VERY_LATE` or more days before the end: `days_late` so far, `is_late`,
    `is_very_late`, `is_paid`.

    Cancelled charges and those in dispute are left out: nobody is late with them.
    """
    with portfolio.books(portfolio.as_of) as books:
        told = books.charges.filter(_.cancelled_on.isnull() & ~_.is_disputed & (_.days_past_due >= VERY_LATE))
        so_far = ibis.coalesce(_.days_late, _.days_past_due.cast("float64"))
        frame: pd.DataFrame = (
            told.mutate(days_late=so_far, is_paid=_.paid_off_on.notnull())
            .select("charge_id", "debtor_id", "portfolio_id", "product", "due_on", "amount", "days_late", "is_paid")
            .order_by("charge_id")
            .to_pandas()
        )
    return frame.assign(is_late=frame["days_late"] >= LATE, is_very_late=frame["days_late"] >= VERY_LATE)


def build_by_month(outcomes: pd.DataFrame) -> pd.DataFrame:
    """One row a whole month of due dates: charges `n`, `late` and `very_late` shares with their intervals."""
    month = outcomes["due_on"].dt.to_period("M")
    late, very = rates(outcomes["is_late"], month), rates(outcomes["is_very_late"], month)
    table = late.join(very.drop(columns="n"), lsuffix="_late", rsuffix="_very_late")
    first, last = outcomes["due_on"].min(), outcomes["due_on"].max()
    whole = (table.index.start_time >= first.normalize() - pd.Timedelta(days=1)) & (
        table.index.end_time.normalize() <= last
    )
    return table[whole]


def share_of_worst(outcomes: pd.DataFrame, *, share: float = 0.1) -> float:
    """Share of the very late charges that the worst `share` of debtors hold."""
    each = outcomes.groupby("debtor_id")["is_very_late"].sum().sort_values(ascending=False)
    return float(each.head(max(1, round(len(each) * share))).sum() / max(each.sum(), 1))


def build_known(portfolio: Portfolio, days: Sequence[date], outcomes: pd.DataFrame) -> pd.DataFrame:
    """One row a charge and as-of day on which it was billed and at most `VERY_LATE` days past due.

    `is_open` and the `SIGNALS` are as the books stood at the start of `as_of`; what became of it is joined last.
    """
    frames = []
    for day in days:
        with portfolio.books(day) as books:
            frames.append(known_on(books).assign(as_of=pd.Timestamp(day)))
    known = pd.concat(frames, ignore_index=True)
    after = outcomes[["charge_id", "is_very_late", "days_late", "is_paid"]]
    return known.merge(after, on="charge_id", how="inner")


def known_on(books: Books) -> pd.DataFrame:
    """One row a charge billed and not yet `VERY_LATE`: `SIGNALS`, `segment`, `is_open`, `charge_days_past_due`."""
    frame: pd.DataFrame = (
        _young_charges(books).left_join(_signals(books), "debtor_id").order_by("charge_id").to_pandas()
    )
    n = frame["n_of_last6"].fillna(0)
    return frame.assign(
        late_of_last6=frame["n_late5_of_last6"] / n.where(n > 0),
        segment=_segment(n, frame["n_late5_of_last6"].fillna(0)),
    )


def _young_charges(books: Books) -> ibis.Table:
    """Charges billed and not yet `VERY_LATE` days past due, with how many older ones are open."""
    older = books.charges.filter(_.is_open).select("debtor_id", older_due_on="due_on")
    young = books.charges.filter(_.days_past_due < VERY_LATE)
    pairs = young.inner_join(older, ["debtor_id", older.older_due_on < young.due_on])
    counted = pairs.group_by("charge_id").agg(n_older_open=_.count())
    told = young.select("charge_id", "debtor_id", "is_open", charge_days_past_due="days_past_due")
    joined = told.left_join(counted, "charge_id").drop("charge_id_right")
    return joined.mutate(n_older_open=_.n_older_open.fill_null(0))


def _signals(books: Books) -> ibis.Table:
    """One row a debtor: the features of the product itself, and how the first charge in the books went."""
    past = payment_history.source(books)
    own = (
        payment_history.last_days_late,
        payment_history.n_of_last6,
        payment_history.n_late5_of_last6,
        payment_history.mean_days_late_365d,
    )
    columns = {make.__name__: make(past) for make in own}
    # From LATE days past due on it is known whether it was late; later days make it only later.
    first = past.depth.first(where=past.days_past_due >= LATE, order_by=[past.due_on, past.charge_id])
    return past.group_by("debtor_id").agg(first_days_late=ibis.least(first, VERY_LATE), **columns)


def _segment(n: pd.Series[int], n_late: pd.Series[int]) -> pd.Series[str]:
    named = np.select([n < 3, n_late == 0, n_late <= 2], [SEGMENTS[3], SEGMENTS[0], SEGMENTS[1]], SEGMENTS[2])
    return pd.Series(named, index=n.index)


def first_seen(known: pd.DataFrame) -> pd.DataFrame:
    """Each charge as it stood when it was first seen open, if that was by its due date."""
    seen = known[known["is_open"]].sort_values(["as_of", "charge_id"]).drop_duplicates("charge_id")
    return seen[seen["charge_days_past_due"] <= 0]


def build_curves(known: pd.DataFrame, steps: np.ndarray) -> dict[str, pd.DataFrame]:
    """Share of charges wholly paid by each day past due, by `SEGMENTS` as known when the charge was first seen open."""
    seen = first_seen(known)
    return {
        segment: share_done(rows["charge_days_past_due"], rows["days_late"], rows["is_paid"], steps)
        for segment in SEGMENTS
        if len(rows := seen[seen["segment"] == segment]) >= 30
    }


def build_silence(known: pd.DataFrame, *, width: int = 5, least: int = 20) -> pd.DataFrame:
    """Of the charges unpaid in each span of days past due, the share that ends up very late; one column a segment.

    Segments are those of `build_curves`: later a charge is itself among the last six. Null where fewer than `least`
    charges tell.
    """
    segment = first_seen(known).set_index("charge_id")["segment"]
    unpaid = known[known["is_open"] & known["charge_id"].isin(segment.index)]
    unpaid = unpaid.assign(segment=unpaid["charge_id"].map(segment))
    middle = unpaid["charge_days_past_due"] // width * width + (width - 1) / 2
    table = unpaid.groupby([middle, "segment"])["is_very_late"].agg(["size", "mean"])
    return table["mean"].where(table["size"] >= least).unstack()


def title_curves(curves: dict[str, pd.DataFrame]) -> str:
    """The finding of the payment curves."""
    on_due = {segment: curve["share"].get(0, np.nan) for segment, curve in curves.items()}
    best, worst = on_due.get(SEGMENTS[0]), on_due.get(SEGMENTS[2])
    if best is None or worst is None:
        return "Share paid by day, by behaviour"
    return f"On the due date {best:.0%} of the punctual have paid, {worst:.0%} of the often late"
