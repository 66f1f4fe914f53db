from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_models.mean_difference import Outcomes, compare_means, control_needed, visible_effect


def draw_outcomes(seed: int, *, n: int = 4000, share: float = 0.03, added: float = 0.0) -> Outcomes:
    """Payers of skewed amounts, a share of them left alone, the others paying `added` more on average."""
    rng = np.random.default_rng(seed)
    owed, is_control = rng.lognormal(4, 0.8, n), rng.random(n) < share
    paid = np.where(rng.random(n) < 0.4, owed * rng.uniform(0.3, 1.2, n), 0.0)
    paid += np.where(is_control, 0.0, rng.exponential(added, n) if added else 0.0)
    return Outcomes(paid, 0.4 * owed, is_control, np.arange(n))


@pytest.mark.parametrize("added", [0.0, 6.0])
def test_intervals_hold_the_truth_as_often_as_they_say(added: float) -> None:
    found = [compare_means(draw_outcomes(seed, added=added))[0] for seed in range(150)]
    assert np.mean([one.low <= added <= one.high for one in found]) > 0.93
    assert np.mean([one.estimate for one in found]) == pytest.approx(added, abs=1)


def test_a_forecast_narrows_the_interval() -> None:
    of = draw_outcomes(1)
    found, is_adjusted = compare_means(of)
    blind = compare_means(Outcomes(of.paid, of.expected * 0, of.is_control, of.debtor))[0]
    assert is_adjusted
    assert found.error < 0.95 * blind.error


def test_rows_of_one_debtor_count_as_one_draw() -> None:
    of = draw_outcomes(2)
    twice = [np.concatenate([values, values]) for values in (of.paid, of.expected, of.is_control, of.debtor)]
    assert compare_means(Outcomes(*twice))[0].error == pytest.approx(compare_means(of)[0].error, rel=0.01)


def test_the_smallest_visible_effect_is_seen_four_times_in_five() -> None:
    added = visible_effect(compare_means(draw_outcomes(0, share=0.3))[0].error)
    seen = [compare_means(draw_outcomes(seed, share=0.3, added=added))[0].low > 0 for seed in range(150)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.12)


def test_with_the_control_group_it_asks_for_an_effect_is_just_visible() -> None:
    few = draw_outcomes(3, n=20_000, share=0.005)
    needed = control_needed(few, 10.0)
    assert needed is not None
    drawn = (draw_outcomes(seed, n=20_000, share=needed / 20_000) for seed in range(20))
    errors = [compare_means(Outcomes(one.paid, one.paid * 0, one.is_control, one.debtor))[0].error for one in drawn]
    assert visible_effect(float(np.mean(errors))) == pytest.approx(10.0, rel=0.15)


def test_where_debtors_are_too_few_no_control_group_is_large_enough() -> None:
    assert control_needed(draw_outcomes(5, n=100, share=0.5), 0.1) is None


@pytest.mark.parametrize("share", [0.0, 0.004, 0.996])
def test_a_group_of_a_few_says_nothing(share: float) -> None:
    assert not draw_outcomes(6, n=3000, share=share).is_enough
    assert draw_outcomes(6, n=3000).is_enough


@given(st.floats(-1e3, 1e3), st.integers(0, 50))
def test_who_pays_how_much_more_moves_the_estimate_and_not_its_error(shift: float, seed: int) -> None:
    of = draw_outcomes(seed, n=400, share=0.3)
    moved = Outcomes(np.where(of.is_control, of.paid, of.paid + shift), of.expected, of.is_control, of.debtor)
    before, after = compare_means(of)[0], compare_means(moved)[0]
    assert after.estimate - before.estimate == pytest.approx(shift, abs=1e-6)
    assert after.error == pytest.approx(before.error)
