"""The log of decisions: who could be contacted, what was done or planned, and what came after."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_calendar, build_owing, build_portfolio, build_settings, ugly_index
from tests.unit.off_policy_samples import CALL, WHATSAPP, build_log

from recobro_data.errors import UsageError
from recobro_models.decision.eligibility import check_eligibility
from recobro_models.off_policy.log import Log, join_decisions, planned_outcomes, read_decisions

DAY = date(2026, 10, 14)


def outcomes(n: int, **given: Any) -> pd.DataFrame:
    plain = {
        "debtor_id": [f"D{at:05d}" for at in range(n)], "paid_amount": 0.0, "any_paid": 0.0,
        "tried_channel": pd.Series([None] * n, dtype=object), "tried_weekday": None, "tried_hour": None,
        "tried_propensity": np.nan,
    }  # fmt: skip
    return pd.DataFrame(plain | given).set_index(ugly_index(n))


def read(n: int = 3, debtors: pd.DataFrame | None = None, **given: Any) -> Log:
    owing = build_owing(n) if debtors is None else debtors
    eligibility = check_eligibility(build_portfolio(owing), build_calendar(build_settings()))
    return read_decisions(owing, outcomes(n, **given), eligibility)


def test_a_decision_is_a_debtor_who_may_be_contacted() -> None:
    log = read(debtors=build_owing(3, do_not_contact=[False, True, False]))
    assert log.rows["debtor_id"].tolist() == ["D00000", "D00002"]


def test_what_was_done_and_what_came_of_it_stand_beside_what_was_known() -> None:
    log = read(
        tried_channel=["whatsapp", None, None], tried_hour=[11, None, None], tried_propensity=[0.2, np.nan, np.nan],
        paid_amount=[0.0, 30.0, 0.0], any_paid=[0.0, 1.0, 0.0],
    )  # fmt: skip
    assert log.rows[["taken", "taken_hour"]].to_numpy().tolist() == [[WHATSAPP, 11], [-1, -1], [-1, -1]]
    assert log.rows["money"].tolist() == [0.0, 30.0, 0.0]
    assert log.is_tried.tolist() == [True, False, False]


def test_hours_are_those_of_the_debtors_clock() -> None:
    here, west = (
        read(),
        read(debtors=build_owing(3, country="CL", zone="America/Santiago", timezone="America/Santiago")),
    )
    first = [int(log.hours[0, CALL] & -log.hours[0, CALL]).bit_length() - 1 for log in (here, west)]
    assert 8 <= first[0] <= 12
    assert 8 <= first[1] <= 12


def test_a_debtor_whose_horizon_is_not_over_is_no_decision() -> None:
    assert len(read(any_paid=[0.0, np.nan, 1.0]).rows) == 2


def test_days_on_which_nobody_was_at_work_are_left_out() -> None:
    busy, idle = build_log(3, taken=[CALL, -1, -1], taken_hour=[10, -1, -1]), build_log(3)
    log = join_decisions([(date(2026, 7, 2), idle), (date(2026, 7, 1), busy)])
    assert log is not None
    assert log.rows["as_of"].unique().tolist() == [pd.Timestamp(2026, 7, 1)]


def test_days_without_any_decision_give_no_log() -> None:
    assert join_decisions([(date(2026, 7, 2), build_log(3))]) is None
    assert join_decisions([]) is None


def test_several_currencies_are_told_in_one() -> None:
    log = build_log(2)
    log.rows["currency"] = ["PEN", "USD"]
    log.rows["money"] = 10.0
    told = log.in_one_money({"USD": 4.0})
    assert told.rows["money"].tolist() == [10.0, 40.0]
    assert told.rows["amount"].tolist() == [100.0, 400.0]


def test_currencies_without_rates_are_refused() -> None:
    log = build_log(2)
    log.rows["currency"] = ["PEN", "USD"]
    with pytest.raises(UsageError, match="found PEN and USD without one"):
        log.in_one_money({})


def planned(**changed: Any) -> dict[str, Any]:
    return {"debtor_id": "D00000", "propensity": 0.9, "because": None, "channel": None} | changed


def test_a_plan_is_what_was_decided_whether_or_not_it_was_done() -> None:
    item = planned(channel="call", window_start="2026-10-14T15:00:00-05:00")
    found = planned_outcomes(outcomes(3, tried_channel="email"), [item], 0.0)
    assert found[["debtor_id", "tried_channel", "tried_hour"]].to_numpy().tolist() == [["D00000", "call", 15.0]]


@pytest.mark.parametrize(("because", "told"), [("no_capacity", 1), ("not_worth_cost", 1), ("control_group", 0)])
def test_only_who_could_be_contacted_was_decided_about(because: str, told: int) -> None:
    assert len(planned_outcomes(outcomes(3), [planned(because=because)], 0.02)) == told


def test_propensities_of_a_plan_are_those_of_debtors_outside_the_control_group() -> None:
    item = planned(channel="call", window_start="2026-10-14T15:00:00-05:00", propensity=0.95 * 0.9)
    alone = planned(debtor_id="D00001", because="no_capacity", propensity=0.1 + 0.9 * 0.8)
    found = planned_outcomes(outcomes(3), [item, alone], 0.1)
    assert found["tried_propensity"].tolist() == pytest.approx([0.95, 0.8])
