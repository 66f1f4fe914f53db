"""Off-policy estimators by hand: a few decisions whose sums can be done on paper."""

from __future__ import annotations

import numpy as np
import pytest

from recobro_models.off_policy.estimators import (
    Sample,
    effective_size,
    estimate,
    mean_by_debtor,
    score_doubly_robust,
    score_ips,
    score_self_normalised,
)

#: Four decisions of three debtors: the target agrees with the first and the last.
SAMPLE = Sample(
    reward=np.array([10.0, 20.0, 0.0, 6.0]),
    weight=np.array([2.0, 0.0, 0.0, 4.0]),
    debtor=np.array([5, 5, 2, 9]),
    of_taken=np.array([8.0, 20.0, 1.0, 5.0]),
    of_target=np.array([8.0, 12.0, 3.0, 5.0]),
)


def test_ips_weighs_rewards() -> None:
    assert score_ips(SAMPLE).tolist() == [20.0, 0.0, 0.0, 24.0]
    assert estimate(SAMPLE, score_ips).value.value == 11.0


def test_self_normalised_weights_sum_to_the_decisions() -> None:
    assert estimate(SAMPLE, score_self_normalised).value.value == pytest.approx(44 / 6)


def test_doubly_robust_adds_what_the_model_missed() -> None:
    assert score_doubly_robust(SAMPLE).tolist() == [12.0, 12.0, 3.0, 9.0]


def test_the_difference_is_against_what_was_done() -> None:
    assert estimate(SAMPLE, score_ips).difference.value == 11.0 - 9.0


def test_decisions_of_one_debtor_err_together() -> None:
    rng = np.random.default_rng(1)
    each = rng.normal(size=50)
    twice = mean_by_debtor(np.repeat(each, 2), np.repeat(np.arange(50), 2))
    assert twice.error == pytest.approx(mean_by_debtor(each, np.arange(50)).error)


def test_the_error_of_one_decision_a_debtor_is_that_of_a_mean() -> None:
    values = np.random.default_rng(2).normal(size=400)
    found = mean_by_debtor(values, np.arange(400))
    assert found.error == pytest.approx(values.std(ddof=1) / 20)
    assert found.high - found.value == pytest.approx(1.96 * found.error, rel=0.02)


def test_one_heavy_decision_widens_the_interval_beyond_the_usual_multiple() -> None:
    values = np.append(np.zeros(200), 100.0)
    found = mean_by_debtor(values, np.arange(201))
    assert (found.high - found.value) / found.error > 3


def test_one_debtor_leaves_the_interval_open() -> None:
    found = mean_by_debtor(np.array([1.0, 3.0]), np.array([4, 4]))
    assert found.value == 2.0
    assert np.isnan([found.error, found.low, found.high]).all()


def test_without_agreement_there_is_no_self_normalised_value() -> None:
    nothing = Sample(SAMPLE.reward, np.zeros(4), SAMPLE.debtor, SAMPLE.of_taken, SAMPLE.of_target)
    assert np.isnan(score_self_normalised(nothing)).all()


def test_equal_weights_are_worth_as_many_decisions_as_there_are() -> None:
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 0.0, 0.0])) == 1
    assert effective_size(np.zeros(3)) == 0
