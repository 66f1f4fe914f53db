"""The contact effect, learnt from a log in which the hardest cases are contacted most."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_debtors, channel_at

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import PRIOR_THETA, SEGMENTS, ContactEffect, segment_of
from recobro_models.contact_times import TERMS, ContactTimes

P_REACH = 0.9


def sure_times() -> ContactTimes:
    """Contact times under which an attempt reaches nine in ten."""
    coefficients = np.array([1.0, *(0.0 for _ in TERMS[1:])])
    base = np.full((len(CHANNELS), 7, 24), P_REACH)
    return ContactTimes("rates", base, np.full(len(CHANNELS), P_REACH), coefficients, 0.0)


@lru_cache(maxsize=8)
def log_of(n: int, theta: float, *, logged: bool = True, seed: int = 4) -> pd.DataFrame:
    """Debtor-days: the longer past due, the less they pay and the more the rule calls; two in five are drawn."""
    rng = np.random.default_rng(seed)
    late = rng.integers(-5, 120, n)
    p_pay = 0.80 - 0.5 * (late + 5) / 125
    drawn = rng.random(n) < 0.4
    tried = np.where(drawn, rng.random(n) < 0.5, rng.random(n) < (late + 5) / 125)
    reached = tried & (rng.random(n) < P_REACH)
    pays = rng.random(n) < p_pay + reached * theta * (1 - p_pay)
    propensity = np.where(drawn, 0.1, 0.85) if logged else np.nan
    return build_debtors(
        n, oldest_days_past_due=late, open_amount=100.0, any_paid=pays.astype(float), paid_amount=pays * 60.0,
        tried_channel=np.where(tried, "call", None), tried_weekday=np.where(tried, 2.0, np.nan),
        tried_hour=np.where(tried, 10.0, np.nan), tried_propensity=np.where(tried, propensity, np.nan),
    )  # fmt: skip


@lru_cache(maxsize=8)
def fitted(n: int, theta: float, *, logged: bool = True) -> ContactEffect:
    return ContactEffect.fit(log_of(n, theta, logged=logged), sure_times())


def mean_theta(effect: ContactEffect, n: int, theta: float) -> tuple[float, float]:
    """Theta of calls over the log's debtors, and its mean deviation."""
    rows = log_of(n, theta)
    deviation = effect.deviation[channel_at("call"), segment_of(rows["oldest_days_past_due"])]
    return float(effect.predict_theta(rows, "call").mean()), float(deviation.mean())


@pytest.mark.parametrize("theta", [0.25, 0.10, -0.20])
def test_a_known_effect_is_recovered_within_three_deviations(theta: float) -> None:
    found, deviation = mean_theta(fitted(7000, theta), 7000, theta)
    assert abs(found - theta) < 3 * deviation
    assert deviation < 0.05


def test_comparing_those_contacted_with_the_others_would_have_the_wrong_sign() -> None:
    rows = log_of(7000, 0.10)
    tried = rows["tried_channel"].notna()
    assert rows.loc[tried, "any_paid"].mean() < rows.loc[~tried, "any_paid"].mean() - 0.02
    assert mean_theta(fitted(7000, 0.10), 7000, 0.10)[0] > 0.05


def test_a_contact_that_annoys_has_a_negative_effect() -> None:
    rows = log_of(7000, -0.20)
    assert fitted(7000, -0.20).predict_effect(rows, "call", np.full(len(rows), 0.5)).mean() < -0.02


def test_nobody_sure_to_pay_can_be_moved() -> None:
    rows = log_of(7000, 0.25).iloc[:4]
    effect = fitted(7000, 0.25).predict_effect(rows, "call", np.array([0.0, 0.5, 0.9, 1.0]))
    assert effect[3] == 0
    assert (effect[:3] > 0).all()


def test_a_log_of_draws_is_learned_from() -> None:
    assert fitted(7000, 0.25).kind == "learned"


def test_a_log_without_propensities_is_marked_as_observational() -> None:
    assert fitted(2500, 0.25, logged=False).kind == "observational"


def test_too_few_attempts_leave_the_prior() -> None:
    few = ContactEffect.fit(log_of(150, 0.25), sure_times())
    assert few.kind == "prior"
    np.testing.assert_array_equal(few.theta, ContactEffect.prior().theta)


def test_a_log_in_which_everybody_was_tried_leaves_the_prior() -> None:
    rows = log_of(2500, 0.25)
    assert ContactEffect.fit(rows[rows["tried_channel"].notna()], sure_times()).kind == "prior"


def test_a_log_in_which_everybody_paid_leaves_the_prior() -> None:
    assert ContactEffect.fit(log_of(2500, 0.25).assign(any_paid=1.0), sure_times()).kind == "prior"


def test_channels_that_nobody_tried_move_only_with_the_whole() -> None:
    effect = fitted(7000, 0.25)
    scale = effect.theta[channel_at("email"), 0] / PRIOR_THETA["email"]
    assert effect.theta[channel_at("sms")] == pytest.approx(np.full(len(SEGMENTS) + 1, scale * PRIOR_THETA["sms"]))
    assert scale > 1


def test_payers_pay_their_usual_share_of_what_they_owe() -> None:
    assert fitted(7000, 0.25).paid_share == pytest.approx(0.6)


def test_segments_end_on_their_last_day() -> None:
    assert segment_of([-9, -1, 0, 1, 15, 16, 30, 60, 90, 91]).tolist() == [0, 0, 1, 2, 2, 3, 3, 4, 5, 6]


def test_the_same_log_and_seed_give_the_same_model() -> None:
    assert ContactEffect.fit(log_of(2500, 0.25), sure_times()).to_files() == (
        ContactEffect.fit(log_of(2500, 0.25), sure_times()).to_files()
    )


def test_an_effect_read_from_its_files_gives_the_same_numbers() -> None:
    effect, rows = fitted(7000, 0.10), log_of(7000, 0.10).iloc[:50]
    again = ContactEffect.from_files(effect.to_files())
    np.testing.assert_array_equal(again.predict_theta(rows, "call"), effect.predict_theta(rows, "call"))
    assert again.to_files() == effect.to_files()
