"""pandas in `bench-features`: the same columns from whole frames, by sums over numbered debtors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from bench.data import feature_files
from bench.data.feature_files import PROMISE_COLUMNS, Files, counted_attempts, files_of, parts_of


def by_partitions(folder: Path, days: Sequence[date], out: Path) -> None:
    """A part at a time: the frames of everybody would not fit."""
    for part in parts_of(folder):
        for as_of in days:
            path = out / as_of.isoformat() / f"{part}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            _features(files_of(folder, as_of, part)).to_parquet(path)


def _features(files: Files) -> pd.DataFrame:
    whole = _of_charges(files)
    for family in (_of_payments(files), _of_attempts(files)):
        whole = whole.join(family)
    counts = [name for name in whole.columns if name.startswith("n_")]
    whole[counts] = whole[counts].fillna(0)
    return whole.assign(**dict.fromkeys(PROMISE_COLUMNS, 0)).reset_index()


def _read(path: str, columns: Sequence[str]) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(path, columns=list(columns)).to_pandas(date_as_object=False)
    return frame


def _days_until(column: pd.Series, as_of: date) -> pd.Series:
    """Days from each date to the day; NaN where there is none."""
    return (pd.Timestamp(as_of) - column).dt.days.astype(float)


@dataclass(frozen=True)
class _Groups:
    """Rows by debtor: each debtor has a number, found once."""

    codes: np.ndarray
    debtor_ids: pd.Index

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Groups:
        codes, debtor_ids = pd.factorize(rows["debtor_id"])
        return cls(codes, pd.Index(debtor_ids, name="debtor_id"))

    def agg(self, how: str, columns: dict[str, pd.Series], **words: int) -> pd.DataFrame:
        """One row a debtor of each column's sum, mean, … over the values that are there."""
        found: pd.DataFrame = getattr(pd.DataFrame(columns).groupby(self.codes), how)(**words)
        return found.set_axis(self.debtor_ids[found.index])


def _of_charges(files: Files) -> pd.DataFrame:
    rows = _read(files.charges, feature_files.CHARGES)
    past_due, paid_ago = _days_until(rows["due_on"], files.as_of), _days_until(rows["paid_off_on"], files.as_of)
    rows = rows.assign(past_due=past_due, paid_ago=paid_ago, late=past_due - paid_ago)
    rows["depth"] = rows["late"].fillna(past_due).clip(lower=0)
    groups = _Groups.of(rows)
    return _of_settled(rows, groups).join(_of_due(rows, groups)).join(_open_position(rows, groups))


def _of_settled(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    settled, late = rows["paid_ago"] <= 365, rows["late"]
    means = {
        "mean_days_late_365d": late.where(settled),
        "mean_days_late_90d": late.where(rows["paid_ago"] <= 90),
        "in_parts_share_365d": (rows["n_parts"] > 1).astype(float).where(settled),
    }
    found = groups.agg("mean", means)
    found["mean_charge_amount"] = groups.agg("sum", {"sum": rows["amount"]})["sum"].round(2) / np.bincount(groups.codes)
    return found.assign(
        n_settled_365d=groups.agg("sum", {"n": settled})["n"],
        spread_days_late_365d=groups.agg("std", {"spread": late.where(settled)})["spread"],
        tenure_days=groups.agg("max", {"days": rows["past_due"]})["days"],
    )


def _of_due(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    recent, depth = rows["past_due"].between(1, 365), rows["depth"]
    shares = {f"late{days}_share_365d": (depth >= days).astype(float).where(recent) for days in (5, 15, 30)}
    found = groups.agg("mean", shares)
    found["n_charges_365d"] = groups.agg("sum", {"n": recent})["n"]
    found["worst_days_late_365d"] = groups.agg("max", {"days": depth.where(recent)})["days"]
    return found.join(_of_last_six(rows, groups))


def _of_last_six(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    due = rows.assign(code=groups.codes)[rows["past_due"] > 0]
    due = due.sort_values(["code", "due_on", "charge_id"], ascending=[True, False, False])
    nth = due.groupby("code").cumcount()
    due = due.assign(last=due["depth"].where(nth == 0))[nth < 6]
    six = _Groups(due["code"].to_numpy(), groups.debtor_ids)
    counted = {"n_of_last6": due["depth"] >= 0, "n_late5_of_last6": due["depth"] >= 5}
    found = six.agg("sum", {**counted, "n_late15_of_last6": due["depth"] > 15})
    return found.join(six.agg("max", {"last_days_late": due["last"]}))


def _open_position(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    rows = rows.assign(code=groups.codes)[rows["outstanding"] > 0]
    overdue, some = rows["past_due"] > 0, _Groups(rows["code"].to_numpy(), groups.debtor_ids)
    sums = {
        "n_open": rows["outstanding"] > 0,
        "n_overdue": overdue,
        "open_amount": rows["outstanding"],
        "overdue_amount": rows["outstanding"].where(overdue, 0.0),
    }
    return some.agg("sum", sums).round(2).join(some.agg("max", {"oldest_days_past_due": rows["past_due"]}))


def _of_payments(files: Files) -> pd.DataFrame:
    rows = _read(files.payments, feature_files.PAYMENTS)
    rows = rows[rows["paid_on"] < pd.Timestamp(files.as_of)]
    parts = _read(files.allocations, feature_files.ALLOCATIONS)
    late = parts[parts["days_late"] > 0].groupby("payment_id")["amount"].sum()
    rows = rows.join(late.rename("late_amount"), on="payment_id")
    groups, days_ago = _Groups.of(rows), _days_until(rows["paid_on"], files.as_of)
    recent, newest = days_ago <= 365, days_ago <= 90
    sums = {
        "n_payments_90d": newest.astype(float),
        "paid_amount_90d": rows["amount"].where(newest),
        "paid": rows["amount"].where(recent),
        "late": rows["late_amount"].fillna(0.0).where(recent),
    }
    found = groups.agg("sum", sums, min_count=1).round(2)
    found["late_money_share_365d"] = found.pop("late") / found.pop("paid")
    found["days_since_last_payment"] = groups.agg("min", {"days": days_ago})["days"]
    return found.join(groups.agg("mean", _days_of_month(rows["paid_on"].dt.day, recent)))


def _days_of_month(day: pd.Series, recent: pd.Series) -> dict[str, pd.Series]:
    return {
        "month_end_share_365d": ((day >= 28) | (day <= 3)).astype(float).where(recent),
        "mid_month_share_365d": day.between(14, 18).astype(float).where(recent),
    }


def _of_attempts(files: Files) -> pd.DataFrame:
    rows = _read(files.attempts, feature_files.ATTEMPTS)
    rows = rows[rows["attempted_on"] < pd.Timestamp(files.as_of)]
    groups, days_ago = _Groups.of(rows), _days_until(rows["attempted_on"], files.as_of)
    recent, reached = days_ago <= 180, rows["reached"]
    sums = {f"n_attempts_{days}d": days_ago <= days for days in (7, 30, 180)}
    sums |= {"n_reached_180d": reached & recent, "n_refusals_180d": (rows["outcome"] == "refusal") & recent}
    found = groups.agg("sum", sums | _counters(rows, recent))
    least = {"days_since_last_attempt": days_ago, "days_since_last_reached": days_ago.where(reached)}
    return found.join(groups.agg("min", least))


def _counters(rows: pd.DataFrame, recent: pd.Series) -> dict[str, pd.Series]:
    hour, channel = rows["attempted_local"].dt.hour, rows["channel"].astype("category")
    counters = {}
    for name, one, (first, last), reached in counted_attempts():
        counted = recent & (channel == one) & (hour >= first) & (hour < last)
        counters[name] = counted & rows["reached"] if reached else counted
    return counters
