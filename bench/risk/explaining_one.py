"""One contestant of `bench.risk.explaining` in a process of its own: `--one WHO FOLDER ROWS`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.data.measuring import THREADS, print_measured

Floats = NDArray[np.float64]

PARAMETERS: Final = {"n_estimators": 300, "learning_rate": 0.06, "num_leaves": 31}
#: The last contestant does more than the others.
OURS: Final = "recobro, a plan's reasons"
_DEBTORS, _MONTHS, _SEED = 1500, 14, 5


def prepare(folder: Path, n_rows: int) -> dict[str, Any]:
    """Write the curve's files, `n_rows` of its intervals and as many charges."""
    from recobro_models.event_grid import cut_intervals, interval_features
    from recobro_models.explanation.tree_shap import tree_contributions
    from recobro_models.explanation.tree_text import read_trees
    from recobro_models.payment_curve import PaymentCurve

    rows = _training_rows(folder)
    curve = PaymentCurve.fit(rows, parameters=PARAMETERS)
    (folder / "curve.json").write_text(json.dumps(curve.to_files()), encoding="utf-8")
    drawn = np.random.default_rng(_SEED).integers(0, len(rows), n_rows)
    rows.iloc[drawn].assign(currency="PEN").reset_index(drop=True).to_parquet(folder / "charges.parquet")
    intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), np.full(len(rows), 30))
    own = interval_features(intervals, rows["as_of"].to_numpy().astype("datetime64[D]"))
    place = np.random.default_rng(_SEED).integers(0, len(own), n_rows)
    matrix = np.hstack([curve.encoding.matrix(rows)[intervals.row[place]], own[place]])
    np.save(folder / "matrix.npy", matrix)
    # Compiled once, kept on disk.
    tree_contributions(read_trees(curve.to_files()["booster.txt"]), matrix[:1])
    return {"columns": matrix.shape[1], "trees": PARAMETERS["n_estimators"]}


def _training_rows(folder: Path) -> pd.DataFrame:
    from recobro_data.lake import Lake
    from recobro_data.load import load_source
    from recobro_data.settings import Settings
    from recobro_data.synthetic import simulate, write_tables
    from recobro_models.snapshots import Snapshots

    portfolio = simulate(_DEBTORS, _MONTHS, seed=_SEED)
    write_tables(portfolio, folder / "source", disputes=True)
    settings = Settings(home=folder)
    load_source(str(folder / "source"), settings, validate=lambda *_: folder / "unchecked.html")
    days = [portfolio.as_of - timedelta(days=30 + 26 * step) for step in range(10)]
    return Snapshots(Lake(settings.lake_dir), settings).training_rows(days, seen_until=portfolio.as_of).risk


def _by_recobro(folder: Path) -> Callable[[Floats], Floats]:
    from recobro_models.explanation.tree_shap import tree_contributions
    from recobro_models.explanation.tree_text import base_value, read_trees

    trees = read_trees(_files(folder)["booster.txt"])
    tree_contributions(trees, np.zeros((1, int(trees.nodes["feature"].max()) + 1)))
    base = base_value(trees)

    def explain(matrix: Floats) -> Floats:
        return np.column_stack([tree_contributions(trees, matrix, threads=THREADS), np.full(len(matrix), base)])

    return explain


def _by_lightgbm(folder: Path) -> Callable[[Floats], Floats]:
    import lightgbm

    booster = lightgbm.Booster(model_str=_files(folder)["booster.txt"])
    return lambda matrix: booster.predict(matrix, pred_contrib=True, num_threads=THREADS)


def _by_shap(folder: Path) -> Callable[[Floats], Floats]:
    import lightgbm
    import shap

    explainer = shap.TreeExplainer(lightgbm.Booster(model_str=_files(folder)["booster.txt"]))

    def explain(matrix: Floats) -> Floats:
        told = explainer(matrix)
        return np.column_stack([told.values, np.broadcast_to(told.base_values, len(matrix))])

    return explain


def _reasons(folder: Path) -> Callable[[Floats], Floats]:
    """All of a plan's reasons, of charges instead of the matrix."""
    from recobro_models.explanation.reasons import risk_reasons
    from recobro_models.payment_curve import PaymentCurve

    curve, charges = PaymentCurve.from_files(_files(folder)), pd.read_parquet(folder / "charges.parquet")
    curve.explain_unpaid(charges.iloc[:1], 30)

    def explain(matrix: Floats) -> Floats:  # noqa: ARG001
        contributions, columns = curve.explain_unpaid(charges, 30)
        told = risk_reasons(contributions, columns, charges)
        return np.array([len(reasons) for reasons in told], np.float64)

    return explain


#: Who takes part, in the order in which they are measured, with what makes each ready.
CONTESTANTS: Final[dict[str, Callable[[Path], Callable[[Floats], Floats]]]] = {
    "LightGBM, pred_contrib": _by_lightgbm,
    "shap.TreeExplainer": _by_shap,
    "recobro, the same rows": _by_recobro,
    OURS: _reasons,
}


def _files(folder: Path) -> Any:
    return json.loads((folder / "curve.json").read_text(encoding="utf-8"))


def _explain(who: str, folder: Path) -> dict[str, Any]:
    matrix = np.load(folder / "matrix.npy")
    explain = CONTESTANTS[who](folder)
    start, used = time.perf_counter(), time.process_time()
    values = explain(matrix)
    took, cpu_took = time.perf_counter() - start, time.process_time() - used
    np.save(folder / f"{who}.npy", values)
    return {"took": round(took, 2), "cpu_took": round(cpu_took, 2)}


def main(who: str, folder: str, n_rows: str) -> None:
    """Print what a contestant took; `prepare` writes what they explain."""
    if who == "prepare":
        print_measured(lambda: prepare(Path(folder), int(n_rows)))
    else:
        print_measured(lambda: _explain(who, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[2:])
