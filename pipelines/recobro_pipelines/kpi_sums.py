"""The sums that KPIs are made of, of one piece of the lake: they add up over pieces, portfolios, channels and hours.

Every frame has `portfolio_id` and `currency` (empty for a debtor without charges); money is in that currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import ibis
import pandas as pd
from ibis import _

from recobro_data.books import Books, Placed, build_books, known_as_of
from recobro_data.books.balances import stage_of
from recobro_data.settings import Stages
from recobro_pipelines.kpi_attempts import LONG_DAYS as LONG_DAYS
from recobro_pipelines.kpi_attempts import PLACE as PLACE
from recobro_pipelines.kpi_attempts import RECENT_DAYS as RECENT_DAYS
from recobro_pipelines.kpi_attempts import places_of, sum_agents, sum_attempts, sum_worked_stages

#: Days past due by 30; a debtor with nothing past due is `current`.
BUCKETS: Final = ("current", "1-30", "31-60", "61-90", "91+")
#: Where a debtor of a bucket is found a month later; `cancelled`: what was past due was written off, not paid.
ENDS: Final = ("nothing_owed", *BUCKETS, "cancelled")


@dataclass(frozen=True)
class Period:
    """The day a report speaks of and the last full calendar month before it: [month_start, month_end)."""

    as_of: date
    month_start: date
    month_end: date

    @classmethod
    def before(cls, as_of: date) -> Period:
        """The period of a day.

        Example:
            >>> Period.before(date(2026, 3, 1)).month_start
            datetime.date(2026, 2, 1)
        """
        end = as_of.replace(day=1)
        return cls(as_of, (end - timedelta(days=1)).replace(day=1), end)


def sum_piece(
    placed: Placed, backend: ibis.BaseBackend, period: Period, configured: tuple[Mapping[str, float], Stages]
) -> dict[str, pd.DataFrame]:
    """Every frame of sums by name.

    `configured`: the cost of an attempt by channel, where it names none, and the cut-offs of the stages.
    """
    costs, stages = configured
    now, start, end = (
        build_books(known_as_of(placed, day), backend) for day in (period.as_of, period.month_start, period.month_end)
    )
    tables = {
        "position": sum_position(now),
        "ageing": sum_ageing(now),
        "debtors": sum_debtors(now),
        "month": sum_month(start, end),
        "rolls": sum_rolls(start, end),
        "attempts": sum_attempts(now, costs),
        "promises": sum_promises(now),
        "recovered": sum_recovered(now),
        "charged": sum_charged(now),
        "paid": sum_paid(now),
        "stages": sum_stages(now, stages),
        "agents": sum_agents(now, costs),
        "worked_stages": sum_worked_stages(now, costs, stages),
    }
    return {name: _summed(table) for name, table in tables.items()}


def _summed(table: ibis.Table) -> pd.DataFrame:
    """The rows, with 0 for the sum of nothing: from here on a missing number means one that nobody knows."""
    frame: pd.DataFrame = table.to_pandas()
    numbers = list(frame.select_dtypes("number").columns)
    return frame.assign(**{name: frame[name].fillna(0) for name in numbers})


def sum_position(now: Books) -> ibis.Table:
    """What is owed, how late it is, and what was issued and paid off in the last `LONG_DAYS`."""
    since = now.as_of - timedelta(days=LONG_DAYS)
    paid = (_.paid_off_on >= since).fill_null(False)
    days_to_pay = _.paid_off_on.delta(_.issued_on, unit="day")
    charges = now.charges.mutate(is_late=_.is_open & (_.days_past_due > 0))
    return charges.group_by(PLACE).agg(
        balance=_.outstanding.sum(),
        overdue=_.outstanding.sum(where=_.is_late),
        n_overdue=_.count(where=_.is_late),
        overdue_days_money=(_.outstanding * _.days_past_due).sum(where=_.is_late),
        overdue_days=_.days_past_due.sum(where=_.is_late),
        issued=_.amount.sum(where=(_.issued_on >= since) & _.cancelled_on.isnull()),
        paid_off=_.amount.sum(where=paid),
        days_to_pay_money=(_.amount * days_to_pay).sum(where=paid),
        history_days=(-_.issued_on.delta(ibis.date(now.as_of), unit="day")).max(),
    )


def sum_ageing(now: Books) -> ibis.Table:
    """Open charges by the bucket of their own days past due."""
    charges = now.charges.filter(_.is_open).mutate(bucket=bucket_of(_.days_past_due))
    return charges.group_by([*PLACE, "bucket"]).agg(n=_.count(), amount=_.outstanding.sum())


def sum_debtors(now: Books) -> ibis.Table:
    """Debtors who owe, are past due, owed at some time in the last `RECENT_DAYS`, and were tried in them."""
    since = now.as_of - timedelta(days=RECENT_DAYS)
    owing = now.charges.filter(_.is_open).group_by("debtor_id").agg(days=_.days_past_due.max())
    lately = now.charges.filter(
        (_.paid_off_on.isnull() | (_.paid_off_on >= since)) & (_.cancelled_on.isnull() | (_.cancelled_on >= since))
    )
    tried = now.known.attempts.filter(_.attempted_on >= since).group_by("debtor_id").agg(n_attempts=_.count())
    debtors = _marked(places_of(now), lately.select("debtor_id").distinct(), "owed_lately")
    for table in (owing, tried):
        debtors = debtors.left_join(table, "debtor_id").drop("debtor_id_right")
    return debtors.group_by(PLACE).agg(
        n_owing=_.count(where=_.days.notnull()),
        n_overdue=_.count(where=_.days > 0),
        n_owed_lately=_.count(where=_.owed_lately),
        n_worked=_.count(where=_.owed_lately & _.n_attempts.notnull()),
        n_tried=_.count(where=_.n_attempts.notnull()),
        n_attempts=_.n_attempts.sum().fill_null(0).cast("int64"),
    )


def sum_month(start: Books, end: Books) -> ibis.Table:
    """What was owed when the month began, issued in it, and left when it ended; without charges cancelled by then."""
    gone = end.charges.filter(_.cancelled_on.notnull()).select("charge_id")
    left = end.charges.select("charge_id", left="outstanding")
    opening = start.charges.anti_join(gone, "charge_id").inner_join(left, "charge_id").filter(_.is_open)
    late = _.days_past_due > 0
    opened = opening.group_by(PLACE).agg(
        opening=_.outstanding.sum(),
        opening_overdue=_.outstanding.sum(where=late),
        recovered=(_.outstanding - _.left).sum(where=late),
    )
    closed = (
        end.charges.filter(_.cancelled_on.isnull())
        .group_by(PLACE)
        .agg(
            issued=_.amount.sum(where=_.issued_on >= start.as_of),
            closing=_.outstanding.sum(),
            closing_current=_.outstanding.sum(where=_.days_past_due <= 0),
        )
    )
    return closed.left_join(opened, list(PLACE)).drop("portfolio_id_right", "currency_right")


def sum_rolls(start: Books, end: Books) -> ibis.Table:
    """Debtors and balances by the bucket the month found them in, where it left them, and whether reached in it."""
    then = _debtors_owing(start).mutate(was=bucket_of(_.days))
    now = _debtors_owing(end).select("debtor_id", days_now="days")
    gone = end.charges.filter(_.cancelled_on.notnull()).select("charge_id")
    written_off = start.charges.filter(_.is_open & (_.days_past_due > 0)).semi_join(gone, "charge_id")
    reached = end.known.attempts.filter(_.reached & (_.attempted_on >= start.as_of))
    rows = then.left_join(now, "debtor_id").drop("debtor_id_right")
    rows = _marked(rows, written_off.select("debtor_id").distinct(), "has_written_off")
    rows = _marked(rows, reached.select("debtor_id").distinct(), "was_reached")
    is_late = (rows.days_now > 0).fill_null(False)
    became = ibis.cases(
        (is_late, bucket_of(rows.days_now)),
        (rows.has_written_off, "cancelled"),
        (rows.days_now.isnull(), "nothing_owed"),
        else_="current",
    )
    return rows.mutate(became=became).group_by([*PLACE, "was", "became", "was_reached"]).agg(
        n=_.count(), amount=_.balance.sum()
    )  # fmt: skip


def sum_promises(now: Books) -> ibis.Table:
    """Promises that fell due in the last `LONG_DAYS`, by what became of them."""
    due = now.promises.filter((_.due_on >= now.as_of - timedelta(days=LONG_DAYS)) & (_.due_on < now.as_of))
    return (
        due.inner_join(places_of(now), "debtor_id")
        .group_by(PLACE)
        .agg(
            n=_.count(),
            n_kept=_.count(where=_.status == "kept"),
            amount=_.amount.sum(),
            kept=ibis.least(_.amount, _.paid_amount).sum(),
        )
    )


def sum_recovered(now: Books) -> ibis.Table:
    """Money applied to charges in the last `RECENT_DAYS`: all of it, and what came after its charge fell due."""
    lately = now.allocations.filter(_.applied_on >= now.as_of - timedelta(days=RECENT_DAYS))
    places = now.charges.select("charge_id", *PLACE)
    rows = lately.inner_join(places, "charge_id").group_by(PLACE)
    return rows.agg(collected=_.amount.sum(), recovered=_.amount.sum(where=_.days_late > 0))


def sum_charged(now: Books) -> ibis.Table:
    """Amounts charged by month of issue, due date and cancellation."""
    return _by_month(now.charges).group_by([*PLACE, "issued", "due", "cancelled"]).agg(amount=_.amount.sum())


def sum_paid(now: Books) -> ibis.Table:
    """Amounts applied to charges by the month they were applied, and the months of their charges."""
    charges = _by_month(now.charges).select("charge_id", *PLACE, "due", "cancelled")
    rows = now.allocations.select("charge_id", "amount", applied=_.applied_on.truncate("M"))
    joined = rows.inner_join(charges, "charge_id")
    return joined.group_by([*PLACE, "due", "cancelled", "applied"]).agg(amount=_.amount.sum())


def sum_stages(now: Books, stages: Stages) -> ibis.Table:
    """Debtors who owe by their stage of arrears, with what they owe and what of it is past due."""
    overdue = _.outstanding.sum(where=_.days_past_due > 0).fill_null(0.0)
    late = now.charges.filter(_.is_open).group_by("debtor_id").agg(overdue=overdue)
    debtors = _debtors_owing(now).mutate(stage=stage_of(_.days, stages))
    rows = debtors.left_join(late, "debtor_id").drop("debtor_id_right").group_by([*PLACE, "stage"])
    return rows.agg(n=_.count(), balance=_.balance.sum(), overdue=_.overdue.sum())


def bucket_of(days_past_due: Any) -> Any:
    """The bucket of a number of days past due."""
    return ibis.cases(
        (days_past_due <= 0, BUCKETS[0]),
        (days_past_due <= 30, BUCKETS[1]),
        (days_past_due <= 60, BUCKETS[2]),
        (days_past_due <= 90, BUCKETS[3]),
        else_=BUCKETS[4],
    )


def _debtors_owing(books: Books) -> ibis.Table:
    charges = books.charges.filter(_.is_open).group_by("debtor_id")
    return charges.agg(
        portfolio_id=_.portfolio_id.min(),
        currency=_.currency.min(),
        days=_.days_past_due.max(),
        balance=_.outstanding.sum(),
    )


def _by_month(charges: ibis.Table) -> ibis.Table:
    months = {name: charges[f"{name}_on"].truncate("M") for name in ("issued", "due", "cancelled")}
    return charges.mutate(**months)


def _marked(table: ibis.Table, ids: ibis.Table, name: str) -> ibis.Table:
    """The table with a column that tells whether its debtor is among `ids`."""
    joined = table.left_join(ids, "debtor_id")
    return joined.mutate(**{name: joined.debtor_id_right.notnull()}).drop("debtor_id_right")
