"""Draws where teams share the work: they keep to every limit, and each comes as often as its propensity says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.capacity_samples import build_worked
from tests.unit.model_samples import WORK_DATE, build_settings

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.policy import Decision, decide
from recobro_models.decision.team import team_capacity

N, N_SALTS = 24, 120
LANGUAGES = np.array(["es", "pt"] * (N // 2), dtype=object)


def configured(salt: str) -> Settings:
    teams: dict[str, Any] = {
        "one": {"agents": 2, "attempts_per_hour": {"call": 3, "whatsapp": 6}},
        "two": {"agents": 1, "attempts_per_hour": {"call": 5}, "languages": ["pt"]},
    }
    return build_settings(policy={"exploration": 0.5, "salt": salt}, teams=teams, budget={"per_day": 6.0})


@lru_cache(maxsize=1)
def offered() -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    allowed = np.zeros((N, len(CHANNELS), 24), bool)
    allowed[:, [0, CHANNELS.index("whatsapp")], 10:12] = True
    worth = np.random.default_rng(5).lognormal(1, 0.5, (N, 1, 1)) * np.linspace(1, 1.2, 24)
    return allowed, np.where(allowed, worth, 0.0)


def decided(salt: str) -> Decision:
    settings, (allowed, worth) = configured(salt), offered()
    capacity = team_capacity(settings, WORK_DATE, build_worked(N, language=LANGUAGES))
    ids = np.array([f"D{at}" for at in range(N)], dtype=object)
    return decide(ids, allowed, worth, settings, WORK_DATE, capacity=capacity)


@pytest.mark.parametrize("salt", [f"s{at}" for at in range(5)])
def test_draws_keep_to_skills_hours_and_money(salt: str) -> None:
    decision = decided(salt)
    capacity = decision.allocation.capacity
    assert (capacity.used_by(decision.choice, decision.way) <= capacity.limit).all()
    taken = np.flatnonzero(decision.choice >= 0)
    assert capacity.is_way[capacity.group[taken], decision.choice[taken], decision.way[taken]].all()
    assert decision.explored.any()


def test_options_are_drawn_as_often_as_their_propensity_says() -> None:
    counts, logged = np.zeros((N, 120)), np.full((N, 120), np.nan)
    for salt in range(N_SALTS):
        decision = decided(f"s{salt}")
        who = np.flatnonzero(decision.choice >= 0)
        counts[who, decision.choice[who]] += 1
        logged[who, decision.choice[who]] = decision.propensity[who]
    p = logged[~np.isnan(logged)]
    z = (counts[~np.isnan(logged)] - N_SALTS * p) / np.sqrt(N_SALTS * p * (1 - p))
    assert np.abs(z).max() < 5
    assert np.mean(z**2) == pytest.approx(1, abs=0.5)
