"""How well calibrated the promise model is on later days, on synthetic worlds.

    python -m bench.promises --debtors 3000 --months 14 --seeds 1 2 --populations mixed

Each world is learnt from as a night would, up to the last fifth of its days; the attempts and promises of those days,
of which nothing was learnt, are then predicted. One line of JSON a world and question.

| figure | is |
|---|---|
| n, rate | attempts that reached, or promises whose day is over; the share that promised, or kept it |
| predicted | mean prediction |
| calibration error | mean distance of predicted and seen, over tenths by prediction |
| AUC, gain | discrimination; log loss less than of the rate that was learnt from, as a share of it |
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import load_settings
from recobro_data.synthetic import simulate, write_tables
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.promises import Promises
from recobro_models.resampling import log_loss_of_each
from recobro_models.snapshots import Snapshots, TrainingRows
from recobro_models.splits import rows_at, snapshot_days

_HORIZON = 30
_EVERY_DAYS = 13
_TESTED = 0.2


def main() -> None:
    """Print the figures of every world asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debtors", type=int, default=3000)
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--populations", nargs="+", default=["mixed"])
    asked = parser.parse_args()
    for population in asked.populations:
        for seed in asked.seeds:
            days, rows = build_rows(asked.debtors, asked.months, seed, population)
            for told in measure_world(days, rows):
                print(json.dumps({"population": population, "seed": seed, **told}), flush=True)


def build_rows(debtors: int, months: int, seed: int, population: str) -> tuple[list[Any], TrainingRows]:
    """The as-of days of a world and its labelled rows."""
    portfolio = simulate(debtors, months, seed=seed, population=population)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        write_tables(portfolio, settings.home / "source", disputes=True)
        load_source(str(settings.home / "source"), settings)
        last = portfolio.as_of - timedelta(days=_HORIZON)
        days = snapshot_days(last - timedelta(days=months * 30 - _HORIZON - 60), last, every_days=_EVERY_DAYS)
        snapshots = Snapshots(Lake(settings.lake_dir), settings)
        return list(days), snapshots.training_rows(days, seen_until=portfolio.as_of)


def measure_world(days: list[Any], rows: TrainingRows) -> Iterator[dict[str, Any]]:
    """Figures of promising and of keeping, on the last of the days."""
    n_tested = max(int(len(days) * _TESTED), 1)
    # Between the two lie the days whose promises were not yet over when the first of the tested days began.
    gap = -(-_HORIZON // _EVERY_DAYS)
    learnt, tested = days[: -n_tested - gap], days[-n_tested:]
    attempts, later = (rows_at(rows.attempts, part) for part in (learnt, tested))
    promises, settled = (rows_at(rows.promises, part) for part in (learnt, tested))
    model = Promises.fit(attempts, promises, ContactTimes.fit(attempts))
    reached = later[later["reached"].astype(bool)]
    rate = float(attempts.loc[attempts["reached"].astype(bool), "promised"].mean())
    p = model.predict_p_promise(reached, reached["channel"])
    yield {"asked": "promises if reached", **_figures(reached["promised"], p, rate)}
    yield {
        "asked": "keeps the promise",
        **_figures(settled["is_kept"], model.predict_p_kept(settled), float(promises["is_kept"].mean())),
    }


def _figures(happened: pd.Series[bool], p: NDArray[np.float64], rate: float) -> dict[str, float]:
    y = happened.to_numpy(np.float64)
    found = measure(y, p)
    constant = float(log_loss_of_each(y, np.full(len(y), rate)).mean())
    told = {
        "n": len(y), "rate": y.mean(), "predicted": p.mean(), "calibration error": found["calibration_error"],
        "AUC": found["auc"], "gain": 1 - float(log_loss_of_each(y, p).mean()) / constant,
    }  # fmt: skip
    return {name: round(float(value), 4) for name, value in told.items()}


if __name__ == "__main__":
    main()
