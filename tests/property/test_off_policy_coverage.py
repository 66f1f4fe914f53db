"""Off-policy estimators where everything is known: a bandit whose rewards and propensities are written down."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recobro_models.off_policy.estimators import ESTIMATORS, Sample, estimate

Floats = NDArray[np.float64]

#: Three actions; the log prefers one by context, the target another.
LOGGED = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
TARGET = np.array([2, 0])
MEANS = np.array([[1.0, 2.0, 3.0], [4.0, 0.5, 1.0]])
TRUTH = 0.5 * MEANS[0, 2] + 0.5 * MEANS[1, 0]
IN_FORCE = 0.5 * float(LOGGED[0] @ MEANS[0]) + 0.5 * float(LOGGED[1] @ MEANS[1])
DEBTORS, DAYS, DRAWS = 150, 3, 1000


def bandit(seed: int, *, expected: Floats = MEANS) -> Sample:
    """Debtors whose days share luck, so that only intervals by debtor are wide enough."""
    rng = np.random.default_rng(seed)
    debtor = np.repeat(np.arange(DEBTORS), DAYS)
    context = rng.integers(0, 2, DEBTORS)[debtor]
    action = (rng.random(len(debtor))[:, None] > np.cumsum(LOGGED, axis=1)[context]).sum(axis=1)
    luck = rng.exponential(1.0, DEBTORS)[debtor] - 1
    reward = MEANS[context, action] + luck + rng.normal(0, 0.5, len(debtor))
    weight = (action == TARGET[context]) / LOGGED[context, action]
    return Sample(reward, weight, debtor, expected[context, action], expected[context, TARGET[context]])


@lru_cache(maxsize=1)
def drawn_again() -> dict[str, Floats]:
    """By estimator: (draw, [value, held, difference held])."""
    found = {name: np.empty((DRAWS, 3)) for name in ESTIMATORS}
    for seed in range(DRAWS):
        sample = bandit(seed, expected=MEANS + 0.5)
        for name, estimator in ESTIMATORS.items():
            value, difference = estimate(sample, estimator)
            held = value.low <= TRUTH <= value.high, difference.low <= TRUTH - IN_FORCE <= difference.high
            found[name][seed] = value.value, *held
    return found


@pytest.mark.parametrize("name", ESTIMATORS)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    held = drawn_again()[name][:, 1:].mean(axis=0)
    assert (held >= 0.93).all(), held
    assert (held <= 0.975).all(), held


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimates_lie_around_the_truth(name: str) -> None:
    values = drawn_again()[name][:, 0]
    assert values.mean() == pytest.approx(TRUTH, abs=4 * values.std() / np.sqrt(DRAWS) + 0.01)


def test_a_model_of_the_outcome_narrows_what_weights_alone_leave_open() -> None:
    spread = {name: values[:, 0].std() for name, values in drawn_again().items()}
    assert spread["doubly_robust"] < 0.8 * spread["ips"]


def with_wrong_weights(seed: int) -> Sample:
    sample = bandit(seed)
    return Sample(sample.reward, sample.weight * 3, sample.debtor, sample.of_taken, sample.of_target)


@pytest.mark.parametrize(("name", "off"), [("doubly_robust", 0.0), ("ips", 2 * TRUTH)])
def test_wrong_propensities_are_put_right_by_a_right_model_alone(name: str, off: float) -> None:
    found = [estimate(with_wrong_weights(seed), ESTIMATORS[name]).value.value for seed in range(200)]
    assert np.mean(found) == pytest.approx(TRUTH + off, abs=0.15)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), name=st.sampled_from(sorted(ESTIMATORS)))
def test_a_policy_that_is_the_one_in_force_differs_by_nothing(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    reward, debtor = rng.exponential(5, 40), rng.integers(0, 12, 40)
    expected = rng.random(40)
    found = estimate(Sample(reward, np.ones(40), debtor, expected, expected), ESTIMATORS[name])
    assert found.value.value == pytest.approx(reward.mean())
    assert found.difference.value == pytest.approx(0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.01, 1000), name=st.sampled_from(sorted(ESTIMATORS)))
def test_the_currency_scales_estimates_and_intervals_alike(seed: int, scale: float, name: str) -> None:
    sample = bandit(seed % 1000)
    dear = Sample(
        sample.reward * scale, sample.weight, sample.debtor, sample.of_taken * scale, sample.of_target * scale
    )
    found, scaled = (np.array(estimate(one, ESTIMATORS[name]).value) for one in (sample, dear))
    assert scaled == pytest.approx(found * scale)
