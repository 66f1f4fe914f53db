"""What a lift and kinds of payers tell of a contact, put together."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.model_samples import channel_at

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_shape import blended, learn_answers
from recobro_models.lift import Examples


def reached(n: int, parts: dict[str, float], seed: int = 3) -> tuple[Examples, np.ndarray, np.ndarray]:
    """Reached debtors of whom each channel moves its part of what is foreseen, their chance untouched, and that."""
    rng = np.random.default_rng(seed)
    place = rng.choice([channel_at(name) for name in parts], n)
    foreseen, untouched = rng.uniform(0.2, 1.5, n), np.full(n, 0.2)
    part = np.array([parts.get(name, 0.0) for name in CHANNELS])[place]
    paid = rng.random(n) < 1 - 0.8 * np.exp(-part * foreseen)
    nothing = np.zeros((n, 1))
    seen = Examples(nothing, nothing, paid.astype(float), place, np.full(n, True), np.zeros(n, np.int64))
    return seen, untouched, foreseen


def test_a_channel_that_adds_half_of_what_is_foreseen_is_told_from_one_that_adds_all() -> None:
    found = learn_answers(*reached(5000, {"call": 1.0, "email": 0.5}))
    assert found[[channel_at("call"), channel_at("email")]] == pytest.approx([1.0, 0.5], abs=0.1)


def test_a_channel_that_reached_nobody_is_thought_to_add_all_of_it() -> None:
    assert learn_answers(*reached(200, {"call": 1.0}))[channel_at("visit")] == 1.0


def test_a_channel_that_moves_nobody_adds_nothing_and_never_less() -> None:
    found = learn_answers(*reached(5000, {"sms": -0.1}))[channel_at("sms")]
    assert 0 <= found < 0.05


def test_few_who_were_reached_leave_a_channel_near_all_of_it() -> None:
    assert learn_answers(*reached(6, {"call": 0.0}))[channel_at("call")] > 0.5


def test_what_is_told_twice_counts_half_each() -> None:
    assert blended(np.array([1.0, 0.0]), np.array([0.0, -0.5])).tolist() == [0.5, -0.25]


def test_where_nothing_is_known_of_kinds_the_lift_stands_alone() -> None:
    assert blended(np.array([1.0, 0.2]), None).tolist() == [1.0, 0.2]
