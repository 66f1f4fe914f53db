"""Tuning: parameters of the payment curve searched within a time budget, on days before those that test.

A trial fits to the days that fit and is judged by the log loss of the watched intervals on the days that calibrate,
which begin a whole label window later; neither the newest days nor withheld debtors take part. The first trial is the
parameters in force, so that the search never ends worse than it began.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from recobro_models.booster import BoostedClassifier
from recobro_models.decision.draws import draw
from recobro_models.evaluation import measure
from recobro_models.payment_curve import PaymentCurve

#: What is searched: least, greatest, and whether it counts in factors rather than steps.
SPACE: Final[Mapping[str, tuple[float, float, bool]]] = {
    "n_estimators": (80, 600, True),
    "learning_rate": (0.015, 0.15, True),
    "num_leaves": (6, 64, True),
    "min_child_samples": (10, 400, True),
    "reg_lambda": (0.1, 60.0, True),
    "feature_fraction": (0.3, 1.0, False),
}
#: Parameters that are whole numbers.
WHOLE: Final = ("n_estimators", "num_leaves", "min_child_samples")
#: More charges would make each trial slower than it makes the search surer.
_MOST_ROWS: Final = 40_000
#: Trees of the fit that tells how long a trial would take.
_FIRST_LOOK: Final = 10


@dataclass(frozen=True)
class Budget:
    """How long to search (minutes), and after how many trials to stop at the latest."""

    minutes: float
    most_trials: int = 500
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Tuned:
    """The best parameters found: how many trials were made, and the log loss before and after."""

    parameters: dict[str, Any]
    n_trials: int
    log_loss_before: float
    log_loss: float


def tune_curve(
    fit: pd.DataFrame,
    later: pd.DataFrame,
    given: Mapping[str, Any],
    *,
    budget: Budget,
    tick: Callable[[], Any] = lambda: None,
) -> Tuned:
    """Search `SPACE` from the parameters in force; the same rows, seed and number of trials find the same.

    No trial is begun that, judged by the slowest one so far, would end after the budget. Where there is no time for
    one, the parameters stay as they are.

    Args:
        fit: labelled charges to fit to.
        later: labelled charges of days that begin after the labels of `fit` end.
        given: the parameters of `BoostedClassifier` in force, `seed` among them.
        budget: when to stop.
        tick: called after each trial.
    """
    rows = (_sample(fit), _sample(later))
    in_force = {**BoostedClassifier().get_params(), **given}
    study = _study(int(in_force["seed"]))
    study.enqueue_trial({name: in_force[name] for name in SPACE})
    start, losses = budget.clock(), list[float]()
    _, pace = _timed(rows, {**given, "n_estimators": _FIRST_LOOK}, budget)
    while len(losses) < budget.most_trials:
        trial = study.ask()
        asked = {**given, **_suggest(trial)}
        if budget.clock() - start + pace * _work(asked) > 60 * budget.minutes:
            break
        loss, took = _timed(rows, asked, budget)
        pace = max(pace, took) if losses else took
        losses.append(loss)
        study.tell(trial, loss)
        tick()
    if not losses:
        return Tuned(dict(given), 0, float("nan"), float("nan"))
    best = {name: _plain(name, study.best_params[name]) for name in SPACE}
    return Tuned({**given, **best}, len(losses), losses[0], min(losses))


def _timed(
    rows: tuple[pd.DataFrame, pd.DataFrame], parameters: Mapping[str, Any], budget: Budget
) -> tuple[float, float]:
    """The loss of a trial, and the seconds it took for each unit of its work."""
    begun = budget.clock()
    loss = _loss(*rows, parameters)
    return loss, (budget.clock() - begun) / _work({**BoostedClassifier().get_params(), **parameters})


def _study(seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))


def _suggest(trial: Any) -> dict[str, Any]:
    return {
        name: trial.suggest_int(name, int(least), int(most), log=log)
        if name in WHOLE
        else trial.suggest_float(name, least, most, log=log)
        for name, (least, most, log) in SPACE.items()
    }


def _plain(name: str, value: float) -> float | int:
    return int(value) if name in WHOLE else float(value)


def _work(parameters: Mapping[str, Any]) -> float:
    """What a fit costs, up to a factor: trees, and a little more for larger ones."""
    return float(parameters["n_estimators"]) * (8 + float(parameters["num_leaves"]))


def _loss(fit: pd.DataFrame, later: pd.DataFrame, parameters: Mapping[str, Any]) -> float:
    watched = PaymentCurve.fit(fit, parameters=parameters).predict_watched(later)
    return measure(watched["paid"], watched["p"])["log_loss"]


def _sample(rows: pd.DataFrame) -> pd.DataFrame:
    """About `_MOST_ROWS` charges at most, of whole debtors, the same every time."""
    if len(rows) <= _MOST_ROWS:
        return rows
    return rows[draw(rows["debtor_id"], "tuning") < _MOST_ROWS / len(rows)].reset_index(drop=True)
