"""What is read off a curve, against cases worked by hand and a day-by-day walk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import build_charges

from recobro_data.settings import Stages
from recobro_models.curve_readings import (
    LAST_DAY,
    build_readings,
    day_paid,
    next_depth,
    p_past_due,
    p_roll,
    unpaid_after,
)
from recobro_models.payment_curve import CURVE_DAYS, PaymentCurve

STAGES = Stages()
#: Paid with one half a day: 0.5, 0.75, 0.875, ...
HALVES = 1 - 0.5 ** np.arange(1, 41)[None, :]


def prior() -> PaymentCurve:
    return PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[]))


@pytest.mark.parametrize(("days", "expected"), [(0, 1.0), (1, 0.5), (3, 0.125)])
def test_unpaid_is_what_the_curve_leaves(days: int, expected: float) -> None:
    assert unpaid_after(HALVES, np.array([days])).tolist() == [expected]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (29, 0.5),  # a day to 30: unpaid after one day
        (27, 0.125),
        (30, 1.0),  # there already
        (200, 1.0),
        (25, 0.5**5),  # on the last day of the horizon
        (24, 0.0),  # the day after it
    ],
)
def test_thirty_days_past_due_within_five_days(late: int, expected: float) -> None:
    assert p_past_due(HALVES, np.array([late]), 30, horizon_days=5).tolist() == [expected]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-2, 0.125),  # early begins at 1 day past due, three days ahead
        (0, 0.5),
        (1, 0.0),  # mid is 30 days away
        (28, 0.125),
        (30, 0.5),
        (60, 0.5),
        (90, 0.5),
        (91, np.nan),
    ],
)
def test_rolling_to_the_next_stage_is_staying_unpaid_until_it_begins(late: int, expected: float) -> None:
    np.testing.assert_equal(p_roll(HALVES, np.array([late]), STAGES, horizon_days=10), [expected])


def test_other_cut_offs_of_the_stages_are_kept() -> None:
    short = Stages(early=5, mid=10, late=15)
    assert next_depth(np.array([-1, 5, 6, 15]), short).tolist() == [1, 6, 11, 16]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 1), (0.51, 2), (0.9, 4), (1.0, np.nan)])
def test_the_expected_day_is_the_first_by_which_that_share_is_paid(share: float, expected: float) -> None:
    np.testing.assert_equal(day_paid(HALVES, share), [expected])


@settings(max_examples=30, deadline=None)
@given(late=st.integers(-60, 120), depth=st.integers(-10, 130), horizon=st.integers(1, 60), seed=st.integers(0, 99))
def test_depths_are_those_of_a_walk_through_the_days(late: int, depth: int, horizon: int, seed: int) -> None:
    hazard = np.random.default_rng(seed).random(60) / 3
    unpaid, p = 1.0, float(late >= depth)
    for day in range(1, horizon + 1):
        unpaid *= 1 - hazard[day - 1]
        if late + day == depth:
            p = unpaid
    paid = 1 - np.cumprod(1 - hazard)[None, :]
    assert p_past_due(paid, np.array([late]), depth, horizon_days=horizon)[0] == pytest.approx(p)


def test_readings_of_charges_are_those_of_the_curve() -> None:
    curve, late = prior(), np.array([-20, 0, 28, 70, 200])
    charges = build_charges(5, charge_days_past_due=late)
    read = build_readings(curve, charges, STAGES, horizon_days=30).loc[charges["charge_id"]]
    np.testing.assert_allclose(read["p_unpaid"], curve.predict_unpaid(charges, np.array(30)))
    told = read[[f"p_paid_{day}" for day in CURVE_DAYS]]
    np.testing.assert_allclose(told, curve.predict_p_paid_by_day(charges))
    by_day = curve.predict_p_paid_by_day(charges, tuple(range(1, LAST_DAY + 1)))
    np.testing.assert_allclose(read["p_roll"], p_roll(by_day, late, STAGES, horizon_days=30))
    np.testing.assert_array_equal(read["paid_day"], day_paid(by_day, 0.5))


def test_every_probability_lies_within_its_interval() -> None:
    read = build_readings(
        prior(), build_charges(40, charge_days_past_due=np.arange(-20, 100, 3)), STAGES, horizon_days=30
    )
    assert ((read["p_unpaid_low"] < read["p_unpaid"]) & (read["p_unpaid"] < read["p_unpaid_high"])).all()
    assert (read[["p_unpaid_low", "p_unpaid_high"]].stack().between(0, 1)).all()


def test_the_expected_day_lies_between_its_bounds_or_beyond_the_curve() -> None:
    read = build_readings(
        prior(), build_charges(40, charge_days_past_due=np.arange(-20, 100, 3)), STAGES, horizon_days=30
    )
    days = read[["paid_day_low", "paid_day", "paid_day_high"]].fillna(LAST_DAY + 1)
    assert (days["paid_day_low"] <= days["paid_day"]).all()
    assert (days["paid_day"] <= days["paid_day_high"]).all()


def test_no_charge_has_no_readings() -> None:
    assert len(build_readings(prior(), build_charges(0), STAGES, horizon_days=30)) == 0


def test_a_charge_is_read_the_same_alone_and_among_others() -> None:
    charges = build_charges(30, charge_days_past_due=np.arange(30) * 5)
    among = build_readings(prior(), charges, STAGES, horizon_days=30)
    alone = build_readings(prior(), charges.iloc[[7]], STAGES, horizon_days=30)
    pd.testing.assert_frame_equal(alone, among.loc[alone.index])
