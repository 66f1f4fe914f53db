"""Two policies share the debtors by a hash and the team by their shares."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_scored,
    build_settings,
    channel_at,
    ugly_index,
)

from recobro_data.settings import Settings
from recobro_models.decision.allocation import UNLIMITED
from recobro_models.decision.arms import draw_challenger, split_team
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.policy import decide, team_capacity

IDS = np.array([f"D{at}" for at in range(2000)], dtype=object)


def compared(per_hour: int | None = 5, **policy: Any) -> Settings:
    chosen = {"challenger": "three-criteria", "challenger_share": 0.3} | policy
    return build_settings(policy=chosen, channels={"call": {"capacity_per_hour": per_hour}})


def test_without_a_challenger_everybody_is_the_champions() -> None:
    arms = split_team(draw_challenger(IDS, build_settings()), build_settings(), WORK_DATE)
    assert len(arms) == 1
    assert arms[0].members.all()
    assert (arms[0].capacity.by_slot == team_capacity(build_settings()).by_slot).all()


def test_the_challenger_has_its_share_of_the_debtors() -> None:
    assert draw_challenger(IDS, compared()).mean() == pytest.approx(0.3, abs=0.03)


def test_whose_a_debtor_is_depends_on_nobody_else() -> None:
    order = np.argsort(ugly_index(len(IDS)) % 17, kind="stable")
    assert (draw_challenger(IDS, compared())[order] == draw_challenger(IDS[order], compared())).all()


def test_another_challenger_draws_other_debtors() -> None:
    both = (draw_challenger(IDS, compared(challenger=name)) for name in ("three-criteria", "expected-value-1"))
    assert np.corrcoef(*both)[0, 1] == pytest.approx(0, abs=0.08)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7])
def test_the_team_is_divided_whole_and_over_the_days_by_the_share(share: float) -> None:
    settings, call = compared(challenger_share=share), channel_at("call")
    taken = []
    for day in range(10):
        champion, challenger = split_team(IDS.astype(str) < "D5", settings, WORK_DATE + timedelta(days=day))
        assert (champion.capacity.by_slot[call] + challenger.capacity.by_slot[call] == 5).all()
        taken.append(challenger.capacity.by_slot[call].sum())
    assert np.sum(taken) == pytest.approx(share * 5 * HOURS * 10, abs=1)


def test_where_there_is_room_for_all_both_have_it() -> None:
    arms = split_team(IDS.astype(str) < "D5", compared(None), WORK_DATE)
    assert all((arm.capacity.by_slot[channel_at("call")] == UNLIMITED).all() for arm in arms)


def test_each_arm_is_decided_as_if_it_were_alone_with_its_part() -> None:
    settings = compared(1, exploration=0.3)
    scored = build_scored(build_owing(80), settings, build_calendar(settings))
    for arm in scored.arms:
        ids = scored.debtors["debtor_id"].to_numpy(object)[arm.members]
        allowed, worth = scored.eligibility.allowed[arm.members], scored.priority[arm.members]
        alone = decide(ids, allowed, worth, settings, WORK_DATE, capacity=arm.capacity)
        assert (scored.decision.choice[arm.members] == alone.choice).all()
        assert scored.decision.propensity[arm.members].tolist() == pytest.approx(alone.propensity.tolist(), nan_ok=True)


@examples(max_examples=8, deadline=None)
@given(share=st.floats(0.01, 0.99), per_hour=st.integers(0, 3), exploration=st.floats(0, 1))
def test_both_together_keep_to_the_teams_capacity(share: float, per_hour: int, exploration: float) -> None:
    settings = compared(per_hour, challenger_share=share, exploration=exploration)
    scored = build_scored(build_owing(40), settings, build_calendar(settings))
    used = np.bincount(scored.decision.choice[scored.decision.choice >= 0], minlength=5 * HOURS).reshape(-1, HOURS)
    assert (used <= team_capacity(settings).by_slot).all()
    assert (used.sum(axis=1) <= team_capacity(settings).by_channel).all()
