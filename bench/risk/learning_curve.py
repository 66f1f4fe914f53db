"""From how many debtors on it pays to learn: curves of portfolios of 50 to 50,000 debtors against the truth.

    python -m bench.risk.learning_curve --sizes 50 100 200 500 1000 2000 5000
    python -m bench.risk.learning_curve --sizes 20000 50000 --world 50000 --plays 40

Portfolios are parts of one synthetic world, several of each small size; each is fitted and calibrated as what a night
tries (what goes in force is fitted once more to the newest days) and asked for p_unpaid of its own debtors' oldest open
charges. `constant` is the share left unpaid in the calibration rows, `learned` the trees alone, `pooled` trees and
baseline drawn together by the payments seen.

Brier and log loss are those to expect from the true chances, so that they hold no luck; `held` is the share of tenths
(of charges by prediction) whose true mean lies within the mean interval, of which 90 % is told.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.risk.worlds import HORIZON, World, build_world, calibration_gaps
from recobro_models.payment_curve import PaymentCurve
from recobro_models.pooled_hazard import PooledHazard
from recobro_models.splits import part_rows
from recobro_pipelines.challengers import RISK_PARAMETERS

Floats = NDArray[np.float64]
#: Debtors asked about at each size, at least, where there are as many portfolios.
_ASKED: Final = 2000


def main() -> None:
    """Print one row a size and way to learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 200, 500, 1000, 2000, 5000])
    for name, value in (("world", 0), ("months", 18), ("plays", 100), ("seed", 1), ("portfolios", 16)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    world = build_world(asked.world or max(asked.sizes), asked.months, seed=asked.seed, plays=asked.plays)
    for size in asked.sizes:
        rows = [row for part in _portfolios(world, size, asked.portfolios) for row in _measured(part)]
        print(_table(pd.DataFrame(rows), size).to_string(header=size == asked.sizes[0]), flush=True)


def _portfolios(world: World, size: int, most: int) -> Iterator[World]:
    """Parts of the world with so many debtors, each debtor in one at most; `most` of them."""
    everybody = np.sort(world.rows["debtor_id"].unique())
    mixed = np.random.default_rng(size).permutation(everybody)
    n = min(max(_ASKED // size, 1), most, len(mixed) // size or 1)
    for at in range(n):
        yield world.of_debtors(set(mixed[at * size : (at + 1) * size]))


def _measured(world: World) -> Iterator[dict[str, object]]:
    parts, charges, true = part_rows(world.rows, world.split), world.asked(), world.truth["p_unpaid"].to_numpy()
    curves: dict[str, PaymentCurve] = {"baseline": PaymentCurve.fit_baseline(world.rows)}
    if parts.fit["is_paid"].nunique() == 2 and parts.calibrate["is_paid"].nunique() == 2:
        pooled = PaymentCurve.fit(parts.fit, parameters={**RISK_PARAMETERS, "seed": 1, "threads": 2})
        assert isinstance(pooled.hazard, PooledHazard)
        learned = replace(pooled, hazard=replace(pooled.hazard, share=1.0))
        curves |= {"learned": learned.calibrated(parts.calibrate), "pooled": pooled.calibrated(parts.calibrate)}
    yield {
        "way": "constant",
        **_figures(np.full(len(true), _usual_unpaid(world)), true),
        "held": np.nan,
        "share": np.nan,
    }
    for way, curve in curves.items():
        p = curve.predict_unpaid(charges, np.array(HORIZON))
        low, high = curve.predict_unpaid_interval(charges, np.array(HORIZON))
        share = curve.hazard.share if isinstance(curve.hazard, PooledHazard) else np.nan
        yield {
            "way": way,
            **_figures(p, true),
            "held": _held(p, true, low, high),
            "share": share,
            "width": (high - low).mean(),
        }


def _figures(p: Floats, true: Floats) -> dict[str, float]:
    safe = np.clip(p, 1e-6, 1 - 1e-6)
    return {
        "charges": len(p),
        "brier": float(np.mean((p - true) ** 2 + true * (1 - true))),
        "log_loss": float(-np.mean(true * np.log(safe) + (1 - true) * np.log1p(-safe))),
        "calibration_error": float(np.abs(calibration_gaps(p, true)).mean()),
    }


def _usual_unpaid(world: World) -> float:
    """Share of the calibration's charges left unpaid for the horizon, of those watched that long or paid."""
    rows = part_rows(world.rows, world.split).calibrate
    paid = rows["is_paid"] & (rows["watched_days"] <= HORIZON)
    return float(1 - paid[paid | (rows["watched_days"] >= HORIZON)].mean())


def _held(p: Floats, true: Floats, low: Floats, high: Floats) -> float:
    place = (p.argsort(kind="stable").argsort() * 10) // len(p)
    means = [[values[place == at].mean() for values in (low, true, high)] for at in np.unique(place)]
    return float(np.mean([bottom <= middle <= top for bottom, middle, top in means]))


def _table(rows: pd.DataFrame, size: int) -> pd.DataFrame:
    """Means over the portfolios of one size, by the charges asked about."""
    means = rows.groupby("way", sort=False).mean().round(4)
    counts = rows.groupby("way", sort=False).size().rename("portfolios")
    return pd.concat({size: means.drop(columns="charges").join(counts)}, names=["debtors", "way"])


if __name__ == "__main__":
    main()
