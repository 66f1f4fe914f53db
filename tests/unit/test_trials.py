"""Trials: a model on rows later than its own, against a constant and its champion."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import FEW_TREES, build_charges, build_debtors, watch

from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promotion import judge
from recobro_models.trials import find_memory, measure_horizon, try_contact_times, try_risk


def labelled(*, seed: int, censored_after: object = 45) -> pd.DataFrame:
    late = np.arange(1500) % 2
    charges = build_charges(1500, charge_days_past_due=np.arange(1500) % 40, late15_share_365d=late.astype(float))
    return watch(charges, np.where(late, 0.01, 0.06), censored_after, seed=seed)


@lru_cache(maxsize=1)
def learned() -> PaymentCurve:
    return PaymentCurve.fit(labelled(seed=1), parameters=FEW_TREES)


def baseline() -> PaymentCurve:
    return PaymentCurve.fit_baseline(labelled(seed=1))


def test_a_learned_curve_beats_the_constant_and_the_baseline() -> None:
    trial = try_risk(learned(), baseline(), labelled(seed=2), 30)
    assert trial.against_constant.mean > 0
    assert trial.against_champion is not None
    assert trial.against_champion.mean > 3 * trial.against_champion.error
    assert judge(trial).promote


def test_a_curve_does_not_beat_itself() -> None:
    trial = try_risk(learned(), learned(), labelled(seed=2), 30)
    assert trial.against_champion is not None
    assert trial.against_champion.mean == 0
    assert not judge(trial).promote


def test_a_worse_curve_than_the_champion_is_kept_out() -> None:
    assert not judge(try_risk(baseline(), learned(), labelled(seed=2), 30)).promote


def test_measures_are_told_for_the_horizon_and_for_the_intervals() -> None:
    measures = try_risk(learned(), None, labelled(seed=2), 30).measures
    assert {"auc", "brier", "calibration_error", "hazard_auc", "hazard_log_loss"} <= set(measures)
    assert measures["auc"] > 0.6


def test_calibration_at_the_horizon_counts_those_no_longer_watched() -> None:
    whole = measure_horizon(learned(), labelled(seed=2), 30)["calibration_error"]
    half = np.where(np.arange(1500) % 4 < 2, np.arange(1500) % 29 + 1, 45)
    censored = measure_horizon(learned(), labelled(seed=2, censored_after=half), 30)["calibration_error"]
    assert whole < 0.06
    assert censored < 0.08


def test_measures_at_the_horizon_do_not_take_those_no_longer_watched_for_payers() -> None:
    whole = measure_horizon(learned(), labelled(seed=2), 30)
    half = np.where(np.arange(1500) % 4 < 2, np.arange(1500) % 29 + 1, 45)
    censored = measure_horizon(learned(), labelled(seed=2, censored_after=half), 30)
    assert censored["n"] < 0.8 * whole["n"]
    assert censored["rate"] == pytest.approx(whole["rate"], abs=0.04)
    assert censored["brier"] == pytest.approx(whole["brier"], abs=0.02)


def test_a_curve_that_expects_too_little_is_told_to_be_badly_calibrated() -> None:
    pays_more = watch(labelled(seed=2), 0.2, 45)
    verdict = judge(try_risk(learned(), None, pays_more, 30))
    assert "badly calibrated" in verdict.why or "no better than a constant" in verdict.why


@pytest.mark.parametrize("champion", [None, ContactTimes.prior()])
def test_contact_times_that_know_the_hour_beat_a_constant(champion: ContactTimes | None) -> None:
    learn, later = (evening_calls(seed) for seed in (1, 2))
    trial = try_contact_times(ContactTimes.fit(learn), champion, later)
    assert trial.against_constant.mean > 0
    assert judge(trial).promote


def evening_calls(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    hour = rng.integers(8, 20, 4000)
    slots = {"channel": "call", "weekday": rng.integers(0, 5, 4000), "hour": hour, "days_since_last_reached": np.nan}
    return build_debtors(4000, **slots, reached=rng.random(4000) < np.where(hour > 16, 0.3, 0.1))


def test_a_trial_tells_the_gain_over_the_champion_in_each_segment_with_debtors_enough() -> None:
    product = np.array(["loan", "card", "rare"], object)[np.minimum(np.arange(1500) % 75, 2)]
    rows = labelled(seed=2).assign(product=product, portfolio=np.where(np.arange(1500) % 2, "north", "south"))
    trial = try_risk(learned(), baseline(), rows, 30)
    assert set(trial.by_segment) == {"portfolio north", "portfolio south", "product rare"}
    gains = [trial.by_segment[f"portfolio {name}"].mean for name in ("north", "south")]
    assert trial.against_champion is not None
    assert min(gains) < trial.against_champion.mean < max(gains)


def test_the_interval_of_a_gain_is_that_of_the_bootstrap_by_debtor() -> None:
    trial = try_risk(learned(), baseline(), labelled(seed=2), 30)
    gain = trial.against_champion
    assert gain is not None
    assert gain.low < gain.mean < gain.high
    assert gain.high - gain.low == pytest.approx(2 * 1.96 * gain.error, rel=0.15)


def test_the_calibration_slope_is_told_of_many_charges_and_not_of_few() -> None:
    measures = try_risk(learned(), None, labelled(seed=2), 30).measures
    assert measures["calibration_slope"] == pytest.approx(1, abs=0.3)
    assert "calibration_slope" not in try_risk(learned(), None, labelled(seed=2).head(200), 30).measures


class Remembering:
    """A curve that knows what the debtors it learnt from did, and of others only what an honest one knows."""

    def __init__(self, known: set[str]) -> None:
        self._known = known

    def predict_watched(self, rows: pd.DataFrame) -> pd.DataFrame:
        honest = learned().predict_watched(rows)
        is_known = rows["debtor_id"].isin(self._known).to_numpy()[honest["row"]]
        return honest.assign(p=np.where(is_known, 0.05 + 0.9 * honest["paid"], honest["p"]))


def test_a_model_that_remembers_debtors_is_given_away_by_those_it_never_learnt_from() -> None:
    rows = labelled(seed=2)
    test, unseen = rows.iloc[300:], rows.iloc[:300]
    (told,) = find_memory(Remembering(set(test["debtor_id"])), test, unseen)  # type: ignore[arg-type]
    assert told.startswith("memory: it gains 0.0")
    assert find_memory(learned(), test, unseen) == ()


def test_without_unseen_debtors_nothing_is_said_of_memory() -> None:
    assert find_memory(learned(), labelled(seed=2), labelled(seed=2).iloc[:0]) == ()
