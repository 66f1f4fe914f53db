"""`make bench-real`: a day on the real charges of `datarisk-br`, and the payment curve scored against what came after.

1. ingest, train and plan as of 2021-02-01 in a workspace of its own; the size and head of the worklist;
2. charges issued from November 2020 to February 2021, scored on the first morning they are on the books (history as
   known then, models fitted to what was known on 2020-11-01): was the charge paid 5 or more days late?
   AUC, KS, average precision, Brier, a calibration table; beside it an untuned direct classifier on the same features.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console

from bench.real.datarisk import write_tables
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.store import open_store
from recobro_data.store.answers import told
from recobro_models.evaluation import calibration_table, measure
from recobro_models.explanation.catalogue import tell
from recobro_models.payment_curve import RISK_FEATURES, PaymentCurve
from recobro_models.snapshots import Snapshots
from recobro_models.splits import snapshot_days
from recobro_pipelines.plan import plan_worklist
from recobro_pipelines.show import WorklistTable
from recobro_pipelines.train import RISK_PARAMETERS, train_models

AS_OF = date(2021, 2, 1)
FIRST, LAST = date(2020, 11, 1), date(2021, 2, 28)
LATE_DAYS = 5


def main() -> int:
    """Run the benchmark; the exit status is 1 where the data is not there."""
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "datarisk-br"
    console = Console(width=160, highlight=False)
    if not (source / "payments.csv.gz").is_file():
        console.print(
            f"No data set in {source}. It is the public Datarisk junior case (payments.csv.gz, base_cadastral.csv); "
            "put it there, or name the folder that holds datarisk-br in RECOBRO_DATASETS.", soft_wrap=True,
        )  # fmt: skip
        return 1
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        _ingest(settings, source, console)
        _plan(settings, console)
        figures = _score(settings, console)
    print(json.dumps(figures, indent=1))
    return 0


def _ingest(settings: Settings, source: Path, console: Console) -> None:
    start = time.perf_counter()
    tables = write_tables(source, settings.home / "source")
    report = load_source(str(tables), settings).to_json()
    for name, counts in report["tables"].items():
        console.print(f"{name:9} {counts}")
    console.print(f"ingest: {time.perf_counter() - start:.1f} s\n")


def _plan(settings: Settings, console: Console) -> None:
    start = time.perf_counter()
    for one in train_models(settings, AS_OF):
        console.print(f"{one.version.label}: {one.kind}, {one.verdict.why}")
    console.print(f"train as of {AS_OF}: {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    with open_store(settings.store_url) as store:
        planned = plan_worklist(settings, store, AS_OF)
        console.print(
            f"plan: {time.perf_counter() - start:.1f} s, {planned.n_items} items, {planned.summary['left_alone']}"
        )
        items = [told(row, tell) for row in store.items(planned.plan_id, limit=10)]
    console.print(WorklistTable(items, title=f"Worklist of {AS_OF}, the first 10 of {planned.n_items}"))


def _score(settings: Settings, console: Console) -> dict[str, dict[str, float]]:
    snapshots = Snapshots(Lake(settings.lake_dir), settings)
    start = time.perf_counter()
    days = snapshot_days(date(2018, 10, 15), FIRST - timedelta(days=1), every_days=13)
    # Everything learnt was known on the first day of the test months; no charge of theirs had been issued.
    learn = snapshots.training_rows(days, seen_until=FIRST).risk
    test = _fresh_charges(snapshots)
    took = time.perf_counter() - start
    console.print(f"\n{len(learn):,} charge-days to learn from, {len(test):,} charges to score: {took:.0f} s")
    late, days_ahead = _is_late(test), (LATE_DAYS - test["charge_days_past_due"]).to_numpy(np.int64)
    curve = PaymentCurve.fit(learn, parameters={**RISK_PARAMETERS, "seed": settings.learning.seed})
    p = curve.predict_unpaid(test, days_ahead)
    figures = {"payment curve": measure(late, p), "direct classifier": measure(late, _direct(learn, test))}
    names = ("n", "rate", "auc", "ks", "average_precision", "brier", "calibration_error")
    console.print(pd.DataFrame(figures).loc[list(names)].round(4).to_string())
    console.print("\nPayment curve, by tenth of the predicted probability of 5 or more days late:")
    console.print(calibration_table(late, p).round(4).to_string())
    by_month = test["as_of"].sub(pd.Timedelta(days=1)).dt.strftime("%Y-%m").to_numpy()
    for month in sorted(set(by_month)):
        here = by_month == month
        figures[f"payment curve, issued {month}"] = measure(late[here], p[here])
    return figures


def _fresh_charges(snapshots: Snapshots) -> pd.DataFrame:
    """Charges issued in the test months, as of the morning after their issue, with what came after as label."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    rows = snapshots.training_rows([day + timedelta(days=1) for day in days], seen_until=date(2023, 1, 1)).risk
    issued = rows["due_on"] - pd.to_timedelta(rows["charge_term_days"], unit="D")
    fresh = rows[issued == rows["as_of"] - pd.Timedelta(days=1)]
    return fresh[fresh["charge_days_past_due"] < LATE_DAYS].reset_index(drop=True)


def _is_late(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Paid 5 or more days after the due date (or never)."""
    days_late = rows["charge_days_past_due"] + rows["watched_days"] - 1
    return ((days_late >= LATE_DAYS) | ~rows["is_paid"]).to_numpy(bool)


def _direct(learn: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.float64]:
    """The peer: LightGBM with its defaults, told directly whether a charge was late, from the same features."""
    import lightgbm

    open_still = learn["charge_days_past_due"] < LATE_DAYS
    seen = learn["is_paid"] | (learn["charge_days_past_due"] + learn["watched_days"] >= LATE_DAYS)
    rows = learn[open_still & seen]
    columns = [name for name in RISK_FEATURES if name not in ("product", "portfolio", "region", "kind")]
    model = lightgbm.LGBMClassifier(verbosity=-1, random_state=1, n_jobs=2)
    model.fit(rows[columns].astype(float), _is_late(rows))
    return model.predict_proba(test[columns].astype(float))[:, 1]


if __name__ == "__main__":
    sys.exit(main())
