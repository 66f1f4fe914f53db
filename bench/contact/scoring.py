"""Scoring everybody: contact times of every channel and lawful hour against bare LightGBM predictions.

    python -m bench.contact.scoring --debtors 100000

LightGBM predicts once a debtor and channel (300 trees of 31 leaves on as many columns as contact times read); contact
times give a probability for each of the day's hours besides. A debtor's part is computed once a channel and stretch of
the day, the slot's part once for everybody; both are added only in blocks of debtors. One thread each.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_habits import BINS
from recobro_models.contact_times import ContactTimes

Floats = NDArray[np.float64]

HOURS: Final = range(8, 20)
BLOCK: Final = 50_000
_TREES: Final = {"objective": "binary", "num_leaves": 31, "num_threads": 1, "verbosity": -1, "seed": 1}
_FEW: Final = 20_000


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debtors", type=int, default=100_000)
    asked = parser.parse_args()
    learnt, debtors = build_debtors(_FEW, seed=1), build_debtors(asked.debtors, seed=2)
    seconds = {"contact times": time_contact_times(learnt, debtors), "LightGBM": time_lightgbm(learnt, debtors)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told: dict[str, Any] = {name: round(took, 2) for name, took in seconds.items()}
    times = round(seconds["contact times"] / seconds["LightGBM"], 2)
    print(json.dumps({"debtors": asked.debtors, "seconds": told, "times": times, "peak_mib": round(peak)}))


def build_debtors(n: int, *, seed: int) -> pd.DataFrame:
    """Attempts on debtors with made-up histories: the columns that contact times read."""
    rng = np.random.default_rng(seed)
    counts = {f"n_call_{name}_{what}_365d": rng.poisson(rate, n) for name in BINS
              for what, rate in (("tried", 1.5), ("reached", 0.2))}  # fmt: skip
    counts |= {f"n_{channel}_{what}_365d": rng.poisson(rate, n) for channel in CHANNELS[1:]
               for what, rate in (("tried", 4.0), ("reached", 1.0))}  # fmt: skip
    counts |= {f"n_attempts_{days}d": rng.poisson(days / 14, n) for days in (7, 14, 30)}
    owed = {
        "open_amount": rng.lognormal(5, 1, n), "oldest_days_past_due": rng.integers(-5, 120, n),
        "n_broken_365d": rng.poisson(0.3, n), "has_open_promise": rng.random(n) < 0.1,
        "days_since_last_reached": np.where(rng.random(n) < 0.3, np.nan, rng.integers(1, 200, n)),
    }  # fmt: skip
    slot = {
        "channel": rng.choice(np.array(CHANNELS, object), n), "weekday": rng.integers(0, 5, n),
        "hour": rng.integers(8, 20, n), "reached": rng.random(n) < 0.2,
    }  # fmt: skip
    return pd.DataFrame(counts | owed | slot)


def time_contact_times(learnt: pd.DataFrame, debtors: pd.DataFrame) -> float:
    """Seconds for every channel and hour of one day."""
    times = ContactTimes.fit(learnt)
    start, total = time.perf_counter(), 0.0
    for first in range(0, len(debtors), BLOCK):
        block = debtors.iloc[first : first + BLOCK]
        for channel in CHANNELS:
            total += float(times.predict_day(block, channel, 2, HOURS).sum())
    return time.perf_counter() - start


def time_lightgbm(learnt: pd.DataFrame, debtors: pd.DataFrame) -> float:
    """Seconds for one prediction a debtor and channel."""
    import lightgbm

    names = [name for name in learnt if name not in ("channel", "reached", "weekday", "hour")]
    label = lightgbm.Dataset(_columns(learnt, names, 0), learnt["reached"].to_numpy(np.float64))
    booster = lightgbm.train(_TREES, label, 300)
    start = time.perf_counter()
    for first in range(0, len(debtors), BLOCK):
        for place in range(len(CHANNELS)):
            booster.predict(_columns(debtors.iloc[first : first + BLOCK], names, place), num_threads=1)
    return time.perf_counter() - start


def _columns(rows: pd.DataFrame, names: list[str], place: int) -> Floats:
    own = [rows[name].to_numpy(np.float64, na_value=np.nan) for name in names]
    return np.column_stack([*own, np.full(len(rows), float(place))])


if __name__ == "__main__":
    main()
