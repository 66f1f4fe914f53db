"""What plans go by is fitted to all rows; what was tried stays beside it, to hold later challengers against."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
from tests.unit.training_samples import (
    SPLIT,
    USUAL,
    RegistryInMemory,
    after_first_night,
    attempt_rows,
    bench,
    risk_rows,
)

from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.model_files import tried_of
from recobro_models.payment_curve import PaymentCurve
from recobro_models.refit import refit_curve
from recobro_models.splits import rows_at

FEW = {"n_estimators": 20, "num_leaves": 4, "seed": 1, "threads": 1}


@lru_cache(maxsize=1)
def changed() -> pd.DataFrame:
    """Charges of which more are paid on the newest days than before."""
    return risk_rows(before=0.02, at_last=0.06)


def test_the_level_of_what_is_used_is_that_of_the_days_that_calibrate_and_test() -> None:
    newest = rows_at(changed(), (*SPLIT.calibrate, *SPLIT.test))
    watched = refit_curve(changed(), SPLIT, parameters=FEW).predict_watched(newest)
    assert abs(watched["p"].mean() / watched["paid"].mean() - 1) < 0.02


def test_what_is_used_tells_the_newest_days_better_than_what_was_tried() -> None:
    files = after_first_night().files(after_first_night().champion("risk"))
    newest = rows_at(risk_rows(**USUAL), SPLIT.test)
    used, tried = (PaymentCurve.from_files(kept).predict_watched(newest) for kept in (files, tried_of(files)))
    losses = [measure(watched["paid"], watched["p"])["log_loss"] for watched in (used, tried)]
    assert losses[0] < losses[1]


def test_a_challenger_is_held_against_the_champion_as_it_was_tried() -> None:
    registry = after_first_night()
    tried = tried_of(registry.files(registry.champion("risk")))
    held_against = bench(registry, risk_rows(**USUAL))._champion("risk", PaymentCurve)
    assert held_against.model.to_files() == tried


def test_the_measures_of_a_version_are_those_of_what_was_tried() -> None:
    registry = after_first_night()
    version = registry.champion("risk")
    curve = PaymentCurve.from_files(tried_of(registry.files(version)))
    watched = curve.predict_watched(rows_at(risk_rows(**USUAL), SPLIT.test))
    assert abs(measure(watched["paid"], watched["p"])["log_loss"] - version.metrics["hazard_log_loss"]) < 1e-12


def test_contact_times_in_use_know_the_attempts_of_the_days_that_test() -> None:
    registry = RegistryInMemory()
    attempts = attempt_rows()
    _, times = bench(registry, risk_rows(**USUAL), attempts).train_contact(True)
    assert times.to_files() == ContactTimes.fit(attempts).to_files()


def test_a_champion_stored_without_a_twin_is_itself_what_was_tried() -> None:
    files = {"model.json": {"form": 1}}
    assert tried_of(files) == files
