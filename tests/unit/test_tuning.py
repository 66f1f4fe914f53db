"""Tuning: a search that repeats itself, keeps its budget and never ends worse than it began."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges, watch

from recobro_models.tuning import SPACE, WHOLE, Budget, Tuned, tune_curve

IN_FORCE = {"n_estimators": 80, "learning_rate": 0.15, "num_leaves": 6, "seed": 3, "threads": 1}


def charges(seed: int) -> pd.DataFrame:
    late = np.arange(400) % 2
    rows = build_charges(400, charge_days_past_due=np.arange(400) % 30, late15_share_365d=late.astype(float))
    return watch(rows, np.where(late, 0.02, 0.08), 20, seed=seed)


def search(*, most_trials: int = 500, minutes: float = 60.0, clock: Callable[[], float] = lambda: 0.0) -> Tuned:
    return tune_curve(charges(1), charges(2), IN_FORCE, budget=Budget(minutes, most_trials, clock))


@pytest.fixture(scope="module")
def tuned() -> Tuned:
    return search(most_trials=4)


def test_the_same_seed_and_number_of_trials_find_the_same(tuned: Tuned) -> None:
    assert search(most_trials=4) == tuned


def test_what_is_found_is_no_worse_than_what_was_in_force(tuned: Tuned) -> None:
    assert tuned.log_loss <= tuned.log_loss_before
    assert {name: search(most_trials=1).parameters[name] for name in IN_FORCE} == IN_FORCE


def test_found_parameters_lie_in_the_space_and_keep_the_rest(tuned: Tuned) -> None:
    assert all(least <= tuned.parameters[name] <= most for name, (least, most, _) in SPACE.items())
    assert all(isinstance(tuned.parameters[name], int) for name in WHOLE)
    assert (tuned.parameters["seed"], tuned.parameters["threads"], tuned.n_trials) == (3, 1, 4)


def test_no_trial_is_begun_that_would_end_after_the_budget() -> None:
    seconds = count(0, 10)
    # Every look at the clock is 10 s after the one before: a trial of the size of the first takes 10 s.
    found = search(minutes=2, clock=lambda: float(next(seconds)))
    assert 1 <= found.n_trials <= 5


def test_where_there_is_no_time_for_one_trial_the_parameters_stay() -> None:
    seconds = count(0, 30)
    found = search(minutes=0.01, clock=lambda: float(next(seconds)))
    assert (found.n_trials, found.parameters) == (0, IN_FORCE)
