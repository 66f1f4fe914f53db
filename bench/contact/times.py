"""What contact times are worth on synthetic worlds, whose truth is known: `python -m bench.contact.times`.

    python -m bench.contact.times --debtors 4000 --months 12 --worlds 3

Each world is learnt from as in a night, but for its last five weeks, on which log likelihood is measured. Then every
method chooses the hour of the next day's call for the same debtors, and the true chance of reaching them there is
counted: the same attempts, at other hours.

| figure | is |
|---|---|
| log loss | of later attempts, all channels; lower is better |
| reach | mean true chance of reaching a debtor by a call at the hour that the method chooses, 8:00 to 19:59 |
| hour correlation | of the chosen method's and the true log-odds, each debtor's mean taken off |
| held by the interval | share of debtors whose true chance at noon lies in the 90 % interval |
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.contact.peers import Peers
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import load_settings
from recobro_data.synthetic import simulate, write_tables
from recobro_data.vocabulary import REACHED
from recobro_models.calibration import Recalibration
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.snapshots import Snapshots
from recobro_models.splits import snapshot_days

Floats = NDArray[np.float64]

HOURS: Final = range(8, 20)
_WEEKS, _TRIED_WEEKS = 26, 5


@dataclass(frozen=True)
class World:
    """Attempts to learn from, attempts to try, the debtors of the next day and their true chance by (debtor, hour)."""

    learnt: pd.DataFrame
    tried: pd.DataFrame
    debtors: pd.DataFrame
    weekday: int
    truth: Floats
    last_hour: Floats


def main() -> None:
    """Print one JSON object a world, and their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("debtors", 4000), ("months", 12), ("worlds", 3), ("first-seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    told = []
    for seed in range(asked.first_seed, asked.first_seed + asked.worlds):
        told.append(measure_world(build_world(asked.debtors, asked.months, seed)))
        print(json.dumps({"world": seed} | told[-1]), flush=True)
    means = pd.DataFrame(told).mean().round(4).to_dict()
    print(json.dumps({"mean of": len(told)} | means, indent=1))


def build_world(debtors: int, months: int, seed: int) -> World:
    """Simulate and load a portfolio, and label the attempts of half a year by weekly as-of days."""
    portfolio = simulate(debtors, months, seed=seed)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        write_tables(portfolio, settings.home / "source", disputes=True)
        load_source(str(settings.home / "source"), settings)
        snapshots = Snapshots(Lake(settings.lake_dir), settings)
        last = portfolio.as_of - timedelta(days=7)
        days = snapshot_days(last - timedelta(weeks=_WEEKS - 1), last, every_days=7)
        rows = snapshots.training_rows(days, seen_until=portfolio.as_of).attempts
        known = snapshots.day_rows(portfolio.as_of).debtors.assign(attempted_on=pd.Timestamp(portfolio.as_of))
    weekday, ids = portfolio.as_of.weekday(), list(known["debtor_id"])
    truth = portfolio.truth.p_reach(ids, "call", weekday, np.array(HOURS)[:, None]).T
    works = truth.max(axis=1) > 0
    is_new = rows["as_of"] >= pd.Timestamp(days[-_TRIED_WEEKS])
    parts = (rows[~is_new].reset_index(drop=True), rows[is_new].reset_index(drop=True))
    debtors, last_hour = known[works].reset_index(drop=True), last_answered(portfolio.tables["contact_attempts"])
    return World(*parts, debtors, weekday, truth[works], last_hour.reindex(debtors["debtor_id"]).to_numpy(np.float64))


def last_answered(attempts: pd.DataFrame) -> pd.Series[float]:
    """Local hour of the last call that reached each debtor (Peru has one zone)."""
    answered = attempts[(attempts["channel"] == "call") & attempts["outcome"].isin(REACHED)]
    at: Any = pd.to_datetime(answered["attempted_at"], utc=True).dt.tz_convert("America/Lima")
    told = answered.assign(at=at, hour=at.dt.hour.astype(np.float64)).sort_values("at", kind="stable")
    return told.drop_duplicates("debtor_id", keep="last").set_index("debtor_id")["hour"]


def measure_world(world: World) -> dict[str, float]:
    """The figures of every method in one world."""
    start = time.perf_counter()
    times = ContactTimes.fit(world.learnt)
    seconds, peers = time.perf_counter() - start, Peers.fit(world.learnt)
    happened = world.tried["reached"].to_numpy(np.float64)
    asked = (world.tried["channel"], world.tried["weekday"], world.tried["hour"])
    p = times.predict_p_reach(world.tried, *asked)
    losses = {"recobro": p, **peers.predict(world.tried)}
    day = times.predict_day(world.debtors, "call", world.weekday, HOURS)
    simple = peers.predict_day(world.debtors, world.weekday, HOURS)
    # Who never answered is called at the best hour of everybody.
    last = (world.last_hour[:, None] == np.array(HOURS)) + 0.01 * simple["best global hour"]
    curves = {"recobro": day, **simple, "last answered hour": last, "truth": world.truth}
    found: dict[str, Any] = {"fit_seconds": seconds}
    found |= {f"log_loss {name}": measure(happened, one)["log_loss"] for name, one in losses.items()}
    found |= {f"reach {name}": _reach(curve, world.truth) for name, curve in curves.items()}
    found |= {
        f"hour_correlation {name}": _of_hours(curves[name], world.truth)
        for name in ("recobro", "LightGBM")
        if name in curves
    }
    found |= {"calibration_slope": Recalibration.fit(p, happened).slope, "held_by_interval": _held(times, world)}
    return {name: round(float(value), 4) for name, value in found.items()}


def _reach(curve: Floats, truth: Floats) -> float:
    """Mean true chance at the best hour of each row's curve; the earliest of equals."""
    return float(truth[np.arange(len(truth)), curve.argmax(axis=1)].mean())


def _of_hours(curve: Floats, truth: Floats) -> float:
    seen, true = (np.log(p / (1 - p)) for p in (curve, truth))
    own = (z - z.mean(axis=1, keepdims=True) for z in (seen, true))
    return float(np.corrcoef(*(z.ravel() for z in own))[0, 1])


def _held(times: ContactTimes, world: World) -> float:
    noon = HOURS.index(12)
    low, high = times.predict_interval(world.debtors, ("call", world.weekday, 12))
    return float(((world.truth[:, noon] >= low) & (world.truth[:, noon] <= high)).mean())


if __name__ == "__main__":
    main()
