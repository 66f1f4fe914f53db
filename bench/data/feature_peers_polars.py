"""Polars in `bench-features`: the same columns as lazy queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from bench.data.feature_files import PROMISE_COLUMNS, Files, counted_attempts, files_of, parts_of


def in_one_pass(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query for everybody, on the engine that streams."""
    for as_of in days:
        _write(files_of(folder, as_of), out / as_of.isoformat() / "all.parquet")


def by_partitions(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query a part."""
    for part in parts_of(folder):
        for as_of in days:
            _write(files_of(folder, as_of, part), out / as_of.isoformat() / f"{part}.parquet")


def _write(files: Files, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    families = [_of_payments(files), _open_position(files), _of_attempts(files)]
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
        settled=(paid_ago <= 365).fill_null(False), settled_90d=(paid_ago <= 90).fill_null(False),
        recent=past_due.is_between(1, 365), is_due=past_due > 0,
        depth=pl.max_horizontal(pl.coalesce(late, past_due), 0), in_parts=pl.col("n_parts") > 1,
    )  # fmt: skip
    means = charges.group_by("debtor_id").agg(*_means())
    return means.join(_of_last_six(charges), on="debtor_id", how="left")


def _means() -> list[pl.Expr]:
    depth, late, settled, recent = pl.col("depth"), pl.col("late"), pl.col("settled"), pl.col("recent")
    return [
        recent.sum().alias("n_charges_365d"),
        settled.sum().alias("n_settled_365d"),
        late.filter(settled).mean().alias("mean_days_late_365d"),
        late.filter(pl.col("settled_90d")).mean().alias("mean_days_late_90d"),
        late.filter(settled).std().alias("spread_days_late_365d"),
        depth.filter(recent).max().alias("worst_days_late_365d"),
        *((depth >= days).filter(recent).mean().alias(f"late{days}_share_365d") for days in (5, 15, 30)),
        pl.col("in_parts").filter(settled).mean().alias("in_parts_share_365d"),
        (pl.col("amount").sum().round(2) / pl.len()).alias("mean_charge_amount"),
        pl.col("past_due").max().alias("tenure_days"),
    ]


def _of_last_six(charges: pl.LazyFrame) -> pl.LazyFrame:
    newest = charges.filter("is_due").sort("due_on", "charge_id", descending=True)
    six = newest.group_by("debtor_id").agg(pl.col("depth").head(6))
    depth = pl.col("depth").list
    return six.select(
        "debtor_id",
        last_days_late=depth.first(),
        n_of_last6=depth.len(),
        n_late5_of_last6=depth.eval(pl.element() >= 5).list.sum(),
        n_late15_of_last6=depth.eval(pl.element() > 15).list.sum(),
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
    )  # fmt: skip
    recent, newest = pl.col("recent"), pl.col("newest")
    late_money = pl.col("late_amount").filter(recent).sum().round(2)
    return placed.group_by("debtor_id").agg(
        n_payments_90d=newest.sum(),
        days_since_last_payment=pl.col("days_ago").min(),
        paid_amount_90d=pl.when(newest.any()).then(amount.filter(newest).sum().round(2)),
        month_end_share_365d=pl.col("month_end").filter(recent).mean(),
        mid_month_share_365d=pl.col("mid_month").filter(recent).mean(),
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
        *((days_ago <= days).sum().alias(f"n_attempts_{days}d") for days in (7, 30, 180)),
        (reached & recent).sum().alias("n_reached_180d"),
        days_ago.min().alias("days_since_last_attempt"),
        days_ago.filter(reached).min().alias("days_since_last_reached"),
        ((pl.col("outcome") == "refusal") & recent).sum().alias("n_refusals_180d"),
        *_counters(recent),
    )


def _counters(recent: pl.Expr) -> list[pl.Expr]:
    hour, counters = pl.col("hour"), []
    for name, channel, (first, last), reached in counted_attempts():
        counted = (pl.col("channel") == channel) & recent & (hour >= first) & (hour < last)
        counters.append((counted & pl.col("reached") if reached else counted).sum().alias(name))
    return counters
