"""What contact added in the last days, against the debtors left alone by chance: in money, with an interval.

The groups are those of `participants`: drawn by a hash, compared whole, whoever was really contacted (intention to
treat). So the figure is what the policy adds, with what it moved from one week to another taken off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_data.store import PlanRow, Store
from recobro_data.vocabulary import BANDS, CHANNELS, STAGES
from recobro_models.snapshots import Snapshots
from recobro_pipelines.impact_figures import added, by_channel, outcomes_of
from recobro_pipelines.kpi_sums import RECENT_DAYS
from recobro_pipelines.kpis import money_factors
from recobro_pipelines.participants import (
    load_attempts,
    load_participants,
    load_payments,
    paid_between,
    window_before,
)
from recobro_pipelines.ratios import ratio


@dataclass(frozen=True)
class _Window:
    """Everything of the days in [start, end): one row a participant, and the plans published in them."""

    start: date
    end: date
    horizon_days: int
    rows: pd.DataFrame
    plans: list[PlanRow]


#: Parts of the debtors that the comparison is repeated for, as they were when they came to take part.
_PARTS: Final = {"by_stage": ("stage", STAGES), "by_segment": ("risk_band", BANDS)}


def measure_impact(snapshots: Snapshots, store: Store, as_of: date) -> dict[str, Any]:
    """`{"all": {...}, "portfolios": {ID: {...}}}`: what contact added in the `RECENT_DAYS` before `as_of`.

    | key | what it is |
    |---|---|
    | start, end | the window [start, end) |
    | horizon_days | days after a first contact over which `by_channel` counts |
    | why | null, or why nothing can be told: `no_plans`, `no_control_group`, `control_too_small`, `several_currencies` |
    | n_worked, n_control | debtors that took part (by control period) |
    | control_contacted_share | of the control group, who was tried all the same; what contact adds is more by as much |
    | paid_per_debtor, control_paid_per_debtor | money paid in the window |
    | added_per_debtor, added | the difference, for a debtor and for all worked; `low` and `high`: 95 % interval |
    | is_adjusted | whether the forecast of payment without contact narrowed the interval |
    | visible_per_debtor | the smallest difference that would be seen four times in five |
    | control_needed | how many of these debtors to leave alone so that a tenth of what a debtor pays would be seen; null: not even half |
    | attempts_per_debtor, contact_cost | attempts at the debtors worked |
    | contacts_avoided | times that a debtor could have been contacted and it was not worth its cost |
    | cost_per_unit_added | contact_cost for each unit of money added; null where contact added nothing |
    | by_stage, by_segment | the same of parts: stage and risk band of the day they came to take part |
    | by_channel | not a random draw: the first day's drawn channel, weighted by its propensity (`basis` `propensity`) |
    """  # noqa: E501
    window = _window(snapshots, store, as_of)
    in_one = money_factors(sorted(set(window.rows["currency"].dropna())), snapshots.settings.rates)
    factors = window.rows["currency"].map(in_one).to_numpy(np.float64, na_value=np.nan)
    names = sorted({str(name) for plan in window.plans for name in plan.summary.get("portfolios", {})})
    return {
        "all": _scope(window, _in_one_money(window.rows, factors), None),
        "portfolios": {name: _scope(window, window.rows[window.rows["portfolio_id"] == name], name) for name in names},
    }


def with_impact(kpis: Mapping[str, Any], impact: Mapping[str, Any]) -> dict[str, Any]:
    """The KPIs with `contact_added` and `contacts_avoided` in each scope.

    A portfolio that no plan of the window knows is told as one without plans.
    """

    def added_to(scope: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        return {**scope, "contact_added": found, "contacts_avoided": found.get("contacts_avoided", 0)}

    none = {name: impact["all"][name] for name in ("start", "end", "horizon_days")} | {"why": "no_plans"}
    portfolios = {
        name: added_to(scope, impact["portfolios"].get(name, none)) for name, scope in kpis["portfolios"].items()
    }
    return {**kpis, "all": added_to(kpis["all"], impact["all"]), "portfolios": portfolios}


def _window(snapshots: Snapshots, store: Store, as_of: date) -> _Window:
    start = window_before(as_of, RECENT_DAYS)
    rows = load_participants(store, snapshots.settings, start, as_of)
    plans = store.plans_between(start, as_of)
    horizon_days = snapshots.settings.policy.horizon_days
    if not len(rows):
        return _Window(start, as_of, horizon_days, rows, plans)
    first = min(start, rows["entered_on"].min().date())
    payments = load_payments(snapshots, as_of, first)
    horizon = pd.Timedelta(days=horizon_days)
    entered = rows["entered_on"]
    begins = entered.clip(lower=pd.Timestamp(start))
    ends = rows["period_end"].clip(upper=pd.Timestamp(as_of))
    attempts = load_attempts(snapshots, as_of, start).set_index("debtor_id")
    told = rows.assign(
        paid=paid_between(rows, payments, begins, ends),
        paid_in_horizon=paid_between(rows, payments, entered, entered + horizon),
        is_over=(entered + horizon <= pd.Timestamp(as_of)).to_numpy(bool),
        **{name: rows["debtor_id"].map(attempts[name]).fillna(0).to_numpy(np.float64) for name in ("n", "cost")},
    )
    return _Window(start, as_of, horizon_days, told, plans)


def _in_one_money(rows: pd.DataFrame, factors: np.ndarray[Any, Any]) -> pd.DataFrame:
    money = [name for name in ("paid", "paid_in_horizon", "expected", "cost") if name in rows]
    return rows.assign(**{name: rows[name].to_numpy(np.float64) * factors for name in money})


def _scope(window: _Window, rows: pd.DataFrame, portfolio: str | None) -> dict[str, Any]:
    told = {
        "start": window.start.isoformat(), "end": window.end.isoformat(), "horizon_days": window.horizon_days,
        "why": _why(rows),
    }  # fmt: skip
    if told["why"] is not None:
        return told | {"contacts_avoided": _avoided(window.plans, portfolio)}
    found = added(outcomes_of(rows))
    return {
        **told, **found, **_effort(rows, found), "contacts_avoided": _avoided(window.plans, portfolio),
        **{name: dict(_parts(rows, column, values)) for name, (column, values) in _PARTS.items()},
        "by_channel": by_channel(rows[rows["is_over"]], CHANNELS),
    }  # fmt: skip


def _why(rows: pd.DataFrame) -> str | None:
    """Why nothing at all can be told of these rows; a group too small is told with how large it must be."""
    if not len(rows):
        return "no_plans"
    if not rows["is_control"].any():
        return "no_control_group"
    return "several_currencies" if rows["paid"].isna().any() else None


def _effort(rows: pd.DataFrame, found: Mapping[str, Any]) -> dict[str, Any]:
    worked, control = rows[~rows["is_control"]], rows[rows["is_control"]]
    cost, gain = float(worked["cost"].sum()), found["added"]["estimate"]
    return {
        "control_contacted_share": ratio((control["n"] > 0).sum(), len(control)),
        "attempts_per_debtor": ratio(worked["n"].sum(), len(worked), 2),
        "contact_cost": ratio(cost, 1, 2),
        "cost_per_unit_added": ratio(cost, gain) if gain is not None and gain > 0 else None,
    }


def _parts(rows: pd.DataFrame, column: str, values: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for value in values:
        here = rows[rows[column] == value]
        if here["is_control"].any() and not here["is_control"].all():
            yield value, added(outcomes_of(here))


def _avoided(plans: list[PlanRow], portfolio: str | None) -> int:
    scopes = [plan.summary if portfolio is None else plan.summary["portfolios"].get(portfolio, {}) for plan in plans]
    return sum(int(scope.get("left_alone", {}).get("not_worth_cost", 0)) for scope in scopes)
