"""From loaded tables to champions and a published plan, and the same again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Workspace, opened_store

from recobro_data.contact_rules import load_rulebook, open_windows, zones_of
from recobro_data.errors import NoChampionError, NoDataError
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings
from recobro_data.store.fields import ITEM_FIELDS
from recobro_data.vocabulary import CHANNELS, LEFT_ALONE
from recobro_models.contact_effect import ContactEffect
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.three_criteria import rank_three_criteria
from recobro_models.registry import NAMES, Registry
from recobro_models.snapshots import Snapshots
from recobro_pipelines.kpi_keeping import plan_and_measure
from recobro_pipelines.plan import Planned, plan_worklist
from recobro_pipelines.train import Trained, train_models

pytestmark = pytest.mark.slow

Row = dict[str, Any]


@dataclass(frozen=True)
class Day:
    """A day in a workspace: trained, planned, and what was published."""

    workspace: Workspace
    trained: list[Trained]
    planned: Planned
    items: list[Row]
    left_alone: list[Row]


def run_day(workspace: Workspace) -> Day:
    trained = train_models(workspace.settings, workspace.as_of)
    with opened_store(workspace.settings) as store:
        planned = plan_worklist(workspace.settings, store, workspace.as_of)
        items, alone = (list(read(planned.plan_id, limit=1000)) for read in (store.items, store.left_alone))
    return Day(workspace, trained, planned, items, alone)


@pytest.fixture(scope="module")
def day(workspace: Workspace) -> Day:
    return run_day(workspace)


@pytest.fixture(scope="module")
def short_day(short_workspace: Workspace) -> Day:
    return run_day(short_workspace)


def test_the_first_training_makes_champions_of_what_it_learnt(day: Day) -> None:
    assert {one.version.model: one.kind for one in day.trained} == {
        "risk": "learned", "contact": "learned", "effect": "learned", "promise": "learned"
    }  # fmt: skip
    assert [one.verdict.why for one in day.trained] == ["promoted: the first champion"] * 4


def test_a_trained_risk_model_tells_its_measures(day: Day) -> None:
    measures = day.trained[0].version.metrics
    assert measures["auc"] > 0.75
    assert measures["calibration_error"] < 0.08
    assert day.trained[0].version.tags["as_of"] == day.workspace.as_of.isoformat()


@pytest.mark.slow
def test_training_again_on_the_same_data_keeps_the_champions(day: Day) -> None:
    registry = Registry(day.workspace.settings)
    before = [registry.champion(model).label for model in NAMES]
    again = train_models(day.workspace.settings, day.workspace.as_of)
    assert [one.verdict.promote for one in again] == [False] * 4
    assert [registry.champion(model).label for model in NAMES] == before


def test_the_learned_effect_has_the_sign_of_the_truth(day: Day) -> None:
    effect = ContactEffect.from_files(Registry(day.workspace.settings).files(day.trained[2].version))
    rows = Snapshots(Lake(day.workspace.settings.lake_dir), day.workspace.settings).day_rows(day.workspace.as_of)
    found = effect.predict_effect(rows.debtors, "call", np.full(len(rows.debtors), 0.5)).mean()
    assert found > 0
    assert day.workspace.truth.effect(rows.debtors["debtor_id"], "call").mean() > 0


def test_a_plan_is_published_and_the_same_plan_only_once(day: Day) -> None:
    assert day.planned.is_new
    with opened_store(day.workspace.settings) as store:
        again = plan_worklist(day.workspace.settings, store, day.workspace.as_of)
        rows = [list(read(again.plan_id, limit=1000)) for read in (store.items, store.left_alone)]
    assert (again.is_new, again.plan_id) == (False, day.planned.plan_id)
    assert rows == [day.items, day.left_alone]
    assert dict(again.summary) == dict(day.planned.summary)


def test_a_plan_is_rebuilt_from_the_lake_as_it_stood(short_day: Day, tmp_path: Path) -> None:
    shutil.copytree(short_day.workspace.settings.home, tmp_path / "home")
    settings, as_of = Settings(home=tmp_path / "home", engine={"threads": 1}), short_day.workspace.as_of
    loaded, later = datetime.now(UTC), settings.home / "source" / "charges.csv"
    rows = pd.read_csv(later, dtype=str)
    rows.assign(amount=rows["amount"].astype(float) + 1).to_csv(later, index=False)
    load_source(str(later), settings, validate=lambda *_: later)
    with opened_store(settings) as store:
        now, then = (plan_worklist(settings, store, as_of, recorded_by=instant) for instant in (None, loaded))
    assert now.plan_id != short_day.planned.plan_id
    assert (then.plan_id, then.is_new) == (short_day.planned.plan_id, False)


def test_every_debtor_with_an_open_charge_is_accounted_for_once(day: Day) -> None:
    rows = Snapshots(Lake(day.workspace.settings.lake_dir), day.workspace.settings).day_rows(day.workspace.as_of)
    told = [row["debtor_id"] for row in (*day.items, *day.left_alone)]
    assert sorted(told) == sorted(rows.debtors["debtor_id"])
    assert {row["because"] for row in day.left_alone} <= set(LEFT_ALONE)


def test_published_items_hold_every_field_and_count_their_ranks(day: Day) -> None:
    assert len(day.items) > 20
    assert [item["rank"] for item in day.items] == list(range(1, len(day.items) + 1))
    for item in day.items:
        assert {name for name in ITEM_FIELDS if item.get(name) is None} == {"offer", "agent_id"}


def test_published_windows_lie_inside_the_law(day: Day) -> None:
    rulebook = load_rulebook()
    for item in day.items:
        law = rulebook.for_place("PE", None)
        opening = open_windows(law, zones_of("PE", None, law), day.workspace.as_of, item["channel"])
        start, end = (datetime.fromisoformat(item[name]) for name in ("window_start", "window_end"))
        assert any(one.start <= start and end <= one.end for one in opening.windows)


def test_each_item_has_at_most_five_reasons_of_which_one_is_what_limited_it(day: Day) -> None:
    for item in day.items:
        codes = [reason["code"] for reason in item["reasons"]]
        assert 2 <= len(codes) <= 5
        assert sum(code.startswith("limiting_") for code in codes) == 1
        assert len(set(codes)) == len(codes)


def test_the_summary_counts_what_was_published(day: Day) -> None:
    summary = day.planned.summary
    assert (summary["items"], summary["debtors"]) == (len(day.items), len(day.items) + len(day.left_alone))
    assert sum(summary["left_alone"].values()) == len(day.left_alone)
    assert 0 <= summary["gap"] < 0.05
    assert set(summary["items_by_channel"]) <= set(CHANNELS)


def test_other_settings_make_another_plan(day: Day) -> None:
    policy = day.workspace.settings.policy.model_copy(update={"exploration": 0.5})
    changed = day.workspace.settings.model_copy(update={"policy": policy})
    with opened_store(changed) as store:
        planned = plan_worklist(changed, store, day.workspace.as_of)
    assert planned.is_new
    assert planned.plan_id != day.planned.plan_id


def test_a_portfolio_with_little_history_is_ranked_by_the_three_criteria_and_says_so(short_day: Day) -> None:
    assert {one.version.model: one.kind for one in short_day.trained}["risk"] == "baseline"
    assert len(short_day.items) > 5
    assert {item["policy"] for item in short_day.items} == {THREE_CRITERIA}
    assert all(item["reasons"][0]["code"] == "three_criteria" for item in short_day.items)


def test_the_three_criteria_order_each_portfolio_whatever_the_models_say(short_day: Day) -> None:
    settings = short_day.workspace.settings
    debtors = Snapshots(Lake(settings.lake_dir), settings).day_rows(short_day.workspace.as_of).debtors
    score = dict(zip(debtors["debtor_id"], rank_three_criteria(debtors), strict=True))
    for portfolio in {item["portfolio_id"] for item in short_day.items}:
        scores = [score[item["debtor_id"]] for item in short_day.items if item["portfolio_id"] == portfolio]
        assert scores == sorted(scores, reverse=True)


def test_planning_before_training_says_that_there_is_no_champion(workspace: Workspace, tmp_path: Path) -> None:
    untrained = workspace.settings.model_copy(update={"home": tmp_path})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lake").symlink_to(workspace.settings.lake_dir)
    with opened_store(untrained) as store, pytest.raises(NoChampionError, match="Run `recobro train` first") as raised:
        plan_worklist(untrained, store, workspace.as_of)
    assert raised.value.exit_status == 4


@pytest.mark.parametrize("run", [train_models, plan_worklist])
def test_without_data_nothing_is_trained_or_planned(run: Any, workspace: Workspace, tmp_path: Path) -> None:
    empty = Settings(home=tmp_path)
    words = (empty, workspace.as_of) if run is train_models else (empty, None, workspace.as_of)
    with pytest.raises(NoDataError, match="Run `recobro ingest SOURCE` first"):
        run(*words)


def test_a_day_on_which_nothing_is_open_makes_an_empty_plan(day: Day, tmp_path: Path) -> None:
    workspace = replace(day.workspace, as_of=day.workspace.as_of.replace(year=2024))
    with opened_store(workspace.settings) as store:
        planned = plan_worklist(workspace.settings, store, workspace.as_of)
    assert (planned.n_items, planned.n_left_alone) == (0, 0)


def test_the_command_that_plans_a_day_keeps_its_kpis_for_the_api(short_day: Day) -> None:
    with opened_store(short_day.workspace.settings) as store:
        planned = plan_and_measure(short_day.workspace.settings, store, short_day.workspace.as_of)
        measured_on = store.kpis.newest()
    assert planned.plan_id == short_day.planned.plan_id
    assert measured_on == short_day.workspace.as_of
