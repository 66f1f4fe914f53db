"""DuckDB in `bench-features`: the same columns in SQL written by hand, and merely scanning what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from bench.data import feature_files
from bench.data.feature_files import MEMORY, PROMISE_COLUMNS, Files, counted_attempts, files_of, parts_of
from bench.data.measuring import THREADS

_SCANNED = {
    "charges": feature_files.CHARGES,
    "allocations": feature_files.ALLOCATIONS,
    "payments": feature_files.PAYMENTS,
    "attempts": feature_files.ATTEMPTS,
}


def scan(folder: Path, days: Sequence[date], out: Path) -> None:
    """Every value that a feature is made of, read once for each day; nothing is written."""
    del out
    with _connected() as connection:
        for as_of in days:
            files = files_of(folder, as_of)
            for name, columns in _SCANNED.items():
                looked_at = ", ".join(f"bit_xor(hash({column}))" for column in columns)
                connection.execute(f"SELECT {looked_at} FROM '{getattr(files, name)}'").fetchall()


def in_one_pass(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query for everybody."""
    _write(days, ["*"], folder, out)


def by_partitions(folder: Path, days: Sequence[date], out: Path) -> None:
    """One query a part."""
    _write(days, parts_of(folder), folder, out)


def _write(days: Sequence[date], parts: Sequence[str], folder: Path, out: Path) -> None:
    with _connected() as connection:
        for part in parts:
            for as_of in days:
                path = out / as_of.isoformat() / f"{part.rstrip('-*') or 'all'}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                connection.execute(f"COPY ({_query(files_of(folder, as_of, part))}) TO '{path}' (FORMAT parquet)")


def _connected() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY, "preserve_insertion_order": False})


def _query(files: Files) -> str:
    families = [_of_payments(files), _open_position(files), _of_attempts(files), _followed(files)]
    joined = " ".join(f"LEFT JOIN ({family}) USING (debtor_id)" for family in families)
    zeros = ", ".join(f"coalesce({name}, 0) AS {name}" for name in _COUNTS)
    promises = ", ".join(f"0 AS {name}" for name in PROMISE_COLUMNS)
    return f"SELECT * REPLACE ({zeros}), {promises} FROM ({_of_charges(files)}) {joined}"


def _of_charges(files: Files) -> str:
    """The last ten charges that fell due come from an aggregate: no window, no sort."""
    recent = "FILTER (past_due BETWEEN 1 AND 365)"
    settled = "FILTER (paid_ago <= 365)"
    return f"""
SELECT debtor_id, {_LAST_TEN}, mean_days_late_90d - mean_days_late_365d AS trend_days_late_90d
FROM (
    SELECT debtor_id, {_SHARES},
        count(*) {recent} AS n_charges_365d,
        count(*) {settled} AS n_settled_365d,
        avg(late) {settled} AS mean_days_late_365d,
        avg(late) FILTER (paid_ago <= 180) AS mean_days_late_180d,
        avg(late) FILTER (paid_ago <= 90) AS mean_days_late_90d,
        avg(late) FILTER (paid_ago <= 30) AS mean_days_late_30d,
        avg(late) AS mean_days_late_all,
        stddev_samp(late) {settled} AS spread_days_late_365d,
        stddev_samp(late) FILTER (paid_ago <= 90) AS spread_days_late_90d,
        max(depth) {recent} AS worst_days_late_365d,
        max_by(depth, place, 10) FILTER (past_due > 0) AS ten,
        avg((n_parts > 1)::INT) {settled} AS in_parts_share_365d,
        round(sum(outstanding) {recent}, 2) / round(sum(amount) {recent}, 2) AS utilisation_365d,
        round(sum(amount), 2) / count(*) AS mean_charge_amount,
        max(past_due) AS tenure_days
    FROM (
        SELECT *, greatest(coalesce(late, past_due), 0) AS depth,
            round({_ONE} * 0.5 ** (past_due / 90))::BIGINT AS weight
        FROM (
            SELECT debtor_id, amount, outstanding, n_parts, DATE '{files.as_of}' - due_on AS past_due,
                paid_off_on - due_on AS late, DATE '{files.as_of}' - paid_off_on AS paid_ago,
                due_on::VARCHAR || charge_id AS place
            FROM '{files.charges}'
        )
    )
    GROUP BY debtor_id
)"""


def _open_position(files: Files) -> str:
    overdue = f"FILTER (due_on < DATE '{files.as_of}')"
    return f"""
SELECT debtor_id, count(*) AS n_open, count(*) {overdue} AS n_overdue, round(sum(outstanding), 2) AS open_amount,
    round(coalesce(sum(outstanding) {overdue}, 0), 2) AS overdue_amount,
    DATE '{files.as_of}' - min(due_on) AS oldest_days_past_due
FROM '{files.charges}' WHERE outstanding > 0 GROUP BY debtor_id"""


def _of_payments(files: Files) -> str:
    return f"""
SELECT debtor_id,
    count(*) FILTER (days_ago <= 90) AS n_payments_90d,
    min(days_ago) AS days_since_last_payment,
    round(sum(amount) FILTER (days_ago <= 90), 2) AS paid_amount_90d,
    avg((day(paid_on) >= 28 OR day(paid_on) <= 3)::INT) FILTER (days_ago <= 365) AS month_end_share_365d,
    avg((day(paid_on) BETWEEN 14 AND 18)::INT) FILTER (days_ago <= 365) AS mid_month_share_365d,
    avg((isodow(paid_on) <= 2)::INT) FILTER (days_ago <= 365) AS payday_early_week_share_365d,
    avg((isodow(paid_on) >= 5)::INT) FILTER (days_ago <= 365) AS payday_late_week_share_365d,
    round(coalesce(sum(late_amount) FILTER (days_ago <= 365), 0), 2) / round(sum(amount) FILTER (days_ago <= 365), 2)
        AS late_money_share_365d
FROM (SELECT *, DATE '{files.as_of}' - paid_on AS days_ago FROM '{files.payments}' WHERE paid_on < DATE '{files.as_of}')
LEFT JOIN (
    SELECT payment_id, sum(amount) AS late_amount FROM '{files.allocations}' WHERE days_late > 0 GROUP BY payment_id
) USING (payment_id)
GROUP BY debtor_id"""


def _of_attempts(files: Files) -> str:
    counters = ", ".join(
        f"count(*) FILTER (channel = '{one.channel}' AND hour >= {one.first} AND hour < {one.last}"
        f" AND days_ago <= {one.days}{' AND reached' if one.only_reached else ''}) AS {one.name}"
        for one in counted_attempts()
    )
    return f"""
SELECT debtor_id,
    count(*) FILTER (days_ago <= 7) AS n_attempts_7d,
    count(*) FILTER (days_ago <= 14) AS n_attempts_14d,
    count(*) FILTER (days_ago <= 30) AS n_attempts_30d,
    count(*) FILTER (days_ago <= 180) AS n_attempts_180d,
    count(*) FILTER (reached AND days_ago <= 180) AS n_reached_180d,
    count(*) FILTER (reached AND days_ago BETWEEN 8 AND 365) AS n_reached_before_365d,
    min(days_ago) AS days_since_last_attempt,
    min(days_ago) FILTER (reached) AS days_since_last_reached,
    count(*) FILTER (outcome = 'refusal' AND days_ago <= 180) AS n_refusals_180d,
    {counters}
FROM (
    SELECT *, hour(attempted_local) AS hour, DATE '{files.as_of}' - attempted_on AS days_ago FROM '{files.attempts}'
    WHERE attempted_on < DATE '{files.as_of}'
)
GROUP BY debtor_id"""


def _followed(files: Files) -> str:
    """A semi join on the debtor and the week measured a third of the time of an ASOF join, which sorts both sides."""
    as_of = f"DATE '{files.as_of}'"
    return f"""
SELECT attempts.debtor_id, count(*) AS n_paid_after_reached_365d
FROM '{files.attempts}' AS attempts
SEMI JOIN (SELECT debtor_id, paid_on FROM '{files.payments}' WHERE paid_on >= {as_of} - 365 AND paid_on < {as_of}) paid
    ON attempts.debtor_id = paid.debtor_id AND paid_on BETWEEN attempted_on AND attempted_on + 6
WHERE reached AND attempted_on BETWEEN {as_of} - 365 AND {as_of} - 8
GROUP BY attempts.debtor_id"""


_LAST_TEN: Final = """* EXCLUDE (ten), ten[1] AS last_days_late, coalesce(len(ten[:6]), 0) AS n_of_last6,
    coalesce(len(ten), 0) AS n_of_last10,
    coalesce(len(list_filter(ten[:3], lambda depth: depth >= 5)), 0) AS n_late5_of_last3,
    coalesce(len(list_filter(ten[:6], lambda depth: depth >= 5)), 0) AS n_late5_of_last6,
    coalesce(len(list_filter(ten, lambda depth: depth >= 5)), 0) AS n_late5_of_last10,
    coalesce(len(list_filter(ten[:6], lambda depth: depth > 15)), 0) AS n_late15_of_last6,
    list_avg(ten[:3]) AS mean_days_late_of_last3, list_avg(ten) AS mean_days_late_of_last10,
    list_max(ten[:3]) AS worst_days_late_of_last3"""
_ONE: Final = 2**20
_LATE: Final = "avg((depth >= {late})::INT) FILTER (past_due BETWEEN {first} AND {last})"
_SHARES: Final = ", ".join(
    [f"{_LATE.format(late=late, first=1, last=365)} AS late{late}_share_365d" for late in (5, 15, 30)]
    + [f"{_LATE.format(late=5, first=1, last=90)} AS late5_share_90d"]
    + [f"{_LATE.format(late=5, first=335, last=395)} AS late5_share_year_ago"]
    + [
        "avg((depth >= 5)::INT) FILTER (past_due > 0) AS late5_share_all",
        f"(coalesce(sum(weight) FILTER (past_due > 0 AND depth >= 5), 0) + 0.2 * {_ONE})"
        f" / (coalesce(sum(weight) FILTER (past_due > 0), 0) + 2 * {_ONE}) AS smoothed_late5_share",
    ]
)
_COUNTS: Final = (
    "n_payments_90d", "n_open", "n_overdue", "n_attempts_7d", "n_attempts_14d", "n_attempts_30d", "n_attempts_180d",
    "n_reached_180d", "n_reached_before_365d", "n_paid_after_reached_365d", "n_refusals_180d",
    *(one.name for one in counted_attempts()),
)  # fmt: skip
