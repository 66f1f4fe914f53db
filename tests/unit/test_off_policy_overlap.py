"""Weights of a target against a log, what they are worth, and when the log can not speak."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.off_policy_samples import CALL, MORNING, SMS, TEN, WHATSAPP, build_log, drawn_log, everyone

from recobro_data.errors import SourceRefusedError
from recobro_models.off_policy.expectations import left_alone_of
from recobro_models.off_policy.overlap import check_overlap, check_propensities, measure_overlap, weigh
from recobro_models.off_policy.policies import Choices

ALONE = np.full(4, 0.5)


def test_a_decision_counts_by_how_unlikely_it_was() -> None:
    log = build_log(
        4, hours=TEN, taken=[CALL, CALL, -1, -1], taken_hour=[10, 10, -1, -1], propensity=[0.25, 0.5, np.nan, np.nan]
    )
    target = Choices(np.array([CALL, -1, CALL, -1]), np.full(4, -1))
    assert weigh(log, target, ALONE).tolist() == [4.0, 0.0, 0.0, 2.0]


def test_an_open_hour_is_drawn_evenly_from_those_the_log_uses() -> None:
    log = build_log(4, hours=MORNING, taken=[CALL, CALL, -1, -1], taken_hour=[9, 10, -1, -1], propensity=0.25)
    assert weigh(log, Choices(*everyone(4, CALL)), ALONE).tolist() == [2.0, 2.0, 0.0, 0.0]


def test_an_hour_of_its_own_agrees_with_that_hour_alone() -> None:
    log = build_log(4, taken=[CALL, CALL, -1, -1], taken_hour=[9, 10, -1, -1], propensity=0.25)
    assert weigh(log, Choices(*everyone(4, CALL, 10)), ALONE).tolist() == [0.0, 4.0, 0.0, 0.0]


def test_an_attempt_outside_lawful_hours_supports_nothing() -> None:
    log = build_log(4, hours=TEN, taken=CALL, taken_hour=[10, 10, 22, 22], propensity=0.5)
    assert weigh(log, Choices(*everyone(4, CALL)), ALONE).tolist() == [2.0, 2.0, 0.0, 0.0]


@pytest.mark.parametrize("place", [CALL, -1])
def test_weights_of_true_propensities_are_one_on_average(place: int) -> None:
    log = drawn_log(2000)
    left_alone, how = left_alone_of(log)
    weight = weigh(log, Choices(*everyone(len(log.rows), place)), left_alone)
    assert how == "logged"
    assert weight.mean() == pytest.approx(1, abs=0.06)


def test_the_chance_of_being_left_alone_is_learnt_where_it_is_not_logged() -> None:
    log = drawn_log(1000)
    log.rows.loc[~log.is_tried, "propensity"] = np.nan
    left_alone, how = left_alone_of(log)
    assert how == "estimated"
    assert left_alone.mean() == pytest.approx(1 / 3, abs=0.05)


def test_what_a_choice_is_worth_is_told_by_channel() -> None:
    target = Choices(np.array([CALL, CALL, -1, WHATSAPP]), np.full(4, -1))
    overlap = measure_overlap(target, np.array([2.0, 0.0, 1.0, 0.0]))
    assert list(overlap.by_choice) == ["call", "whatsapp", "leave_alone"]
    assert overlap.by_choice["call"]["agreed"] == 1
    assert overlap.supported_share == pytest.approx(3 / 4)


def test_a_log_without_attempts_is_refused() -> None:
    with pytest.raises(SourceRefusedError, match="found no attempt on these days"):
        check_propensities(build_log(5))


def test_attempts_without_propensity_are_refused() -> None:
    with pytest.raises(SourceRefusedError, match="found none on 50% of 4 attempts"):
        check_propensities(build_log(4, taken=CALL, taken_hour=10, propensity=[0.5, 0.5, np.nan, np.nan]))


@pytest.mark.parametrize(("odd", "told"), [(0.0, "such as 0"), (1.5, "such as 1.5"), (-0.1, "such as -0.1")])
def test_propensities_that_are_no_probability_are_refused(odd: float, told: str) -> None:
    with pytest.raises(SourceRefusedError, match=f"found 1 outside, {told}"):
        check_propensities(build_log(4, taken=CALL, taken_hour=10, propensity=[0.5, 1.0, odd, 0.5]))


def refusal(weight: list[float], n: int = 400) -> None:
    channel = np.where(np.arange(n) < n // 2, SMS, -1)
    weights = np.where(channel == SMS, np.resize(weight, n), 1.0)
    check_overlap(measure_overlap(Choices(channel, np.full(n, -1)), weights), "oldest")


def test_what_the_log_never_did_can_not_be_told() -> None:
    with pytest.raises(SourceRefusedError, match="none of the 200 debtor-days that it would contact by sms"):
        refusal([0.0])


def test_what_the_log_did_for_some_debtors_only_can_not_be_told() -> None:
    with pytest.raises(SourceRefusedError, match="support for 50% of the 200 debtor-days"):
        refusal([1.0, 0.0])


def test_a_few_heavy_weights_are_too_little() -> None:
    with pytest.raises(SourceRefusedError, match=r"evidence worth 20 decisions .* It takes 50"):
        refusal([10.0, *[0.0] * 9])


def test_enough_agreement_is_not_refused() -> None:
    assert refusal([2.0, 0.0]) is None
