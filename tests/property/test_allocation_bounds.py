"""Allocation: never more than there is, never what is not allowed, and how far from the best it can be at most."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from recobro_models.decision.allocation import UNLIMITED, Allocation, Capacity, allocate

N_CHANNELS, N_HOURS = 2, 3
N_SLOTS = N_CHANNELS * N_HOURS
CHANNEL_OF = np.repeat(np.arange(N_CHANNELS), N_HOURS)

Floats = NDArray[np.float64]


def draw_values(seed: int, n: int) -> Floats:
    """Values as a plan has them: a debtor's money times what slots share, a third not allowed, some below nothing."""
    rng = np.random.default_rng(seed)
    money = rng.lognormal(2, 1, (n, 1))
    value = money * rng.uniform(0.2, 1, (1, N_SLOTS)) * rng.uniform(0.7, 1.3, (n, N_SLOTS)) - 1.0
    return np.where(rng.random((n, N_SLOTS)) < 0.3, -np.inf, value)


def draw_capacity(seed: int, most: int) -> Capacity:
    rng = np.random.default_rng(seed)
    by_channel = rng.integers(0, 3 * most + 1, N_CHANNELS)
    return Capacity.of_slots(
        rng.integers(0, most + 1, (N_CHANNELS, N_HOURS)), np.where(rng.random(2) < 0.5, UNLIMITED, by_channel)
    )


def best_value(value: Floats, capacity: Capacity) -> float:
    """The optimum by mixed-integer programming."""
    n = len(value)
    allowed = np.isfinite(value).reshape(-1)
    number = np.arange(n * N_SLOTS)
    who, slot = number // N_SLOTS, number % N_SLOTS
    rows = np.concatenate([who, n + slot, n + N_SLOTS + CHANNEL_OF[slot]])
    matrix = csr_array((np.ones(3 * len(number)), (rows, np.tile(number, 3))))
    limits = np.concatenate([np.ones(n), capacity.by_slot.reshape(-1), capacity.by_channel])
    found = milp(
        -np.where(allowed, value.reshape(-1), 0.0), integrality=np.ones(len(number)),
        bounds=Bounds(0, allowed.astype(float)),
        constraints=LinearConstraint(matrix, ub=np.minimum(limits, n).astype(float)),
    )  # fmt: skip
    return float(-found.fun)


def used_of(allocation: Allocation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    chosen = allocation.choice[allocation.choice >= 0]
    used = np.bincount(chosen, minlength=N_SLOTS)
    return used.reshape(N_CHANNELS, N_HOURS), np.bincount(CHANNEL_OF, used, minlength=N_CHANNELS).astype(np.int64)


SEEDS = st.integers(0, 2**31)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 30), most=st.integers(0, 8))
def test_the_best_possible_lies_between_the_value_and_the_bound(seed: int, n: int, most: int) -> None:
    value, capacity = draw_values(seed, n), draw_capacity(seed + 1, most)
    found = allocate(value, capacity)
    best = best_value(value, capacity) if n else 0.0
    assert found.value <= best + 1e-6
    assert best <= found.bound + 1e-6


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 60), most=st.integers(0, 8))
def test_capacities_are_never_exceeded_and_nothing_forbidden_or_worthless_is_chosen(
    seed: int, n: int, most: int
) -> None:
    value, capacity = draw_values(seed, n), draw_capacity(seed + 1, most)
    found = allocate(value, capacity)
    used, used_of_channel = used_of(found)
    assert (used <= capacity.by_slot).all()
    assert (used_of_channel <= capacity.by_channel).all()
    taken = np.flatnonzero(found.choice >= 0)
    assert (value[taken, found.choice[taken]] > 0).all()
    assert found.value == pytest.approx(value[taken, found.choice[taken]].sum())


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 60), most=st.integers(0, 8))
def test_no_price_stands_on_what_is_left_over(seed: int, n: int, most: int) -> None:
    capacity = draw_capacity(seed + 1, most)
    found = allocate(draw_values(seed, n), capacity)
    assert (found.price[found.used < capacity.limit] == 0).all()
    assert (found.price >= 0).all()


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 60))
def test_with_room_for_all_everybody_gets_the_best_option(seed: int, n: int) -> None:
    value = draw_values(seed, n)
    found = allocate(value, Capacity.of_slots(np.full((2, 3), UNLIMITED), np.full(2, UNLIMITED)))
    assert found.value == pytest.approx(np.maximum(value.max(axis=1, initial=0), 0).sum())
    assert found.gap == pytest.approx(0)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 60), most=st.integers(1, 8))
def test_everyone_left_without_an_option_finds_no_room(seed: int, n: int, most: int) -> None:
    value, capacity = draw_values(seed, n), draw_capacity(seed + 1, most)
    found = allocate(value, capacity)
    used, used_of_channel = used_of(found)
    room = ((used < capacity.by_slot) & (used_of_channel < capacity.by_channel)[:, None]).reshape(-1)
    assert not (value[found.choice < 0][:, room] > 0).any()
