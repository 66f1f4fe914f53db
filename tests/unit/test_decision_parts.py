"""The parts of an option's worth that `bench.decision_parts` puts together anew."""

from __future__ import annotations

import numpy as np
import pytest
from bench.decision_parts import Parts, with_hours_of

from recobro_data.synthetic.contact import COSTS
from recobro_data.synthetic.people import CALL, CHANNELS
from recobro_models.calibration import log_odds

SHAPE = (3, len(CHANNELS), 24)


def chances(seed: int, usual: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(seed).uniform(usual / 2, usual * 3 / 2, SHAPE)


def test_one_keeps_its_hours_and_takes_the_level_of_the_other() -> None:
    hours, level = chances(1, 0.2), chances(2, 0.5)
    both = log_odds(with_hours_of(hours, level))
    np.testing.assert_allclose(both.mean(axis=2), log_odds(level).mean(axis=2))
    np.testing.assert_allclose(np.diff(both, axis=2), np.diff(log_odds(hours), axis=2))


@pytest.mark.parametrize("dead", ["hours", "level"])
def test_where_either_reaches_nobody_nobody_is_reached(dead: str) -> None:
    parts = {"hours": chances(1, 0.2), "level": chances(2, 0.5)}
    parts[dead][0, CALL] = 0.0
    found = with_hours_of(**parts)
    assert not found[0, CALL].any()
    assert (found[1:] > 0).all()


def test_an_option_is_worth_reach_times_effect_times_size_less_its_cost() -> None:
    parts = Parts(np.full(SHAPE, 0.5), np.full(SHAPE[:2], 0.1), np.array([100.0, 0.0, 10.0]))
    worth = parts.worth().reshape(SHAPE)
    np.testing.assert_allclose(worth[:, CALL, 9], np.array([5.0, 0.0, 0.5]) - COSTS[CALL])
