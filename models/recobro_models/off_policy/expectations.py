"""What a log leads one to expect, learnt on other debtors: who is contacted, and what each decision brings."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.booster import BoostedClassifier
from recobro_models.off_policy.log import FEATURES, Log

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TREES: Final[dict[str, Any]] = {
    "n_estimators": 120, "learning_rate": 0.08, "num_leaves": 16, "min_child_samples": 40, "threads": 1,
}  # fmt: skip
#: Parts that the debtors are split into: each is told what was learnt on the others.
_FOLDS: Final = 2
#: Days past due with which a segment of the portfolio ends.
_STAGES_UNTIL: Final = (-1, 0, 15, 30, 60, 90)
#: No decision to leave alone is taken for rarer than this, whatever the trees say.
_LEAST: Final = 0.004


def left_alone_of(log: Log, *, seed: int = 1) -> tuple[Floats, str]:
    """By decision: the probability of being left alone, and whether it was `logged` or had to be `estimated`."""
    logged = log.rows["propensity"].to_numpy(np.float64)
    if (~log.is_tried).any() and not np.isnan(logged[~log.is_tried]).any():
        return logged, "logged"
    return fit_left_alone(log, seed=seed), "estimated"


def fit_left_alone(log: Log, *, seed: int = 1) -> Floats:
    """By decision: the probability that its debtor is left alone, learnt on the other debtors and calibrated.

    Trees shrink what hardly ever happens towards the middle, and it is there that weights are heavy: so the chances are
    put right against how often it happened (isotonic regression, Zadrozny and Elkan 2002).
    """
    from sklearn.isotonic import IsotonicRegression

    x, rests = np.column_stack([_columns(log), _places(log)]), (~log.is_tried).astype(np.float64)
    raw = 1 - _cross_fitted(x, 1 - rests, log, [x], seed)[0]
    chances: Floats = IsotonicRegression(y_min=_LEAST, y_max=1.0).fit_transform(raw, rests)
    return chances


def fit_outcomes(log: Log, channels: Ints, *, seed: int = 1) -> dict[str, tuple[Floats, Floats]]:
    """By reward (`money`, `any_payment`): what is expected of the decision taken, and of `channels` in its place."""
    x, taken = _columns(log), log.rows["taken"].to_numpy(np.int64)
    asked = [np.column_stack([x, _one_hot(which)]) for which in (taken, channels)]
    chances = _cross_fitted(asked[0], log.rows["any_payment"].to_numpy(np.float64), log, asked, seed)
    paid = _paid_by_payers(log)
    return {
        "any_payment": (chances[0], chances[1]),
        "money": (chances[0] * paid, chances[1] * paid),
    }


def folds_of(log: Log) -> Ints:
    """The part that each decision's debtor falls into."""
    hashes = pd.util.hash_array(log.rows["debtor_id"].to_numpy(object), categorize=False)
    return (hashes % _FOLDS).astype(np.int64)


def _cross_fitted(x: Floats, y: Floats, log: Log, asked: list[Floats], seed: int) -> list[Floats]:
    fold = folds_of(log)
    found = [np.full(len(y), np.nan) for _ in asked]
    for part in range(_FOLDS):
        learn, tell = fold != part, fold == part
        for answer, rows in zip(found, _predicted(x[learn], y[learn], [one[tell] for one in asked], seed), strict=True):
            answer[tell] = rows
    return found


def _predicted(x: Floats, y: Floats, asked: list[Floats], seed: int) -> list[Floats]:
    if not y.size or y.min() == y.max():
        return [np.full(len(rows), y.mean() if y.size else 0.5) for rows in asked]
    model = BoostedClassifier(seed=seed, **_TREES).fit(x, y)
    return [model.predict_proba(rows)[:, 1] if len(rows) else np.empty(0) for rows in asked]


def _paid_by_payers(log: Log) -> Floats:
    """What a payer of each decision's segment pays within the horizon, as a share of what is open, learnt on others."""
    rows, fold = log.rows, folds_of(log)
    segment = np.searchsorted(_STAGES_UNTIL, rows["oldest_days_past_due"].to_numpy(np.float64))
    open_amount = rows["amount"].to_numpy(np.float64)
    payer = (rows["any_payment"] > 0).to_numpy()
    share = np.zeros(len(rows))
    for part in range(_FOLDS):
        learn, tell = payer & (fold != part), fold == part
        size = int(segment.max(initial=0)) + 1
        paid = np.bincount(segment[learn], rows["money"].to_numpy(np.float64)[learn], minlength=size)
        owed = np.bincount(segment[learn], open_amount[learn], minlength=size)
        overall = paid.sum() / owed.sum() if owed.sum() > 0 else 1.0
        share[tell] = np.where(owed > 0, paid / np.maximum(owed, 0.01), overall)[segment[tell]]
    return share * open_amount


def _columns(log: Log) -> Floats:
    rows = log.rows
    known = [rows[name].to_numpy(np.float64, na_value=np.nan) for name in (*FEATURES, "days_past_due", "amount")]
    weekday = rows["as_of"].dt.day_of_week.to_numpy(np.float64)
    return np.column_stack([*known, rows["amount_to_collect"].to_numpy(np.float64), weekday])


def _places(log: Log) -> Floats:
    """What capacity makes of a debtor: the place among the day's, by age and by amount; and how many options it has."""
    rows, day = log.rows, log.rows["as_of"]
    age = rows["days_past_due"].groupby(day).rank(pct=True)
    amount = rows["amount"].groupby(day).rank(pct=True)
    both = (rows["days_past_due"] // 30 + amount).groupby(day).rank(pct=True)
    n_hours = np.bitwise_count(log.hours).astype(np.float64)
    return np.column_stack([age, amount, both, n_hours.sum(axis=1), n_hours > 0])


def _one_hot(channel: Ints) -> Floats:
    return (channel[:, None] == np.arange(len(CHANNELS))).astype(np.float64)
