"""The policy: what is logged as its probability is how often it happens, and chance breaks no limit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
)

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.eligibility import Portfolio, check_eligibility
from recobro_models.decision.exploring import LEFT_OUT
from recobro_models.decision.policy import Decision, Standing, decide, team_capacity

N, N_SALTS = 30, 250
N_SLOTS = len(CHANNELS) * 24


def worth_of(n: int, seed: int = 3) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.lognormal(1, 0.5, (n, 1, 1)) * rng.uniform(0.5, 1.5, (n, len(CHANNELS), 24)) - 0.3


def few_hours(capacity: int | None, *, salt: str, control: float = 0.1, exploration: float = 0.4) -> Settings:
    """A team that works three hours a day on two channels."""
    return build_settings(
        policy={"control_group": control, "exploration": exploration, "salt": salt},
        channels={
            "call": {"hours": "10:00-12:00", "capacity_per_hour": capacity},
            "whatsapp": {"hours": "10:00-11:00", "capacity_per_day": capacity},
        },
    )


@lru_cache(maxsize=2)
def owing(n: int) -> Portfolio:
    debtors = build_owing(n)
    return build_portfolio(debtors, build_points(debtors["debtor_id"], ("call", "whatsapp")))


@lru_cache(maxsize=2)
def allowed_on(n: int, salt: str, control: float) -> NDArray[np.bool_]:
    """What is allowed: of all chance only the control group's matters here."""
    settings_ = few_hours(None, salt=salt, control=control)
    return check_eligibility(owing(n), build_calendar(settings_)).allowed


def plan_day(settings_: Settings, n: int = N) -> Decision:
    """The whole of a day's chance: who is in the control group, who explores, and what they draw."""
    salt = settings_.policy.salt if settings_.policy.control_group else ""
    allowed = allowed_on(n, salt, settings_.policy.control_group)
    return decide(owing(n).debtors["debtor_id"].to_numpy(object), allowed, worth_of(n), settings_, WORK_DATE)


@lru_cache(maxsize=2)
def drawn_again(capacity: int | None, control: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How often each (debtor, slot) was chosen over many salts, and the propensity logged with it (NaN: never)."""
    counts, logged = np.zeros((N, N_SLOTS), np.int64), np.full((N, N_SLOTS), np.nan)
    for salt in range(N_SALTS):
        decision = plan_day(few_hours(capacity, salt=f"s{salt}", control=control))
        who = np.flatnonzero(decision.choice >= 0)
        counts[who, decision.choice[who]] += 1
        logged[who, decision.choice[who]] = decision.propensity[who]
    return counts, logged


CASES = [(None, 0.1), (8, 0.0)]


@pytest.mark.parametrize(("capacity", "control"), CASES, ids=["with room and a control group", "with few places"])
def test_options_are_chosen_as_often_as_their_propensity_says(capacity: int | None, control: float) -> None:
    counts, logged = drawn_again(capacity, control)
    seen = ~np.isnan(logged)
    p = logged[seen]
    z = (counts[seen] - N_SALTS * p) / np.sqrt(N_SALTS * p * (1 - p))
    assert np.abs(z).max() < 5
    assert np.mean(z**2) == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize(("capacity", "control"), CASES, ids=["with room and a control group", "with few places"])
def test_propensities_add_up_to_being_acted_on_at_all(capacity: int | None, control: float) -> None:
    counts, logged = drawn_again(capacity, control)
    acted, said = counts.sum(axis=1) / N_SALTS, np.nansum(logged, axis=1)
    assert np.abs(acted - said).max() < 5 * np.sqrt(0.25 / N_SALTS)


def test_without_exploration_all_get_the_best_with_the_propensity_of_not_being_in_control() -> None:
    decision = plan_day(few_hours(None, salt="s", control=0.02, exploration=0.0))
    acted = decision.choice >= 0
    assert not decision.explored.any()
    assert decision.propensity[acted].tolist() == pytest.approx([0.98] * int(acted.sum()))


def test_who_is_left_alone_is_so_as_often_as_the_propensity_says() -> None:
    left, logged = np.zeros(N), np.full(N, np.nan)
    for salt in range(N_SALTS):
        decision = plan_day(few_hours(4, salt=f"s{salt}", control=0.0))
        alone = decision.choice < 0
        left[alone] += 1
        logged[alone] = decision.propensity[alone]
    p = logged[left > 0]
    z = (left[left > 0] - N_SALTS * p) / np.sqrt(N_SALTS * p * (1 - p))
    assert len(p) > 5
    assert np.abs(z).max() < 5


def test_whom_the_plan_would_contact_is_left_alone_by_draw_as_often_as_is_said() -> None:
    left, logged = np.zeros(N), np.full(N, np.nan)
    for salt in range(N_SALTS):
        decision = plan_day(few_hours(None, salt=f"s{salt}", control=0.0))
        left += decision.left_out
        logged[decision.left_out] = decision.propensity[decision.left_out]
    # Whoever may be contacted has a best option here, so that chance alone leaves any of them alone.
    assert (left > 0).all()
    assert logged == pytest.approx(np.full(N, LEFT_OUT * 0.4 * (1 - 0.4)))
    assert left.sum() == pytest.approx(N_SALTS * logged.sum(), abs=5 * np.sqrt(N_SALTS * logged.sum()))


def test_who_is_contacted_by_law_is_never_left_out() -> None:
    allowed, ids = np.ones((N, len(CHANNELS), 24), bool), np.array([f"D{at}" for at in range(N)], dtype=object)
    standing = Standing(duties=np.arange(0, N, 2))
    salted = [few_hours(None, salt=f"{salt}", exploration=1.0) for salt in range(40)]
    plans = [decide(ids, allowed, worth_of(N), one, WORK_DATE, standing=standing) for one in salted]
    assert not np.array([one.left_out for one in plans])[:, ::2].any()
    assert not np.array([one.explored for one in plans])[:, ::2].any()


def test_who_may_not_be_drawn_at_random_may_be_left_out_and_the_propensities_say_so() -> None:
    allowed, ids = np.ones((N, len(CHANNELS), 24), bool), np.array([f"D{at}" for at in range(N)], dtype=object)
    standing = Standing(draws=np.arange(N) % 2 == 0)
    salted = [few_hours(None, salt=f"{salt}", exploration=0.8) for salt in range(40)]
    plans = [decide(ids, allowed, worth_of(N), one, WORK_DATE, standing=standing) for one in salted]
    odd = np.array([one.left_out[1::2] for one in plans])
    assert not np.array([one.explored for one in plans])[:, 1::2].any()
    assert odd.mean() == pytest.approx(0.8 * LEFT_OUT, abs=5 * np.sqrt(0.16 / odd.size))
    told = np.array([one.propensity[1::2] for one in plans])
    assert told == pytest.approx(np.where(odd, 0.9 * 0.2 + 0.1, 0.9 * 0.8))


def test_what_the_others_get_does_not_depend_on_the_draws() -> None:
    one, other = (plan_day(few_hours(8, salt=salt, control=0.0)) for salt in ("a", "b"))
    both = ~one.explored & ~other.explored & ~one.left_out & ~other.left_out
    assert (one.choice[both] == other.choice[both]).all()
    assert (one.explored != other.explored).any()


def test_a_draw_that_finds_no_room_gives_way_to_the_best_option() -> None:
    decision = plan_day(few_hours(4, salt="s", control=0.0, exploration=1.0), n=60)
    assert (decision.choice[decision.allocation.choice >= 0] >= 0).all()


def test_exploring_a_little_leaves_hardly_a_place_of_a_small_team_unused() -> None:
    decision = plan_day(few_hours(20, salt="s", control=0.0, exploration=0.05), n=300)
    assert (decision.choice >= 0).sum() >= 0.9 * (2 * 20 + 20)


def test_the_share_that_explores_is_the_configured_one() -> None:
    decision = plan_day(few_hours(None, salt="s", control=0.0, exploration=0.25), n=2000)
    assert decision.explored.mean() == pytest.approx(0.25, abs=0.04)
    assert decision.p_explore == pytest.approx(0.25)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), n=st.integers(0, 60), capacity=st.integers(0, 6), exploration=st.floats(0, 1),
    lawful=st.floats(0, 1),
)  # fmt: skip
def test_exploring_breaks_neither_law_nor_capacity(
    seed: int, n: int, capacity: int, exploration: float, lawful: float
) -> None:
    rng = np.random.default_rng(seed)
    allowed = rng.random((n, len(CHANNELS), 24)) < lawful
    configured = few_hours(capacity, salt=str(seed), exploration=exploration)
    ids = np.array([f"D{at}" for at in range(n)], dtype=object)
    decision = decide(ids, allowed, worth_of(n, seed), configured, WORK_DATE)
    taken = np.flatnonzero(decision.choice >= 0)
    assert allowed.reshape(n, N_SLOTS)[taken, decision.choice[taken]].all()
    assert_within(decision, configured)


def assert_within(decision: Decision, configured: Any) -> None:
    taken = decision.choice[decision.choice >= 0]
    used = np.bincount(taken, minlength=N_SLOTS).reshape(len(CHANNELS), 24)
    limits = team_capacity(configured)
    assert (used <= limits.by_slot).all()
    assert (used.sum(axis=1) <= limits.by_channel).all()
    propensity = decision.propensity[decision.choice >= 0]
    assert ((propensity > 0) & (propensity <= 1)).all()
