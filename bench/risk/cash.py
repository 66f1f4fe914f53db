"""How often the money of a week comes within the interval that was told: the cash forecast, checked out of time.

    python -m bench.risk.cash --debtors 2000 --worlds 3
    RECOBRO_DATASETS=../shared/datasets python -m bench.risk.cash --worlds 0

The curve is fitted and calibrated on the first part of the history; then, as of a day every two weeks of the rest, the
cash of the coming weeks is forecast from the charges open on it and held against what those charges brought, each
counted whole in the week it was wholly paid. With `RECOBRO_DATASETS` the same is done on the real charges of
`datarisk-br`.

Weeks of one day, and days near each other, share their luck: with ten days the shares told here are themselves off by
several points.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from bench.real.datarisk_tables import write_tables as write_datarisk
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.synthetic import simulate, write_tables
from recobro_models.cash_forecast import forecast_cash, unpaid_amounts
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import Snapshots
from recobro_models.splits import snapshot_days, split_in_time, watched_until
from recobro_pipelines.challengers import RISK_PARAMETERS

_HORIZON, _EVERY_DAYS, _ASKED_EVERY = 30, 13, 14


def main() -> None:
    """Print one row a source: shares of the weeks within each interval, and how far the total was off."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("debtors", 2000), ("months", 18), ("worlds", 2), ("weeks", 8), ("days", 8)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked, told = parser.parse_args(), {}
    for seed in range(1, asked.worlds + 1):
        with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
            portfolio = simulate(asked.debtors, asked.months, seed=seed)
            write_tables(portfolio, Path(folder) / "source", disputes=True)
            first = portfolio.as_of - timedelta(days=30 * asked.months - 90)
            told[f"world {seed}"] = _measured(Path(folder), first, portfolio.as_of, asked)
    data = Path(os.environ.get("RECOBRO_DATASETS", "")) / "datarisk-br"
    if "RECOBRO_DATASETS" in os.environ and (data / "payments.csv.gz").is_file():
        with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
            write_datarisk(data, Path(folder) / "source")
            told["datarisk-br"] = _measured(Path(folder), date(2018, 10, 15), date(2021, 2, 1), asked)
    print(pd.DataFrame(told).T.round(4).to_string())


def _measured(home: Path, first: date, last: date, asked: argparse.Namespace) -> dict[str, float]:
    """Coverage over the as-of days between the end of learning and the last day whose weeks were seen."""
    settings = load_settings(home=home, environ={}).settings
    load_source(str(home / "source"), settings)
    snapshots = Snapshots(Lake(settings.lake_dir), settings)
    newest = last - timedelta(days=7 * asked.weeks)
    days = [newest - timedelta(days=_ASKED_EVERY * back) for back in range(asked.days)]
    curve = _fit(snapshots, settings, first, min(days))
    rows = snapshots.training_rows(sorted(days), seen_until=last).risk
    weeks = [_held_day(curve, here.reset_index(drop=True), asked.weeks) for _, here in rows.groupby("as_of")]
    return _shares(pd.concat(weeks), curve)


def _fit(snapshots: Snapshots, settings: Settings, first: date, end: date) -> PaymentCurve:
    """Learnt from what was known on day `end`, when the first forecast is made."""
    days = snapshot_days(first, end - timedelta(days=_HORIZON), every_days=_EVERY_DAYS)
    split = split_in_time(days, label_days=_HORIZON, n_test=0)
    rows = snapshots.training_rows(days, seen_until=end).risk
    as_of = rows["as_of"].dt.date
    fit = watched_until(rows[as_of.isin(split.fit)].reset_index(drop=True), split.calibrate[0])
    parameters = {**RISK_PARAMETERS, "seed": settings.learning.seed, "threads": 2}
    curve = PaymentCurve.fit(fit, parameters=parameters)
    return curve.calibrated(rows[as_of.isin(split.calibrate)].reset_index(drop=True))


def _held_day(curve: PaymentCurve, rows: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """The forecast of one day beside what came (`came`, and `came_so_far`)."""
    money = unpaid_amounts(rows)
    week = np.where(rows["was_paid"], (rows["followed_days"] - 1) // 7, weeks)
    came = np.bincount(np.minimum(week, weeks).astype(np.int64), money, minlength=weeks + 1)[:weeks]
    return forecast_cash(curve, rows, weeks=weeks).assign(came=came, came_so_far=np.cumsum(came))


def _shares(weeks: pd.DataFrame, curve: PaymentCurve) -> dict[str, float]:
    def held(level: int, of: str, came: str) -> float:
        return float(weeks[came].between(weeks[f"{of}low_{level}"], weeks[f"{of}high_{level}"]).mean())

    return {
        "weeks": len(weeks),
        "within 80 %": held(80, "", "came"),
        "within 95 %": held(95, "", "came"),
        "so far within 80 %": held(80, "so_far_", "came_so_far"),
        "so far within 95 %": held(95, "so_far_", "came_so_far"),
        "came / expected": weeks["came"].sum() / weeks["expected"].sum(),
        "debtor correlation": curve.correlation.debtor,
        "portfolio correlation": curve.correlation.portfolio,
    }


if __name__ == "__main__":
    main()
