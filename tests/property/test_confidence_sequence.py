"""Looked at every day: who cries wolf, and how soon a real difference is seen."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_models.confidence_sequence import FEWEST, boundary, compare_so_far
from recobro_models.mean_difference import Outcomes, compare_means

N_DAYS, A_DAY, N_RUNS = 60, 40, 120


def draw_run(seed: int, added: float) -> Outcomes:
    """Debtors whose horizons end day by day, of skewed debts; the challenger's pay `added` more on average."""
    rng = np.random.default_rng(seed)
    n = N_DAYS * A_DAY
    owed, is_champion = rng.lognormal(4, 0.8, n), rng.random(n) < 0.5
    paid = np.where(rng.random(n) < 0.4, owed * rng.uniform(0.3, 1.2, n), 0.0)
    more = rng.exponential(added, n) if added else 0.0
    return Outcomes(paid + np.where(is_champion, 0.0, more), 0.4 * owed, is_champion, np.arange(n))


def first_day(of: Outcomes) -> int | None:
    """The first day on which the sequence parts from no difference."""
    for day in range(1, N_DAYS + 1):
        found = compare_so_far(of.at(np.arange(len(of.paid)) < day * A_DAY))
        if found and (found.low > 0 or found.high < 0):
            return day
    return None


@lru_cache(maxsize=2)
def found_on(added: float) -> list[int | None]:
    return [first_day(draw_run(seed, added)) for seed in range(N_RUNS)]


def test_looking_every_day_for_sixty_days_cries_wolf_in_at_most_five_runs_of_a_hundred() -> None:
    alarms = np.mean([day is not None for day in found_on(0.0)])
    assert alarms <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / N_RUNS)


def test_an_interval_of_fixed_size_looked_at_every_day_cries_wolf_more_often() -> None:
    def alarms(seed: int) -> bool:
        of = draw_run(seed, 0.0)
        looks = (of.at(np.arange(len(of.paid)) < day * A_DAY) for day in range(6, N_DAYS + 1))
        return any(found.low > 0 or found.high < 0 for found, _ in map(compare_means, looks))

    assert np.mean([alarms(seed) for seed in range(40)]) > 0.1


def test_a_real_difference_is_seen_before_the_end() -> None:
    days = [day for day in found_on(15.0) if day is not None]
    assert len(days) > 0.95 * N_RUNS
    assert np.median(days) < 0.6 * N_DAYS


def test_few_debtors_are_not_compared() -> None:
    of = draw_run(1, 0.0)
    few = of.at((~of.is_control) | (np.cumsum(of.is_control) < FEWEST))
    assert compare_so_far(few) is None
    enough = of.at((~of.is_control) | (np.cumsum(of.is_control) <= FEWEST))
    assert compare_so_far(enough) is not None


@given(st.integers(2 * FEWEST, 10**6))
def test_more_debtors_make_the_sequence_narrower_and_never_as_narrow_as_one_look(n: int) -> None:
    assert boundary(n + n // 10 + 1) < boundary(n)
    assert boundary(n) > 1.96 / np.sqrt(n)


@pytest.mark.parametrize("times", [0.5, 2, 5])
def test_the_sequence_is_narrowest_for_its_size_near_two_thousand_debtors(times: float) -> None:
    assert boundary(2000) * np.sqrt(2000) < boundary(int(2000 * times)) * np.sqrt(int(2000 * times)) * 1.001
