"""What strategy and history leave, against the same rules read out option by option."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
)
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.vocabulary import CHANNELS, MESSAGES
from recobro_models.decision import sequencing
from recobro_models.decision.eligibility import check_eligibility
from recobro_models.decision.history import History
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.sequencing import plot_course
from recobro_models.decision.strategies.form import StrategyFile

N = 4
Slot = tuple[int, int]
STRATEGIES = (
    ("", ""), ("channels: [call, email]", ""), ("digital_first: 0.5\nmin_days_between: 4", ""),
    ("min_days_between: 2", "sequencing: {vary_days: 3, vary_factor: 1, failed_days: 5, broken_days: 0}"),
    ("channels: [whatsapp, sms]\ndigital_first: 0", "vulnerable: {channels: [sms], min_days_between: 1}"),
)  # fmt: skip
BUSY = build_settings(channels={"visit": {"capacity_per_day": 5}})


@st.composite
def histories(draw: st.DrawFn) -> History:
    days = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 14, 15, 100_000])
    vain = np.zeros((N, HOURS), bool)
    for row, hour in draw(st.lists(st.tuples(st.integers(0, N - 1), st.integers(8, 20)), max_size=9)):
        vain[row, hour] = True
    since, failed = (draw(st.lists(days, min_size=size, max_size=size)) for size in (N, N * len(CHANNELS)))
    return History(np.array(since, np.int64), np.array(failed, np.int64).reshape(N, -1), vain)


def follow(lawful: set[Slot], worth: Any, form: StrategyFile, debtor: dict[str, Any]) -> tuple[set[Slot], set[Slot]]:
    """What is kept of one debtor's lawful slots, and what is preferred of that, one rule after the other."""
    own, sequence, light = form.strategies[0], form.sequencing, form.vulnerable

    def unless_owed(left: set[Slot], before: set[Slot]) -> set[Slot]:
        return before if debtor["owed"] and not left else left

    kept = unless_owed({slot for slot in lawful if CHANNELS[slot[0]] in own.channels}, lawful)
    works = {slot for slot in kept if debtor["failed"][slot[0]] > sequence.failed_days}
    kept = works or kept
    if debtor["since"] < own.min_days_between and not debtor["follows_up"]:
        kept = unless_owed(set(), kept)
    vain = {slot for slot in kept if debtor["vain"][(slot[1] + debtor["shift"]) % HOURS]}
    best_other = max((worth[slot] for slot in kept - vain), default=None)
    bar = None if best_other is None else sequence.vary_factor * max(best_other, 0.0)
    kept = {slot for slot in kept if slot not in vain or bar is None or worth[slot] > bar}
    if debtor["vulnerable"]:
        kept = unless_owed({slot for slot in kept if CHANNELS[slot[0]] in light.channels}, kept)
        if debtor["since"] < light.min_days_between:
            kept = unless_owed(set(), kept)
    message = max((worth[slot] for slot in kept if CHANNELS[slot[0]] in MESSAGES), default=0.0)
    margin = own.digital_first
    return kept, {
        slot for slot in kept
        if CHANNELS[slot[0]] in MESSAGES or margin is None or message <= 0 or worth[slot] > (1 + margin) * message
    }  # fmt: skip


def slots(mask: Any) -> set[Slot]:
    return {(int(channel), int(hour)) for channel, hour in zip(*np.nonzero(mask), strict=True)}


@settings(max_examples=40, deadline=None)
@given(
    which=st.sampled_from(STRATEGIES), history=histories(), seed=st.integers(0, 10_000),
    marks=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(-2, 3)), min_size=N, max_size=N),
)  # fmt: skip
def test_what_is_left_is_what_the_rules_say_one_after_the_other(
    which: tuple[str, str], history: History, seed: int, marks: list[tuple[bool, bool, bool, int]]
) -> None:
    vulnerable, owed, follows_up, shift = (np.array(column) for column in zip(*marks, strict=True))
    random = np.random.default_rng(seed)
    worth = random.integers(-3, 9, (N, len(CHANNELS), HOURS)).astype(np.float64)
    debtors, strategies = build_owing(N), build_strategies(*which)
    tactics = replace(
        build_tactics(debtors, strategies), history=history, is_vulnerable=vulnerable, follows_up=follows_up
    )  # fmt: skip
    points = build_points(debtors["debtor_id"], random.permutation(CHANNELS)[: random.integers(1, 6)])
    lawful = check_eligibility(build_portfolio(debtors, points), build_calendar(BUSY))
    lawful = replace(lawful, shift=shift, duty_rule=np.where(owed, "duty", None))
    found = plot_course(worth, lawful, tactics, WORK_DATE)
    for at in range(N):
        debtor = {
            "since": history.days_since[at], "failed": history.failed_days[at], "vain": history.vain[at],
            "vulnerable": vulnerable[at], "owed": owed[at], "follows_up": follows_up[at], "shift": shift[at],
        }  # fmt: skip
        kept, preferred = follow(slots(lawful.allowed[at]), worth[at], strategies.form, debtor)
        assert slots(found.eligibility.allowed[at]) == kept
        assert slots(found.prefers[at]) == preferred
        assert (found.eligibility.because[at] is None) == bool(kept)


def test_looking_at_debtors_in_blocks_changes_nothing(monkeypatch: Any) -> None:
    debtors = build_owing(N, do_not_contact_reason=[None, "vulnerable"] * 2)
    lawful = check_eligibility(build_portfolio(debtors), build_calendar(BUSY))
    worth = np.random.default_rng(1).normal(2, 3, (N, len(CHANNELS), HOURS))
    tried = [(f"D{at:05d}", "call", "2026-10-13", 9 + at, "no_answer") for at in range(N)]
    tactics = build_tactics(debtors, build_strategies("digital_first: 0.1"), *tried)
    whole = plot_course(worth, lawful, tactics, WORK_DATE)
    monkeypatch.setattr(sequencing, "_BLOCK", 3)
    pieces = plot_course(worth, lawful, tactics, WORK_DATE)
    assert (pieces.eligibility.allowed == whole.eligibility.allowed).all()
    assert (pieces.prefers == whole.prefers).all()
    assert pieces.took.tolist() == whole.took.tolist()
