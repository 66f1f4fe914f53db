"""What rules cost at the day's prices: worked by hand, and never below nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.model_samples import (
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_scored,
    build_settings,
    channel_at,
)

from recobro_data.settings import Settings
from recobro_models.decision.rule_costs import rule_costs
from recobro_models.decision.worklist import Scored

IDS = [f"D{at:05d}" for at in range(6)]


def scored_day(settings: Settings) -> Scored:
    """Six debtors: the first must not be contacted, the second has no attempts left on calls."""
    amounts = [900.0] + [200.0] * 5
    debtors = build_owing(
        6,
        amount_to_collect=amounts,
        do_not_contact=[True] + [False] * 5,
        do_not_contact_reason=["dispute"] + [None] * 5,
    )
    attempts = build_attempts(*((IDS[1], "call", f"2026-10-{day:02d}", True) for day in range(1, 14)))
    return build_scored(debtors, settings, build_calendar(settings), attempts=attempts)


def test_a_debtor_who_must_not_be_contacted_costs_what_the_best_option_beyond_its_price_is_worth() -> None:
    settings = build_settings()
    scored = scored_day(settings)
    open_ = scored.eligibility.allowed.any(axis=0)
    found = rule_costs(scored, settings)["dispute"]
    assert found.debtors == 1
    assert found.cost == pytest.approx(float(scored.priority[0][open_].max()))


def test_a_cap_costs_what_the_blocked_channel_adds_to_what_is_left() -> None:
    settings = build_settings()
    scored = scored_day(settings)
    blocked = scored.eligibility.blocked
    rule = str(blocked["rule"].iloc[0])
    places = [channel_at(channel) for channel in blocked["channel"][blocked["rule"] == rule]]
    worth, open_ = scored.priority[1], scored.eligibility.allowed.any(axis=0)
    had = max(float(np.where(scored.eligibility.allowed[1], worth, 0.0).max()), 0.0)
    lost = max(float(np.where(open_[places], worth[places], -np.inf).max()) - had, 0.0)
    told = rule_costs(scored, settings).get(rule)
    assert (told.cost if told else 0.0) == pytest.approx(lost)


def test_prices_lower_what_a_rule_costs() -> None:
    few = build_settings(channels={"call": {"capacity_per_hour": 0}, "whatsapp": {"capacity_per_day": 1}})
    cheap, dear = (rule_costs(scored_day(one), one)["dispute"].cost for one in (build_settings(), few))
    assert dear < cheap


def test_hours_that_the_law_shuts_cost_what_the_best_of_them_adds() -> None:
    settings = build_settings(channels={"call": {"hours": "05:00-22:00"}, "whatsapp": {"hours": "05:00-22:00"}})
    scored = scored_day(settings)
    better = scored.priority.copy()
    better[2, channel_at("call"), 5] = 1e6
    assert not scored.eligibility.allowed[2, channel_at("call"), 5]
    assert rule_costs(replace(scored, priority=better), settings)["lawful_hours"].cost == pytest.approx(1e6, rel=0.01)


def test_where_no_rule_stops_anybody_nothing_is_told() -> None:
    settings = build_settings(channels={"call": {"hours": "10:00-12:00"}, "whatsapp": {"hours": "10:00-12:00"}})
    debtors = build_owing(4)
    scored = build_scored(debtors, settings, build_calendar(settings), points=build_points(debtors["debtor_id"]))
    assert rule_costs(scored, settings) == {}
