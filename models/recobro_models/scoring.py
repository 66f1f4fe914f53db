"""Scores of debtors who are given with their own history: the features, models and rules of a plan, nothing stored.

What a plan can only know of the whole portfolio is left out: capacity, teams and budget (the recommendation is the best
lawful option of the debtor, whoever else may want the team) and exploration. All else is that of the plan, so a debtor
gets here what the plan of that day gave him. Whether a portfolio is too small to learn from is told by the newest plan;
its rule of three criteria only puts debtors in order, which is nothing where one is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from recobro_data.contact_rules import Rulebook
from recobro_data.frames import as_texts
from recobro_data.settings import Budget, Settings, Shares
from recobro_models.champions import Champions
from recobro_models.day_risk import build_accounts
from recobro_models.decision.arms import draw_challenger
from recobro_models.decision.day import PlanDay, score_day
from recobro_models.decision.payloads import build_payloads
from recobro_models.decision.reasons import plan_reasons
from recobro_models.decision.strategies import load_strategies
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.wording import Wording
from recobro_models.decision.worklist import Signature, build_items, build_left_alone
from recobro_models.given_day import read_given_day
from recobro_models.snapshots import DayRows

#: What limits a channel, whoever the debtor is; one of 0 closes it.
_LIMITS: Final = ("capacity_per_hour", "capacity_per_day", "capacity_per_zone")


@dataclass(frozen=True)
class Score:
    """One debtor's answer: `payload` as a plan stores it for risk and contact times, `row` as its item or as the row
    that says why the debtor is left alone; ids of a plan are null in it."""

    debtor_id: str
    portfolio_id: str
    payload: Mapping[str, Any]
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """Canonical tables of the debtors asked about, as of a day.

    has_contact_points: whether contact points are known at all; where they are not, the default channels hold.
    team_zone: on whose clock the team's hours are read; None: on the one most of these debtors live on.
    by_rule: portfolios that a plan ranks by the three criteria, as `ranked_by_rule` finds them.
    """

    tables: Mapping[str, pa.Table]
    as_of: date
    has_contact_points: bool = True
    team_zone: str | None = None
    by_rule: frozenset[str] = frozenset()


def ranked_by_rule(summary: Mapping[str, Any]) -> frozenset[str]:
    """Portfolios that a plan ranked by the three criteria for want of history, from the plan's `summary`.

    A challenger decides for a share of every portfolio: its debtors tell nothing of the portfolio.

    Example:
        >>> sorted(ranked_by_rule({"portfolios": {"new": {"policies": {"three-criteria": 9}}, "old": {}}}))
        ['new']
    """
    challenger = (summary.get("challenger") or {}).get("policy")
    policies = {name: set(told.get("policies", ())) for name, told in summary.get("portfolios", {}).items()}
    usual = {name: found - {challenger} or found for name, found in policies.items()}
    return frozenset(name for name, found in usual.items() if THREE_CRITERIA in found)


class Scorer:
    """Scores with one set of champions. Threads may share it: nothing is kept from one question to the next.

    Example:
        scorer = Scorer(settings, rules_in_force(settings))
        scorer.score(Question(build_given(...), date(2026, 10, 14)), champions)
    """

    def __init__(self, settings: Settings, rulebook: Rulebook) -> None:
        self._settings, self._rulebook = _without_capacity(settings), rulebook
        self._strategies = load_strategies(settings.home)

    @property
    def rules(self) -> str:
        """The version of the contact rules."""
        return self._rulebook.version

    def score(self, question: Question, champions: Champions) -> list[Score]:
        """One answer for each debtor who owes something as of the day, in the order of their ids."""
        rows = read_given_day(question.tables, question.as_of, self._settings)
        return self.answer(rows, question, champions) if len(rows.debtors) else []

    def answer(self, rows: DayRows, question: Question, champions: Champions) -> list[Score]:
        """The same of rows that are read; the question's own tables are not looked at."""
        settings, as_of = self._settings, question.as_of
        day = score_day(
            rows, champions, (self._rulebook, settings, as_of),
            has_contact_points=question.has_contact_points, zone=question.team_zone, strategies=self._strategies,
        )  # fmt: skip
        day = _with_policies(day, champions, question.by_rule)
        told = plan_reasons(day.scored, rows.charges, champions.curve, settings)
        read = (day.readings, build_accounts(rows, day.readings))
        signature = _signature(champions, self._rulebook.version, as_of)
        says = Wording(day.scored, settings, as_of).fields
        items = build_items(day.scored, signature, settings, told.of_items, says=says)
        decided = {row["debtor_id"]: row for row in (*items, *build_left_alone(day.scored, signature, settings))}
        payloads = build_payloads(day.scored, champions, day.calendar, told.of_risk, read)
        return [Score(debtor, portfolio, payload, decided[debtor]) for debtor, portfolio, payload in payloads]


def _with_policies(day: PlanDay, champions: Champions, by_rule: frozenset[str]) -> PlanDay:
    """The day with each debtor's policy as a plan tells it: the rule where nothing is learnt or a plan ranks the
    portfolio by it, but for those whom the challenger decides."""
    debtors = day.scored.debtors
    is_by_rule = np.array([one in by_rule for one in debtors["portfolio_id"]], bool)
    is_by_rule |= champions.curve.kind == "baseline"
    is_by_rule &= ~draw_challenger(debtors["debtor_id"].to_numpy(object), day.calendar.settings)
    if not is_by_rule.any():
        return day
    policy = as_texts(np.where(is_by_rule, THREE_CRITERIA, debtors["policy"]), debtors)
    return replace(day, scored=replace(day.scored, debtors=debtors.assign(policy=policy)))


def _without_capacity(settings: Settings) -> Settings:
    """The same settings for a team of any size that draws nobody."""
    channels = {
        name: own.model_copy(update={"zones": {}} | {key: None for key in _LIMITS if getattr(own, key) != 0})
        for name, own in settings.channels.items()
    }
    policy = settings.policy.model_copy(update={"exploration": 0.0})
    nobody = {"teams": {}, "portfolios": {}, "budget": Budget(), "shares": Shares()}
    return settings.model_copy(update={"channels": channels, "policy": policy, **nobody})


def _signature(champions: Champions, rules: str, as_of: date) -> Signature:
    labels = {model: version.label for model, version in champions.versions.items()}
    return Signature("", as_of, labels["risk"], labels["contact"], labels["effect"], rules)
