"""Promotion: each rule can keep a challenger out, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recobro_models.promotion import (
    CALIBRATION_SLOPES,
    MAX_CALIBRATION_ERROR,
    MAX_SEGMENT_LOSS,
    RULES,
    Comparison,
    Trial,
    judge,
    told_of_tags,
)

BETTER = Comparison(mean=0.02, error=0.005)
GOOD = Trial({"calibration_error": 0.01}, against_champion=BETTER, against_constant=BETTER)
NAN = float("nan")


def failed(trial: Trial) -> list[str]:
    """The rules that objected."""
    return [told.rule for told in judge(trial).told if not told.ok]


def test_a_challenger_better_than_its_champion_is_promoted() -> None:
    verdict = judge(GOOD)
    assert verdict.promote
    assert verdict.why == "promoted: better than the champion beyond noise"


def test_the_first_champion_needs_no_champion_to_beat() -> None:
    verdict = judge(replace(GOOD, against_champion=None))
    assert verdict.promote
    assert verdict.why == "promoted: the first champion"


@pytest.mark.parametrize("gain", [0.0, -0.01, NAN])
def test_one_that_is_no_better_than_a_constant_is_kept_out(gain: float) -> None:
    verdict = judge(replace(GOOD, against_constant=Comparison(gain, 0.001), against_champion=None))
    assert not verdict.promote
    assert verdict.why.startswith("kept out: it is no better than a constant")


@pytest.mark.parametrize(("error", "promote"), [(MAX_CALIBRATION_ERROR, True), (0.081, False), (NAN, False)])
def test_calibration_is_bounded(error: float, promote: bool) -> None:
    verdict = judge(replace(GOOD, measures={"calibration_error": error}))
    assert verdict.promote is promote
    assert promote or verdict.why.startswith("kept out: it is badly calibrated")


@pytest.mark.parametrize(
    ("slope", "promote"), [(CALIBRATION_SLOPES[0], True), (CALIBRATION_SLOPES[1], True), (0.69, False), (1.41, False)]
)
def test_the_calibration_slope_is_bounded_where_it_is_known(slope: float, promote: bool) -> None:
    assert judge(replace(GOOD, measures={"calibration_error": 0.01, "calibration_slope": slope})).promote is promote


def test_a_slope_that_is_not_defined_keeps_nobody_out() -> None:
    assert judge(replace(GOOD, measures={"calibration_error": 0.01, "calibration_slope": NAN})).promote


def test_one_that_is_its_champion_again_is_kept_out() -> None:
    verdict = judge(replace(GOOD, against_champion=Comparison(0.0, 0.0)))
    assert not verdict.promote
    assert verdict.why.startswith("kept out: it does not beat the champion beyond noise")


@pytest.mark.parametrize(("mean", "error"), [(0.004, 0.005), (0.009, 0.005), (-0.02, 0.005), (NAN, 0.005)])
def test_a_gain_within_noise_is_none(mean: float, error: float) -> None:
    assert not judge(replace(GOOD, against_champion=Comparison(mean, error))).promote


@pytest.mark.parametrize(("low", "promote"), [(0.0001, True), (0.0, False), (-0.001, False)])
def test_a_bootstrap_interval_decides_before_the_standard_error(low: float, promote: bool) -> None:
    assert judge(replace(GOOD, against_champion=Comparison(0.02, 0.001, low=low, high=0.04))).promote is promote


def test_a_comparison_without_an_interval_has_that_of_its_standard_error() -> None:
    gain = Comparison(0.02, 0.005)
    assert (round(gain.low, 4), round(gain.high, 4)) == (0.0102, 0.0298)


@pytest.mark.parametrize(
    ("gain", "ok"),
    [
        (Comparison(-0.05, 0.01), False), (Comparison(-0.05, 0.03), True), (Comparison(0.05, 0.01), True),
        (Comparison(-MAX_SEGMENT_LOSS, 0.0001), True), (Comparison(NAN, NAN), True),
    ],
    ids=["much worse", "within noise", "better", "within the tolerance", "unknown"],
)  # fmt: skip
def test_no_segment_may_be_much_worse_beyond_noise(gain: Comparison, ok: bool) -> None:
    trial = replace(GOOD, by_segment={"stage=early": BETTER, "stage=late": gain})
    assert failed(trial) == ([] if ok else ["harms_no_segment"])
    assert ok or "segment stage=late is much worse" in judge(trial).why


def test_where_no_segment_is_compared_the_rule_says_so() -> None:
    told = {one.rule: one.sentence for one in judge(GOOD).told}
    assert told["harms_no_segment"] == "there are no segments to compare with a champion"


def test_failed_data_checks_keep_it_out_and_are_named_first() -> None:
    trial = replace(GOOD, failed_checks=("month_without_charges", "constant_feature"), against_champion=BETTER)
    assert judge(trial).why == "kept out: its data failed month_without_charges, constant_feature"


def test_every_rule_is_told_whichever_objects() -> None:
    told = judge(replace(GOOD, failed_checks=("x",), measures={"calibration_error": 1.0})).told
    assert [one.rule for one in told] == [rule.__name__ for rule in RULES]
    assert [one.rule for one in told if not one.ok] == ["has_sound_data", "is_calibrated"]


def test_a_verdict_comes_back_from_its_tags() -> None:
    verdict = judge(replace(GOOD, failed_checks=("años",)))
    assert told_of_tags(verdict.to_tags()) == verdict.told
    assert verdict.to_tags()["verdict"] == verdict.why


def test_a_version_without_a_trial_has_nothing_told() -> None:
    assert told_of_tags({"verdict": "promoted: the first champion"}) == ()


def test_a_trial_without_a_calibration_figure_is_no_trial() -> None:
    with pytest.raises(KeyError, match="calibration_error"):
        judge(replace(GOOD, measures={}))
