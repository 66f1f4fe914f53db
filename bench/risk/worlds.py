"""Synthetic worlds for the risk benchmarks: what training sees of them, and how often each charge is paid in truth."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.synthetic import Portfolio, continue_with, simulate, write_tables
from recobro_models.payment_curve import PaymentCurve
from recobro_models.refit import refit_curve
from recobro_models.snapshots import DayRows, Snapshots
from recobro_models.splits import TimeSplit, snapshot_days, split_in_time
from recobro_pipelines.challengers import RISK_PARAMETERS

HORIZON = 30
_EVERY_DAYS = 13
_MOST_DAYS = 22


@dataclass(frozen=True)
class World:
    """One portfolio: labelled rows as of past days, the rows of its last day, and the truth of that day."""

    rows: pd.DataFrame
    split: TimeSplit
    day: DayRows
    truth: pd.DataFrame

    def of_debtors(self, chosen: set[str]) -> World:
        """The same world with some of its debtors only."""
        rows = self.rows[self.rows["debtor_id"].isin(chosen)]
        truth = self.truth[self.truth["debtor_id"].isin(chosen)]
        return World(rows, self.split, self.day, truth)

    def asked(self) -> pd.DataFrame:
        """The charges that the truth is about, in its order."""
        return self.day.charges.set_index("charge_id").loc[self.truth["charge_id"]].reset_index()


def build_world(debtors: int, months: int, *, seed: int, plays: int) -> World:
    """Simulate, load, label as of every thirteenth day, and play the days ahead so many times with nobody acting."""
    portfolio = simulate(debtors, months, seed=seed)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        snapshots, disputed = _load(portfolio, settings)
        last = portfolio.as_of - timedelta(days=HORIZON)
        first = last - timedelta(days=min(_EVERY_DAYS * _MOST_DAYS, months * 30 - HORIZON - 60))
        days = snapshot_days(first, last, every_days=_EVERY_DAYS)
        rows = snapshots.training_rows(days, seen_until=portfolio.as_of).risk
        day = snapshots.day_rows(portfolio.as_of)
    truth = _play(portfolio, _oldest(day, disputed), plays)
    return World(rows, split_in_time(days, label_days=HORIZON), day, truth)


def fit_curve(world: World, *, seed: int = 1) -> PaymentCurve:
    """The curve as a night's training would put it in force."""
    return refit_curve(world.rows, world.split, parameters={**RISK_PARAMETERS, "seed": seed, "threads": 2})


def _load(portfolio: Portfolio, settings: Settings) -> tuple[Snapshots, set[str]]:
    source = settings.home / "source"
    write_tables(portfolio, source, disputes=True)
    load_source(str(source), settings)
    disputes = pd.read_csv(next(source.glob("disputes.csv*")), dtype=str)
    return Snapshots(Lake(settings.lake_dir), settings), set(disputes.loc[disputes["closed_on"].isna(), "charge_id"])


def _oldest(day: DayRows, disputed: set[str]) -> pd.DataFrame:
    """The oldest open charge of each debtor, but for those in dispute, which nobody is asked to pay."""
    oldest = day.charges.set_index("charge_id").loc[day.debtors["oldest_charge_id"]].reset_index()
    return oldest[~oldest["charge_id"].isin(disputed)].reset_index(drop=True)


def _play(portfolio: Portfolio, charges: pd.DataFrame, plays: int) -> pd.DataFrame:
    """One row a charge: `debtor_id`, `charge_id`, `p_unpaid` after the horizon, `p_any_paid` of its debtor.

    An account's payments go to its oldest charge first, so it is paid where their sum reaches what was open. Left out
    are charges of accounts with a payment that the books did not know yet, and those that are the oldest in the books
    only: there a payment that named no charge has paid an older one in dispute, which whoever paid did not mean.
    """
    owed = (charges["charge_amount"] * (1 - charges["charge_paid_share"])).round(2).to_numpy(np.float64)
    # Ids of the simulation: charge C00000012-2026-10 is one of account A00000012.
    account = "A" + charges["charge_id"].str[1:9]
    unpaid = np.zeros(len(charges))
    for play in range(plays):
        ahead = continue_with(portfolio, _nobody(), days=HORIZON, seed=10_000 + play)
        kept = ahead.payments[ahead.payments["reversed_on"].isna()]
        paid = kept.groupby("account_id")["amount"].sum().reindex(account).fillna(0.0).to_numpy()
        unpaid += paid < owed - 0.005
    known = ~account.isin(set(ahead.recorded_late["account_id"])) & _is_meant(portfolio, charges)
    told = charges[["debtor_id", "charge_id"]].assign(
        p_unpaid=unpaid / plays, p_any_paid=portfolio.truth.p_pay(charges["debtor_id"])
    )
    return told[known.to_numpy()].reset_index(drop=True)


def _is_meant(portfolio: Portfolio, charges: pd.DataFrame) -> pd.Series:
    """Whether who owes a charge takes it for the account's oldest too."""
    world = portfolio.truth.world
    due = world.owed.oldest_due[charges["charge_id"].str[1:9].astype(int).to_numpy()]
    return (world.day - charges["charge_days_past_due"]) == due


def _nobody() -> pd.DataFrame:
    columns = {"debtor_id": pd.Series(dtype=str), "channel": pd.Series(dtype=str)}
    return pd.DataFrame({**columns, "window_start": pd.Series(dtype="datetime64[us, UTC]")})


def calibration_gaps(p: NDArray[np.float64], truth: NDArray[np.float64], *, groups: int = 10) -> NDArray[np.float64]:
    """Predicted less true, mean of each tenth of the charges by prediction."""
    place = _places(p, groups)
    return np.array([p[place == group].mean() - truth[place == group].mean() for group in np.unique(place)])


def chance_alone(p: NDArray[np.float64], truth: NDArray[np.float64], *, groups: int = 10, draws: int = 300) -> float:
    """The mean distance over tenths to be expected of a perfectly calibrated model.

    It errs by charge as `p` does beyond the mean of its tenth, up and down alike (signs are drawn).
    """
    place = _places(p, groups)
    size = np.bincount(place)
    errors = p - truth
    errors = errors - (np.bincount(place, errors) / size)[place]
    signs = np.random.default_rng(1).choice((-1.0, 1.0), (draws, len(p)))
    rest = [np.bincount(place, drawn * errors) / size for drawn in signs]
    return float(np.abs(rest).mean())


def _places(p: NDArray[np.float64], groups: int) -> NDArray[np.int64]:
    """The group of each charge, of equal size by prediction."""
    place: NDArray[np.int64] = np.argsort(np.argsort(p, kind="stable")) * groups // len(p)
    return place


def history_days(last: date, n: int) -> list[date]:
    """So many as-of days up to `last`, a week apart, oldest first."""
    return [last - timedelta(days=7 * back) for back in range(n - 1, -1, -1)]
