"""The payment curve beside other ways to tell when a charge is paid, on the same rows, split and features.

    RECOBRO_DATASETS=../shared/datasets python -m bench.risk.survival --json survival.json

Two sets of rows. `datarisk-br`: charges on the first morning they are on the books, as a nightly run has them
(`bench.real.datarisk`; left out where the data is not there); nobody is contacted. A synthetic portfolio: the oldest
open charge of each account, learnt from a history in which contacts end the watching of many, and followed through
continuations in which nobody acts, so that what everybody is asked is known of every charge and horizon.

| told of each horizon | is |
|---|---|
| Brier, log loss, AUC, calibration error | over charges whose state at the horizon is known, weighted as below |
| falls | test rows whose told probability of being paid is smaller at a later horizon than at an earlier one |
| fit s | seconds of fitting all horizons, without telling |

Where the books end before a horizon does, a known charge stands for those like it that were no longer watched: its
weight is one over the Kaplan-Meier estimate, in its stage, of still being watched (inverse probability of censoring).
A classifier of one horizon leaves out the rows that were not watched as far. Cox gets a random part of the rows where
there are more than it can take in minutes; `rows` says how many each one learnt from. scikit-survival has no Weibull or
other parametric curve (its `IPCRidge` tells one time, not a curve), so none is here.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.real.datarisk_rows import Question, Rows
from bench.risk.survival_models import CONTESTANTS, HORIZONS, draw_rows, fit_contestant, is_known, is_paid_by
from bench.risk.survival_rows import build_real_rows, build_world_rows
from recobro_data.settings import Stages
from recobro_models.evaluation import calibration_table
from recobro_models.horizon import watching_weights
from recobro_models.slices import stage_names

Floats = NDArray[np.float64]

MEASURES: Final = {"brier": "Brier", "log_loss": "log loss", "auc": "AUC", "calibration_error": "calibration error"}
#: Fewer rows of either outcome say nothing about a horizon.
_FEWEST: Final = 20
_HELP: Final = {
    "debtors": "of the synthetic portfolio", "months": "of its history", "seed": "of it",
    "plays": "continuations of it", "rows": "to learn from at most, drawn at random",
}  # fmt: skip
#: What is told as sure is held to be this sure, or one surprise would be all of a log loss.
_LEAST_P: Final = 1e-6


def main() -> None:
    """Print the tables and, where asked, write everything as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("debtors", 3000), ("months", 18), ("seed", 1), ("plays", 5), ("rows", 40_000)):
        parser.add_argument(f"--{name}", type=int, default=value, help=f"{_HELP[name]} (default {value})")
    for name, day in (("train-until", "2020-11-01"), ("test-from", "2020-11-01"), ("test-until", "2021-02-28")):
        parser.add_argument(
            f"--{name}", type=date.fromisoformat, default=date.fromisoformat(day), help="of datarisk-br"
        )
    parser.add_argument("--json", type=Path, help="file to write everything to")
    asked, console, found = parser.parse_args(), Console(width=150), {}
    for name, rows in _row_sets(asked):
        found[name] = compare(rows, asked.rows)
        _show(console, name, found[name])
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")


def compare(whole: Rows, most: int) -> dict[str, Any]:
    """What is known of the rows, and of each contestant its seconds, falling curves, and measures by horizon."""
    rows = replace(whole, learn=draw_rows(whole.learn, most))
    seen = {day: _Seen(rows.test, day) for day in HORIZONS}
    known = {str(day): int((one.weight > 0).sum()) for day, one in seen.items()}
    return {
        "rows_to_learn_from": len(whole.learn), "learnt_from": len(rows.learn), "tested_on": len(rows.test),
        "known": known, "paid": {str(day): one.share for day, one in seen.items()},
        "models": {name: _compared(name, rows, seen) for name in CONTESTANTS},
    }  # fmt: skip


class _Seen:
    """What was seen of the test rows by a day ahead: `paid`, and the `weight` of each row (0: not known)."""

    def __init__(self, test: pd.DataFrame, day: int) -> None:
        stage = stage_names(test["charge_days_past_due"].to_numpy(np.float64), Stages())
        watched, paid = test["watched_days"].to_numpy(np.int64), test["is_paid"].to_numpy(bool)
        unpaid = np.where(paid, watched > day, watched >= day)
        # Where nobody is seen to be unpaid by then, only payers are known: nothing can be said.
        known = is_known(test, day) & unpaid.any()
        self.weight = np.where(known, watching_weights(watched, paid, day, stage), 0.0)
        self.paid = is_paid_by(test, day)

    @property
    def share(self) -> float | None:
        """The share that is paid; None where nothing is known."""
        return round(float(np.average(self.paid, weights=self.weight)), 4) if self.weight.any() else None

    def measure(self, p: Floats) -> dict[str, float | None]:
        """`MEASURES` of what was told; None where it can not be said."""
        from sklearn.metrics import roc_auc_score

        here = (self.weight > 0) & np.isfinite(p)
        y, p, w = self.paid[here].astype(np.float64), np.clip(p[here], _LEAST_P, 1 - _LEAST_P), self.weight[here]
        if min(y.sum(), len(y) - y.sum()) < _FEWEST:
            return dict.fromkeys(MEASURES)
        tenths = calibration_table(y, p, weight=w)
        found = {
            "brier": np.average((p - y) ** 2, weights=w),
            "log_loss": -np.average(y * np.log(p) + (1 - y) * np.log1p(-p), weights=w),
            "auc": roc_auc_score(y, p, sample_weight=w),
            "calibration_error": np.average(np.abs(tenths["predicted"] - tenths["seen"]), weights=tenths["n"]),
        }
        return {name: round(float(value), 5) for name, value in found.items()}


def _compared(name: str, rows: Rows, seen: Mapping[int, _Seen]) -> dict[str, Any]:
    fitted = fit_contestant(name, rows.learn)
    told = fitted.predict(rows.test)
    return {
        "rows": fitted.rows, "fit_seconds": round(fitted.seconds, 1), "falls": count_falls(told),
        "horizons": {str(day): seen[day].measure(told[:, at]) for at, day in enumerate(HORIZONS)},
    }  # fmt: skip


def count_falls(told: Floats) -> int:
    """Rows in which a later horizon is told less than an earlier one."""
    highest = np.fmax.accumulate(told, axis=1)
    return int((told < highest - 1e-9).any(axis=1).sum())


def _row_sets(asked: argparse.Namespace) -> list[tuple[str, Rows]]:
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "datarisk-br"
    found = []
    if (source / "payments.csv.gz").is_file():
        question = Question(asked.train_until, asked.test_from, asked.test_until)
        found.append(("datarisk-br", build_real_rows(source, question)))
    world = f"synthetic portfolio, {asked.debtors:,} debtors, {asked.months} months"
    return [*found, (world, build_world_rows(asked.debtors, asked.months, seed=asked.seed, plays=asked.plays))]


def _show(console: Console, name: str, found: Mapping[str, Any]) -> None:
    known = ", ".join(f"{day} d {n:,} ({found['paid'][day]:.1%} paid)" for day, n in found["known"].items() if n)
    console.print(
        f"\n[bold]{name}[/]: {found['tested_on']:,} tested; "
        f"learnt from {found['learnt_from']:,} of {found['rows_to_learn_from']:,} rows"
    )
    console.print(f"state known at {known}")
    for measure, title in MEASURES.items():
        console.print(_table(title, measure, found["models"]))
    table = Table(title="effort", title_justify="left")
    for column in ("model", "rows", "fit s", "falls"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for model, told in found["models"].items():
        table.add_row(model, f"{told['rows']:,}", f"{told['fit_seconds']:.1f}", f"{told['falls']:,}")
    console.print(table)


def _table(title: str, measure: str, models: Mapping[str, Any]) -> Table:
    """One row a model, one column a horizon; the best of each in bold."""
    table = Table(title=title, title_justify="left")
    table.add_column("model", min_width=36)
    by_model = {name: [told["horizons"][str(day)][measure] for day in HORIZONS] for name, told in models.items()}
    pick = max if measure == "auc" else min
    best = [
        pick((one for one in column if one is not None), default=None)
        for column in zip(*by_model.values(), strict=True)
    ]
    for day in HORIZONS:
        table.add_column(f"{day} d", justify="right")
    for name, values in by_model.items():
        cells = ("-" if one is None else f"{one:.4f}" for one in values)
        table.add_row(
            name,
            *(f"[bold]{cell}[/]" if one == top else cell for cell, one, top in zip(cells, values, best, strict=True)),
        )
    return table


if __name__ == "__main__":
    main()
