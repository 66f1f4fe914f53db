"""How near p_unpaid comes to the truth that a synthetic portfolio reveals.

    python -m bench.risk.truth --debtors 5000 --worlds 2

Each world is trained on as a night would; p_unpaid of each debtor's oldest open charge (but those in dispute) is then
held against how often it stays unpaid for 30 days in `--plays` continuations in which nobody acts.

| figure | is |
|---|---|
| calibration error | mean distance of predicted and true, over tenths of the charges by prediction |
| chance alone | the same of a perfectly calibrated model with errors as large: they do not quite cancel in a tenth |
| bias | mean predicted less mean true |
| rank correlation | Spearman's, of predicted and true |
| rmse | root of the mean squared distance; the best possible is not 0, since books do not show people |
| held by the interval | tenths whose true mean lies within the mean interval (90 % is told) |
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from scipy.stats import spearmanr

from bench.risk.worlds import HORIZON, World, build_world, calibration_gaps, chance_alone, fit_curve
from recobro_models.levels import DEBTOR, build_levels
from recobro_models.payment_curve import PaymentCurve


def main() -> None:
    """Print one JSON object a world, and their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("debtors", 5000), ("months", 18), ("worlds", 1), ("plays", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    told = []
    for seed in range(1, asked.worlds + 1):
        world = build_world(asked.debtors, asked.months, seed=seed, plays=asked.plays)
        start = time.perf_counter()
        curve = fit_curve(world)
        told.append(
            {"world": seed, "fit_seconds": round(time.perf_counter() - start, 1), **measure_truth(curve, world)}
        )
        print(json.dumps(told[-1]), flush=True)
    names = [name for name in told[0] if name != "world"]
    print(
        json.dumps(
            {"mean of": len(told)} | {name: round(float(np.mean([row[name] for row in told])), 4) for name in names}
        )
    )


def measure_truth(curve: PaymentCurve, world: World) -> dict[str, float]:
    """The figures of one curve in one world."""
    charges, true = world.asked(), world.truth["p_unpaid"].to_numpy()
    p = curve.predict_unpaid(charges, np.array(HORIZON))
    low, high = curve.predict_unpaid_interval(charges, np.array(HORIZON))
    place = (p.argsort().argsort() * 10) // len(p)
    held = [low[place == at].mean() <= true[place == at].mean() <= high[place == at].mean() for at in range(10)]
    # Of any payment, by all of a debtor's charges, against the exact chance.
    everything = world.day.charges
    days = np.array(HORIZON)
    both = curve.predict_unpaid(everything, days), curve.predict_any_paid(everything, days)
    levels = build_levels(everything, both, DEBTOR)
    any_paid, truly = (
        levels["p_any_paid"].loc[world.truth["debtor_id"]].to_numpy(),
        world.truth["p_any_paid"].to_numpy(),
    )
    found = {
        "charges": len(p),
        "calibration_error": np.abs(calibration_gaps(p, true)).mean(),
        "chance_alone": chance_alone(p, true),
        "bias": p.mean() - true.mean(),
        "rank_correlation": spearmanr(p, true).statistic,
        "rmse": np.sqrt(np.mean((p - true) ** 2)),
        "held_by_interval": np.mean(held),
        "mean_interval_width": np.mean(high - low),
        "any_paid_calibration_error": np.abs(calibration_gaps(any_paid, truly)).mean(),
        "any_paid_rank_correlation": spearmanr(any_paid, truly).statistic,
    }
    return {name: round(float(value), 4) for name, value in found.items()}


if __name__ == "__main__":
    main()
