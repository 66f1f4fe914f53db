from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from recobro_models.evaluation import calibration_table, measure, paired_log_loss_gain

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def drawn() -> tuple[Floats, Floats]:
    """What happened, and probabilities that are right."""
    draw = np.random.default_rng(3)
    p = draw.beta(1, 3, 3_000)
    return (draw.random(3_000) < p).astype(np.float64), p


def test_the_measures_are_those_of_scikit_learn_and_scipy(drawn: tuple[Floats, Floats]) -> None:
    y, p = drawn
    expected = {"n": 3_000, "rate": y.mean(), "auc": roc_auc_score(y, p), "gini": 2 * roc_auc_score(y, p) - 1}
    expected |= {"ks": ks_2samp(p[y == 1], p[y == 0]).statistic, "average_precision": average_precision_score(y, p)}
    expected |= {"brier": brier_score_loss(y, p), "log_loss": log_loss(y, p)}
    assert {name: measure(y, p)[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_right_probabilities_have_a_small_calibration_error(drawn: tuple[Floats, Floats]) -> None:
    assert measure(*drawn)["calibration_error"] < 0.03


def test_probabilities_that_are_off_by_a_tenth_have_that_calibration_error() -> None:
    y, p = np.tile([0.0, 0.0, 0.0, 0.0, 1.0], 200), np.full(1_000, 0.3)
    assert measure(y, p)["calibration_error"] == pytest.approx(0.1)


@pytest.mark.parametrize("happened", [[0, 0, 0], [1, 1, 1]])
def test_one_outcome_only_leaves_the_ranking_undefined(happened: list[int]) -> None:
    found = measure(happened, [0.2, 0.5, 0.9])
    assert all(np.isnan(found[name]) for name in ("auc", "gini", "ks", "average_precision"))
    assert np.isfinite([found[name] for name in ("brier", "log_loss", "calibration_error")]).all()


def test_no_rows_leave_everything_undefined() -> None:
    found = measure([], [])
    assert found.pop("n") == 0
    assert all(np.isnan(value) for value in found.values())


def test_a_certainty_that_fails_costs_much_and_not_infinity() -> None:
    assert np.isfinite(measure([0, 1], [1.0, 0.0])["log_loss"])


@settings(max_examples=15)
@given(st.permutations(range(60)))
def test_the_order_of_rows_changes_no_measure(order: list[int]) -> None:
    y, p = np.arange(60) % 3 == 0, np.repeat([0.1, 0.3, 0.4], 20)
    assert measure(y[order], p[order]) == pytest.approx(measure(y, p), rel=1e-12)


def test_the_calibration_table_parts_rows_into_tenths_by_probability(drawn: tuple[Floats, Floats]) -> None:
    table = calibration_table(*drawn)
    assert list(table["n"]) == [300] * 10
    assert table["predicted"].is_monotonic_increasing


def test_rows_of_one_probability_stay_together() -> None:
    table = calibration_table([0] * 80 + [1] * 20, [0.2] * 100)
    assert table.to_dict("records") == [{"n": 100, "predicted": pytest.approx(0.2), "seen": 0.2}]


def test_better_probabilities_gain_and_worse_ones_lose(drawn: tuple[Floats, Floats]) -> None:
    y, p = drawn
    flat, each = np.full_like(p, y.mean()), np.arange(3_000)
    gain, error = paired_log_loss_gain(y, p, flat, groups=each)
    assert gain > 3 * error
    assert paired_log_loss_gain(y, flat, p, groups=each) == pytest.approx((-gain, error))


def test_the_gain_is_the_difference_of_the_log_losses(drawn: tuple[Floats, Floats]) -> None:
    y, p = drawn
    gain, _ = paired_log_loss_gain(y, p, np.sqrt(p), groups=np.arange(3_000))
    assert gain == pytest.approx(log_loss(y, np.sqrt(p)) - log_loss(y, p))


def test_rows_of_one_debtor_are_one_witness(drawn: tuple[Floats, Floats]) -> None:
    y, p = (np.repeat(values[:300], 4) for values in drawn)
    flat = np.full_like(p, 0.25)
    _, alone = paired_log_loss_gain(y[::4], p[::4], flat[::4], groups=np.arange(300))
    _, together = paired_log_loss_gain(y, p, flat, groups=np.repeat(np.arange(300), 4))
    assert together == pytest.approx(alone)
