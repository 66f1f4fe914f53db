"""Debtors left alone say with what probability: 1 where nothing was allowed, else that of the plan's chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings

from recobro_models.decision.worklist import Signature, build_left_alone

SIGNATURE = Signature("plan", WORK_DATE, "risk", "contact", "effect", "rules")
#: One call an hour for two hours.
SCARCE: dict[str, Any] = {
    "call": {"capacity_per_hour": 1, "hours": "09:00-11:00"}, "whatsapp": {"capacity_per_day": 0},
}  # fmt: skip


def left_alone(debtors: pd.DataFrame, **policy: Any) -> dict[str, list[float]]:
    """Propensities of those left alone, by the reason."""
    settings = build_settings(policy=policy, channels=SCARCE)
    scored = build_scored(debtors, settings, build_calendar(settings))
    found: dict[str, list[float]] = {}
    for row in build_left_alone(scored, SIGNATURE, settings):
        found.setdefault(row["because"], []).append(row["propensity"])
    return found


def test_who_may_not_be_contacted_is_left_alone_for_certain() -> None:
    told = left_alone(build_owing(4, do_not_contact=[True, False, False, False]), control_group=0.1)
    assert told["do_not_contact"] == [1.0]


def test_without_chance_everybody_is_left_alone_for_certain() -> None:
    assert left_alone(build_owing(6))["no_capacity"] == [1.0] * 4


def test_who_could_have_been_drawn_says_so() -> None:
    chances = left_alone(build_owing(30), exploration=0.5)["no_capacity"]
    assert all(0.5 < chance < 1 for chance in chances)


def test_the_control_group_tells_the_chance_of_its_draw() -> None:
    told = left_alone(build_owing(200), control_group=0.1)
    assert set(told["control_group"]) == {0.1}
    assert set(told["no_capacity"]) == {1.0}


def test_of_the_control_group_who_could_not_be_contacted_anyway_is_left_alone_for_certain() -> None:
    settings = build_settings(policy={"control_group": 0.1}, channels=SCARCE)
    debtors = build_owing(200)
    scored = build_scored(debtors, settings, build_calendar(settings))
    scored.eligibility.withheld[:] = False
    rows = list(build_left_alone(scored, SIGNATURE, settings))
    told = [row["propensity"] for row in rows if row["because"] == "control_group"]
    assert told == pytest.approx(np.ones(len(told)))
    assert told
