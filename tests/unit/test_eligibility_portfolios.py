"""A portfolio's own rules hold for its own debtors, beside the law of their place."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.unit.model_samples import WORK_DATE, build_attempts, build_owing, build_portfolio, build_settings, channel_at

from recobro_data.contact_rules import rules_in_force
from recobro_models.decision.eligibility import Eligibility, check_eligibility
from recobro_models.decision.lawful import Calendar


def check(own: dict[str, Any], *tried: tuple[str, str, str, bool]) -> Eligibility:
    """A debtor of the portfolio `north`, whose rules in Peru are `own`, and one of `south`."""
    settings = build_settings(rules={"portfolios": {"north": {"PE": own}}})
    debtors = build_owing(2, portfolio_id=["north", "south"])
    calendar = Calendar(rules_in_force(settings), settings, WORK_DATE, "America/Lima")
    return check_eligibility(build_portfolio(debtors, attempts=build_attempts(*tried)), calendar)


def test_its_hours_narrow_the_laws() -> None:
    allowed = check({"hours": {"call": {"mon-fri": "10:00-12:00"}}}).allowed[:, channel_at("call")]
    assert [np.flatnonzero(one).tolist() for one in allowed] == [[10, 11], list(range(8, 20))]


def test_a_channel_it_forbids_is_not_used() -> None:
    allowed = check({"forbidden": ["call"]}).allowed[:, channel_at("call")]
    assert allowed.any(axis=1).tolist() == [False, True]


def test_its_caps_are_told_as_the_reason() -> None:
    own = {"distances": [{"channels": ["call", "whatsapp"], "days": 5}]}
    eligibility = check(own, ("D00000", "call", "2026-10-10", False), ("D00001", "call", "2026-10-10", False))
    assert eligibility.because.tolist() == ["frequency_limit", None]
    assert eligibility.rule[0] == "portfolio:north@PE.distances.1"
