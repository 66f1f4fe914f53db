"""Minimising over prices: known minima, inside and at the border."""

from __future__ import annotations

import numpy as np
import pytest

from recobro_models.decision.descent import minimise


def test_a_minimum_inside_is_found() -> None:
    def bowl(x: np.ndarray) -> tuple[float, np.ndarray]:
        away = (x - [3.0, 0.5]) * [1.0, 40.0]
        return float((away**2).sum()), 2 * away * [1.0, 40.0]

    assert minimise(bowl, np.zeros(2), 60, 1e-12) == pytest.approx([3.0, 0.5], abs=1e-3)


def test_a_price_that_would_be_below_nothing_stays_at_nothing() -> None:
    def slope(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(((x - [1.0, -1.0]) ** 2).sum()), 2 * (x - [1.0, -1.0])

    assert minimise(slope, np.ones(2), 30).tolist() == pytest.approx([1.0, 0.0])


def test_where_there_is_no_minimum_prices_have_an_end() -> None:
    found = minimise(lambda x: (float(-x.sum()), np.full(2, -1.0)), np.zeros(2), 200)
    assert (found <= 1000).all()
    assert np.isfinite(found).all()


def test_a_start_that_is_best_is_kept() -> None:
    assert minimise(lambda x: (float(x.sum()), np.ones(2)), np.zeros(2), 5).tolist() == [0.0, 0.0]
