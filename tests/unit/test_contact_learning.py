"""How contact times are learnt: segments, weeks without a line, habits that shift, intervals, and older files."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_debtors

from recobro_models.contact_learning import ageing_weights, choose_half_life
from recobro_models.contact_outages import find_outages
from recobro_models.contact_times import ContactTimes

HOURS = range(8, 20)
WEEKS = pd.date_range("2026-03-02", periods=16, freq="7D")


def calls(n: int, p: Any, *, seed: int = 2, **given: Any) -> pd.DataFrame:
    """Calls over sixteen weeks, each to another debtor, reached with chance `p`."""
    rng = np.random.default_rng(seed)
    week = WEEKS[np.arange(n) % len(WEEKS)]
    told = {
        "channel": "call", "weekday": rng.integers(0, 5, n), "hour": rng.integers(8, 20, n), "as_of": week,
        "attempted_on": week + pd.Timedelta(days=2), "days_since_last_reached": np.nan,
        "reached": rng.random(n) < np.broadcast_to(np.asarray(p, float), n),
    }  # fmt: skip
    return build_debtors(n, **(told | given))


def a_dead_week(n: int = 6000) -> pd.DataFrame:
    rows = calls(n, 0.2)
    return rows.assign(reached=rows["reached"] & (rows["as_of"] != WEEKS[10]))


@lru_cache(maxsize=1)
def of_kinds() -> ContactTimes:
    """Companies answer twice as often, and before noon."""
    n = 8000
    company = np.arange(n) % 4 == 0
    rows = calls(n, 0.15, kind=np.where(company, "company", "person"))
    p = np.where(company, np.where(rows["hour"] < 12, 0.5, 0.15), 0.12)
    return ContactTimes.fit(rows.assign(reached=np.random.default_rng(4).random(n) < p))


def kinds(kind: str | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    return of_kinds().predict_day(build_debtors(1, days_since_last_reached=np.nan, kind=kind), "call", 2, HOURS)[0]


def test_a_segment_has_its_own_rate_and_hours() -> None:
    assert kinds("company")[1] == pytest.approx(0.5, abs=0.08)
    assert kinds("company")[-4] == pytest.approx(0.15, abs=0.06)
    assert kinds("person").mean() == pytest.approx(0.12, abs=0.02)


def test_an_unknown_segment_is_as_everybody() -> None:
    np.testing.assert_allclose(kinds("cooperative"), kinds(None))
    assert kinds("person").mean() < kinds(None).mean() < kinds("company").mean()


def test_a_segment_whose_hours_differ_is_told_and_one_whose_do_not() -> None:
    told = of_kinds().about["segments"]["kind"]
    assert told["company"]["hours"] == "differ"
    assert told["person"]["hours"] != "differ"


def test_a_week_in_which_a_channel_reached_nobody_is_left_out_and_told() -> None:
    times = ContactTimes.fit(a_dead_week())
    assert times.about["outages"] == [{"channel": "call", "week": "2026-05-11", "n_attempts": 375}]
    assert times.rates[0] == pytest.approx(0.2, abs=0.02)


def test_a_channel_that_hardly_ever_reaches_anybody_has_no_outage() -> None:
    lost, told = find_outages(calls(2000, 0.005))
    assert not lost.any()
    assert told == []


def test_a_bad_week_of_a_few_calls_is_chance() -> None:
    rows = calls(160, 0.2)
    lost, _ = find_outages(rows.assign(reached=rows["reached"] & (rows["as_of"] != WEEKS[3])))
    assert not lost.any()


def test_habits_that_shifted_make_older_attempts_count_less() -> None:
    rows = calls(8000, 0.1)
    shifted = np.where(rows["as_of"] >= WEEKS[10], 0.35, 0.08)
    assert choose_half_life(rows.assign(reached=np.random.default_rng(6).random(8000) < shifted)) == 30


def test_habits_that_stay_let_all_attempts_count_alike() -> None:
    assert choose_half_life(calls(6000, 0.2)) is None


def test_an_attempt_counts_half_after_its_half_life() -> None:
    weights = ageing_weights(calls(32, 0.2), 35)
    assert weights[15] == 1
    assert weights[10] == pytest.approx(0.5)


def test_an_interval_holds_the_probability_and_narrows_with_what_is_known() -> None:
    tried = np.array([0, 5, 50])
    rows = build_debtors(3, days_since_last_reached=np.nan, n_call_from_12_tried_365d=tried,
                         n_call_from_12_reached_365d=tried // 5)  # fmt: skip
    low, high = of_kinds().predict_interval(rows, ("call", 2, 13))
    p = of_kinds().predict_p_reach(rows, "call", 2, 13)
    assert ((low < p) & (p < high)).all()
    width = np.log(high / (1 - high)) - np.log(low / (1 - low))
    assert (np.diff(width) < 0).all()


def test_nine_intervals_in_ten_hold_the_chance_of_the_day() -> None:
    n, rng = 4000, np.random.default_rng(9)
    usual, tried = rng.normal(-1.5, 0.7, n), rng.integers(0, 30, n)
    today = 1 / (1 + np.exp(-usual - rng.normal(0, 0.4, n)))
    answered = rng.binomial(tried, 1 / (1 + np.exp(-usual)))
    rows = calls(n, today, n_call_from_12_tried_365d=tried, n_call_from_12_reached_365d=answered)
    low, high = ContactTimes.fit(rows).predict_interval(rows, ("call", 2, 13))
    assert ((low <= today) & (today <= high)).mean() == pytest.approx(0.9, abs=0.03)


def test_a_day_is_that_day_of_the_week() -> None:
    rows = build_debtors(4, kind=["company", "person", None, "person"], n_attempts_7d=[0, 1, 2, 3])
    week = of_kinds().predict_week(rows, "call", HOURS)
    np.testing.assert_allclose(of_kinds().predict_day(rows, "call", 3, HOURS), week[:, 3])


def test_files_give_the_same_model_back() -> None:
    again = ContactTimes.from_files(of_kinds().to_files())
    rows = build_debtors(3, kind=["company", "person", None], n_call_from_17_reached_365d=2)
    np.testing.assert_allclose(again.predict_week(rows, "call", HOURS), of_kinds().predict_week(rows, "call", HOURS))
    assert again.to_files() == of_kinds().to_files()


def test_a_champion_of_the_first_form_still_predicts() -> None:
    told = {name: value for name, value in ContactTimes.prior().to_files()["model.json"].items()
            if name in ("kind", "base", "rates", "intercept")}  # fmt: skip
    told["coefficients"] = {"log_odds_base": 1.0, "own_part": 0.4, "tried_7d": -0.1}
    rows = build_debtors(2, n_attempts_7d=[0, 3])
    p = ContactTimes.from_files({"model.json": told}).predict_p_reach(rows, "call", 2, 19)
    assert p[0] == pytest.approx(ContactTimes.prior().base[0, 2, 19])
    assert p[1] < p[0]


def test_a_frame_with_nothing_but_slots_is_enough_to_learn_rates() -> None:
    rows = calls(400, 0.3)[["channel", "weekday", "hour", "reached", "days_since_last_reached"]]
    assert ContactTimes.fit(rows).rates[0] == pytest.approx(0.3, abs=0.05)
