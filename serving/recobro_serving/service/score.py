"""Scores of debtors who are given with their own history; nothing is read of them and nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from recobro_data.errors import NoPlanError, RulesError, UsageError
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_data.store.answers import Teller
from recobro_serving.schemas_score import ScoreBody
from recobro_serving.service.debtors import answer_of_row, best_hours, risk_of

#: What only a row of a plan has.
_OF_A_PLAN: Final = ("item_id", "plan_id", "rank")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ScoreDesk:
    """Answers `POST /v1/score`. Models are loaded with the first question, and anew within seconds of a promotion."""

    settings: Settings
    store: Store
    tell: Teller
    now: Callable[[], datetime] = _utc_now

    def score(self, body: ScoreBody, language: str | None) -> dict[str, Any]:
        """One answer for each debtor given, in their order.

        Raises:
            UsageError: a row breaks a rule of a load, or the contact rules do not hold on that day.
            NoChampionError: nothing has been promoted yet.
        """
        from recobro_data.given import build_given
        from recobro_models.scoring import Question, ranked_by_rule

        summary = self._newest_summary()
        zone = summary.get("team_zone")
        as_of = body.as_of or today_in(zone, self.now())
        given = build_given(body.tables.rows(), clock=self.now(), rates=self.settings.rates)
        has_points, by_rule = body.tables.contact_points is not None, ranked_by_rule(summary)
        question = Question(given, as_of, has_points, zone, by_rule)
        watch, scorer = self._means
        champions = watch.current()
        try:
            scores = {score.debtor_id: score for score in scorer.score(question, champions)}
        except RulesError as error:
            found = as_of.isoformat()
            raise UsageError("a day for which the contact rules hold", found, "Ask for another as_of.") from error
        asked = given["debtors"]
        debtors = zip(asked["debtor_id"].to_pylist(), asked["portfolio_id"].to_pylist(), strict=True)
        return {
            "as_of": as_of.isoformat(),
            "models": {model: version.label for model, version in champions.versions.items()},
            "rules": scorer.rules,
            "debtors": [self._told(whose, scores.get(whose[0]), (body.weeks, language)) for whose in debtors],
        }

    def _told(self, ids: tuple[str, str], score: Any, how: tuple[bool, str | None]) -> dict[str, Any]:
        weeks, language = how
        whose = dict(zip(("debtor_id", "portfolio_id"), ids, strict=True))
        if score is None:
            return {**whose, "risk": None, "contact_times": None, "recommendation": None}
        contact: Mapping[str, Any] = score.payload["contact"]
        times = {"timezone": contact["timezone"], "best": best_hours(contact)}
        answer = answer_of_row(score.row, self.tell, language)
        return {
            **whose,
            "risk": risk_of(score.payload, self.tell, language),
            "contact_times": times | {"weeks": contact["channels"] if weeks else None},
            "recommendation": {name: None if name in _OF_A_PLAN else value for name, value in answer.items()},
        }

    def _newest_summary(self) -> Mapping[str, Any]:
        """What the newest plan says of itself; nothing where there is none yet."""
        try:
            return self.store.current_plan().summary
        except NoPlanError:
            return {}

    @cached_property
    def _means(self) -> tuple[Any, Any]:
        # The models' libraries take seconds to import: who never asks for a score does not wait for them.
        from recobro_data.contact_rules import rules_in_force
        from recobro_models.champion_watch import ChampionWatch
        from recobro_models.scoring import Scorer

        return ChampionWatch(self.settings), Scorer(self.settings, rules_in_force(self.settings))


def today_in(zone: str | None, now: datetime) -> date:
    """The date on that clock."""
    return now.astimezone(ZoneInfo(zone or "UTC")).date()
