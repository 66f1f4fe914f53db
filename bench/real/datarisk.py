"""`python -m bench.real.datarisk --train-until D --test-from D --test-until D`: who pays 5 or more days late?

Charges of `datarisk-br` issued in the test days, scored by the payment curve and by peers that are fitted to the same
rows in the same run, with what was known frozen on the first test day and, beside it, as of each charge's first
morning. Prints JSON: for each way and model n, rate, AUC, KS, average precision, Brier, log loss and calibration error
(AUC and Brier with a 95 % interval, resampled by debtor).

The data is read from `datarisk-br` in the folder that `RECOBRO_DATASETS` names; a later file of the same form will do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.real.datarisk_rows import LATE_DAYS, Question, Rows, frozen_rows, is_known, is_late, rolling_rows
from bench.real.datarisk_tables import write_tables
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import load_settings
from recobro_models.evaluation import measure
from recobro_models.features.families import CATEGORIES
from recobro_models.payment_curve import RISK_FEATURES, PaymentCurve
from recobro_models.snapshots import Snapshots
from recobro_pipelines.train import RISK_PARAMETERS

Floats = NDArray[np.float64]

#: What anybody would compute first.
SIMPLE: Final = (
    "charge_amount", "charge_term_days", "charge_days_past_due", "due_weekday", "due_day_of_month", "n_charges_365d",
    "mean_days_late_365d", "late5_share_365d", "last_days_late", "tenure_days", "n_open", "n_overdue",
)  # fmt: skip
#: Columns that the first version had not.
_LATER: Final = (
    "charge_age_days", "mean_days_late_30d", "mean_days_late_180d", "mean_days_late_all", "trend_days_late_90d",
    "spread_days_late_90d", "late5_share_90d", "late5_share_all", "late5_share_year_ago", "smoothed_late5_share",
    "n_of_last10", "n_late5_of_last3", "n_late5_of_last10", "mean_days_late_of_last3", "mean_days_late_of_last10",
    "worst_days_late_of_last3", "utilisation_365d", "payday_early_week_share_365d", "payday_late_week_share_365d",
)  # fmt: skip
_RESAMPLES: Final = 500


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 where the data is not there."""
    asked = _asked(arguments)
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "datarisk-br"
    if not (source / "payments.csv.gz").is_file():
        sys.stderr.write(
            f"No data set in {source}. It is the public Datarisk junior case (payments.csv.gz, base_cadastral.csv); "
            "put it there, or name the folder that holds datarisk-br in RECOBRO_DATASETS.\n"
        )
        return 1
    start = time.perf_counter()
    with _workspace(source) as (snapshots, charges):
        found = {
            "frozen": _compared(frozen_rows(snapshots, charges, asked)),
            "rolling": _compared(rolling_rows(snapshots, asked)),
        }
    question = {name: value.isoformat() for name, value in vars(asked).items()} | {"late_days": LATE_DAYS}
    print(json.dumps({"question": question, **found, "seconds": round(time.perf_counter() - start)}, indent=1))
    return 0


def _asked(arguments: list[str] | None) -> Question:
    parser = argparse.ArgumentParser(prog="python -m bench.real.datarisk", description=__doc__)
    for name, default in (("train-until", "2020-11-01"), ("test-from", "2020-11-01"), ("test-until", "2021-02-28")):
        parser.add_argument(f"--{name}", type=date.fromisoformat, default=date.fromisoformat(default))
    asked = Question(**vars(parser.parse_args(arguments)))
    if not asked.train_until <= asked.test_from <= asked.test_until:
        parser.error("expected train-until <= test-from <= test-until: nothing of the test may be learnt from")
    return asked


@contextmanager
def _workspace(source: Path) -> Iterator[tuple[Snapshots, pd.DataFrame]]:
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        tables = write_tables(source, settings.home / "source")
        load_source(str(tables), settings)
        yield Snapshots(Lake(settings.lake_dir), settings), _charges(tables)


def _charges(tables: Path) -> pd.DataFrame:
    with duckdb.connect() as con:
        rows = con.execute(
            "select charge_id, debtor_id, issued_on, due_on, c.amount, product, paid_on from read_csv($1, types = "
            "{'debtor_id': 'varchar'}) c left join (select charge_id, max(paid_on) paid_on from read_csv($2) "
            "group by 1) using (charge_id) order by charge_id",
            [str(tables / "charges.csv"), str(tables / "payments.csv")],
        ).df()
    dates = {name: pd.to_datetime(rows[name]) for name in ("issued_on", "due_on", "paid_on")}
    return rows.assign(**dates)


def _compared(rows: Rows) -> dict[str, Any]:
    late = is_late(rows.test).to_numpy(np.float64)
    models: dict[str, Callable[[Rows], Floats]] = {
        "recobro": _curve,
        "recobro, first version": _first_version,
        "LightGBM told this one question": _direct,
        "histogram boosting, simple history": _boosted,
        "logistic regression": _logistic,
        "constant": _constant,
    }
    debtors = rows.test["debtor_id"].to_numpy(object)
    return {
        "learnt_from": len(rows.learn),
        **{name: _measured(late, model(rows), debtors) for name, model in models.items()},
    }


def _measured(late: Floats, p: Floats, debtors: NDArray[Any]) -> dict[str, Any]:
    found = {name: round(value, 5) for name, value in measure(late, p).items() if name != "gini"}
    return {**found, **_intervals(late, p, debtors)}


def _intervals(late: Floats, p: Floats, debtors: NDArray[Any]) -> dict[str, list[float]]:
    """95 % of resamples of whole debtors: a firm's charges are late together."""
    rows_of = list(pd.Series(np.arange(len(late))).groupby(debtors).indices.values())
    rng, found = np.random.default_rng(1), []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([rows_of[place] for place in rng.integers(0, len(rows_of), len(rows_of))])
        if late[rows].min() != late[rows].max():
            found.append((_auc(late[rows], p[rows]), float(np.mean((late[rows] - p[rows]) ** 2))))
    ends = np.quantile(found, [0.025, 0.975], axis=0).round(4)
    return {"auc_95": ends[:, 0].tolist(), "brier_95": ends[:, 1].tolist()}


def _auc(late: Floats, p: Floats) -> float:
    ranks = pd.Series(p).rank().to_numpy()
    n_late = late.sum()
    return float((ranks[late == 1].sum() - n_late * (n_late + 1) / 2) / (n_late * (len(late) - n_late)))


def _curve(rows: Rows, **parameters: Any) -> Floats:
    curve = PaymentCurve.fit(rows.learn, parameters={**RISK_PARAMETERS, "seed": 1, **parameters})
    return curve.predict_unpaid(rows.test, (LATE_DAYS - rows.test["charge_days_past_due"]).to_numpy(np.int64))


def _first_version(rows: Rows) -> Floats:
    """The first feature set and trees: the columns that came later are empty."""
    before = Rows(rows.learn.assign(**dict.fromkeys(_LATER, np.nan)), rows.test.assign(**dict.fromkeys(_LATER, np.nan)))
    return _curve(before, n_estimators=150, num_leaves=24)


def _direct(rows: Rows) -> Floats:
    """LightGBM's defaults on all of recobro's features."""
    import lightgbm

    return _classified(lightgbm.LGBMClassifier(verbosity=-1, random_state=1, n_jobs=2), rows, _NUMBERS)


def _boosted(rows: Rows) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return _classified(HistGradientBoostingClassifier(random_state=1), rows, SIMPLE)


def _logistic(rows: Rows) -> Floats:
    """On all of recobro's features: medians where empty, standardised."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), LogisticRegression(max_iter=2000)
    )
    return _classified(model, rows, _NUMBERS)


def _constant(rows: Rows) -> Floats:
    asked = rows.learn[is_known(rows.learn) & (rows.learn["charge_days_past_due"] < LATE_DAYS)]
    return np.full(len(rows.test), float(is_late(asked).mean()))


_NUMBERS: Final = tuple(name for name in RISK_FEATURES if name not in CATEGORIES)


def _classified(model: Any, rows: Rows, columns: tuple[str, ...]) -> Floats:
    asked = rows.learn[is_known(rows.learn) & (rows.learn["charge_days_past_due"] < LATE_DAYS)]
    model.fit(asked[list(columns)].astype(np.float64), is_late(asked))
    p: Floats = model.predict_proba(rows.test[list(columns)].astype(np.float64))[:, 1]
    return p


if __name__ == "__main__":
    sys.exit(main())
