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


@pytest.fixture(scope="module")
def total() -> dict[str, Any]:
    with open_backend() as backend:
        configured = ({"call": 0.5, "email": 0.1}, Stages())
        sums = sum_piece(place_in_time(lake_tables(RECORDS), backend), backend, PERIOD, configured)
    whole: dict[str, Any] = kpis_from_sums(sums, PERIOD, {})["all"]
    return whole


def test_each_stage_tells_who_owes_what(total: dict[str, Any]) -> None:
    assert total["by_stage"] == {
        "pre_due": {"debtors_owing": 1, "balance": 70.0, "overdue_balance": 0.0},
        "early": {"debtors_owing": 1, "balance": 110.0, "overdue_balance": 60.0},
    }


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
