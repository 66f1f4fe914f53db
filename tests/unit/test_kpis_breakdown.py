"""KPIs by stage, channel and agent, worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.unit.table_samples import attempt, charge, lake_tables, open_backend, payment

from recobro_data.books import place_in_time
from recobro_data.settings import Stages
from recobro_pipelines.kpi_sums import Period, sum_piece
from recobro_pipelines.kpis import kpis_from_sums

PERIOD = Period.before(date(2026, 3, 15))
RECORDS = [
    charge("late", "2026-02-20", "100"),
    charge("next", "2026-03-20", "50", issued_on="2026-03-01"),
    charge("new", "2026-03-25", "70", issued_on="2026-03-01", debtor_id="d2"),
    payment("p1", "2026-03-01", "40", charge_id="late"),
    attempt("a1", "2026-03-10T10:00:00-05:00", "promise", agent_id="ana", cost="2"),
    attempt("a2", "2026-03-11T10:00:00-05:00", agent_id="ana"),
    attempt("a3", "2026-03-11T11:00:00-05:00", "read", channel="email", agent_id="luis"),
    attempt("a4", "2026-03-12T11:00:00-05:00", channel="email"),
    attempt("old", "2026-01-12T11:00:00-05:00", agent_id="ana"),
]


#: What d3 owed was paid on the fifth of March; before January nobody owed anything.
PAID = [
    charge("paid", "2026-01-10", "80", issued_on="2026-01-01", debtor_id="d3"),
    payment("p3", "2026-03-05", "80", charge_id="paid", debtor_id="d3"),
    attempt("a5", "2026-02-20T10:00:00-05:00", "right_party", debtor_id="d3", cost="1"),
    attempt("a6", "2026-03-05T10:00:00-05:00", "promise", debtor_id="d3", cost="1"),
    attempt("a7", "2026-03-06T10:00:00-05:00", "read", debtor_id="d3", cost="1"),
]


def measure(records: Any) -> dict[str, Any]:
    with open_backend() as backend:
        configured = ({"call": 0.5, "email": 0.1}, Stages())
        sums = sum_piece(place_in_time(lake_tables(records), backend), backend, PERIOD, configured)
    whole: dict[str, Any] = kpis_from_sums(sums, PERIOD, {})["all"]
    return whole


@pytest.fixture(scope="module")
def total() -> dict[str, Any]:
    return measure(RECORDS)


@pytest.fixture(scope="module")
def by_stage() -> dict[str, Any]:
    found: dict[str, Any] = measure([*RECORDS, *PAID])["by_stage"]
    return found


def test_each_stage_tells_who_owes_what(total: dict[str, Any]) -> None:
    owed = ("debtors_owing", "balance", "overdue_balance")
    assert {stage: {name: told[name] for name in owed} for stage, told in total["by_stage"].items()} == {
        "pre_due": {"debtors_owing": 1, "balance": 70.0, "overdue_balance": 0.0},
        "early": {"debtors_owing": 1, "balance": 110.0, "overdue_balance": 60.0},
    }


def test_each_stage_tells_the_work_on_debtors_who_were_in_it_on_that_day(by_stage: dict[str, Any]) -> None:
    assert {stage: told["attempts"] for stage, told in by_stage.items()} == {"pre_due": 0, "early": 4, "mid": 2}
    early, mid = by_stage["early"], by_stage["mid"]
    assert (early["contact_rate"]["rate"], early["promise_rate"]["rate"], early["contact_cost"]) == (0.5, 0.5, 2.7)
    assert (mid["contact_rate"]["rate"], mid["promise_rate"]["rate"], mid["contact_cost"]) == (1.0, 0.5, 2.0)


def test_a_stage_in_which_nobody_is_left_still_tells_its_work(by_stage: dict[str, Any]) -> None:
    assert (by_stage["mid"]["debtors_owing"], by_stage["mid"]["balance"]) == (0, 0.0)


def test_who_owed_nothing_on_the_day_of_an_attempt_was_in_no_stage(by_stage: dict[str, Any]) -> None:
    # The attempt of the sixth of March found everything paid.
    assert sum(told["attempts"] for told in by_stage.values()) == 4 + 3 - 1


def test_the_stages_add_up_to_the_whole(total: dict[str, Any]) -> None:
    assert sum(stage["balance"] for stage in total["by_stage"].values()) == total["balance"]


def test_each_agent_tells_the_work_of_the_last_thirty_days(total: dict[str, Any]) -> None:
    ana = total["by_agent"]["ana"]
    assert (ana["debtors_tried"], ana["attempts"], ana["contact_cost"]) == (1, 2, 2.5)
    assert (ana["contact_rate"]["rate"], ana["promise_rate"]["rate"]) == (0.5, 1.0)


def test_an_attempt_without_an_agent_is_nobodys(total: dict[str, Any]) -> None:
    assert {name: told["attempts"] for name, told in total["by_agent"].items()} == {"ana": 2, "luis": 1}


def test_the_channels_add_up_to_all_attempts(total: dict[str, Any]) -> None:
    assert {name: told["attempts"] for name, told in total["by_channel"].items()} == {"call": 2, "email": 2}
