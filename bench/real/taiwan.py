"""`python -m bench.real.taiwan`: default next month on 30,000 credit cards, by recobro's boosted trees.

`uci-taiwan-credit` (Yeh and Lien 2009) has six monthly states instead of dates, so nothing of the books can be used:
this measures the estimator alone, in five-fold cross-validation, beside its peers, and what leaving out the protected
attributes (sex, education, marriage, age) costs. They are never features of recobro. `auc_low` and `auc_high` are the
95 % interval over other cards of the same kind (bootstrap). `--folds-seed` deals the cards into other folds.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from recobro_models.booster import BoostedClassifier
from recobro_models.evaluation import measure
from recobro_models.resampling import TAIL, draw_counts
from recobro_models.weighted_measures import Outcomes

PROTECTED: Final = ("SEX", "EDUCATION", "MARRIAGE", "AGE")
#: Few leaves and slow steps: 24,000 rows to learn from, and a signal that is mostly in the newest state.
PARAMETERS: Final[dict[str, Any]] = {
    "n_estimators": 450, "learning_rate": 0.02, "num_leaves": 12, "min_child_samples": 80, "feature_fraction": 0.3,
    "reg_lambda": 10.0,
}  # fmt: skip
_RESAMPLES: Final = 200
_FILE: Final = "UCI_Credit_Card.csv.gz"
_MEASURES: Final = ("auc", "auc_low", "auc_high", "ks", "average_precision", "brier", "log_loss", "calibration_error")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 where the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench.real.taiwan", description=__doc__)
    parser.add_argument("--folds-seed", type=int, default=1)
    folds = StratifiedKFold(5, shuffle=True, random_state=parser.parse_args(arguments).folds_seed)
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "uci-taiwan-credit" / _FILE
    if not source.is_file():
        sys.stderr.write(f"No data set in {source.parent}. It is UCI's default of credit card clients ({_FILE}).\n")
        return 1
    rows = pd.read_csv(source)
    happened = rows.iloc[:, -1].to_numpy(np.int64)
    whole = _with_ratios(rows.iloc[:, 1:-1])
    fair = whole.drop(columns=_protected(whole))
    models: dict[str, tuple[Callable[[], Any], pd.DataFrame]] = {
        "recobro": (_recobro, fair),
        "recobro, protected attributes too": (_recobro, whole),
        "LightGBM, defaults": (_lightgbm, fair),
        "histogram boosting, defaults": (_histogram, fair),
        "logistic regression": (_logistic, fair),
    }
    found = {name: _measured(model(), (columns, happened), folds) for name, (model, columns) in models.items()}
    Console(width=140).print(pd.DataFrame(found).T[list(_MEASURES)].round(4).to_string())
    return 0


def _with_ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """What the columns say of each other: use of the limit, share of the bill paid, how often and how far behind.

    The file's columns in order: limit, four protected attributes, six states, six bills, six payments, newest first.
    """
    limit, states, bills, paid = rows.iloc[:, 0], rows.iloc[:, 5:11], rows.iloc[:, 11:17], rows.iloc[:, 17:23]
    own = {f"used_{n}": bills.iloc[:, n] / limit for n in range(6)}
    own |= {f"paid_of_limit_{n}": paid.iloc[:, n] / limit for n in range(6)}
    for n in range(5):
        own[f"paid_share_{n}"] = paid.iloc[:, n] / bills.iloc[:, n + 1].clip(lower=1)
        own[f"left_unpaid_{n}"] = (bills.iloc[:, n + 1] - paid.iloc[:, n]) / limit
        own[f"billed_more_{n}"] = (bills.iloc[:, n] - bills.iloc[:, n + 1]) / limit
    return rows.assign(**own, **_behind(states), **_over_months(limit, bills, paid))


def _behind(states: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """How far behind in the worst month, on average, lately, and in how many months."""
    counts = {f"n_{name}": (states == code).sum(axis=1) for name, code in (("unused", -2), ("paid_whole", -1))}
    counts |= {"n_late": (states > 0).sum(axis=1), "n_late2": (states >= 2).sum(axis=1)}
    newest = {"mean_state_3": states.iloc[:, :3].mean(axis=1), "state_change": states.iloc[:, 0] - states.iloc[:, 1]}
    late_lately = (states.clip(lower=0) * np.arange(6, 0, -1)).sum(axis=1)
    whole = {"worst": states.max(axis=1), "mean_state": states.mean(axis=1), "late_lately": late_lately}
    return {**counts, **newest, **whole}


def _over_months(limit: pd.Series[float], bills: pd.DataFrame, paid: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """Six months of bills and payments as shares of the limit: their mean, spread and ends."""
    told = {"bill_mean": bills.mean(axis=1), "bill_spread": bills.std(axis=1), "bill_least": bills.min(axis=1)}
    told |= {"paid_mean": paid.mean(axis=1), "paid_spread": paid.std(axis=1), "paid_most": paid.max(axis=1)}
    shares = {name: values / limit for name, values in told.items()}
    return {**shares, "least_paid": paid.min(axis=1), "n_nothing_paid": (paid == 0).sum(axis=1)}


def _protected(rows: pd.DataFrame) -> list[str]:
    """The protected columns by name, or X2 to X5 where the file has UCI's own headers."""
    named = [name for name in rows.columns if name.upper() in PROTECTED]
    return named or [f"X{place}" for place in range(2, 6)]


def _measured(model: Any, rows: tuple[pd.DataFrame, NDArray[np.int64]], folds: StratifiedKFold) -> dict[str, float]:
    columns, happened = rows[0].to_numpy(np.float64), rows[1]
    p = cross_val_predict(model, columns, happened, cv=folds, method="predict_proba")[:, 1]
    return {**measure(happened, p), **_auc_interval(happened.astype(np.float64), p)}


def _auc_interval(happened: NDArray[np.float64], p: NDArray[np.float64]) -> dict[str, float]:
    """Between which two numbers the AUC of other cards lies."""
    n = len(p)
    cards = Outcomes(happened, p, np.ones(n), np.zeros(n), np.arange(n), n)
    found = [float(cards.measure(counts[None])["auc"][0]) for counts in draw_counts(n, _RESAMPLES)]
    low, high = np.quantile(found, [TAIL, 1 - TAIL])
    return {"auc_low": float(low), "auc_high": float(high)}


def _recobro() -> Any:
    return BoostedClassifier(**PARAMETERS)


def _lightgbm() -> Any:
    import lightgbm

    return lightgbm.LGBMClassifier(verbosity=-1, random_state=1, n_jobs=2)


def _histogram() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=1)


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


if __name__ == "__main__":
    sys.exit(main())
