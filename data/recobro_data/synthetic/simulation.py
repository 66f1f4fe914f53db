"""A portfolio from its beginning to `as_of`, and on from there under other actions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from recobro_data.errors import UsageError
from recobro_data.synthetic import frames
from recobro_data.synthetic.contact import Attempts
from recobro_data.synthetic.countries import date_of, find_country
from recobro_data.synthetic.days import play
from recobro_data.synthetic.draws import Draws, Floats, Ints
from recobro_data.synthetic.outlook import copy_world
from recobro_data.synthetic.policy import POLICY_NAME, choose, rule_of_thumb
from recobro_data.synthetic.populations import find_population
from recobro_data.synthetic.sight import build_view
from recobro_data.synthetic.truth import Truth, channel_number, debtor_numbers
from recobro_data.synthetic.world import World

#: The first day after every synthetic history, a Wednesday.
AS_OF: Final = dt.date(2026, 10, 14)
MOST_DEBTORS: Final = 9_999_999
MOST_MONTHS: Final = 120
#: Days that must be known ahead of the last one played, for promises and the truth's horizon.
DAYS_NEEDED: Final = 40


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A synthetic portfolio: `tables` by canonical name as known at `as_of`, and the truth behind them.

    Dates are ISO text, timestamps aware in UTC, amounts float64 rounded to the currency's decimals.
    """

    tables: dict[str, pd.DataFrame]
    as_of: dt.date
    truth: Truth


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """What the days after `as_of` brought, in canonical columns.

    `payments` (with `debtor_id`) are those paid in these days, `recorded_late` those paid before `as_of` that the books
    learnt of only now.
    """

    payments: pd.DataFrame
    recorded_late: pd.DataFrame
    contact_attempts: pd.DataFrame
    promises: pd.DataFrame

    @property
    def recovered(self) -> float:
        """Money paid in these days and not reversed, in the portfolio's currency."""
        return float(self.payments.loc[self.payments["reversed_on"].isna(), "amount"].sum())


def simulate(n_debtors: int, months: int, *, seed: int, country: str = "PE", population: str = "mixed") -> Portfolio:
    """A portfolio of `n_debtors` and the `months` up to `AS_OF`; the same arguments give the same tables.

    `population` is one of `POPULATIONS`: who the debtors are, and whether their habits shift.

    >>> portfolio = simulate(20, 3, seed=7)
    >>> portfolio.as_of.isoformat(), len(portfolio.tables["debtors"])
    ('2026-10-14', 20)

    Raises:
        UsageError: no debtors or months, more than 9,999,999 or 120 of them, a country or population not simulated.
    """
    _check_between("debtors", n_debtors, MOST_DEBTORS)
    _check_between("months", months, MOST_MONTHS)
    draws, made = Draws(seed), (find_country(country), find_population(population))
    world = World(draws, n_debtors, made, days=history_days(months))
    world.policies.append(POLICY_NAME)
    for _ in range(world.day, history_days(months)[1]):
        world.begin_day()
        view = build_view(world)
        play(world, choose(draws, view, rule_of_thumb(view), day=world.day))
    return _portfolio(world)


def continue_with(portfolio: Portfolio, actions: pd.DataFrame, *, days: int, seed: int) -> Continuation:
    """Plays the `days` from `as_of` on under the given actions; the same seed brings the same luck to any actions.

    `actions` has `debtor_id`, `channel` and `window_start` (aware): an attempt in that local hour, at most one a debtor
    and day; `policy` and `propensity`, where given, are written down with it. An attempt on a channel that does not
    work fails. Nothing checks that an action is lawful.

    Raises:
        UsageError: a missing column, an action outside these days, two for one debtor and day, an unknown channel.
        UnknownDebtorError: an action for a debtor that the portfolio does not have.
    """
    world = copy_world(portfolio.truth.world)
    world.start_logs()
    first = world.day
    _play_on(world, actions, days=days, seed=seed)
    return _continuation(world, portfolio.truth.world, first)


def advance(portfolio: Portfolio, actions: pd.DataFrame, *, days: int, seed: int) -> Portfolio:
    """The portfolio `days` later, with all its history; takes and refuses what `continue_with` does.

    So a policy can be played night by night, planning each day on what the tables then show.
    """
    world = copy_world(portfolio.truth.world)
    _play_on(world, actions, days=days, seed=seed)
    return _portfolio(world)


def _portfolio(world: World) -> Portfolio:
    return Portfolio(tables=frames.build_tables(world), as_of=date_of(world.day), truth=Truth(world))


def _play_on(world: World, actions: pd.DataFrame, *, days: int, seed: int) -> None:
    left = world.calendar.offsets.shape[1] - (world.day - world.calendar.first_day) - DAYS_NEEDED
    _check_between("days", days, left)
    world.draws = Draws(seed)
    day, plan = _plan(world, actions, days)
    for today in range(world.day, world.day + days):
        play(world, plan.only(day == today))


def _continuation(world: World, before: World, first: int) -> Continuation:
    paid = frames.payments(world, until=None)
    paid.insert(1, "debtor_id", frames.payers(world))
    return Continuation(
        payments=paid,
        recorded_late=frames.payments(before, until=world.day, since=first),
        contact_attempts=frames.contact_attempts(world),
        promises=frames.promises(world),
    )


def _plan(world: World, actions: pd.DataFrame, days: int) -> tuple[Ints, Attempts]:
    """The actions as attempts, with the day of each."""
    missing = [name for name in ("debtor_id", "channel", "window_start") if name not in actions]
    if missing:
        raise UsageError("actions with debtor_id, channel and window_start", f"no {missing[0]}", "Add the column.")
    who = debtor_numbers(world, actions["debtor_id"].tolist())
    channel = np.array([channel_number(name) for name in actions["channel"]], dtype=np.int64)
    moment = pd.to_datetime(actions["window_start"], utc=True).to_numpy(dtype="datetime64[s]").astype(np.int64)
    day = moment // 86_400 - world.calendar.first_day
    inside = np.clip(day, 0, world.calendar.offsets.shape[1] - 1)
    local = moment + world.calendar.offsets[world.people.zone[who], inside]
    day = local // 86_400
    _check_plan(day, who, first=world.day, days=days)
    policy, propensity = _named_policy(world, actions)
    hour = local % 86_400 // 3600
    return day, Attempts(who=who, channel=channel, hour=hour, policy=policy, propensity=propensity)


def _named_policy(world: World, actions: pd.DataFrame) -> tuple[Ints, Floats]:
    """The policy of each action, noted in the world, and its propensity."""
    unknown = pd.Series(np.nan, index=actions.index)
    names = actions.get("policy", unknown.astype("str"))
    world.policies = list(dict.fromkeys([*world.policies, *names.dropna()]))
    position = names.map({name: at for at, name in enumerate(world.policies)}).fillna(-1)
    propensity = actions.get("propensity", unknown)
    return np.asarray(position, dtype=np.int64), np.asarray(propensity, dtype=np.float64)


def _check_plan(day: Ints, who: Ints, *, first: int, days: int) -> None:
    outside = (day < first) | (day >= first + days)
    if outside.any():
        found = f"{outside.sum()} outside them"
        raise UsageError(f"actions within {days} days from as_of", found, "Move them or ask for more days.")
    if len(np.unique(np.column_stack([day, who]), axis=0)) < len(day):
        raise UsageError("at most one action a debtor and day", "two for the same", "Leave one out.")


def _check_between(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise UsageError(f"1 to {most:,} {name}", f"{value:,}", "Ask for a number in that range.")


def history_days(months: int) -> tuple[int, int]:
    """First day of the history and `AS_OF`, in days since 1970-01-01."""
    start = np.datetime64(AS_OF, "M") - months
    return int(start.astype("M8[D]").astype(np.int64)) + AS_OF.day - 1, int(np.datetime64(AS_OF, "D").astype(np.int64))
