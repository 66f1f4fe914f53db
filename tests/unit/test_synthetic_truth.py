"""The truth agrees with the world it belongs to, and the world can be played on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recobro_data.errors import UnknownDebtorError, UsageError
from recobro_data.synthetic import Continuation, Portfolio, Truth, advance, continue_with, simulate
from recobro_data.synthetic.outlook import copy_world
from recobro_data.tables import TABLES
from recobro_data.vocabulary import REACHED

ZONE = "America/Lima"
PLAYS = 6


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return simulate(2000, 7, seed=9)


@pytest.fixture(scope="module")
def ids(portfolio: Portfolio) -> pd.Series:
    return portfolio.tables["debtors"]["debtor_id"]


def calls(ids: pd.Series, at: str = "2026-10-14 18:00") -> pd.DataFrame:
    frame = pd.DataFrame({"debtor_id": ids, "channel": "call"})
    frame["window_start"] = pd.Timestamp(at, tz=ZONE)
    return frame.set_index(np.arange(len(ids))[::-1] * 3)


def paying(ids: pd.Series, played: Continuation) -> np.ndarray:
    return np.isin(ids, played.payments["debtor_id"])


@pytest.fixture(scope="module")
def played(portfolio: Portfolio, ids: pd.Series) -> list[tuple[Continuation, Continuation]]:
    """The next 30 days several times: with nobody called, and with everybody called at once."""
    nobody, everybody = calls(ids[:0]), calls(ids)
    return [
        tuple(continue_with(portfolio, actions, days=30, seed=seed) for actions in (nobody, everybody))
        for seed in range(PLAYS)
    ]


def test_the_truth_about_paying_is_what_happens_when_nobody_calls(portfolio, ids, played) -> None:
    share = np.mean([paying(ids, without) for without, _ in played], axis=0)
    stated = portfolio.truth.p_pay(ids)
    band = pd.cut(stated, [0, 0.2, 0.5, 0.8, 0.95, 1.0], include_lowest=True)
    gaps = pd.Series(share - stated).groupby(band, observed=True).mean()
    assert gaps.abs().max() < 0.02


def test_the_truth_about_reaching_is_the_share_reached(portfolio, ids, played) -> None:
    reached = np.mean([with_.contact_attempts["outcome"].isin(REACHED).mean() for _, with_ in played])
    assert reached == pytest.approx(portfolio.truth.p_reach(ids, "call", 2, 18).mean(), abs=0.01)


def test_the_truth_about_the_effect_is_what_calling_changes(portfolio, ids, played) -> None:
    changed = np.mean([paying(ids, with_).mean() - paying(ids, without).mean() for without, with_ in played])
    stated = portfolio.truth.p_reach(ids, "call", 2, 18) * portfolio.truth.effect(ids, "call")
    assert changed == pytest.approx(stated.mean(), abs=0.002)


def test_the_same_seed_brings_the_same_luck_to_any_actions(portfolio, ids, played) -> None:
    without, with_ = played[0]
    called = with_.contact_attempts.set_index("debtor_id")["outcome"].isin(REACHED)
    missed = ids[~ids.isin(called.index[called])]
    assert (paying(missed, without) == paying(missed, with_)).all()


def test_playing_on_leaves_the_portfolio_as_it_was(portfolio, ids, played) -> None:
    before = portfolio.truth.p_pay(ids)
    continue_with(portfolio, calls(ids), days=5, seed=1)
    again = continue_with(portfolio, calls(ids), days=30, seed=0)
    assert np.array_equal(before, portfolio.truth.p_pay(ids))
    pd.testing.assert_frame_equal(again.payments, played[0][1].payments)


def test_calling_the_persuadable_recovers_more_than_calling_the_rest(portfolio, ids) -> None:
    balance = portfolio.truth.world.owed.owed.reshape(-1, 3).sum(axis=1)
    worth = portfolio.truth.effect(ids, "call") * portfolio.truth.p_reach(ids, "call", 2, 18) * balance
    best, rest = ids[worth >= np.quantile(worth, 0.8)], ids[worth <= np.quantile(worth, 0.2)]
    money = [
        [continue_with(portfolio, calls(chosen), days=30, seed=seed).recovered for seed in range(4)]
        for chosen in (best, rest)
    ]
    assert np.mean(money[0]) > np.mean(money[1])


def test_contact_helps_the_forgetful_most_and_harms_the_contrary(portfolio, ids) -> None:
    effect = pd.Series(portfolio.truth.effect(ids, "call")).groupby(portfolio.truth.people["group"]).mean()
    assert effect.idxmax() == "forgetful"
    assert effect["contrary"] < 0
    assert abs(effect["never"]) < 0.02
    assert abs(effect["pays_anyway"]) < effect["ordinary"]


def test_reach_has_a_value_for_every_weekday_and_hour(portfolio, ids) -> None:
    weekday, hour = np.arange(7)[:, None, None], np.arange(24)[None, :, None]
    table = portfolio.truth.p_reach(ids[:50], "whatsapp", weekday, hour)
    assert table.shape == (7, 24, 50)
    assert ((table >= 0) & (table < 1)).all()


def test_a_channel_that_does_not_work_reaches_nobody(portfolio, ids) -> None:
    points = portfolio.tables["contact_points"].query("channel == 'email' and not valid")
    assert (portfolio.truth.p_reach(points["debtor_id"], "email", 0, 10) == 0).all()


def test_many_attempts_make_a_debtor_harder_to_reach(portfolio, ids) -> None:
    tired = portfolio.truth.world.n_recent() > 2
    rested = copy_world(portfolio.truth.world)
    rested.tried[:] = -1
    before, after = Truth(rested), portfolio.truth
    fresh = before.p_reach(ids[tired], "call", 1, 11)
    assert tired.sum() > 100
    assert (after.p_reach(ids[tired], "call", 1, 11)[fresh > 0] < fresh[fresh > 0]).all()


def test_what_was_paid_before_and_recorded_after_is_told_apart(portfolio, ids, played) -> None:
    late = played[0][0].recorded_late
    assert len(late) > 0
    assert (late["paid_on"] < str(portfolio.as_of)).all()
    assert not late["payment_id"].isin(portfolio.tables["payments"]["payment_id"]).any()


def test_an_unknown_debtor_is_refused(portfolio) -> None:
    with pytest.raises(UnknownDebtorError, match="found 'D9999999'"):
        portfolio.truth.p_pay(["D0000001", "D9999999"])


def test_a_channel_that_is_not_simulated_is_refused(portfolio) -> None:
    with pytest.raises(UsageError, match="call, sms, whatsapp, email, found 'visit'"):
        portfolio.truth.effect(["D0000001"], "visit")


def test_actions_outside_the_days_are_refused(portfolio, ids) -> None:
    with pytest.raises(UsageError, match="actions within 5 days"):
        continue_with(portfolio, calls(ids[:3], "2026-10-20 10:00"), days=5, seed=1)


def test_two_actions_for_a_debtor_on_a_day_are_refused(portfolio, ids) -> None:
    twice = pd.concat([calls(ids[:3]), calls(ids[:1], "2026-10-14 10:00")])
    with pytest.raises(UsageError, match="at most one action a debtor and day"):
        continue_with(portfolio, twice, days=5, seed=1)


def test_actions_without_a_channel_are_refused(portfolio, ids) -> None:
    with pytest.raises(UsageError, match="found no channel"):
        continue_with(portfolio, calls(ids[:3]).drop(columns="channel"), days=5, seed=1)


def test_a_portfolio_moves_on_with_its_history(portfolio, ids) -> None:
    later = advance(portfolio, calls(ids[:200]), days=3, seed=2)
    assert later.as_of.isoformat() == "2026-10-17"
    for name in ("charges", "payments", "contact_attempts", "promises"):
        key = TABLES[name].key[0]
        assert set(portfolio.tables[name][key]) < set(later.tables[name][key])
    before = portfolio.tables["contact_attempts"]
    pd.testing.assert_frame_equal(later.tables["contact_attempts"].head(len(before)), before)


def test_two_nights_one_by_one_are_two_nights_at_once(portfolio, ids) -> None:
    both = pd.concat([calls(ids[:300]), calls(ids[200:500], "2026-10-15 11:00")])
    at_once = advance(portfolio, both, days=2, seed=5)
    first = advance(portfolio, both[:300], days=1, seed=5)
    second = advance(first, both[300:], days=1, seed=5)
    for name, frame in at_once.tables.items():
        pd.testing.assert_frame_equal(second.tables[name], frame)


def test_actions_keep_the_policy_and_propensity_they_came_with(portfolio, ids) -> None:
    actions = calls(ids[:3]).assign(policy=["new", None, "new"], propensity=[0.5, None, 0.25])
    made = continue_with(portfolio, actions, days=1, seed=1).contact_attempts
    assert made["policy"].fillna("none").tolist() == ["new", "none", "new"]
    assert made["propensity"].fillna(0).tolist() == [0.5, 0.0, 0.25]
    assert continue_with(portfolio, calls(ids[:3]), days=1, seed=1).contact_attempts["policy"].isna().all()


def test_playing_beyond_the_calendar_is_refused(portfolio, ids) -> None:
    with pytest.raises(UsageError, match="1 to 160 days"):
        advance(portfolio, calls(ids[:1]), days=161, seed=1)
