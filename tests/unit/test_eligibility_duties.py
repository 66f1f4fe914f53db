"""A contact that the law demands stands above the control group, and below what forbids all contact."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import (
    WORK_DATE,
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_settings,
    channel_at,
)

from recobro_data.contact_rules.rulebook import Rulebook
from recobro_models.decision.eligibility import Eligibility, Portfolio, check_eligibility
from recobro_models.decision.lawful import Calendar

EVERYBODY = build_settings(policy={"control_group": 0.999999})
CHILE = {"country": "CL", "zone": "America/Santiago", "timezone": "America/Santiago"}


def check(*tried: tuple[str, str, str, bool], calendar: Calendar | None = None, **given: Any) -> Eligibility:
    """Two debtors in Chile: the first's charge fell due four days ago, the second's forty."""
    debtors = build_owing(2, **(CHILE | given))
    due_on = [pd.Timestamp(2026, 10, 10), pd.Timestamp(2026, 9, 4)]
    charges = pd.DataFrame({"debtor_id": ["D00000", "D00001"], "due_on": due_on, "is_disputed": False}, index=[5, 5])
    points = build_points(debtors["debtor_id"])
    calendar = calendar or build_calendar(EVERYBODY, team_zone="America/Santiago")
    return check_eligibility(Portfolio(debtors, points, True, build_attempts(*tried), charges), calendar)


def test_who_is_owed_a_notice_is_not_left_alone_as_control_group() -> None:
    eligibility = check()
    assert list(eligibility.because) == [None, "control_group"]
    assert eligibility.allowed[0].any()
    assert not eligibility.withheld[0].any()


def test_the_duty_is_told_with_its_rule_and_latest_day() -> None:
    eligibility = check()
    assert list(eligibility.duty_rule) == ["CL.minimum_duties.useful_notice", None]
    assert list(eligibility.duty_until) == [date(2026, 10, 25), None]


def test_once_told_the_debtor_may_be_left_alone_again() -> None:
    eligibility = check(("D00000", "whatsapp", "2026-10-12", True))
    assert (eligibility.duty_rule[0], eligibility.because[0]) == (None, "control_group")


def test_what_forbids_all_contact_stands_above_the_duty_which_stays_told() -> None:
    eligibility = check(do_not_contact=True)
    assert eligibility.because[0] == "do_not_contact"
    assert eligibility.duty_rule[0] == "CL.minimum_duties.useful_notice"


def test_caps_stand_above_the_duty() -> None:
    eligibility = check(("D00000", "call", "2026-10-13", False), ("D00000", "whatsapp", "2026-10-13", False))
    assert (eligibility.because[0], eligibility.duty_rule[0] is None) == ("frequency_limit", False)


def test_only_channels_that_serve_the_duty_are_left_to_who_is_owed_one() -> None:
    calendar = build_calendar(EVERYBODY, WORK_DATE, "America/Santiago")
    chile = calendar.rulebook.entries["CL"]
    duty = chile.minimum_duties[0].model_copy(update={"channels": ("whatsapp",)})
    entries = dict(calendar.rulebook.entries) | {"CL": chile.model_copy(update={"minimum_duties": (duty,)})}
    narrow = Calendar(Rulebook("rules-0", entries), EVERYBODY, WORK_DATE, "America/Santiago")
    allowed = check(calendar=narrow).allowed[0]
    assert np.flatnonzero(allowed.any(axis=1)).tolist() == [channel_at("whatsapp")]


@pytest.mark.parametrize(
    ("country", "reason", "rule"),
    [
        ("CL", "lawsuit", "CL.stops.lawsuit_served"),
        ("PE", "insolvency", "PE.stops.insolvency"),
        ("PE", "legal_representation", "DEFAULT.stops.represented_by_lawyer"),
        ("GB", "legal_representation", "GB.stops.represented_by_adviser"),
        ("CO", "Deceased", "CO.stops.deceased"),
        ("US", "dispute", "US.stops.dispute_open"),
    ],
)
def test_an_event_that_ends_contact_stops_it_without_the_flag(country: str, reason: str, rule: str) -> None:
    eligibility = check(country=country, do_not_contact_reason=[reason, None])
    assert (eligibility.because[0], eligibility.rule[0]) == ("do_not_contact", rule)
    assert eligibility.because[1] == "control_group"


def test_a_vulnerable_debtor_is_not_stopped_by_the_word_alone() -> None:
    assert check(do_not_contact_reason=["vulnerable", None]).because[0] is None
