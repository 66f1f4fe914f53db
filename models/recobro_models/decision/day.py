"""The decision of a day: its debtors scored, what each option counts for in one money, and who gets which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import Rulebook
from recobro_data.frames import as_texts
from recobro_data.settings import Settings
from recobro_models.champions import Champions
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.day_risk import find_small_portfolios, read_charges, score_debtors
from recobro_models.decision.arms import decide_in_arms, draw_challenger, split_team
from recobro_models.decision.eligibility import Eligibility, Portfolio, check_eligibility
from recobro_models.decision.lawful import N_SLOTS, Calendar, find_clocks
from recobro_models.decision.offers import find_barred
from recobro_models.decision.policy import Standing
from recobro_models.decision.sequencing import plot_course
from recobro_models.decision.strategies import Strategies
from recobro_models.decision.tactics import Tactics
from recobro_models.decision.team import Worked
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.three_criteria import rank_three_criteria
from recobro_models.decision.value import Values, value_options
from recobro_models.decision.worklist import Scored
from recobro_models.promises import Promises
from recobro_models.snapshots import DayRows

Floats = NDArray[np.float64]

#: Version of the policy of expected value: how scores become actions.
POLICY: Final = "expected-value-1"


@dataclass(frozen=True)
class PlanDay:
    """What was known on a day, when its debtors may be contacted, and what was decided."""

    rows: DayRows
    readings: pd.DataFrame
    calendar: Calendar
    scored: Scored


def score_day(
    rows: DayRows,
    champions: Champions,
    calendar_of: tuple[Rulebook, Settings, date],
    *,
    has_contact_points: bool,
    zone: str | None = None,
    strategies: Strategies | None = None,
    start: Callable[[str], Any] = lambda _: None,
) -> PlanDay:
    """Score everybody of a day and decide; `start` is told of each step.

    Args:
        rows: what is known at the start of the day.
        champions: the models in use.
        calendar_of: the contact rules, the settings and the day.
        has_contact_points: whether the source has that table at all.
        zone: on whose clock the team's hours are read; None: on the one most debtors live on.
        strategies: in force; None: everything lawful may be done, and nothing is said.
        start: called with the name of each step as it begins.
    """
    rulebook, settings, as_of = calendar_of
    start("scores")
    readings = read_charges(rows, champions.curve, settings)
    small = find_small_portfolios(rows.portfolios, champions.curve, settings, as_of)
    debtors = score_debtors(rows, readings, (POLICY, small))
    debtors = name_challenged(debtors.assign(zone=as_texts(find_clocks(debtors, rulebook), debtors)), settings)
    calendar = Calendar(rulebook, settings, as_of, zone or team_zone(debtors))
    portfolio = Portfolio(debtors, rows.contact_points, has_contact_points, rows.attempts, rows.charges)
    models = (champions.times, champions.effect)
    scored = decide_scored(portfolio, calendar, models, strategies, promises=champions.promises, start=start)
    return PlanDay(rows, readings, calendar, scored)


def decide_scored(
    portfolio: Portfolio,
    calendar: Calendar,
    models: tuple[ContactTimes, ContactEffect],
    strategies: Strategies | None = None,
    *,
    promises: Promises | None = None,
    start: Callable[[str], Any] = lambda _: None,
) -> Scored:
    """Decide for debtors who are scored (`p_unpaid`, `p_pay_no_action`, `policy`, `zone`): rules, values, strategies
    and capacity."""
    debtors, settings, as_of = portfolio.debtors, calendar.settings, calendar.work_date
    start("rules")
    eligibility = check_eligibility(portfolio, calendar)
    start("values")
    asked = debtors.assign(amount_to_collect=asked_of(debtors), attempted_on=pd.Timestamp(as_of))
    values = value_options(asked, eligibility.shift, as_of.weekday(), models, settings, promises=promises)
    start("decision")
    tactics = None
    if strategies is not None:
        tactics = Tactics.find(strategies, debtors, portfolio.attempts, bands=settings.bands, work_date=as_of)
        if strategies.form.offers:
            tactics = replace(tactics, barred=find_barred(debtors, calendar))
    return decide_day(debtors, eligibility, values, settings, as_of, tactics=tactics)


def team_zone(debtors: pd.DataFrame) -> str:
    """The zone in which the team's hours are read: the one most debtors live in."""
    zones, counts = np.unique(debtors["zone"].to_numpy(object).astype(str), return_counts=True)
    return str(zones[counts.argmax()]) if len(zones) else "UTC"


def decide_day(
    debtors: pd.DataFrame,
    eligibility: Eligibility,
    values: Values,
    settings: Settings,
    as_of: date,
    *,
    tactics: Tactics | None = None,
) -> Scored:
    """Choose for every debtor: by expected value, or by the three criteria where the debtor's `policy` says so.

    `tactics`: strategies by debtor, which narrow what is allowed.
    """
    factor = common_money(debtors, settings)
    by_rule = debtors["policy"].to_numpy(object) == THREE_CRITERIA
    priority = values.value
    priority *= factor[:, None, None]
    rows = np.flatnonzero(by_rule)
    if len(rows):
        typical, score = _typical_amounts(debtors), rank_three_criteria(debtors)
        owed = np.maximum(asked_of(debtors).to_numpy(np.float64), 0.01)
        scale, recovery = (score * typical / owed)[rows], values.recovery_of(rows)
        cost = recovery - values.value_of(rows)
        priority[rows] = (recovery * scale[:, None, None] - cost) * factor[rows][:, None, None]
    ids = debtors["debtor_id"].to_numpy(object)
    arms = split_team(draw_challenger(ids, settings), settings, as_of, Worked(debtors, factor))
    course = None if tactics is None else plot_course(priority, eligibility, tactics, as_of)
    draws, prefers = None, None
    if course is not None:
        eligibility, draws, prefers = course.eligibility, course.draws, course.choosable
    standing = Standing.of(eligibility.duty_rule, eligibility.duty_until, draws, prefers)
    decision = decide_in_arms(arms, (ids, eligibility.allowed, priority), settings, as_of, standing=standing)
    at = np.maximum(decision.choice, 0)
    own = values.value_at(np.arange(len(debtors)), at) * factor
    if len(rows):
        own = np.where(by_rule, score * typical * factor * _typical_share(values, debtors, by_rule), own)
    return Scored(debtors, eligibility, values, priority, own, decision, arms, tactics, course)


def asked_of(debtors: pd.DataFrame) -> pd.Series[float]:
    """What is asked for: with what was promised for today, though until tonight that counts as an open promise."""
    return debtors["amount_to_collect"] + debtors["promise_due_amount"]


def name_challenged(debtors: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The debtors, those of the challenger with its name as their `policy`."""
    ours = draw_challenger(debtors["debtor_id"].to_numpy(object), settings)
    if not ours.any():
        return debtors
    return debtors.assign(policy=as_texts(np.where(ours, settings.policy.challenger, debtors["policy"]), debtors))


def _typical_amounts(debtors: pd.DataFrame) -> Floats:
    """What debtors of the same portfolio are asked for on average."""
    amounts = debtors["amount_to_collect"].where(debtors["amount_to_collect"] > 0)
    return amounts.groupby(debtors["portfolio_id"]).transform("mean").fillna(1.0).to_numpy(np.float64)


def _typical_share(values: Values, debtors: pd.DataFrame, by_rule: NDArray[np.bool_]) -> float:
    """What a contact adds per unit owed, of a typical debtor: one number, so that ranks keep the rule's order."""
    owed, best = debtors["amount_to_collect"].to_numpy(np.float64), np.zeros(len(debtors))
    rows = np.flatnonzero(by_rule)
    best[rows] = values.recovery_of(rows).reshape(len(rows), N_SLOTS).max(axis=1, initial=0.0)
    # Those who owe nothing now, or whom no contact moves, would make it 0 and the ranks equal.
    adds = by_rule & (owed > 0) & (best > 0)
    return float(np.median(best[adds] / owed[adds])) if adds.any() else 1.0


def common_money(debtors: pd.DataFrame, settings: Settings) -> Floats:
    """Factors that make the debtors' currencies comparable.

    One currency: 1. Else the configured rates; where one is missing, every currency is measured by the median amount to
    collect in it, so that no currency outweighs another by its unit.
    """
    currencies = debtors["currency"].unique()
    if len(currencies) <= 1:
        return np.ones(len(debtors))
    missing = [name for name in currencies if name not in settings.rates]
    if len(missing) <= 1 and settings.rates:
        return debtors["currency"].map({**dict.fromkeys(missing, 1.0), **settings.rates}).to_numpy(np.float64)
    amounts = debtors["amount_to_collect"].where(debtors["amount_to_collect"] > 0)
    return (1 / amounts.groupby(debtors["currency"]).transform("median").fillna(1.0)).to_numpy(np.float64)
