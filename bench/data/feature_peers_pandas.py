"""pandas in `bench-features`: the same columns from whole frames, by sums over numbered debtors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench.data import feature_files
from bench.data.feature_files import PROMISE_COLUMNS, Files, counted_attempts, files_of, parts_of


def by_partitions(folder: Path, days: Sequence[date], out: Path) -> None:
    """A part at a time: the frames of everybody would not fit."""
    for part in parts_of(folder):
        for as_of in days:
            path = out / as_of.isoformat() / f"{part.rstrip('-*')}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            _features(files_of(folder, as_of, part)).to_parquet(path)


def _features(files: Files) -> pd.DataFrame:
    whole = _of_charges(files)
    payments = _before(files.as_of, _read(files.payments, feature_files.PAYMENTS), "paid_on")
    for family in (_of_payments(files, payments), _of_attempts(files, payments)):
        whole = whole.join(family)
    counts = [name for name in whole.columns if name.startswith("n_")]
    whole[counts] = whole[counts].fillna(0)
    return whole.assign(**dict.fromkeys(PROMISE_COLUMNS, 0)).reset_index()


def _read(path: str, columns: Sequence[str]) -> pd.DataFrame:
    pieces = [pq.read_table(piece, columns=list(columns)) for piece in _paths(path)]
    frame: pd.DataFrame = pa.concat_tables(pieces).to_pandas(date_as_object=False)
    return frame


def _before(as_of: date, rows: pd.DataFrame, day: str) -> pd.DataFrame:
    return rows[rows[day] < pd.Timestamp(as_of)]


def _paths(pattern: str) -> list[Path]:
    root = Path(Path(pattern).anchor)
    return sorted(root.glob(str(Path(pattern).relative_to(root))))


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
        "mean_days_late_all": late,
        **{f"mean_days_late_{days}d": late.where(rows["paid_ago"] <= days) for days in (30, 90, 180, 365)},
        "in_parts_share_365d": (rows["n_parts"] > 1).astype(float).where(settled),
    }
    found = groups.agg("mean", means)
    found["mean_charge_amount"] = groups.agg("sum", {"sum": rows["amount"]})["sum"].round(2) / np.bincount(groups.codes)
    spread = {f"spread_days_late_{days}d": late.where(rows["paid_ago"] <= days) for days in (90, 365)}
    return found.join(groups.agg("std", spread)).assign(
        n_settled_365d=groups.agg("sum", {"n": settled})["n"],
        trend_days_late_90d=found["mean_days_late_90d"] - found["mean_days_late_365d"],
        tenure_days=groups.agg("max", {"days": rows["past_due"]})["days"],
    )


def _of_due(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    recent, depth = rows["past_due"].between(1, 365), rows["depth"]
    shares = {f"late{days}_share_365d": (depth >= days).astype(float).where(recent) for days in (5, 15, 30)}
    spans = {"90d": (1, 90), "year_ago": (335, 395), "all": (1, np.inf)}
    for name, span in spans.items():
        shares[f"late5_share_{name}"] = (depth >= 5).astype(float).where(rows["past_due"].between(*span))
    found = groups.agg("mean", shares).join(_of_weighted(rows, groups))
    found["n_charges_365d"] = groups.agg("sum", {"n": recent})["n"]
    found["worst_days_late_365d"] = groups.agg("max", {"days": depth.where(recent)})["days"]
    money = {name: rows[name].where(recent) for name in ("outstanding", "amount")}
    sums = groups.agg("sum", money, min_count=1).round(2)
    found["utilisation_365d"] = sums["outstanding"] / sums["amount"]
    return found.join(_of_last_ten(rows, groups))


def _of_weighted(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    weight = (2**20 * 0.5 ** (rows["past_due"] / 90)).round().where(rows["past_due"] > 0, 0.0)
    sums = groups.agg("sum", {"late": weight.where(rows["depth"] >= 5, 0.0), "due": weight})
    return pd.DataFrame({"smoothed_late5_share": (sums["late"] + 0.2 * 2**20) / (sums["due"] + 2 * 2**20)})


def _of_last_ten(rows: pd.DataFrame, groups: _Groups) -> pd.DataFrame:
    due = rows.assign(code=groups.codes)[rows["past_due"] > 0]
    due = due.sort_values(["code", "due_on", "charge_id"], ascending=[True, False, False])
    nth = due.groupby("code").cumcount()
    due, nth = due[nth < 10], nth[nth < 10]
    ten, depth = _Groups(due["code"].to_numpy(), groups.debtor_ids), due["depth"]
    counted = {f"n_late5_of_last{n}": (depth >= 5) & (nth < n) for n in (3, 6, 10)}
    counted |= {"n_of_last6": nth < 6, "n_of_last10": nth < 10, "n_late15_of_last6": (depth > 15) & (nth < 6)}
    last = {n: depth.where(nth < n) for n in (1, 3, 10)}
    found = ten.agg("sum", counted)
    means = ten.agg("mean", {f"mean_days_late_of_last{n}": last[n] for n in (3, 10)})
    return found.join(means).join(ten.agg("max", {"last_days_late": last[1], "worst_days_late_of_last3": last[3]}))


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


def _of_payments(files: Files, payments: pd.DataFrame) -> pd.DataFrame:
    parts = _read(files.allocations, feature_files.ALLOCATIONS)
    late = parts[parts["days_late"] > 0].groupby("payment_id")["amount"].sum()
    rows = payments.join(late.rename("late_amount"), on="payment_id")
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
    return found.join(groups.agg("mean", _days_of_payment(rows["paid_on"], recent)))


def _days_of_payment(paid_on: pd.Series, recent: pd.Series) -> dict[str, pd.Series]:
    day, weekday = paid_on.dt.day, paid_on.dt.weekday
    return {
        "payday_early_week_share_365d": (weekday <= 1).astype(float).where(recent),
        "payday_late_week_share_365d": (weekday >= 4).astype(float).where(recent),
        "month_end_share_365d": ((day >= 28) | (day <= 3)).astype(float).where(recent),
        "mid_month_share_365d": day.between(14, 18).astype(float).where(recent),
    }


def _of_attempts(files: Files, payments: pd.DataFrame) -> pd.DataFrame:
    rows = _before(files.as_of, _read(files.attempts, feature_files.ATTEMPTS), "attempted_on")
    groups, days_ago = _Groups.of(rows), _days_until(rows["attempted_on"], files.as_of)
    recent, reached = days_ago <= 180, rows["reached"]
    known = reached & days_ago.between(8, 365)
    sums = {f"n_attempts_{days}d": days_ago <= days for days in (7, 14, 30, 180)}
    sums |= {"n_reached_180d": reached & recent, "n_refusals_180d": (rows["outcome"] == "refusal") & recent}
    sums["n_reached_before_365d"] = known
    found = groups.agg("sum", sums | _counters(rows, days_ago))
    least = {"days_since_last_attempt": days_ago, "days_since_last_reached": days_ago.where(reached)}
    return found.join(groups.agg("min", least)).join(_followed(rows[known], payments))


def _counters(rows: pd.DataFrame, days_ago: pd.Series) -> dict[str, pd.Series]:
    hour, channel = rows["attempted_local"].dt.hour, rows["channel"].astype("category")
    counters = {}
    for one in counted_attempts():
        counted = (days_ago <= one.days) & (channel == one.channel) & (hour >= one.first) & (hour < one.last)
        counters[one.name] = counted & rows["reached"] if one.only_reached else counted
    return counters


def _followed(attempts: pd.DataFrame, payments: pd.DataFrame) -> pd.Series:
    """Of these attempts, how many of a debtor the next payment followed within the week."""
    recent = payments.loc[payments["paid_on"] >= attempts["attempted_on"].min(), ["debtor_id", "paid_on"]]
    paired = pd.merge_asof(
        attempts[["debtor_id", "attempted_on"]].sort_values("attempted_on"), recent.sort_values("paid_on"),
        left_on="attempted_on", right_on="paid_on", by="debtor_id", direction="forward", tolerance=pd.Timedelta(days=6),
    )  # fmt: skip
    return paired.dropna(subset="paid_on").groupby("debtor_id").size().rename("n_paid_after_reached_365d")
