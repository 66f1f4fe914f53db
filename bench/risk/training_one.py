"""One contestant of `bench.risk.training` in a process of its own: `--one WHO FOLDER ROWS`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from bench.data.measuring import THREADS, peak_mib

PARAMETERS: Final = {"n_estimators": 300, "learning_rate": 0.06, "num_leaves": 31, "seed": 1, "threads": THREADS}
#: Rows of the matrix that a charge brings, as the charges here are drawn.
_ROWS_A_CHARGE: Final = 4.4
#: Charges to calibrate on, beside each to fit to.
_TO_CALIBRATE: Final = 0.2


def prepare(folder: Path, n_rows: int) -> dict[str, Any]:
    """Write charges to learn from, charges to calibrate on, and the matrix that the first become."""
    from recobro_models.encoding import Encoding
    from recobro_models.event_grid import interval_features
    from recobro_models.features.families import CATEGORIES
    from recobro_models.payment_curve import RISK_FEATURES, PaymentCurve
    from recobro_models.segment_rates import SegmentRates
    from recobro_models.watched_days import WatchedDays

    charges = draw_charges(round(n_rows / _ROWS_A_CHARGE), seed=1)
    charges.to_parquet(folder / "fit.parquet")
    draw_charges(round(_TO_CALIBRATE * len(charges)), seed=2).to_parquet(folder / "calibrate.parquet")
    encoding = Encoding.learn(charges, RISK_FEATURES, CATEGORIES, rates=SegmentRates.learn(charges))
    watched = WatchedDays.of(charges)
    position, outcome, weight = watched.as_trials()
    as_of = charges["as_of"].to_numpy().astype("datetime64[D]")
    own = interval_features(watched.intervals, as_of)
    position, outcome, weight = (column[weight > 0] for column in (position, outcome, weight))
    matrix = np.hstack([encoding.matrix(charges)[watched.intervals.row], own])[position]
    for name, array in {"matrix": matrix, "outcome": outcome, "weight": weight}.items():
        np.save(folder / f"{name}.npy", array)
    # What LightGBM is asked for follows from a fitted curve, however few charges it saw.
    asked: Any = PaymentCurve.fit(charges.head(2000), parameters=PARAMETERS).hazard
    told = {"categorical": encoding.categorical, "asked": asked.learned._lightgbm_parameters(matrix.shape[1])}
    (folder / "parameters.json").write_text(json.dumps(told), encoding="utf-8")
    return {"rows": len(matrix), "columns": matrix.shape[1]}


def draw_charges(n: int, *, seed: int) -> pd.DataFrame:
    """Charges of as many debtors as there are tenths, with features of the kinds that ours are, and what came after."""
    from recobro_models.features.families import CATEGORIES
    from recobro_models.payment_curve import RISK_FEATURES

    rng = np.random.default_rng(seed)
    columns = {name: _draw(name, n, rng) for name in RISK_FEATURES if name not in CATEGORIES}
    columns |= {name: rng.choice(list("abcdefgh"), n) for name in CATEGORIES}
    columns["charge_days_past_due"] = rng.integers(-30, 90, n)
    daily = 0.01 + 0.1 * (1 - np.nan_to_num(columns["late15_share_365d"], nan=0.5)) * rng.uniform(0.2, 1, n)
    paid_after, watched = rng.geometric(daily), rng.integers(20, 61, n)
    as_of = pd.Timestamp(2026, 1, 5) + pd.to_timedelta(13 * rng.integers(0, 10, n), unit="D")
    ids = {"debtor_id": np.char.add("D", rng.integers(0, max(n // 10, 1), n).astype(str))}
    labels = {"as_of": as_of, "watched_days": np.minimum(paid_after, watched), "is_paid": paid_after <= watched}
    return pd.DataFrame(columns | ids | labels)


def _draw(name: str, n: int, rng: np.random.Generator) -> Any:
    if name.startswith("n_"):
        return rng.poisson(3, n).astype(np.float64)
    if name.startswith("has_"):
        return rng.integers(0, 2, n).astype(np.float64)
    drawn = rng.beta(1, 3, n) if "share" in name else rng.lognormal(4, 1, n).round(2)
    return np.where(rng.random(n) < 0.2, np.nan, drawn)


def bare(folder: Path) -> dict[str, Any]:
    """`lightgbm.train` with the parameters of ours, on the matrix that is there."""
    import lightgbm

    matrix, outcome, weight = (np.load(folder / f"{name}.npy") for name in ("matrix", "outcome", "weight"))
    told = json.loads((folder / "parameters.json").read_text(encoding="utf-8"))
    start = time.perf_counter()
    data = lightgbm.Dataset(matrix, label=outcome, weight=weight, categorical_feature=told["categorical"],
                            params={"verbosity": -1})  # fmt: skip
    lightgbm.train(told["asked"], data, PARAMETERS["n_estimators"])
    return {"train": time.perf_counter() - start}


def recobro(folder: Path) -> dict[str, Any]:
    """The payment curve from its charges: encoding, intervals, trees and how sure they are; then its calibration."""
    from recobro_models.payment_curve import PaymentCurve

    charges, later = (pd.read_parquet(folder / f"{name}.parquet") for name in ("fit", "calibrate"))
    start = time.perf_counter()
    curve = PaymentCurve.fit(charges, parameters=PARAMETERS)
    fitted = time.perf_counter()
    curve.calibrated(later)
    return {"train": fitted - start, "calibrate": time.perf_counter() - fitted}


CONTESTANTS: Final[dict[str, Callable[[Path], dict[str, Any]]]] = {"lightgbm.train": bare, "recobro": recobro}


def main() -> None:
    """Do what was asked and print what it took as JSON."""
    _, who, folder, n_rows = sys.argv[1:]
    if who == "prepare":
        print(json.dumps(prepare(Path(folder), int(n_rows))))
    else:
        print(json.dumps(CONTESTANTS[who](Path(folder)) | {"mib": peak_mib()}))


if __name__ == "__main__":
    main()
