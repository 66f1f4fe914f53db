"""Which hours reach debtors: one curve a channel, told apart from chance, and a debtor's own hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_debtors

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_base import Slots, fit_base, prior_log_odds
from recobro_models.contact_habits import BIN_OF_HOUR, BINS, Habits

RATES = np.full(len(BINS), 0.15)


def slots(n: int, *, evening: float, channel: str = "call", seed: int = 5) -> Slots:
    """Attempts at random hours of which one in ten reaches somebody, and `evening` from 17:00 on."""
    rng = np.random.default_rng(seed)
    hour = rng.integers(8, 20, n)
    reached = rng.random(n) < np.where(hour >= 17, evening, 0.1)
    place = np.full(n, CHANNELS.index(channel))
    return Slots(place, rng.integers(0, 5, n), hour, reached.astype(np.float64), np.ones(n))


def verdict(n: int, **given: Any) -> str:
    asked = slots(n, **given)
    return fit_base(asked, np.zeros(n))[1][given.get("channel", "call")].verdict


def with_calls(**counts: Any) -> pd.DataFrame:
    """Debtors with so many calls tried and reached by stretch of the day (`from_19=(tried, reached)`)."""
    names = {f"n_call_{name}_{what}_365d": pair[at] for name, pair in counts.items()
             for at, what in enumerate(("tried", "reached"))}  # fmt: skip
    n = max(len(np.atleast_1d(value)) for value in names.values())
    return build_debtors(n, **names)


def lunch_or_evening(n: int = 3000) -> pd.DataFrame:
    """Half of the debtors answer at lunch, half after work; each was called ten times at both."""
    rng = np.random.default_rng(8)
    lunch = np.arange(n) % 2 == 0
    answers = rng.binomial(10, np.where(lunch, 0.4, 0.08)), rng.binomial(10, np.where(lunch, 0.08, 0.4))
    return with_calls(from_12=(np.full(n, 10), answers[0]), from_19=(np.full(n, 10), answers[1]))


@pytest.mark.parametrize("channel", ["call", "sms"])
def test_hours_that_differ_are_found(channel: str) -> None:
    assert verdict(6000, evening=0.25, channel=channel) == "differ"


@pytest.mark.parametrize("seed", range(5))
def test_hours_that_do_not_differ_are_said_not_to(seed: int) -> None:
    assert verdict(20_000, evening=0.1, seed=seed) == "no difference"


def test_of_few_calls_nothing_is_said_of_the_hours() -> None:
    assert verdict(60, evening=0.1) == "not known"


def test_where_hours_do_not_differ_no_hour_is_best() -> None:
    base, _ = fit_base(slots(20_000, evening=0.1), np.zeros(20_000))
    assert np.ptp(base[0, 2]) == pytest.approx(0, abs=1e-9)


def test_an_hour_without_calls_leans_on_its_neighbours() -> None:
    asked = slots(8000, evening=0.3)
    known = asked.only(asked.hour != 18)
    base, _ = fit_base(known, np.zeros(len(known.hour)))
    assert base[0, 2, 18] - base[0, 2, 12] > 0.7


def test_what_is_known_of_debtors_is_no_effect_of_the_hour() -> None:
    asked = slots(20_000, evening=0.3)
    harder = np.where(asked.hour >= 17, np.log(0.3 / 0.7) - np.log(0.1 / 0.9), 0.0)
    assert fit_base(asked, harder)[1]["call"].verdict == "no difference"


def test_messages_have_one_height_a_part_of_the_day() -> None:
    base, _ = fit_base(slots(6000, evening=0.25, channel="sms"), np.zeros(6000))
    of_day = base[CHANNELS.index("sms"), 2]
    assert np.ptp(of_day[17:]) == pytest.approx(0, abs=1e-6)
    assert of_day[18] > of_day[10] + 0.5


def test_a_channel_that_nobody_tried_keeps_its_prior() -> None:
    base, checks = fit_base(slots(100, evening=0.1), np.zeros(100))
    np.testing.assert_allclose(base[1:], prior_log_odds()[1:])
    assert set(checks) == {"call"}


def test_answers_at_an_hour_speak_for_that_hour_and_its_kind() -> None:
    habits = Habits.fit(lunch_or_evening(), RATES)
    [tilts] = habits.predict_tilts(with_calls(from_12=(5, 3), from_19=(5, 0)))
    assert tilts[BIN_OF_HOUR[13]] > 0.3 > 0 > tilts[BIN_OF_HOUR[20]]


def test_the_more_answers_at_an_hour_the_surer_it_is() -> None:
    habits = Habits.fit(lunch_or_evening(), RATES)
    tried, reached = np.array([0, 1, 3, 9, 27]), np.array([0, 1, 2, 4, 9])
    tilts = habits.predict_tilts(with_calls(from_12=(tried, 0 * tried), from_19=(tried, reached)))
    assert (np.diff(tilts[:, BIN_OF_HOUR[20]]) > 0).all()


def test_who_was_never_called_has_the_hours_of_everybody() -> None:
    habits = Habits.fit(lunch_or_evening(), RATES)
    np.testing.assert_allclose(habits.predict_tilts(build_debtors(2)), 0, atol=1e-6)


def test_what_is_open_of_a_debtors_hours_shrinks_with_calls() -> None:
    habits = Habits.fit(lunch_or_evening(), RATES)
    tried = np.array([1, 10, 60])
    spread = habits.predict_spread(with_calls(from_12=(tried, 0 * tried), from_19=(tried, tried // 3)))
    assert spread[0, BIN_OF_HOUR[13]] > spread[1, BIN_OF_HOUR[13]] > spread[2, BIN_OF_HOUR[13]]


def test_habits_read_from_their_file_are_the_same() -> None:
    habits = Habits.fit(lunch_or_evening(), RATES)
    assert Habits.from_json(habits.to_json()) == habits


def test_without_an_answer_nobody_has_hours_of_his_own() -> None:
    assert Habits.fit(build_debtors(5), RATES) == Habits.none()
