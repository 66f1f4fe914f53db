"""Contact times: rates pooled into their parents, and what the debtor's own answers add."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_debtors

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_times import PRIOR_RATES, ContactTimes
from recobro_models.evaluation import measure

HOURS = range(8, 20)


def calls(n: int, p: object, *, seed: int = 3, **given: object) -> pd.DataFrame:
    """`n` calls at random lawful hours, reached with chance `p` (one for all, or by row)."""
    rng = np.random.default_rng(seed)
    times = {"channel": "call", "weekday": rng.integers(0, 5, n), "hour": rng.integers(8, 20, n)}
    reached = rng.random(n) < np.broadcast_to(np.asarray(p, float), n)
    return build_debtors(n, **(times | {"reached": reached, "days_since_last_reached": np.nan} | given))


def by_hour(n: int, *, seed: int = 3) -> pd.DataFrame:
    """Calls of which evenings reach three times as many."""
    asked = calls(n, 0.1, seed=seed)
    p = np.where(asked["hour"] >= 18, 0.30, 0.10)
    return asked.assign(reached=np.random.default_rng(seed + 1).random(n) < p)


def with_habits(n: int, *, seed: int = 3) -> pd.DataFrame:
    """Calls to debtors who answer in the evening or hardly ever, with what they answered in 20 calls before."""
    rng = np.random.default_rng(seed)
    at_home, asked = rng.random(n) < 0.5, calls(n, 0.1, seed=seed)
    evening, day = np.where(at_home, 0.5, 0.05), np.full(n, 0.05)
    before = rng.binomial(10, evening), rng.binomial(10, day)
    p = np.where(asked["hour"] >= 17, evening, day)
    return answered(asked, evening=before[0], morning=before[1]).assign(reached=rng.random(n) < p)


def answered(rows: pd.DataFrame, *, evening: object, morning: object, tried: int = 10) -> pd.DataFrame:
    """The debtors as having answered so many of `tried` calls in the evening, and of as many in the morning."""
    reached = np.asarray(evening) + np.asarray(morning)
    return rows.assign(
        n_call_from_19_tried_365d=tried, n_call_before_10_tried_365d=tried, n_call_from_19_reached_365d=evening,
        n_call_before_10_reached_365d=morning, n_reached_180d=reached, n_attempts_180d=2 * tried,
    )  # fmt: skip


@lru_cache(maxsize=1)
def learned() -> ContactTimes:
    return ContactTimes.fit(with_habits(6000))


def test_an_effect_of_the_hour_is_recovered() -> None:
    times = ContactTimes.fit_rates(by_hour(8000))
    reach = times.predict_week(build_debtors(1), "call", HOURS)[0, :5].mean(axis=0)
    assert reach[-2:] == pytest.approx([0.30, 0.30], abs=0.05)
    assert reach[:-2] == pytest.approx([0.10] * 10, abs=0.03)


def test_two_answers_at_nineteen_are_a_hint_and_two_hundred_a_law() -> None:
    before = ContactTimes.prior().base[0, 2, 19]
    few, many = (
        ContactTimes.fit_rates(calls(n, 1.0, weekday=np.full(n, 2), hour=np.full(n, 19))).base[0, 2, 19]
        for n in (2, 200)
    )
    assert before < few < before + 0.10
    assert many > 0.6


def test_every_answer_more_at_an_hour_raises_that_hour() -> None:
    hour = np.full(40, 19)
    found = [
        ContactTimes.fit_rates(calls(40, 0.0, hour=hour, reached=np.arange(40) < n)).base[0, 2, 19]
        for n in range(0, 41, 5)
    ]
    assert (np.diff(found) > 0).all()


def test_every_answer_more_of_a_debtor_raises_his_hours() -> None:
    rows = answered(build_debtors(11), evening=np.arange(11), morning=0)
    evening = learned().predict_p_reach(rows, "call", 2, 19)
    assert (np.diff(evening) > 0).all()
    assert evening[-1] > 3 * evening[0]


def test_answers_in_the_evening_speak_for_the_evening() -> None:
    rows = answered(build_debtors(2), evening=[8, 0], morning=[0, 8])
    evening, morning = (learned().predict_p_reach(rows, "call", 2, hour) for hour in (19, 9))
    assert evening[0] > 2 * evening[1]
    assert evening[0] > 2 * morning[0]


def test_two_answers_of_a_debtor_move_less_than_many_at_the_same_rate() -> None:
    few = answered(build_debtors(1), evening=1, morning=0, tried=1)
    many = answered(build_debtors(1), evening=12, morning=0, tried=12)
    fresh, little, much = (learned().predict_p_reach(rows, "call", 2, 19)[0] for rows in (build_debtors(1), few, many))
    assert fresh < little < much


def test_without_attempts_the_prior_holds() -> None:
    nothing = ContactTimes.fit(calls(0, 0.5))
    np.testing.assert_allclose(nothing.base, ContactTimes.prior().base)
    np.testing.assert_allclose(nothing.rates, [PRIOR_RATES[name] for name in CHANNELS])


def test_the_prior_calls_in_the_evening_and_on_saturday() -> None:
    week = ContactTimes.prior().predict_week(build_debtors(1), "call", HOURS)[0]
    assert week[2].argmax() in (10, 11)
    assert (week[5] > week[2]).all()


def test_attempts_that_all_failed_are_no_reason_to_break_off() -> None:
    times = ContactTimes.fit(calls(50, 0.0))
    assert times.kind == "rates"
    assert 0 < times.predict_p_reach(build_debtors(1), "call", 1, 10)[0] < PRIOR_RATES["call"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_week_is_its_slots_one_by_one(channel: str) -> None:
    rows = with_habits(12).assign(days_since_last_reached=[1.0, np.nan] * 6, n_attempts_7d=3)
    week = learned().predict_week(rows, channel, range(24))
    day, hour = (grid.ravel() for grid in np.indices((7, 24)))
    slots = learned().predict_p_reach(rows.loc[rows.index.repeat(168)], channel, np.tile(day, 12), np.tile(hour, 12))
    np.testing.assert_allclose(week.ravel(), slots, rtol=1e-10)


def test_channel_and_hour_may_differ_by_row() -> None:
    rows = with_habits(3)
    asked = (["call", "email", "sms"], [0, 3, 6], [9, 12, 19])
    together = learned().predict_p_reach(rows, *asked)
    alone = [learned().predict_p_reach(rows.iloc[[at]], *(one[at] for one in asked))[0] for at in range(3)]
    np.testing.assert_allclose(together, alone)


def test_later_attempts_are_predicted_better_than_by_a_constant_and_calibrated() -> None:
    later = with_habits(4000, seed=77)
    p = learned().predict_p_reach(later, later["channel"], later["weekday"], later["hour"])
    rate = np.full(len(later), later["reached"].mean())
    found = measure(later["reached"], p)
    assert found["log_loss"] < measure(later["reached"], rate)["log_loss"] - 0.03
    assert found["calibration_error"] < 0.05


def test_channels_that_nobody_tried_keep_their_prior() -> None:
    week = ContactTimes.fit_rates(calls(500, 0.9)).predict_week(build_debtors(1), "whatsapp", HOURS)
    assert week.mean() == pytest.approx(PRIOR_RATES["whatsapp"])


def test_contact_times_read_from_their_files_give_the_same_numbers() -> None:
    rows, again = with_habits(10), ContactTimes.from_files(learned().to_files())
    assert again.kind == "learned"
    np.testing.assert_allclose(
        again.predict_week(rows, "call", HOURS), learned().predict_week(rows, "call", HOURS), atol=1e-6
    )
