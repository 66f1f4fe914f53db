"""Polars in `bench-features`: the same columns as lazy queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from bench.data.feature_files import PROMISE_COLUMNS, Files, counted_attempts, files_of, parts_of

#: Weights of charges by age are whole numbers of this part.
_ONE: Final = 2**20


def in_one_pass(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query for everybody, on the engine that streams."""
    for as_of in days:
        _write(files_of(folder, as_of), out / as_of.isoformat() / "all.parquet")


def by_partitions(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query a part."""
    for part in parts_of(folder):
        for as_of in days:
            _write(files_of(folder, as_of, part), out / as_of.isoformat() / f"{part.rstrip('-*')}.parquet")


def _write(files: Files, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    families = [_of_payments(files), _open_position(files), _of_attempts(files), _followed(files)]
    table = _of_charges(files)
    for family in families:
        table = table.join(family, on="debtor_id", how="left")
    promises = [pl.lit(0).alias(name) for name in PROMISE_COLUMNS]
    counts = pl.col("^n_.*$").fill_null(0)
    table.with_columns(counts, *promises).collect(engine="streaming").write_parquet(path)


def _days(column: str, as_of: date) -> pl.Expr:
    return (pl.lit(as_of) - pl.col(column)).dt.total_days()


def _of_charges(files: Files) -> pl.LazyFrame:
    late = (pl.col("paid_off_on") - pl.col("due_on")).dt.total_days()
    past_due, paid_ago = _days("due_on", files.as_of), _days("paid_off_on", files.as_of)
    charges = pl.scan_parquet(files.charges).select(
        "debtor_id", "amount", "due_on", "charge_id", past_due=past_due, late=late,
        **{f"settled_{days}d": (paid_ago <= days).fill_null(False) for days in (30, 90, 180, 365)},
        outstanding="outstanding", recent=past_due.is_between(1, 365), is_due=past_due > 0,
        depth=pl.max_horizontal(pl.coalesce(late, past_due), 0), in_parts=pl.col("n_parts") > 1,
        weight=(_ONE * 0.5 ** (past_due / 90)).round().cast(pl.Int64),
    )  # fmt: skip
    means = charges.group_by("debtor_id").agg(*_means(), *_shares())
    trend = pl.col("mean_days_late_90d") - pl.col("mean_days_late_365d")
    means = means.with_columns(trend_days_late_90d=trend)
    return means.join(_of_last_ten(charges), on="debtor_id", how="left")


def _means() -> list[pl.Expr]:
    late, settled, recent, amount = pl.col("late"), pl.col("settled_365d"), pl.col("recent"), pl.col("amount")
    unpaid = pl.col("outstanding").filter(recent).sum().round(2) / amount.filter(recent).sum().round(2)
    return [
        recent.sum().alias("n_charges_365d"),
        settled.sum().alias("n_settled_365d"),
        *(late.filter(f"settled_{days}d").mean().alias(f"mean_days_late_{days}d") for days in (30, 90, 180, 365)),
        *(late.filter(f"settled_{days}d").std().alias(f"spread_days_late_{days}d") for days in (90, 365)),
        late.mean().alias("mean_days_late_all"),
        pl.col("depth").filter(recent).max().alias("worst_days_late_365d"),
        pl.when(recent.any()).then(unpaid).alias("utilisation_365d"),
        pl.col("in_parts").filter(settled).mean().alias("in_parts_share_365d"),
        (amount.sum().round(2) / pl.len()).alias("mean_charge_amount"),
        pl.col("past_due").max().alias("tenure_days"),
    ]


def _shares() -> list[pl.Expr]:
    past_due, is_due, weight = pl.col("past_due"), pl.col("is_due"), pl.col("weight")
    late5 = pl.col("depth") >= 5
    smoothed = (weight.filter(is_due & late5).sum() + 0.2 * _ONE) / (weight.filter(is_due).sum() + 2 * _ONE)
    return [
        *((pl.col("depth") >= days).filter("recent").mean().alias(f"late{days}_share_365d") for days in (5, 15, 30)),
        late5.filter(past_due.is_between(1, 90)).mean().alias("late5_share_90d"),
        late5.filter(past_due.is_between(335, 395)).mean().alias("late5_share_year_ago"),
        late5.filter(is_due).mean().alias("late5_share_all"),
        smoothed.alias("smoothed_late5_share"),
    ]


def _of_last_ten(charges: pl.LazyFrame) -> pl.LazyFrame:
    newest = charges.filter("is_due").sort("due_on", "charge_id", descending=True)
    ten = newest.group_by("debtor_id").agg(pl.col("depth").head(10))
    last = {n: pl.col("depth").list.head(n).list for n in (3, 6, 10)}
    return ten.select(
        "debtor_id",
        **{f"n_of_last{n}": last[n].len() for n in (6, 10)},
        **{f"n_late5_of_last{n}": last[n].eval(pl.element() >= 5).list.sum() for n in (3, 6, 10)},
        **{f"mean_days_late_of_last{n}": last[n].mean() for n in (3, 10)},
        last_days_late=last[3].first(),
        worst_days_late_of_last3=last[3].max(),
        n_late15_of_last6=last[6].eval(pl.element() > 15).list.sum(),
    )


def _open_position(files: Files) -> pl.LazyFrame:
    charges = pl.scan_parquet(files.charges).filter(pl.col("outstanding") > 0)
    overdue = pl.col("due_on") < files.as_of
    return charges.group_by("debtor_id").agg(
        n_open=pl.len(),
        n_overdue=overdue.sum(),
        open_amount=pl.col("outstanding").sum().round(2),
        overdue_amount=pl.col("outstanding").filter(overdue).sum().round(2),
        oldest_days_past_due=_days("due_on", files.as_of).max(),
    )


def _of_payments(files: Files) -> pl.LazyFrame:
    late = pl.scan_parquet(files.allocations).filter(pl.col("days_late") > 0)
    late = late.group_by("payment_id").agg(late_amount=pl.col("amount").sum())
    payments = pl.scan_parquet(files.payments).filter(pl.col("paid_on") < files.as_of)
    day, days_ago, amount = pl.col("paid_on").dt.day(), _days("paid_on", files.as_of), pl.col("amount")
    placed = payments.join(late, on="payment_id", how="left").select(
        "debtor_id", "amount", "late_amount", days_ago=days_ago, recent=days_ago <= 365, newest=days_ago <= 90,
        month_end=(day >= 28) | (day <= 3), mid_month=day.is_between(14, 18),
        weekday=pl.col("paid_on").dt.weekday(),
    )  # fmt: skip
    recent, newest = pl.col("recent"), pl.col("newest")
    late_money = pl.col("late_amount").filter(recent).sum().round(2)
    return placed.group_by("debtor_id").agg(
        n_payments_90d=newest.sum(),
        days_since_last_payment=pl.col("days_ago").min(),
        paid_amount_90d=pl.when(newest.any()).then(amount.filter(newest).sum().round(2)),
        month_end_share_365d=pl.col("month_end").filter(recent).mean(),
        mid_month_share_365d=pl.col("mid_month").filter(recent).mean(),
        payday_early_week_share_365d=(pl.col("weekday") <= 2).filter(recent).mean(),
        payday_late_week_share_365d=(pl.col("weekday") >= 5).filter(recent).mean(),
        late_money_share_365d=pl.when(recent.any()).then(late_money / amount.filter(recent).sum().round(2)),
    )


def _of_attempts(files: Files) -> pl.LazyFrame:
    attempts = pl.scan_parquet(files.attempts).filter(pl.col("attempted_on") < files.as_of)
    attempts = attempts.with_columns(
        days_ago=_days("attempted_on", files.as_of), hour=pl.col("attempted_local").dt.hour()
    )
    days_ago, reached = pl.col("days_ago"), pl.col("reached")
    recent = days_ago <= 180
    return attempts.group_by("debtor_id").agg(
        *((days_ago <= days).sum().alias(f"n_attempts_{days}d") for days in (7, 14, 30, 180)),
        (reached & recent).sum().alias("n_reached_180d"),
        (reached & days_ago.is_between(8, 365)).sum().alias("n_reached_before_365d"),
        days_ago.min().alias("days_since_last_attempt"),
        days_ago.filter(reached).min().alias("days_since_last_reached"),
        ((pl.col("outcome") == "refusal") & recent).sum().alias("n_refusals_180d"),
        *_counters(),
    )


def _counters() -> list[pl.Expr]:
    hour, counters = pl.col("hour"), []
    for one in counted_attempts():
        counted = (pl.col("channel") == one.channel) & (pl.col("days_ago") <= one.days)
        counted &= (hour >= one.first) & (hour < one.last)
        counters.append((counted & pl.col("reached") if one.only_reached else counted).sum().alias(one.name))
    return counters


def _followed(files: Files) -> pl.LazyFrame:
    """A join on the debtor alone, and the week as its filter, measured a fifth of the time of `join_asof`."""
    day, attempted_on, paid_on = timedelta(days=1), pl.col("attempted_on"), pl.col("paid_on")
    asked = pl.col("reached") & attempted_on.is_between(files.as_of - 365 * day, files.as_of - 8 * day)
    known = paid_on.is_between(files.as_of - 365 * day, files.as_of - day)
    payments = pl.scan_parquet(files.payments).filter(known).select("debtor_id", "paid_on")
    attempts = pl.scan_parquet(files.attempts).filter(asked).select("debtor_id", "attempted_on").with_row_index("row")
    followed = attempts.join(payments, on="debtor_id").filter(paid_on.is_between(attempted_on, attempted_on + 6 * day))
    return followed.group_by("debtor_id").agg(n_paid_after_reached_365d=pl.col("row").n_unique())
