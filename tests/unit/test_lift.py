"""A lift learnt from those acted on and those left alone, where the truth is known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.special import expit, logit

from recobro_models.lift import Examples, Halves, Lift

PRIOR = np.array([0.3, 0.3])


@lru_cache(maxsize=4)
def learnt(*, moves_some: float, n: int = 8000) -> tuple[Lift, Halves, np.ndarray]:
    """The second kind of action moves everybody by 0.2, the first only those with a trait, by `moves_some`."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 3))
    place = rng.choice([-1, -1, 0, 1], n)
    acted = (place >= 0) & (rng.random(n) < 0.7)
    shift = np.where(place == 0, moves_some * (x[:, 1] > 0), 0.2) * acted
    y = (rng.random(n) < expit(-1 + x[:, 0] + shift)).astype(float)
    seen = Examples(x, x, y, place, acted, np.arange(n) % 2)
    return (*Lift.fit(seen, PRIOR, seed=1), x)


def test_those_whom_the_action_moves_are_told_from_those_whom_it_does_not() -> None:
    lift, _, x = learnt(moves_some=1.6)
    soon = lift.predict_soon(x)
    added = lift.predict_acted(x, soon, 0) - soon
    assert added[x[:, 1] > 0].mean() > added[x[:, 1] < 0].mean() + 0.1


def test_where_all_are_moved_alike_they_are_told_hardly_apart() -> None:
    spreads = []
    for moves_some in (0.0, 1.6):
        lift, _, x = learnt(moves_some=moves_some)
        soon = lift.predict_soon(x)
        spreads.append(np.std(logit(lift.predict_acted(x, soon, 0)) - logit(soon)))
    assert spreads[0] + 0.15 < spreads[1]


def test_what_the_halves_tell_each_other_agrees_with_the_whole() -> None:
    lift, halves, x = learnt(moves_some=1.6)
    soon = lift.predict_soon(x)
    assert np.corrcoef(halves.acted(0) - halves.soon, lift.predict_acted(x, soon, 0) - soon)[0, 1] > 0.7


def test_few_examples_keep_to_the_prior() -> None:
    lift, _, _ = learnt(moves_some=1.6, n=60)
    np.testing.assert_allclose(lift.level, PRIOR, atol=0.45)
    assert (lift.mix, lift.shifts) == (0.0, ())


def test_a_lift_read_from_its_files_gives_the_same_numbers() -> None:
    lift, _, x = learnt(moves_some=1.6)
    again, soon = Lift.from_files(lift.to_files()), lift.predict_soon(x)
    np.testing.assert_array_equal(again.predict_acted(x, soon, 1), lift.predict_acted(x, soon, 1))


@pytest.mark.parametrize("place", [0, 1])
def test_chances_stay_between_nothing_and_one(place: int) -> None:
    lift, _, x = learnt(moves_some=1.6)
    found = lift.predict_acted(x * 50, lift.predict_soon(x * 50), place)
    assert ((found > 0) & (found < 1)).all()
