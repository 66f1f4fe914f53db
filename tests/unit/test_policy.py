"""The policy's parts: capacities, and how a day's decision is written down."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.model_samples import WORK_DATE, build_settings, channel_at, ugly_index

from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import UNLIMITED
from recobro_models.decision.draws import draw
from recobro_models.decision.policy import decide, team_capacity


def test_capacities_that_are_not_given_limit_nothing() -> None:
    capacity = team_capacity(build_settings(channels={"call": {"capacity_per_hour": 7}}))
    call, email = channel_at("call"), channel_at("email")
    assert (capacity.by_slot[call] == 7).all()
    assert capacity.by_channel[call] == UNLIMITED
    assert (capacity.by_slot[email] == UNLIMITED).all()
    assert capacity.by_channel[email] == 20000


def test_who_may_not_be_contacted_is_left_alone_for_certain() -> None:
    allowed = np.zeros((2, len(CHANNELS), 24), bool)
    allowed[1, 0, 10] = True
    decision = decide(np.array(["a", "b"], dtype=object), allowed, np.ones(allowed.shape), build_settings(), WORK_DATE)
    assert decision.choice.tolist() == [-1, 10]
    assert decision.propensity[0] == 1.0


def test_a_day_is_decided_the_same_again_and_another_day_draws_anew() -> None:
    ids = np.array([f"D{at}" for at in range(200)], dtype=object)
    allowed = np.ones((200, len(CHANNELS), 24), bool)
    settings = build_settings(policy={"exploration": 0.5})
    one, again = (decide(ids, allowed, np.ones(allowed.shape), settings, WORK_DATE) for _ in range(2))
    next_day = decide(ids, allowed, np.ones(allowed.shape), settings, WORK_DATE.replace(day=15))
    assert (one.choice == again.choice).all()
    assert (one.explored != next_day.explored).any()


def test_a_draw_belongs_to_its_debtor_wherever_he_stands() -> None:
    ids = np.array([f"D{at}" for at in range(50)], dtype=object)
    order = np.argsort(ugly_index(50) % 13, kind="stable")
    assert (draw(ids, "explore", "salt")[order] == draw(ids[order], "explore", "salt")).all()


@pytest.mark.parametrize("other", [("explore", "pepper"), ("control", "salt")])
def test_draws_are_even_and_apart_for_each_purpose(other: tuple[str, str]) -> None:
    ids = np.array([f"D{at:06d}" for at in range(5000)], dtype=object)
    one, two = draw(ids, "explore", "salt"), draw(ids, *other)
    assert one.mean() == pytest.approx(0.5, abs=0.02)
    assert (one < 0.1).mean() == pytest.approx(0.1, abs=0.02)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05
