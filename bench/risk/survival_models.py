"""Who competes in `bench.risk.survival`: each learns from the same rows and tells p_paid at `HORIZONS` for others.

All see the columns that the payment curve sees of a charge: its features, categories as codes, and smoothed rates of
its segment. The linear ones get categories one by one, medians where a number is missing (and that it was), and numbers
standardised and held within five deviations. Trees are the same in number and size for both that have them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.encoding import Encoding
from recobro_models.features.families import CATEGORIES
from recobro_models.payment_curve import CURVE_DAYS, RISK_FEATURES, PaymentCurve
from recobro_models.segment_rates import SegmentRates
from recobro_pipelines.challengers import RISK_PARAMETERS

Floats = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]

HORIZONS: Final = CURVE_DAYS
#: Cox goes through its rows one by one in Python, in every step: more of them take minutes.
MOST_COX_ROWS: Final = 20_000
_THREADS: Final = 2
#: Rows whose curves are told at once.
_BATCH: Final = 4000


@dataclass(frozen=True)
class Fitted:
    """What was learnt: `predict` gives one row a charge and one column a horizon, NaN where there is no answer."""

    predict: Predict
    rows: int
    seconds: float


def fit_contestant(name: str, learn: pd.DataFrame) -> Fitted:
    """Fit one of `CONTESTANTS` to rows with `RISK_FEATURES`, `as_of`, `debtor_id`, `watched_days` and `is_paid`."""
    rows = draw_rows(learn, MOST_COX_ROWS) if name.startswith("Cox") else learn
    start = time.perf_counter()
    predict = CONTESTANTS[name](rows)
    return Fitted(predict, len(rows), time.perf_counter() - start)


def is_known(rows: pd.DataFrame, day: int) -> NDArray[np.bool_]:
    """Whether it was seen if each charge was paid by that day."""
    known: NDArray[np.bool_] = rows["is_paid"].to_numpy(bool) | (rows["watched_days"].to_numpy() >= day)
    return known


def is_paid_by(rows: pd.DataFrame, day: int) -> NDArray[np.bool_]:
    """Whether each charge was seen to be paid by that day."""
    paid: NDArray[np.bool_] = rows["is_paid"].to_numpy(bool) & (rows["watched_days"].to_numpy() <= day)
    return paid


def draw_rows(learn: pd.DataFrame, most: int) -> pd.DataFrame:
    """So many of the rows at most, drawn at random; each keeps its own watching."""
    return learn if len(learn) <= most else learn.sample(most, random_state=1).sort_index().reset_index(drop=True)


def _fit_hazard(learn: pd.DataFrame) -> Predict:
    curve = PaymentCurve.fit(learn, parameters={**RISK_PARAMETERS, "seed": 1, "threads": _THREADS})

    def predict(rows: pd.DataFrame) -> Floats:
        cuts = range(0, len(rows), _BATCH)
        return np.vstack([curve.predict_p_paid_by_day(rows.iloc[at : at + _BATCH], HORIZONS) for at in cuts])

    return predict


def _fit_trees(learn: pd.DataFrame) -> Predict:
    """A LightGBM classifier a horizon."""
    import lightgbm

    encoding = _encoding(learn)

    def fit(matrix: Floats, paid: NDArray[np.bool_]) -> Any:
        model = lightgbm.LGBMClassifier(**RISK_PARAMETERS, random_state=1, n_jobs=_THREADS, verbosity=-1)
        return model.fit(matrix, paid, categorical_feature=encoding.categorical)

    return _fit_each_horizon(fit, encoding.matrix, learn)


def _fit_logistic(learn: pd.DataFrame) -> Predict:
    """A logistic regression a horizon."""
    from sklearn.linear_model import LogisticRegression

    def fit(matrix: Floats, paid: NDArray[np.bool_]) -> Any:
        return LogisticRegression(solver="newton-cholesky").fit(matrix, paid)

    return _fit_each_horizon(fit, _fit_linear_columns(learn), learn)


def _fit_each_horizon(
    fit: Callable[[Floats, NDArray[np.bool_]], Any], columns: Callable[[pd.DataFrame], Floats], learn: pd.DataFrame
) -> Predict:
    """Rows that were not watched as far as a horizon are left out of it; where all that is left is alike, none fits."""
    whole, models = columns(learn), {}
    for day in HORIZONS:
        known, paid = is_known(learn, day), is_paid_by(learn, day)
        if 0 < paid[known].sum() < known.sum():
            models[day] = fit(whole[known], paid[known])

    def predict(rows: pd.DataFrame) -> Floats:
        given, told = columns(rows), np.full((len(rows), len(HORIZONS)), np.nan)
        for at, day in enumerate(HORIZONS):
            if day in models:
                told[:, at] = models[day].predict_proba(given)[:, 1]
        return told

    return predict


def _fit_cox(learn: pd.DataFrame) -> Predict:
    """Proportional hazards, Breslow's baseline; after the last payment seen the curve stays where it is."""
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    columns = _fit_linear_columns(learn)
    seen = Surv.from_arrays(learn["is_paid"].to_numpy(bool), learn["watched_days"].to_numpy(np.float64))
    # A little ridge: columns that say the same would make the steps singular.
    model = CoxPHSurvivalAnalysis(alpha=1.0, ties="efron").fit(columns(learn), seen)
    place = np.searchsorted(model.unique_times_, HORIZONS, side="right")

    def predict(rows: pd.DataFrame) -> Floats:
        cuts = range(0, len(rows), _BATCH)
        unpaid = [
            model.predict_survival_function(columns(rows.iloc[at : at + _BATCH]), return_array=True) for at in cuts
        ]
        told: Floats = 1 - np.vstack([np.column_stack([np.ones(len(part)), part])[:, place] for part in unpaid])
        return told

    return predict


def _fit_nothing(learn: pd.DataFrame) -> Predict:
    """Kaplan-Meier of all charges alike."""
    from sksurv.nonparametric import kaplan_meier_estimator

    days, unpaid = kaplan_meier_estimator(learn["is_paid"].to_numpy(bool), learn["watched_days"].to_numpy(np.float64))
    told = 1 - np.append(1.0, unpaid)[np.searchsorted(days, HORIZONS, side="right")]
    return lambda rows: np.tile(told, (len(rows), 1))


def _encoding(learn: pd.DataFrame) -> Encoding:
    return Encoding.learn(learn, RISK_FEATURES, CATEGORIES, rates=SegmentRates.learn(learn))


def _fit_linear_columns(learn: pd.DataFrame) -> Callable[[pd.DataFrame], Floats]:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    encoding = _encoding(learn)
    numbers = [at for at in range(len(encoding.columns)) if at not in encoding.categorical]
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    alike = OneHotEncoder(handle_unknown="ignore", min_frequency=50, sparse_output=False)
    columns = ColumnTransformer(
        [("numbers", make_pipeline(filled, StandardScaler()), numbers), ("categories", alike, encoding.categorical)]
    ).fit(encoding.matrix(learn))
    return lambda rows: np.clip(columns.transform(encoding.matrix(rows)), -5, 5)


#: Each one's name and how it is fitted.
CONTESTANTS: Final[dict[str, Callable[[pd.DataFrame], Predict]]] = {
    "recobro (discrete-time hazard)": _fit_hazard,
    "LightGBM, one a horizon": _fit_trees,
    "logistic regression, one a horizon": _fit_logistic,
    "Cox proportional hazards": _fit_cox,
    "Kaplan-Meier (no features)": _fit_nothing,
}
