"""Scores of debtors who are given with their own history: the features, models and rules of a plan, nothing stored.

What a plan can only know of the whole portfolio is left out: capacity, teams and budget (the recommendation is the best
lawful option of the debtor, whoever else may want the team), exploration, and whether a portfolio is too small to learn
from. All else is that of the plan, so a debtor gets here what the plan of that day gave him.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from queue import Empty, LifoQueue
from typing import Any, Final

import pyarrow as pa

from recobro_data.contact_rules import Rulebook
from recobro_data.settings import Budget, Settings, Shares
from recobro_models.champions import Champions
from recobro_models.day_reader import DayReader
from recobro_models.day_risk import build_accounts
from recobro_models.decision.day import score_day
from recobro_models.decision.payloads import build_payloads
from recobro_models.decision.reasons import plan_reasons
from recobro_models.decision.strategies import load_strategies
from recobro_models.decision.wording import Wording
from recobro_models.decision.worklist import Signature, build_items, build_left_alone

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
    """

    tables: Mapping[str, pa.Table]
    as_of: date
    has_contact_points: bool = True
    team_zone: str | None = None


class Scorer:
    """Scores with one set of champions. Threads may share it: each takes a reader of its own.

    Example:
        scorer = Scorer(settings, rules_in_force(settings))
        scorer.score(Question(build_given(...), date(2026, 10, 14)), champions)
    """

    def __init__(self, settings: Settings, rulebook: Rulebook) -> None:
        self._settings, self._rulebook = _without_capacity(settings), rulebook
        self._strategies = load_strategies(settings.home)
        self._readers: LifoQueue[DayReader] = LifoQueue()

    @property
    def rules(self) -> str:
        """The version of the contact rules."""
        return self._rulebook.version

    def close(self) -> None:
        """Gives back every engine."""
        while not self._readers.empty():
            self._readers.get().close()

    def score(self, question: Question, champions: Champions) -> list[Score]:
        """One answer for each debtor who owes something as of the day, in the order of their ids."""
        with self._reader() as reader:
            rows = reader.read(question.tables, question.as_of)
        if not len(rows.debtors):
            return []
        settings, as_of = self._settings, question.as_of
        day = score_day(
            rows, champions, (self._rulebook, settings, as_of),
            has_contact_points=question.has_contact_points, zone=question.team_zone, strategies=self._strategies,
        )  # fmt: skip
        told = plan_reasons(day.scored, rows.charges, champions.curve, settings)
        read = (day.readings, build_accounts(rows, day.readings))
        signature = _signature(champions, self._rulebook.version, as_of)
        says = Wording(day.scored, settings, as_of).fields
        items = build_items(day.scored, signature, settings, told.of_items, says=says)
        decided = {row["debtor_id"]: row for row in (*items, *build_left_alone(day.scored, signature, settings))}
        payloads = build_payloads(day.scored, champions, day.calendar, told.of_risk, read)
        return [Score(debtor, portfolio, payload, decided[debtor]) for debtor, portfolio, payload in payloads]

    @contextmanager
    def _reader(self) -> Iterator[DayReader]:
        try:
            reader = self._readers.get_nowait()
        except Empty:
            reader = DayReader(self._settings)
        try:
            yield reader
        except BaseException:
            # What it holds is half of something; the next caller gets a new one.
            reader.close()
            raise
        self._readers.put(reader)


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
