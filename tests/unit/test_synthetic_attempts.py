"""The history of attempts is lawful, and its propensities are the probabilities with which it was drawn."""

from __future__ import annotations

import datetime as dt

import holidays
import numpy as np
import pandas as pd
import pytest

from recobro_data.synthetic import Portfolio, simulate
from recobro_data.synthetic.countries import COUNTRIES
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.policy import RANDOM_SHARE, View, choose, rule_of_thumb
from recobro_data.synthetic.sight import build_view

CODES = list(COUNTRIES)


@pytest.fixture(scope="module")
def portfolios() -> dict[str, Portfolio]:
    return {code: simulate(250, 7, seed=5, country=code) for code in CODES}


@pytest.fixture(scope="module")
def local(portfolios: dict[str, Portfolio]) -> dict[str, pd.DataFrame]:
    return {code: local_attempts(portfolio) for code, portfolio in portfolios.items()}


def local_attempts(portfolio: Portfolio) -> pd.DataFrame:
    """Attempts with the debtor's row and the local time of each."""
    attempts = portfolio.tables["contact_attempts"].merge(portfolio.tables["debtors"], on="debtor_id")
    moments = zip(attempts["attempted_at"], attempts["timezone"], strict=True)
    attempts["local"] = [moment.tz_convert(zone).tz_localize(None) for moment, zone in moments]
    return attempts.sort_values(["debtor_id", "local"], ignore_index=True)


def in_seven_days(attempts: pd.DataFrame) -> int:
    """The most attempts that any debtor had in 7 days, counted by local days."""
    days = attempts.set_index(attempts["local"].dt.normalize())
    return int(days.groupby("debtor_id")["channel"].rolling("7D").count().max()) if len(days) else 0


@pytest.mark.parametrize("code", CODES)
def test_nobody_is_contacted_at_a_weekend_or_outside_the_hours(local: dict[str, pd.DataFrame], code: str) -> None:
    at = local[code]["local"]
    assert at.dt.day_of_week.max() <= 4
    assert at.dt.hour.between(COUNTRIES[code].first_hour, COUNTRIES[code].last_hour).all()


@pytest.mark.parametrize("code", CODES)
def test_nobody_is_contacted_on_a_public_holiday_of_the_region(local: dict[str, pd.DataFrame], code: str) -> None:
    attempts, country = local[code], COUNTRIES[code]
    for region, _, _, subdivision in country.places:
        known = holidays.country_holidays(code, subdiv=subdivision, years=[2026], categories=country.categories)
        there = attempts.loc[attempts["region"] == region, "local"].dt.date
        assert not set(there) & set(known), region


@pytest.mark.parametrize("code", CODES)
def test_nobody_is_contacted_twice_on_a_day(local: dict[str, pd.DataFrame], code: str) -> None:
    attempts = local[code]
    assert not attempts.assign(day=attempts["local"].dt.date).duplicated(["debtor_id", "day"]).any()


@pytest.mark.parametrize("code", CODES)
def test_nobody_is_contacted_more_often_than_the_weekly_limits(local: dict[str, pd.DataFrame], code: str) -> None:
    attempts, country = local[code], COUNTRIES[code]
    is_call = attempts["channel"] == "call"
    assert in_seven_days(attempts) <= 3
    assert in_seven_days(attempts[is_call]) <= country.calls_a_week
    assert in_seven_days(attempts[~is_call]) <= country.messages_a_week


def test_messages_in_chile_keep_two_clear_days_between_them(local: dict[str, pd.DataFrame]) -> None:
    messages = local["CL"].query("channel != 'call'")
    gaps = messages["local"].dt.normalize().groupby(messages["debtor_id"]).diff().dt.days
    assert gaps.min() >= 3


def test_in_colombia_a_channel_holds_for_the_week(local: dict[str, pd.DataFrame]) -> None:
    attempts = local["CO"]
    by_debtor = attempts.groupby("debtor_id")
    gap = by_debtor["local"].transform(lambda moments: moments.dt.normalize().diff().dt.days)
    changed = by_debtor["channel"].shift() != attempts["channel"]
    assert gap[changed].min() >= 7


def test_who_must_not_be_contacted_never_is() -> None:
    attempts = local_attempts(simulate(600, 6, seed=5))
    assert attempts["do_not_contact"].sum() == 0


def test_after_an_opt_out_the_channel_is_opted_out_and_never_used_again() -> None:
    tables = simulate(1000, 8, seed=3).tables
    attempts = tables["contact_attempts"]
    out = attempts.query("outcome == 'opt_out'").set_index(["debtor_id", "channel"])["attempted_at"]
    later = attempts.join(out.rename("out"), on=["debtor_id", "channel"])
    points = tables["contact_points"].set_index(["debtor_id", "channel"])
    assert len(out) > 15
    assert points.loc[out.index, "opted_out"].all()
    assert not (later["attempted_at"] > later["out"]).any()


def test_calls_keep_to_the_hours_that_a_debtor_asked_for(
    portfolios: dict[str, Portfolio], local: dict[str, pd.DataFrame]
) -> None:
    points = portfolios["PE"].tables["contact_points"].dropna(subset="prefer_from")
    attempts = local["PE"].merge(points, on=["debtor_id", "channel"])
    clock = attempts["local"].dt.strftime("%H:%M")
    assert len(attempts) > 20
    assert ((clock >= attempts["prefer_from"]) & (clock < attempts["prefer_to"])).all()


def test_only_calls_have_an_agent_and_all_attempts_a_cost(portfolios: dict[str, Portfolio]) -> None:
    attempts = portfolios["PE"].tables["contact_attempts"]
    assert (attempts["agent_id"].notna() == (attempts["channel"] == "call")).all()
    assert attempts.groupby("channel")["cost"].first().to_dict() == {
        "call": 0.3, "email": 0.01, "sms": 0.05, "whatsapp": 0.03
    }  # fmt: skip


def test_propensities_show_the_random_share_and_the_rule(portfolios: dict[str, Portfolio]) -> None:
    propensity = portfolios["PE"].tables["contact_attempts"]["propensity"]
    assert (propensity.between(RANDOM_SHARE / 49, 0.2) | (propensity > 1.0 - RANDOM_SHARE)).all()


def small_view(n: int = 60) -> View:
    """A morning with debtors in all situations."""
    rows = np.arange(n)
    return View(
        days_past_due=rows * 2 - 4,
        owed=100.0 + rows,
        rest_days=rows % 11,
        promise_open=rows % 7 == 0,
        may_contact=rows % 9 != 0,
        usable=(rows[:, None] + np.arange(4)) % 4 != 1,
        first_hour=np.full((n, 4), 8, dtype=np.int8),
        n_hours=np.tile(np.array([3, 12, 12, 2], dtype=np.int8), (n, 1)),
    )


def drawn_again(view: View, times: int) -> pd.DataFrame:
    """The morning's choice drawn many times, with the probability that was logged for each."""
    rule = rule_of_thumb(view)
    many = (choose(Draws(seed), view, rule, day=20_000) for seed in range(times))
    rows = [np.column_stack([made.who, made.channel, made.hour, made.propensity]) for made in many]
    return pd.DataFrame(np.concatenate(rows), columns=["who", "channel", "hour", "propensity"])


def test_drawing_a_choice_again_gives_the_logged_frequencies() -> None:
    times = 3000
    seen = drawn_again(small_view(), times).groupby(["who", "channel", "hour"])["propensity"].agg(["size", "first"])
    spread = np.sqrt(times * seen["first"] * (1 - seen["first"]))
    surprise = (seen["size"] - times * seen["first"]) / spread
    assert surprise.abs().max() < 5
    assert abs(surprise.std() - 1) < 0.1


def test_one_option_has_one_propensity_whoever_draws_it() -> None:
    seen = drawn_again(small_view(), 200)
    assert (seen.groupby(["who", "channel", "hour"])["propensity"].nunique() == 1).all()


def test_the_probabilities_of_all_options_and_of_doing_nothing_sum_to_one() -> None:
    view, times = small_view(), 3000
    seen = drawn_again(view, times)
    options = seen.drop_duplicates(["who", "channel", "hour"]).groupby("who")["propensity"].sum()
    acted = seen.groupby("who").size() / times
    assert (options <= 1.0 + 1e-9).all()
    assert (acted - options).abs().max() < 0.05


def test_the_rule_makes_the_same_choice_from_the_same_tables() -> None:
    first, again = rule_of_thumb(small_view()), rule_of_thumb(small_view())
    assert np.array_equal(first, again)


def test_the_rule_calls_the_oldest_debts_first() -> None:
    view = small_view()
    channel, _ = rule_of_thumb(view)
    called = np.flatnonzero(channel == 0)
    callable_late = (view.days_past_due >= 4) & view.may_contact & view.usable[:, 0] & ~view.promise_open
    left = callable_late & (view.rest_days >= 3) & (channel != 0)
    assert len(called) > 0
    assert view.days_past_due[called].min() >= view.days_past_due[left].max() - 30


def test_debtors_who_may_not_be_contacted_are_never_drawn() -> None:
    view = small_view()
    assert set(drawn_again(view, 200)["who"].astype(int)) <= set(np.flatnonzero(view.may_contact))


def owed_by_tables(portfolio: Portfolio) -> pd.Series:
    """What each debtor owes by the tables alone, disputed charges aside."""
    tables, as_of = portfolio.tables, str(portfolio.as_of)
    held = tables["disputes"].loc[tables["disputes"]["closed_on"].isna(), "charge_id"]
    charges = tables["charges"][lambda rows: rows["cancelled_on"].isna() & ~rows["charge_id"].isin(held)]
    paid = tables["payments"][lambda rows: rows["reversed_on"].isna() & (rows["paid_on"] < as_of)]
    named = paid.groupby("charge_id")["amount"].sum()
    left = (charges["amount"] - charges["charge_id"].map(named).fillna(0)).clip(lower=0)
    by_account = left.groupby(charges["account_id"]).sum()
    loose = paid[paid["charge_id"].isna()].groupby("account_id")["amount"].sum()
    left = (by_account - loose.reindex(by_account.index).fillna(0)).clip(lower=0)
    return left.groupby(charges.groupby("account_id")["debtor_id"].first()).sum()


def test_the_rule_sees_what_the_tables_show(portfolios: dict[str, Portfolio]) -> None:
    portfolio = portfolios["PE"]
    seen = pd.Series(build_view(portfolio.truth.world).owed, portfolio.tables["debtors"]["debtor_id"])
    shown = owed_by_tables(portfolio).reindex(seen.index).fillna(0)
    assert (seen > 0).mean() > 0.5
    assert ((seen - shown).abs() < 0.01).mean() > 0.98


def test_as_of_is_a_wednesday_that_is_no_holiday_anywhere(portfolios: dict[str, Portfolio]) -> None:
    assert portfolios["PE"].as_of == dt.date(2026, 10, 14)
    assert all(portfolio.as_of not in holidays.country_holidays(code) for code, portfolio in portfolios.items())
