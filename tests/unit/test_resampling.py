"""The bootstrap by debtor: what a mean difference is worth when debtors are drawn with all their rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from recobro_models.evaluation import paired_log_loss_gain
from recobro_models.resampling import bootstrap_mean, compare_losses, draw_counts


def test_debtors_are_drawn_once_on_average_with_the_variance_of_a_poisson_variable() -> None:
    counts = draw_counts(2000, 500)
    assert counts.mean() == pytest.approx(1, abs=0.01)
    assert counts.var() == pytest.approx(1, abs=0.01)


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    assert (draw_counts(50, 20, seed=3) == draw_counts(50, 20, seed=3)).all()
    assert (draw_counts(50, 20, seed=3) != draw_counts(50, 20, seed=4)).any()


def test_the_mean_gain_is_the_difference_of_the_log_losses() -> None:
    rng = np.random.default_rng(1)
    p, y = rng.uniform(0.1, 0.9, 500), np.arange(500) % 2
    gain = compare_losses(y, p, np.sqrt(p), debtors=np.arange(500))
    assert gain.mean == pytest.approx(log_loss(y, np.sqrt(p)) - log_loss(y, p))
    assert gain.low < gain.mean < gain.high


def test_the_error_is_the_one_that_formulas_give() -> None:
    rng = np.random.default_rng(2)
    debtors, p = rng.integers(0, 400, 2000), rng.uniform(0.05, 0.95, 2000)
    y = rng.random(2000) < p
    _, error = paired_log_loss_gain(y, p, np.full(2000, 0.5), groups=debtors)
    assert compare_losses(y, p, np.full(2000, 0.5), debtors=debtors, n_rounds=2000).error == pytest.approx(
        error, rel=0.08
    )


def test_a_model_against_itself_gains_exactly_nothing() -> None:
    p = np.linspace(0.1, 0.9, 50)
    assert compare_losses(np.arange(50) % 2, p, p, debtors=np.arange(50)) == (0, 0, 0, 0)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(3), 0
    for _ in range(150):
        of_debtor = rng.normal(0.1, 1, 150)
        values = np.repeat(of_debtor, 3) + rng.normal(0, 1, 450)
        low, high = bootstrap_mean(values, np.repeat(np.arange(150), 3), n_rounds=300)[2:]
        held += low <= 0.1 <= high
    assert 135 <= held <= 149


@settings(max_examples=20)
@given(st.permutations(range(40)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    values, debtors = np.sin(np.arange(40.0)), np.array([f"D{at % 7}" for at in range(40)])
    assert bootstrap_mean(values[order], debtors[order]) == pytest.approx(bootstrap_mean(values, debtors))


def test_no_rows_leave_it_unknown_and_one_debtor_leaves_it_open() -> None:
    assert np.isnan(bootstrap_mean(np.empty(0), [])).all()
    assert bootstrap_mean(np.array([1.0, 3.0]), ["D1", "D1"]) == (2, np.inf, -np.inf, np.inf)
