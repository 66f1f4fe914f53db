"""The contact effect, learnt from a log in which the hardest cases are contacted most."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from tests.unit.model_samples import build_debtors, channel_at

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_lift import PRIOR_SHIFT
from recobro_models.contact_times import ContactTimes
from recobro_models.features.paying_days import CELLS, PAYING_DAYS

P_REACH = 0.5


class EvenTimes(ContactTimes):
    """Contact times under which every attempt reaches one in two."""

    def __init__(self) -> None:
        """Nothing to know."""

    def predict_p_reach(self, rows: pd.DataFrame, channel: object, weekday: object, hour: object) -> np.ndarray:
        """One in two."""
        return np.full(len(rows), P_REACH)


@lru_cache(maxsize=8)
def log_of(n: int, shift: float, *, logged: bool = True, seed: int = 4) -> pd.DataFrame:
    """Debtor-days: the longer past due, the less they pay and the more the rule calls; two in five are drawn. Being
    reached adds `shift` log-odds."""
    rng = np.random.default_rng(seed)
    late = rng.integers(-5, 120, n)
    p_pay = soon_of(late)
    drawn = rng.random(n) < 0.4
    tried = np.where(drawn, rng.random(n) < 0.5, rng.random(n) < (late + 5) / 125)
    reached = tried & (rng.random(n) < P_REACH)
    pays = rng.random(n) < expit(logit(p_pay) + shift * reached)
    propensity = np.where(drawn, 0.1, 0.85) if logged else np.nan
    return build_debtors(
        n, oldest_days_past_due=late, open_amount=100.0, n_open=1, n_overdue=1, overdue_amount=100.0,
        paid_soon=pays.astype(float), paid_amount=np.where(pays, 60.0, np.nan), is_reached=reached, days_ahead=0,
        n_tried_before=0.0, reached_days_before=np.nan, tried_channel=np.where(tried, "call", None),
        tried_weekday=np.where(tried, 2.0, np.nan), tried_hour=np.where(tried, 10.0, np.nan),
        tried_propensity=np.where(tried, propensity, np.nan),
    )  # fmt: skip


@lru_cache(maxsize=1)
def log_of_kinds(n: int = 5000) -> tuple[pd.DataFrame, np.ndarray]:
    """`log_of` debtors who all pay alike unasked, with a year of days owed and paid; and who of them forgets: only he
    pays on the days after a contact, and only he is moved by one."""
    rng = np.random.default_rng(8)
    forgets = rng.random(n) < 0.5
    reminded = np.array(["unreminded" not in cell for cell in CELLS])
    owed = rng.integers(0, 8, (n, len(CELLS)))
    paid = rng.binomial(owed, np.where(forgets[:, None] & reminded, 0.4, 0.05))
    rows = log_of(n, 0.0).assign(oldest_days_past_due=20.0, days_since_last_reached=np.nan)
    moved = rows["is_reached"].to_numpy() & forgets
    pays = rng.random(n) < np.where(moved, 0.8, 0.25)
    days = pd.DataFrame(np.hstack([owed, paid]), columns=list(PAYING_DAYS), index=rows.index)
    return pd.concat([rows.assign(paid_soon=pays.astype(float)), days], axis=1), forgets


@lru_cache(maxsize=1)
def fitted_to_kinds() -> ContactEffect:
    return ContactEffect.fit(log_of_kinds()[0], EvenTimes())


def soon_of(late: np.ndarray) -> np.ndarray:
    return 0.60 - 0.5 * (late + 5) / 125


@lru_cache(maxsize=8)
def fitted(n: int, shift: float, *, logged: bool = True) -> ContactEffect:
    return ContactEffect.fit(log_of(n, shift, logged=logged), EvenTimes())


def effects(effect: ContactEffect, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """What the model says of calls over a week, and the truth."""
    rows = log_of(7000, shift)
    p_pay = soon_of(rows["oldest_days_past_due"].to_numpy())
    return effect.predict_effect(rows, "call", p_pay), expit(logit(p_pay) + shift) - p_pay


@pytest.mark.parametrize("shift", [1.0, 0.4, -0.8])
def test_a_known_effect_is_recovered(shift: float) -> None:
    found, truth = effects(fitted(7000, shift), shift)
    assert found.mean() == pytest.approx(truth.mean(), abs=0.03)


def test_those_who_seldom_pay_are_told_from_those_whom_a_contact_moves() -> None:
    found, truth = effects(fitted(7000, 1.0), 1.0)
    assert np.corrcoef(found, truth)[0, 1] > 0.5


def test_comparing_those_contacted_with_the_others_would_have_the_wrong_sign() -> None:
    rows = log_of(7000, 0.4)
    tried = rows["tried_channel"].notna()
    assert rows.loc[tried, "paid_soon"].mean() < rows.loc[~tried, "paid_soon"].mean() - 0.02
    assert effects(fitted(7000, 0.4), 0.4)[0].mean() > 0.04


def test_a_contact_that_annoys_has_a_negative_effect() -> None:
    assert effects(fitted(7000, -0.8), -0.8)[0].mean() < -0.05


def test_nobody_sure_to_pay_can_be_moved() -> None:
    rows = log_of(7000, 1.0).iloc[:4]
    effect = fitted(7000, 1.0).predict_effect(rows, "call", np.array([0.0, 0.5, 0.9, 1.0]))
    assert effect[3] == pytest.approx(0, abs=1e-9)
    assert (effect[:3] > 0).all()


def test_no_effect_takes_more_than_the_debtor_would_have_paid() -> None:
    rows = log_of(7000, -0.8).iloc[:3]
    p_pay = np.array([0.0, 0.01, 0.3])
    assert (fitted(7000, -0.8).predict_effects(rows, p_pay) >= -p_pay[:, None] - 1e-12).all()


def test_before_anything_is_learnt_contact_moves_those_in_doubt_most() -> None:
    rows = log_of(7000, 1.0).iloc[:3]
    never, doubtful, surely = ContactEffect.prior().predict_effect(rows, "call", np.array([0.01, 0.6, 0.99]))
    assert 0 < never < doubtful
    assert 0 < surely < doubtful


def test_a_log_of_draws_is_learned_from() -> None:
    assert fitted(7000, 1.0).kind == "learned"


def test_a_log_without_propensities_is_marked_as_observational() -> None:
    assert fitted(2500, 1.0, logged=False).kind == "observational"


def test_reached_debtors_who_pay_for_other_reasons_do_not_fool_the_size() -> None:
    rows = log_of(7000, 0.0).copy()
    keen = rows["is_reached"] & (np.random.default_rng(5).random(len(rows)) < 0.35)
    alike = ~rows["is_reached"] & rows["tried_channel"].notna() & (rows["paid_soon"] == 1)
    # Whoever means to pay picks up: those reached pay more, those who were not pay less, and calling changes nothing.
    spoilt = rows.assign(paid_soon=np.where(keen, 1.0, np.where(alike, 0.0, rows["paid_soon"])))
    naive = fitted(7000, 1.0).scale[channel_at("call")]
    assert ContactEffect.fit(spoilt, EvenTimes()).scale[channel_at("call")] < 0.7 * naive


def test_too_few_attempts_leave_the_prior() -> None:
    few = ContactEffect.fit(log_of(100, 1.0), EvenTimes())
    assert few.kind == "prior"
    assert few.to_files() == ContactEffect.prior().to_files()


def test_a_log_in_which_everybody_was_tried_leaves_the_prior() -> None:
    rows = log_of(2500, 1.0)
    assert ContactEffect.fit(rows[rows["tried_channel"].notna()], EvenTimes()).kind == "prior"


def test_a_log_in_which_everybody_paid_leaves_the_prior() -> None:
    assert ContactEffect.fit(log_of(2500, 1.0).assign(paid_soon=1.0), EvenTimes()).kind == "prior"


def test_a_log_in_which_nobody_was_reached_leaves_the_prior() -> None:
    assert ContactEffect.fit(log_of(2500, 1.0).assign(is_reached=False), EvenTimes()).kind == "prior"


def test_channels_that_nobody_tried_keep_their_prior_shape() -> None:
    lift = fitted(7000, 1.0).lift
    assert lift is not None
    untried = [channel for channel in CHANNELS if channel != "call"]
    found = [float(lift.level[channel_at(channel)]) for channel in untried]
    assert found == [PRIOR_SHIFT[channel] for channel in untried]


def test_a_payment_comes_to_its_usual_share_of_what_is_asked() -> None:
    rows = log_of(7000, 1.0).iloc[:2]
    assert fitted(7000, 1.0).predict_paid_share(rows) == pytest.approx([0.6, 0.6])


def test_what_is_made_of_the_expected_shift_is_told_with_its_error() -> None:
    told = fitted(7000, 1.0).sizes()
    assert list(told) == [f"size_{channel}" for channel in CHANNELS]
    size, error = map(float, told["size_call"].split(" ± "))
    assert 0 < error < 0.3
    assert size > 2 * error


def test_the_same_log_and_seed_give_the_same_model() -> None:
    assert ContactEffect.fit(log_of(2500, 1.0), EvenTimes()).to_files() == (
        ContactEffect.fit(log_of(2500, 1.0), EvenTimes()).to_files()
    )


def test_an_effect_read_from_its_files_gives_the_same_numbers() -> None:
    effect, rows = fitted(7000, 1.0), log_of(7000, 1.0).iloc[:50]
    again = ContactEffect.from_files(effect.to_files())
    half = np.full(50, 0.5)
    np.testing.assert_array_equal(again.predict_effects(rows, half), effect.predict_effects(rows, half))
    assert again.to_files() == effect.to_files()


def test_a_contact_moves_those_who_forget_and_not_those_who_can_not_pay() -> None:
    rows, forgets = log_of_kinds()
    found = fitted_to_kinds().predict_effect(rows, "call", np.full(len(rows), 0.25))
    assert found[forgets].mean() > 0.25
    assert found[~forgets].mean() < 0.5 * found[forgets].mean()


def test_days_owed_and_paid_tell_those_apart_whom_nothing_else_does() -> None:
    rows, forgets = log_of_kinds()
    blind = ContactEffect.fit(rows.drop(columns=list(PAYING_DAYS)), EvenTimes())
    half = np.full(len(rows), 0.25)
    gaps = [one[forgets].mean() - one[~forgets].mean() for one in (
        fitted_to_kinds().predict_effect(rows, "call", half), blind.predict_effect(rows, "call", half)
    )]  # fmt: skip
    assert gaps[0] > 0.15
    assert abs(gaps[1]) < 0.03


def test_kinds_of_payers_read_from_files_give_the_same_numbers() -> None:
    effect, rows = fitted_to_kinds(), log_of_kinds()[0].iloc[:50]
    again = ContactEffect.from_files(json.loads(json.dumps(effect.to_files())))
    half = np.full(50, 0.5)
    np.testing.assert_array_equal(again.predict_effects(rows, half), effect.predict_effects(rows, half))


def test_files_from_before_kinds_of_payers_are_read_without_them() -> None:
    effect, rows = fitted(7000, 1.0), log_of(7000, 1.0).iloc[:50]
    files = effect.to_files()
    old = {name: one for name, one in files["model.json"].items() if name not in ("payers", "answers")}
    again, half = ContactEffect.from_files({**files, "model.json": old}), np.full(50, 0.5)
    np.testing.assert_array_equal(again.predict_effects(rows, half), effect.predict_effects(rows, half))


def test_a_debtor_alone_is_moved_as_among_others() -> None:
    rows, half = log_of_kinds()[0].iloc[:40], np.full(40, 0.3)
    whole = fitted_to_kinds().predict_effects(rows, half)
    np.testing.assert_array_equal(fitted_to_kinds().predict_effects(rows.iloc[[17]], half[[17]]), whole[[17]])


def test_rows_are_told_the_same_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, half = log_of_kinds()[0].iloc[:40], np.full(40, 0.3)
    whole = fitted_to_kinds().predict_effects(rows, half)
    monkeypatch.setattr("recobro_models.contact_effect._BLOCK", 7)
    np.testing.assert_array_equal(fitted_to_kinds().predict_effects(rows, half), whole)


def test_nobody_is_told_nothing() -> None:
    assert fitted_to_kinds().predict_effects(log_of_kinds()[0].iloc[:0], np.empty(0)).shape == (0, len(CHANNELS))


def test_files_of_an_earlier_form_stand_for_the_prior_until_the_next_training() -> None:
    old = {"model.json": {"kind": "learned", "theta": [[0.1]], "mix": 0.2}}
    assert ContactEffect.from_files(old).kind == "prior"
