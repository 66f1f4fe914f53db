"""Promotion: each rule can keep a challenger out, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recobro_models.promotion import MAX_CALIBRATION_ERROR, Comparison, Trial, judge

BETTER = Comparison(mean=0.02, error=0.005)
GOOD = Trial({"calibration_error": 0.01}, against_champion=BETTER, against_constant=BETTER)


def test_a_challenger_better_than_its_champion_is_promoted() -> None:
    verdict = judge(GOOD)
    assert verdict.promote
    assert verdict.why == "promoted: better than the champion beyond noise"


def test_the_first_champion_needs_no_champion_to_beat() -> None:
    verdict = judge(replace(GOOD, against_champion=None))
    assert verdict.promote
    assert verdict.why == "promoted: the first champion"


@pytest.mark.parametrize("gain", [0.0, -0.01, float("nan")])
def test_one_that_is_no_better_than_a_constant_is_kept_out(gain: float) -> None:
    verdict = judge(replace(GOOD, against_constant=Comparison(gain, 0.001), against_champion=None))
    assert not verdict.promote
    assert verdict.why.startswith("kept out: it is no better than a constant")


@pytest.mark.parametrize(("error", "promote"), [(MAX_CALIBRATION_ERROR, True), (0.081, False), (float("nan"), False)])
def test_calibration_is_bounded(error: float, promote: bool) -> None:
    verdict = judge(replace(GOOD, measures={"calibration_error": error}))
    assert verdict.promote is promote
    assert promote or verdict.why.startswith("kept out: it is badly calibrated")


def test_one_that_is_its_champion_again_is_kept_out() -> None:
    verdict = judge(replace(GOOD, against_champion=Comparison(0.0, 0.0)))
    assert not verdict.promote
    assert verdict.why.startswith("kept out: it does not beat the champion beyond noise")


@pytest.mark.parametrize(("mean", "error"), [(0.004, 0.005), (-0.02, 0.005), (float("nan"), 0.005)])
def test_a_gain_within_noise_is_none(mean: float, error: float) -> None:
    assert not judge(replace(GOOD, against_champion=Comparison(mean, error))).promote


def test_a_trial_without_a_calibration_figure_is_no_trial() -> None:
    with pytest.raises(KeyError, match="calibration_error"):
        judge(replace(GOOD, measures={}))
