"""Rows as they are published: over many draws of one day each option comes as often as its propensity says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.unit.model_samples import (
    WORK_DATE,
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_scored,
    build_settings,
)

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.eligibility import Eligibility, check_eligibility
from recobro_models.decision.exploring import LEFT_OUT
from recobro_models.decision.policy import decide
from recobro_models.decision.worklist import Scored, Signature, build_items, build_left_alone
from recobro_models.off_policy.log import planned_outcomes

N, N_DRAWS = 20, 100
DEBTORS = tuple(f"D{at:05d}" for at in range(N))
SIGNATURE = Signature("plan", WORK_DATE, "risk-1", "contact-1", "effect-1", "rules-1")
Option = tuple[str, str, str]


def by_chance(salt: str, **policy: Any) -> Settings:
    """A team of three hours on two channels, with few places."""
    return build_settings(
        policy={"exploration": 0.6, "control_group": 0.2, "salt": salt} | policy,
        channels={
            "call": {"hours": "10:00-12:00", "capacity_per_hour": 4},
            "whatsapp": {"hours": "10:00-11:00", "capacity_per_day": 6},
        },
    )


@lru_cache(maxsize=1)
def valued() -> Scored:
    """The day's debtors with what each option is worth, which no chance changes."""
    settings = by_chance("", control_group=0.0)
    debtors = build_owing(N, amount_to_collect=200.0 + 40 * np.arange(N))
    return build_scored(debtors, settings, build_calendar(settings))


def publish_all(settings: Settings, **given: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Eligibility]:
    """Items, those left alone, and what was allowed."""
    base = valued()
    eligibility = check_eligibility(build_portfolio(base.debtors, **given), build_calendar(settings))
    ids = base.debtors["debtor_id"].to_numpy(object)
    decision = decide(ids, eligibility.allowed, base.priority, settings, WORK_DATE)
    scored = replace(base, eligibility=eligibility, decision=decision)
    items = list(build_items(scored, SIGNATURE, settings, {at: [] for at in range(N)}))
    left_alone = list(build_left_alone(scored, SIGNATURE, settings))
    assert len(items) + len(left_alone) == N
    return items, left_alone, eligibility


def publish(settings: Settings, **given: Any) -> tuple[list[dict[str, Any]], Eligibility]:
    items, _, eligibility = publish_all(settings, **given)
    return items, eligibility


@lru_cache(maxsize=1)
def days() -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The day's items and those left alone over many salts; all else is the same."""
    return [publish_all(by_chance(f"s{salt}"))[:2] for salt in range(N_DRAWS)]


def published_with_draw() -> list[tuple[int, dict[str, Any]]]:
    """The items of all days, each with the number of its draw."""
    return [(draw_no, item) for draw_no, (items, _) in enumerate(days()) for item in items]


def published_again() -> list[dict[str, Any]]:
    """The items alone."""
    return [item for _, item in published_with_draw()]


def option(item: dict[str, Any]) -> Option:
    return item["debtor_id"], item["channel"], item["window_start"]


def test_weights_of_one_over_propensity_count_each_lawful_option_of_each_debtor_once() -> None:
    sums, squares = Counter[Option](), Counter[Option]()
    for item in published_again():
        sums[option(item)] += 1 / item["propensity"]
        squares[option(item)] += item["propensity"] ** -2
    # Three lawful options of each: calls at 10 and 11, WhatsApp at 10.
    assert len(sums) == 3 * N
    mean = np.array([sums[one] for one in sums]) / N_DRAWS
    spread = np.array([squares[one] for one in sums]) / N_DRAWS - mean**2
    z = (mean - 1) / np.sqrt(spread / N_DRAWS)
    assert np.abs(z).max() < 4.5
    # How many others draw is taken as Poisson: of so few debtors that is right to a few per cent.
    assert mean.mean() == pytest.approx(1, abs=0.05 + 3 * overall_error())


def test_the_log_of_plans_counts_being_left_alone_once_for_each_debtor() -> None:
    weights, contacts = Counter[str](), Counter[str]()
    for items, left_alone in days():
        told = planned_outcomes(pd.DataFrame({"debtor_id": list(DEBTORS)}), [*items, *left_alone], 0.2)
        alone = told["tried_channel"].isna()
        weights.update(dict(zip(told["debtor_id"][alone], 1 / told["tried_propensity"][alone], strict=True)))
        contacts.update(told["debtor_id"][~alone])
    # Four of five draws leave a debtor out of the control group, and only those are read.
    assert set(weights) == set(contacts) == set(DEBTORS)
    mean = np.array([weights[one] for one in DEBTORS]) / (0.8 * N_DRAWS)
    assert mean.mean() == pytest.approx(1, abs=0.15)


def test_whose_place_was_left_empty_by_draw_is_told_so_and_no_freed_capacity_takes_it() -> None:
    drawn = [row for _, left_alone in days() for row in left_alone if row["rule"] == "policy.exploration"]
    assert drawn
    assert {row["because"] for row in drawn} == {"no_capacity"}
    assert not any("reserve" in row for row in drawn)
    assert max(row["propensity"] for row in drawn) <= 0.2 + 0.8 * 0.6 * LEFT_OUT


def overall_error() -> float:
    """Of the mean weight over all options: its spread from draw to draw."""
    of_draw = np.zeros(N_DRAWS)
    for draw_no, item in published_with_draw():
        of_draw[draw_no] += 1 / item["propensity"] / (3 * N)
    return float(of_draw.std() / np.sqrt(N_DRAWS))


def test_drawn_rows_say_so_and_each_has_the_chance_that_it_had() -> None:
    arms = Counter(item["arm"] for item in published_again())
    assert set(arms) == {"best", "explore"}
    explored = [item["propensity"] for item in published_again() if item["arm"] == "explore"]
    best = [item["propensity"] for item in published_again() if item["arm"] == "best"]
    assert max(explored + best) <= 0.8
    assert np.mean(explored) < np.mean(best)


def test_a_draw_for_the_only_place_has_the_chance_of_coming_first() -> None:
    n = 60
    allowed = np.zeros((n, len(CHANNELS), 24), bool)
    allowed[:, CHANNELS.index("call"), 10] = True
    ids, propensities, acted = np.array([f"D{at}" for at in range(n)], dtype=object), [], []
    for salt in range(60):
        settings = build_settings(
            policy={"exploration": 1.0, "salt": f"s{salt}"}, channels={"call": {"capacity_per_hour": 1}}
        )
        decision = decide(ids, allowed, np.ones(allowed.shape), settings, WORK_DATE)
        acted.append((decision.choice >= 0).sum())
        propensities += decision.propensity[decision.choice >= 0].tolist()
    # One draw is to be expected: somebody acts unless nobody draws, and all are as likely to be that one.
    assert np.mean(acted) == pytest.approx(1 - np.exp(-1), abs=0.2)
    assert propensities == pytest.approx([(1 - np.exp(-1)) / n] * len(propensities), rel=1e-6)


def apart(eligibility: Eligibility) -> list[str]:
    """Who is in the control group."""
    return [f"D{at:05d}" for at in np.flatnonzero(eligibility.because == "control_group")]


@examples(max_examples=10, deadline=None)
@given(
    salt=st.text(max_size=4), exploration=st.floats(0, 1), refused=st.sets(st.integers(0, N - 1)),
    tried=st.sets(st.integers(0, N - 1)),
)  # fmt: skip
def test_exploring_publishes_nothing_against_a_refusal_a_cap_or_the_hours(
    salt: str, exploration: float, refused: set[int], tried: set[int]
) -> None:
    ids = [f"D{at:05d}" for at in range(N)]
    points = build_points(ids, ("call", "whatsapp"))
    points["opted_out"] = [debtor in {ids[at] for at in refused} for debtor in points["debtor_id"]]
    # Peru's cap of attempts is used up by contacts on each of the last days.
    attempts = build_attempts(*((ids[at], "call", f"2026-10-{day:02d}", True) for at in tried for day in range(1, 14)))
    items, eligibility = publish(by_chance(salt, exploration=exploration), points=points, attempts=attempts)
    capped = set(zip(eligibility.blocked["debtor_id"], eligibility.blocked["channel"], strict=True))
    assert {ids[at] for at in tried - refused} <= {one for one, _ in capped} | set(apart(eligibility))
    assert {(item["debtor_id"], item["channel"]) for item in items}.isdisjoint(capped)
    assert {item["debtor_id"] for item in items}.isdisjoint(ids[at] for at in refused)
    assert {item["window_start"][11:13] for item in items} <= {"10", "11"}
