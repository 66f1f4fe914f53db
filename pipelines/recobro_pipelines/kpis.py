"""KPIs as of a day, by portfolio and in all, from the books alone: anybody can compute them again from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from recobro_data.books import Placed, place_in_time
from recobro_data.errors import NoDataError
from recobro_data.tables import TABLES
from recobro_data.vocabulary import STAGES
from recobro_models.snapshots import Snapshots
from recobro_pipelines.kpi_contact import contact_rates, work_by, work_of
from recobro_pipelines.kpi_definitions import KPI_DEFINITIONS
from recobro_pipelines.kpi_sums import BUCKETS, ENDS, LONG_DAYS, PLACE, RECENT_DAYS, Period, sum_piece
from recobro_pipelines.kpi_trend import month_rows
from recobro_pipelines.ratios import ratio, share_with_interval

__all__ = ["KPI_DEFINITIONS", "kpis_from_sums", "measure_kpis"]

Frames = Mapping[str, pd.DataFrame]

#: Columns of the sums that hold money, or money times days.
_MONEY: Final = {
    "position": ("balance", "overdue", "overdue_days_money", "issued", "paid_off", "days_to_pay_money"),
    "ageing": ("amount",),
    "debtors": (),
    "month": ("opening", "opening_overdue", "recovered", "issued", "closing", "closing_current"),
    "rolls": ("amount",),
    "attempts": ("cost",),
    "promises": ("amount", "kept"),
    "recovered": ("collected", "recovered"),
    "charged": ("amount",),
    "paid": ("amount",),
    "stages": ("balance", "overdue"),
    "agents": ("cost",),
    "worked_stages": ("cost",),
}


def measure_kpis(snapshots: Snapshots, as_of: date, *, tick: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """KPIs from what was known at the start of `as_of`, ready for JSON; `KPI_DEFINITIONS` tells what each one is.

    `{"as_of", "data", "month", "recent_days", "long_days", "all": {...}, "portfolios": {ID: {...}}}`. What can not be
    told (nothing to divide by, several currencies without rates) is null. `tick` is called after each piece.

    Raises:
        NoDataError: nothing is loaded, or no charge was issued before `as_of`.
    """
    version, period = snapshots.lake.version, Period.before(as_of)
    costs = {name: channel.cost for name, channel in snapshots.settings.channels.items()}
    pieces = []
    for part in snapshots.parts():
        with _open_piece(snapshots, part) as (placed, backend):
            pieces.append(sum_piece(placed, backend, period, (costs, snapshots.settings.stages)))
        tick()
    sums = {name: pd.concat([piece[name] for piece in pieces], ignore_index=True) for name in _MONEY}
    if not len(sums["position"]):
        raise NoDataError(f"a charge issued before {as_of}", "none", "Choose a later day with --as-of.")
    return {"as_of": as_of.isoformat(), "data": version, **kpis_from_sums(sums, period, snapshots.settings.rates)}


def kpis_from_sums(sums: Frames, period: Period, rates: Mapping[str, float]) -> dict[str, Any]:
    """KPIs of all and of each portfolio from the frames of `sum_piece`; `rates` convert where currencies differ."""
    portfolios = sorted(set(sums["position"]["portfolio_id"]))
    of_each = {name: {key: frame[frame["portfolio_id"] == name] for key, frame in sums.items()} for name in portfolios}
    return {
        "month": f"{period.month_start:%Y-%m}",
        "recent_days": RECENT_DAYS,
        "long_days": LONG_DAYS,
        "all": _scope(sums, period, rates),
        "portfolios": {name: _scope(frames, period, rates) for name, frames in of_each.items()},
    }


@contextmanager
def _open_piece(snapshots: Snapshots, part: int | None) -> Iterator[tuple[Placed, ibis.BaseBackend]]:
    """The tables of one piece in an engine of its own: three days' books are compared in it."""
    engine = snapshots.settings.engine
    backend = ibis.duckdb.connect(threads=engine.threads, memory_limit=engine.memory_limit)
    try:
        tables = {name: snapshots.lake.read(backend, name, part) for name in TABLES}
        yield place_in_time(tables, backend, rates=snapshots.settings.rates), backend
    finally:
        backend.disconnect()


def _scope(frames: Frames, period: Period, rates: Mapping[str, float]) -> dict[str, Any]:
    currencies = sorted(set(frames["position"]["currency"]))
    money = {name: _in_one_money(frame, _MONEY[name], currencies, rates) for name, frame in frames.items()}
    return {
        "currency": (currencies[0] or None) if len(currencies) == 1 else None,
        **_position(money),
        **_month(money["month"]),
        **_rolls(money["rolls"]),
        **_work(money),
        **contact_rates(money["attempts"]),
        **_promises(money["promises"]),
        "months": month_rows(money["charged"], money["paid"], period.month_end),
        "by_stage": _by_stage(money["stages"], money["worked_stages"]),
        **work_by(money["attempts"], money["agents"]),
    }


def _in_one_money(
    frame: pd.DataFrame, columns: tuple[str, ...], currencies: list[str], rates: Mapping[str, float]
) -> pd.DataFrame:
    """Money converted where currencies differ."""
    if len(currencies) == 1:
        return frame
    factor = frame["currency"].map({**money_factors(currencies, rates), "": 1.0}).astype("float64")
    return frame.assign(**{name: frame[name].astype("float64") * factor for name in columns})


def money_factors(currencies: list[str], rates: Mapping[str, float]) -> dict[str, float]:
    """What brings each currency into one money; unknown where rates are missing (one may be: they convert to it)."""
    if len(currencies) == 1:
        return {currencies[0]: 1.0}
    missing = [name for name in currencies if name not in rates]
    known = {**dict.fromkeys(missing, 1.0), **rates} if rates and len(missing) <= 1 else {}
    return {**dict.fromkeys(currencies, np.nan), **known}


def _total(frame: pd.DataFrame, column: str) -> float:
    """The sum, unknown as soon as a part of it is."""
    return float(frame[column].astype("float64").sum(skipna=False))


def _position(money: Frames) -> dict[str, Any]:
    debtors, position = money["debtors"], money["position"]
    of = {name: _total(position, name) for name in position.columns if name not in PLACE}
    days = min(float(position["history_days"].max()), LONG_DAYS)
    current = of["balance"] - of["overdue"]
    return {
        "debtors_owing": int(_total(debtors, "n_owing")),
        "debtors_past_due": int(_total(debtors, "n_overdue")),
        "balance": ratio(of["balance"], 1, 2),
        "overdue_balance": ratio(of["overdue"], 1, 2),
        "dso_days": ratio(of["balance"] * days, of["issued"], 2),
        "best_possible_dso_days": ratio(current * days, of["issued"], 2),
        "mean_days_to_pay": ratio(of["days_to_pay_money"], of["paid_off"], 2),
        "age_days_by_amount": ratio(of["overdue_days_money"], of["overdue"], 2),
        "age_days_by_count": ratio(of["overdue_days"], of["n_overdue"], 2),
        "past_due_share_by_amount": ratio(of["overdue"], of["balance"]),
        "past_due_share_by_debtor": ratio(_total(debtors, "n_overdue"), _total(debtors, "n_owing")),
        "ageing": {bucket: _ageing(money["ageing"], bucket) for bucket in BUCKETS},
    }


def _ageing(frame: pd.DataFrame, bucket: str) -> dict[str, Any]:
    rows = frame[frame["bucket"] == bucket]
    return {"charges": int(rows["n"].sum()), "amount": ratio(_total(rows, "amount"), 1, 2)}


def _month(frame: pd.DataFrame) -> dict[str, Any]:
    of = {name: _total(frame, name) for name in _MONEY["month"]}
    owed = of["opening"] + of["issued"]
    return {
        "collection_effectiveness_index": ratio(owed - of["closing"], owed - of["closing_current"]),
        "recovery_rate": ratio(of["recovered"], of["opening_overdue"]),
    }


def _rolls(frame: pd.DataFrame) -> dict[str, Any]:
    late = frame[frame["was"] != BUCKETS[0]]
    cured = late[late["became"].isin(("nothing_owed", BUCKETS[0]))]
    by_count, by_balance = (_matrix(frame, column) for column in ("n", "amount"))
    return {
        "roll_rates": {"by_count": by_count, "by_balance": by_balance},
        "debtors_by_bucket": {was: int(frame.loc[frame["was"] == was, "n"].sum()) for was in BUCKETS},
        "roll_rate_by_count": {was: _worse(by_count[was], was) for was in BUCKETS[:-1]},
        "roll_rate_by_balance": {was: _worse(by_balance[was], was) for was in BUCKETS[:-1]},
        "cure_rate": ratio(_total(cured, "n"), _total(late, "n")),
        "self_cured_share": ratio(_total(cured[~cured["was_reached"].astype(bool)], "n"), _total(cured, "n")),
    }


def _matrix(frame: pd.DataFrame, column: str) -> dict[str, dict[str, float | None]]:
    """Where the debtors of each bucket went, as shares of the bucket."""
    sums = frame.groupby(["was", "became"])[column].sum(min_count=1)
    whole = frame.groupby("was")[column].sum(min_count=1)
    return {
        was: {to: ratio(float(sums.get((was, to), 0.0)), float(whole.get(was, 0.0))) for to in ENDS} for was in BUCKETS
    }


def _worse(row: Mapping[str, float | None], was: str) -> float | None:
    """The share found in a worse bucket."""
    shares = [row[to] for to in BUCKETS[BUCKETS.index(was) + 1 :]]
    known = [share for share in shares if share is not None]
    return round(sum(known), 6) if known else None


def _work(money: Frames) -> dict[str, Any]:
    debtors, attempts = money["debtors"], money["attempts"]
    recent = attempts[attempts["is_recent"].astype(bool)]
    cost, recovered = _total(recent, "cost"), _total(money["recovered"], "recovered")
    return {
        "worked_share": ratio(_total(debtors, "n_worked"), _total(debtors, "n_owed_lately")),
        "attempts_per_debtor_worked": ratio(_total(debtors, "n_attempts"), _total(debtors, "n_tried"), 2),
        "contact_cost": ratio(cost, 1, 2),
        "recovered": ratio(recovered, 1, 2),
        "collected": ratio(_total(money["recovered"], "collected"), 1, 2),
        "cost_per_unit_recovered": ratio(cost, recovered),
    }


def _by_stage(owing: pd.DataFrame, worked: pd.DataFrame) -> dict[str, Any]:
    """What stands in each stage of arrears, and the work of the last 30 days on debtors who were in it then."""
    of = {stage: (owing[owing["stage"] == stage], worked[worked["stage"] == stage]) for stage in STAGES}
    return {
        stage: {
            "debtors_owing": int(rows["n"].sum()),
            "balance": ratio(_total(rows, "balance"), 1, 2),
            "overdue_balance": ratio(_total(rows, "overdue"), 1, 2),
            **work_of(tried),
        }
        for stage, (rows, tried) in of.items()
        if len(rows) or len(tried)
    }


def _promises(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "kept_promise_rate": share_with_interval(_total(frame, "n_kept"), _total(frame, "n")),
        "kept_promise_rate_by_amount": ratio(_total(frame, "kept"), _total(frame, "amount")),
    }
