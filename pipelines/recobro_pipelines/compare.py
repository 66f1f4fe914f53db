"""Two live policies compared: the champion and `policy.challenger`, by the debtors that a hash gave to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from recobro_data.errors import NoPlanError, UsageError
from recobro_data.store import PlanRow, Store
from recobro_models.confidence_sequence import FEWEST, compare_so_far
from recobro_models.decision.eligibility import OWN_STATE
from recobro_models.snapshots import Snapshots
from recobro_pipelines.impact_figures import outcomes_of
from recobro_pipelines.kpis import money_factors
from recobro_pipelines.participants import FIELDS, load_payments, paid_between, read_rows
from recobro_pipelines.ratios import ratio

#: The control group has no part in this either; a debtor takes part once the period of being left alone is over.
_BESIDES = (*OWN_STATE, "control_group")


@dataclass(frozen=True)
class Compared:
    """What a look at the two policies came to.

    champion, challenger: names. start, end: plans of [start, end), payments known at the start of `end`.
    n_champion, n_challenger: debtors whose horizon is over. n_waiting: those whose horizon is not.
    paid_champion, paid_challenger: money per debtor within the horizon. currency: None where rates made it one.
    estimate, low, high: what the challenger brings per debtor beyond the champion, and what it may be; None: too few.
    """

    champion: str
    challenger: str
    start: date
    end: date
    horizon_days: int
    n_champion: int
    n_challenger: int
    n_waiting: int
    paid_champion: float | None
    paid_challenger: float | None
    currency: str | None
    estimate: float | None
    low: float | None
    high: float | None

    @property
    def better(self) -> str | None:
        """The policy that brings more, None where there is no difference yet."""
        if self.low is None or self.high is None:
            return None
        return self.challenger if self.low > 0 else self.champion if self.high < 0 else None

    @property
    def sentence(self) -> str:
        """What is known so far."""
        both = f"{self.champion} ({self.n_champion:,} debtors) and {self.challenger} ({self.n_challenger:,})"
        if self.low is None or self.high is None:
            return f"Too early to compare {both}: each needs {FEWEST} whose {self.horizon_days} days are over."
        if self.better is None:
            return (
                f"No difference yet between {both}: {self.challenger} brings between {self.low:,.2f} and "
                f"{self.high:,.2f} more per debtor in {self.horizon_days} days."
            )
        other = self.champion if self.better == self.challenger else self.challenger
        least = max(self.low, -self.high)
        return f"{self.better} is better than {other} by at least {least:,.2f} per debtor in {self.horizon_days} days."

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        told = {name: value for name, value in vars(self).items() if name not in ("start", "end")}
        days = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        return {**days, **told, "better": self.better, "sentence": self.sentence}


def compare_policies(snapshots: Snapshots, store: Store, start: date | None, end: date) -> Compared:
    """Look at the newest challenger's comparison, from its first plan (or `start`) to the start of `end`.

    It may be looked at on every day: the chance of ever naming a better policy where there is none is 5 %. Only
    portfolios in which both policies decide take part.

    Raises:
        NoPlanError: no plan of these days has a challenger.
        UsageError: several currencies and no rates.
    """
    plans = _comparing(store.plans_between(start or date.min, end))
    if not plans:
        named = "a plan with a challenger" + (f" from {start} on" if start else "")
        raise NoPlanError(f"{named} before {end}", "none", "Set `policy.challenger` and plan every day.")
    challenger = str(plans[-1].summary["challenger"]["policy"])
    rows = _in_one_money(_participants(store, plans, challenger), snapshots)
    horizon_days = snapshots.settings.policy.horizon_days
    ends = rows["entered_on"] + pd.Timedelta(days=horizon_days)
    paid = paid_between(rows, load_payments(snapshots, end, plans[0].work_date), rows["entered_on"], ends)
    rows = rows.assign(paid=paid * rows["factor"].to_numpy(np.float64), is_control=rows["policy"] != challenger)
    names = sorted(set(rows.loc[rows["is_control"], "policy"]))
    return Compared(
        champion=", ".join(names) or plans[-1].policy, challenger=challenger, start=plans[0].work_date, end=end,
        horizon_days=horizon_days, n_waiting=int((ends > pd.Timestamp(end)).sum()),
        **_figures(rows[ends <= pd.Timestamp(end)]), currency=_currency(rows),
    )  # fmt: skip


def _comparing(plans: Sequence[PlanRow]) -> list[PlanRow]:
    """The plans of the newest challenger with the share it has now: another one draws other debtors."""
    told = [plan.summary.get("challenger") for plan in plans]
    newest = next((one for one in reversed(told) if one), None)
    return [plan for plan, one in zip(plans, told, strict=True) if one and one == newest]


def _participants(store: Store, plans: Sequence[PlanRow], challenger: str) -> pd.DataFrame:
    """Each debtor in the first of the plans it takes part in, where its portfolio has both policies on that day."""
    rows = read_rows(store.first_rows(plans, besides=_BESIDES, fields=FIELDS))
    live = {
        (name, pd.Timestamp(plan.work_date))
        for plan in plans for name, counts in plan.summary["portfolios"].items() if _has_both(counts, challenger)
    }  # fmt: skip
    pairs = zip(rows["portfolio_id"], rows["entered_on"], strict=True)
    return rows[np.array([pair in live for pair in pairs], bool)].reset_index(drop=True)


def _has_both(counts: Mapping[str, Any], challenger: str) -> bool:
    return challenger in counts["policies"] and len(counts["policies"]) > 1


def _in_one_money(rows: pd.DataFrame, snapshots: Snapshots) -> pd.DataFrame:
    factors = money_factors(sorted(set(rows["currency"].dropna())) or [""], snapshots.settings.rates)
    worth = rows["currency"].map(factors).astype("float64")
    if worth.isna().any():
        found = ", ".join(sorted(factors))
        raise UsageError("one currency, or a rate for each", found, "Set `rates` in the configuration.")
    return rows.assign(factor=worth, expected=rows["expected"] * worth)


def _currency(rows: pd.DataFrame) -> str | None:
    found = set(rows["currency"].dropna())
    return str(found.pop()) if len(found) == 1 else None


def _figures(over: pd.DataFrame) -> dict[str, Any]:
    """The figures of debtors whose horizon is over."""
    champion, challenger = over[over["is_control"]], over[~over["is_control"]]
    found = compare_so_far(outcomes_of(over))
    return {
        "n_champion": len(champion), "n_challenger": len(challenger),
        "paid_champion": ratio(champion["paid"].sum(), len(champion), 2),
        "paid_challenger": ratio(challenger["paid"].sum(), len(challenger), 2),
        "estimate": ratio(found.estimate, 1, 2) if found else None,
        "low": ratio(found.low, 1, 2) if found else None, "high": ratio(found.high, 1, 2) if found else None,
    }  # fmt: skip
