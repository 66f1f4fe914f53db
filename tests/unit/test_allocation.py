"""Allocation of capacity: worked cases, how near the best it comes, and that nothing is left to chance."""

from __future__ import annotations

import numpy as np
import pytest
from tests.property.test_allocation_bounds import best_value, draw_capacity, draw_values

from recobro_models.decision.allocation import UNLIMITED, Capacity, allocate

NO_LIMIT = np.array([UNLIMITED])


def one_channel(*by_hour: int, per_day: int = UNLIMITED) -> Capacity:
    return Capacity.of_slots(np.array([by_hour]), np.array([per_day]))


def test_the_one_place_goes_to_whom_it_is_worth_most() -> None:
    found = allocate(np.array([[3.0], [9.0], [5.0]]), one_channel(1))
    assert found.choice.tolist() == [-1, 0, -1]
    assert found.value == 9.0


def test_who_can_wait_for_another_hour_makes_room() -> None:
    value = np.array([[10.0, 9.0], [8.0, 1.0]])
    assert allocate(value, one_channel(1, 1)).choice.tolist() == [1, 0]


def test_the_price_of_the_last_place_is_what_one_more_would_bring() -> None:
    found = allocate(np.array([[10.0], [8.0], [6.0]]), one_channel(2))
    assert found.price[0] == pytest.approx(6.0)
    assert found.bound == pytest.approx(18.0)


def test_a_day_of_a_channel_is_limited_beside_its_hours() -> None:
    found = allocate(np.array([[5.0, 4.0], [6.0, 7.0], [3.0, 1.0]]), one_channel(3, 3, per_day=1))
    assert found.choice.tolist() == [-1, 1, -1]
    assert found.price[found.capacity.n_slots] == pytest.approx(5.0)


def test_ties_go_to_the_earlier_debtor_and_the_earlier_slot() -> None:
    assert allocate(np.full((3, 2), 5.0), one_channel(1, 1)).choice.tolist()[2] == -1
    assert allocate(np.full((1, 2), 5.0), one_channel(1, 1)).choice.tolist() == [0]


def test_what_is_not_worth_its_cost_is_left() -> None:
    assert allocate(np.array([[-1.0], [0.0], [-np.inf]]), one_channel(9)).choice.tolist() == [-1, -1, -1]


def test_nobody_needs_nothing() -> None:
    found = allocate(np.empty((0, 2)), one_channel(1, 1))
    assert (found.value, found.bound, found.gap) == (0.0, 0.0, 0.0)


def test_values_and_capacities_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="value has 3 slots, capacity 2"):
        allocate(np.ones((1, 3)), one_channel(1, 1))


def test_the_same_values_give_the_same_choice() -> None:
    value, capacity = draw_values(7, 200), draw_capacity(8, 20)
    one, other = (allocate(value.copy(), capacity) for _ in range(2))
    assert (one.choice == other.choice).all()
    assert (one.price == other.price).all()


@pytest.mark.parametrize("seed", range(6))
def test_limits_by_hour_and_day_alone_are_filled_in_the_best_way(seed: int) -> None:
    value, capacity = draw_values(seed, 80), draw_capacity(seed + 50, 9)
    found = allocate(value, capacity)
    assert found.value == pytest.approx(best_value(value, capacity))
    assert found.gap == pytest.approx(0.0, abs=1e-9)
