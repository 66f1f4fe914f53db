"""Debtors given with their own history: the batch's answer, alone and among others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from tests.conftest import Workspace
from tests.unit.score_samples import Given, build_champions, clock_of, given_of, only

from recobro_data.contact_rules import rules_in_force
from recobro_data.given import build_given
from recobro_data.lake import Lake
from recobro_models.champions import Champions
from recobro_models.day_reader import DayReader
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

    def score(self, *debtor_ids: str, as_of: date | None = None) -> dict[str, Score]:
        as_of = as_of or self.workspace.as_of
        given = only(self.given, debtor_ids) if debtor_ids else self.given
        tables = build_given(given, clock=clock_of(self.workspace.as_of), rates={})
        scores = self.scorer.score(Question(tables, as_of, team_zone="America/Lima"), self.champions)
        return {score.debtor_id: score for score in scores}


@pytest.fixture(scope="module")
def desk(workspace: Workspace) -> Iterator[Desk]:
    scorer = Scorer(workspace.settings, rules_in_force(workspace.settings))
    yield Desk(workspace, given_of(workspace.settings), build_champions(), scorer)
    scorer.close()


@pytest.fixture(scope="module")
def together(desk: Desk) -> dict[str, Score]:
    return desk.score()


def told(score: Score) -> Any:
    """Everything an answer is made of, but for the rank, which is one among those asked about."""
    return json.dumps([score.payload, {**score.row, "rank": None}], default=str)


def test_what_is_read_of_given_rows_is_what_the_lake_gives(desk: Desk) -> None:
    whole = Snapshots(Lake(desk.workspace.settings.lake_dir), desk.workspace.settings).day_rows(desk.workspace.as_of)
    tables = build_given(desk.given, clock=clock_of(desk.workspace.as_of), rates={})
    reader = DayReader(desk.workspace.settings)
    for _ in ("compiled", "filled again"):
        found = reader.read(tables, desk.workspace.as_of)
        for name in FRAMES:
            assert_frame_equal(getattr(found, name), getattr(whole, name), check_dtype=False, check_exact=True)
    reader.close()


def test_everybody_who_owes_is_answered(desk: Desk, together: dict[str, Score]) -> None:
    whole = Snapshots(Lake(desk.workspace.settings.lake_dir), desk.workspace.settings).day_rows(desk.workspace.as_of)
    assert list(together) == list(whole.debtors["debtor_id"])


def test_a_debtor_alone_is_answered_as_among_all_others_to_the_last_bit(desk: Desk, together: dict[str, Score]) -> None:
    for debtor_id in list(together)[::40]:
        assert told(desk.score(debtor_id)[debtor_id]) == told(together[debtor_id])


@pytest.mark.slow
def test_every_debtor_of_the_portfolio_alone_is_answered_as_among_all(desk: Desk, together: dict[str, Score]) -> None:
    assert all(told(desk.score(debtor_id)[debtor_id]) == told(together[debtor_id]) for debtor_id in together)


def test_another_day_is_answered_from_what_was_known_then(desk: Desk, together: dict[str, Score]) -> None:
    before = desk.workspace.as_of - timedelta(days=20)
    early, again = desk.score(as_of=before), desk.score()
    assert {name: told(score) for name, score in again.items()} == {k: told(v) for k, v in together.items()}
    assert next(iter(early.values())).payload["risk"]["as_of"] == before.isoformat()


def test_nobody_is_left_alone_for_want_of_capacity(together: dict[str, Score]) -> None:
    assert not [score for score in together.values() if score.row.get("because") == "no_capacity"]


def test_nothing_is_drawn(together: dict[str, Score]) -> None:
    assert {score.row["arm"] for score in together.values() if "because" not in score.row} <= {"best", "duty"}
