from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recobro_models.calibration import Recalibration, log_odds

Floats = NDArray[np.float64]

_p = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, 1e-300, 1 - 1e-16]))
_seen = st.lists(st.tuples(_p, st.booleans()), max_size=60)


def drawn(n: int = 20_000) -> tuple[Floats, Floats]:
    """Probabilities, and what happened with exactly these."""
    draw = np.random.default_rng(11)
    p = draw.beta(1, 4, n)
    return p, (draw.random(n) < p).astype(np.float64)


def bent(p: Floats, intercept: float, slope: float) -> Floats:
    """Probabilities whose log-odds need that line to be right again."""
    return 1 / (1 + np.exp(-(log_odds(p) - intercept) / slope))


@pytest.mark.parametrize(("intercept", "slope"), [(0.0, 1.0), (0.8, 1.0), (-1.5, 1.0), (0.0, 0.6), (0.5, 1.7)])
def test_a_known_shift_is_recovered(intercept: float, slope: float) -> None:
    p, happened = drawn()
    found = Recalibration.fit(bent(p, intercept, slope), happened)
    assert (found.intercept, found.slope) == pytest.approx((intercept, slope), abs=0.08)


@pytest.mark.parametrize(("intercept", "slope"), [(0.8, 1.0), (0.5, 1.7)])
def test_shifted_probabilities_come_back_right(intercept: float, slope: float) -> None:
    p, happened = drawn()
    shifted = bent(p, intercept, slope)
    np.testing.assert_allclose(Recalibration.fit(shifted, happened).apply(shifted), p, atol=0.02)


def test_no_recalibration_changes_nothing() -> None:
    p = np.linspace(0.001, 0.999, 99)
    np.testing.assert_allclose(Recalibration().apply(p), p, rtol=1e-12)


@pytest.mark.parametrize("happened", [[], [0, 0, 0], [1, 1, 1]])
def test_one_outcome_only_teaches_nothing(happened: list[int]) -> None:
    assert Recalibration.fit([0.2] * len(happened), happened) == Recalibration()


def test_of_a_ranking_that_is_upside_down_only_the_level_is_put_right() -> None:
    p, happened = drawn()
    found = Recalibration.fit(1 - p, happened)
    assert found.slope == 1
    assert found.apply(1 - p).mean() == pytest.approx(happened.mean(), abs=0.01)


def test_times_tried_count_like_rows_of_their_own() -> None:
    p, happened = drawn(400)
    n = np.full(200, 2)
    twice = Recalibration.fit(p[:200], happened[:200] + happened[200:], tried=n)
    apart = Recalibration.fit(np.tile(p[:200], 2), happened)
    assert (twice.intercept, twice.slope) == pytest.approx((apart.intercept, apart.slope))


def test_the_line_is_surer_with_more_rows_and_no_surer_with_the_same_rows_again() -> None:
    p, happened = drawn(1000)
    once = Recalibration.fit(p, happened)
    more = Recalibration.fit(*drawn(16_000))
    again = Recalibration.fit(np.tile(p, 2), np.tile(happened, 2), groups=np.tile(np.arange(1000), 2))
    assert more.covariance[0] == pytest.approx(once.covariance[0] / 16, rel=0.3)
    assert again.covariance[0] == pytest.approx(once.covariance[0], rel=0.1)


def test_the_line_lies_within_two_errors_of_the_truth() -> None:
    draw = np.random.default_rng(2)
    p = draw.beta(1, 4, 3000)
    lines = [Recalibration.fit(p, draw.random(3000) < p) for _ in range(60)]
    far = [(line.intercept**2 > 4 * line.covariance[0]) for line in lines]
    assert np.mean(far) < 0.15


def test_a_handful_of_rows_hardly_bends_the_model() -> None:
    assert Recalibration.fit([0.1, 0.9, 0.2, 0.8], [0, 1, 1, 0]).slope == pytest.approx(1, abs=0.25)


@given(slope=st.floats(0.5, 1.5))
def test_where_the_slope_is_given_only_the_level_is_learnt(slope: float) -> None:
    p, happened = drawn(4000)
    line = Recalibration.fit(p, happened, slope=slope)
    assert line.slope == slope
    assert line.apply(np.asarray(p)).mean() == pytest.approx(np.mean(happened), abs=0.002)


@given(seen=_seen)
def test_whatever_was_seen_the_order_of_probabilities_stays(seen: list[tuple[float, bool]]) -> None:
    p, happened = np.array([pair[0] for pair in seen]), [pair[1] for pair in seen]
    found = Recalibration.fit(p, happened).apply(np.linspace(0, 1, 101))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()


@given(p=_p)
def test_log_odds_are_finite(p: float) -> None:
    assert np.isfinite(log_odds(np.array([p]))).all()
