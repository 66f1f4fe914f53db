"""Debtors given with their own history: the batch's answer, alone and among others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from tests.conftest import Workspace
from tests.unit.model_samples import build_charges
from tests.unit.score_samples import Given, build_champions, clock_of, given_of, only

from recobro_data.contact_rules import rules_in_force
from recobro_data.given import build_given
from recobro_data.lake import Lake
from recobro_models.champions import Champions
from recobro_models.given_day import read_given_day
from recobro_models.payment_curve import PaymentCurve
from recobro_models.scoring import Question, Score, Scorer
from recobro_models.snapshots import Snapshots

pytestmark = pytest.mark.slow

FRAMES = ("debtors", "charges", "contact_points", "attempts")


@dataclass
class Desk:
    """A scorer over the rows of a workspace."""

    workspace: Workspace
    given: Given
    champions: Champions
    scorer: Scorer

    def score(self, *debtor_ids: str, as_of: date | None = None, by_rule: Iterable[str] = ()) -> dict[str, Score]:
        as_of = as_of or self.workspace.as_of
        given = only(self.given, debtor_ids) if debtor_ids else self.given
        tables = build_given(given, clock=clock_of(self.workspace.as_of), rates={})
        question = Question(tables, as_of, team_zone="America/Lima", by_rule=frozenset(by_rule))
        scores = self.scorer.score(question, self.champions)
        return {score.debtor_id: score for score in scores}


@pytest.fixture(scope="module")
def desk(workspace: Workspace) -> Desk:
    scorer = Scorer(workspace.settings, rules_in_force(workspace.settings))
    return Desk(workspace, given_of(workspace.settings), build_champions(), scorer)


@pytest.fixture(scope="module")
def together(desk: Desk) -> dict[str, Score]:
    return desk.score()


def told(score: Score) -> Any:
    """Everything an answer is made of, but for the rank, which is one among those asked about."""
    return json.dumps([score.payload, {**score.row, "rank": None}], default=str)


def test_what_is_read_of_given_rows_is_what_the_lake_gives(desk: Desk) -> None:
    whole = Snapshots(Lake(desk.workspace.settings.lake_dir), desk.workspace.settings).day_rows(desk.workspace.as_of)
    tables = build_given(desk.given, clock=clock_of(desk.workspace.as_of), rates={})
    found = read_given_day(tables, desk.workspace.as_of, desk.workspace.settings)
    for name in FRAMES:
        told, read = getattr(whole, name), getattr(found, name)
        assert set(told.columns) == set(read.columns)
        assert_frame_equal(read[list(told.columns)], told, check_dtype=False, check_column_type=False, check_exact=True)


def test_everybody_who_owes_is_answered(desk: Desk, together: dict[str, Score]) -> None:
    whole = Snapshots(Lake(desk.workspace.settings.lake_dir), desk.workspace.settings).day_rows(desk.workspace.as_of)
    assert list(together) == list(whole.debtors["debtor_id"])


def test_a_debtor_alone_is_answered_as_among_all_others_to_the_last_bit(desk: Desk, together: dict[str, Score]) -> None:
    for debtor_id in list(together)[::40]:
        assert told(desk.score(debtor_id)[debtor_id]) == told(together[debtor_id])


@pytest.mark.slow
def test_every_debtor_of_the_portfolio_alone_is_answered_as_among_all(desk: Desk, together: dict[str, Score]) -> None:
    assert all(told(desk.score(debtor_id)[debtor_id]) == told(together[debtor_id]) for debtor_id in together)


def test_the_rows_of_the_batch_are_answered_as_those_given_to_the_last_bit(
    desk: Desk, together: dict[str, Score]
) -> None:
    workspace = desk.workspace
    rows = Snapshots(Lake(workspace.settings.lake_dir), workspace.settings).day_rows(workspace.as_of)
    question = Question({}, workspace.as_of, team_zone="America/Lima")
    of_batch = desk.scorer.answer(replace(rows, portfolios=rows.portfolios.iloc[:0]), question, desk.champions)
    assert {score.debtor_id: told(score) for score in of_batch} == {name: told(one) for name, one in together.items()}


def test_threads_that_ask_at_once_are_answered_as_one_after_the_other(desk: Desk, together: dict[str, Score]) -> None:
    asked = list(together)[:24]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda debtor_id: desk.score(debtor_id)[debtor_id], asked))
    assert [told(score) for score in found] == [told(together[debtor_id]) for debtor_id in asked]


def test_debtors_of_a_portfolio_that_plans_rank_by_rule_are_told_the_rule_and_what_it_looks_at(
    desk: Desk, together: dict[str, Score]
) -> None:
    by_rule = {score.portfolio_id for score in together.values()}
    found = [score.row for score in desk.score(by_rule=by_rule).values()]
    assert {row["policy"] for row in found} == {"three-criteria"}
    reasons = [[reason["code"] for reason in row["reasons"]] for row in found if "because" not in row]
    assert reasons
    assert all("three_criteria" in codes and "contact_adds" not in codes for codes in reasons)


def test_the_rule_of_another_portfolio_changes_nothing(desk: Desk, together: dict[str, Score]) -> None:
    assert [told(one) for one in desk.score(by_rule=["another"]).values()] == [told(one) for one in together.values()]


def test_with_nothing_learnt_everybody_is_ranked_by_rule_as_a_plan_does(desk: Desk) -> None:
    nothing = PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[]))
    unlearnt = replace(desk, champions=replace(desk.champions, curve=nothing))
    assert {score.row["policy"] for score in unlearnt.score().values()} == {"three-criteria"}


def test_another_day_is_answered_from_what_was_known_then(desk: Desk, together: dict[str, Score]) -> None:
    before = desk.workspace.as_of - timedelta(days=20)
    early, again = desk.score(as_of=before), desk.score()
    assert {name: told(score) for name, score in again.items()} == {k: told(v) for k, v in together.items()}
    assert next(iter(early.values())).payload["risk"]["as_of"] == before.isoformat()


def test_nobody_is_left_alone_for_want_of_capacity(together: dict[str, Score]) -> None:
    assert not [score for score in together.values() if score.row.get("because") == "no_capacity"]


def test_nothing_is_drawn(together: dict[str, Score]) -> None:
    assert {score.row["arm"] for score in together.values() if "because" not in score.row} <= {"best", "duty"}
