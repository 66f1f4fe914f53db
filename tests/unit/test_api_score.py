"""`POST /v1/score` over HTTP: shapes, refusals, and which models answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import build_plan
from tests.unit.registry_samples import fresh_settings
from tests.unit.score_samples import build_champions

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_models.promises import Promises
from recobro_models.registry import Registry
from recobro_serving.app import create_app
from recobro_serving.schemas_score import EXAMPLE, Scores


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with a champion of each model."""
    settings, champions = fresh_settings(tmp_path_factory.mktemp("score") / "home"), build_champions()
    registry = Registry(settings)
    files = {
        "risk": champions.curve.to_files(), "contact": champions.times.to_files(),
        "effect": champions.effect.to_files(), "promise": Promises.prior().to_files(),
    }  # fmt: skip
    for model, content in files.items():
        version = registry.add(model, content, metrics={}, parameters={}, tags={"as_of": "2026-10-14"})
        registry.promote(model, version.number)
    return settings


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.store_url) as store:
        yield store


@pytest.fixture(scope="module")
def caller(settings: Settings, store: Store) -> Caller:
    key = store.add_key("platform", ["read"], ["north"])
    return Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})


def ask(caller: Caller, **changed: Any) -> Any:
    return caller.call("POST", "/v1/score", json={**EXAMPLE, **changed})


def test_the_example_of_the_documentation_is_answered_in_the_shape_it_promises(caller: Caller) -> None:
    scores = Scores.model_validate(ask(caller).json())
    assert [debtor.debtor_id for debtor in scores.debtors] == ["d1"]


def test_what_is_recommended_has_no_ids_of_a_plan(caller: Caller) -> None:
    answer = ask(caller).json()["debtors"][0]["recommendation"]
    assert "left_alone" in answer or {answer[name] for name in ("item_id", "plan_id", "rank")} == {None}


def test_who_owes_nothing_is_answered_with_nothing(caller: Caller) -> None:
    answer = ask(caller, tables={"debtors": EXAMPLE["tables"]["debtors"]}).json()["debtors"]  # type: ignore[index]
    assert answer == [
        {"debtor_id": "d1", "portfolio_id": "north", "risk": None, "contact_times": None, "recommendation": None}
    ]


def test_the_hours_of_the_week_come_where_they_are_asked_for(caller: Caller) -> None:
    weeks = ask(caller, weeks=True).json()["debtors"][0]["contact_times"]["weeks"]
    assert len(weeks["call"]["p_reach"]) == 7


def test_reasons_are_told_in_the_readers_language(caller: Caller) -> None:
    told = caller.call("POST", "/v1/score", json=EXAMPLE, headers={"Accept-Language": "en"}).json()
    assert any(
        "overdue" in reason["text"] or "due" in reason["text"] for reason in told["debtors"][0]["risk"]["reasons"]
    )


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"debtors": []},
        {"debtors": [{"debtor_id": "d1", "country": "PE"}] * 1001},
        {"debtors": [{"debtor_id": "d1", "country": "PE"}], "invoices": []},
        {"debtors": [{"debtor_id": "d1", "country": "Peru"}]},
        {"debtors": "d1"},
    ],
)
def test_what_can_not_be_understood_is_a_problem(caller: Caller, tables: Any) -> None:
    answer = ask(caller, tables=tables)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recobro:problem:invalid-request")


def test_a_broken_row_is_told_by_its_rule_and_place(caller: Caller) -> None:
    tables = {"debtors": EXAMPLE["tables"]["debtors"], "charges": [{"charge_id": "c1", "debtor_id": "d9"}]}  # type: ignore[index]
    assert "charges[0]" in ask(caller, tables=tables).json()["detail"]


def test_nothing_is_stored(caller: Caller, store: Store) -> None:
    ask(caller)
    assert not store.has_plans()


def test_a_promotion_is_taken_up_without_a_restart(settings: Settings, store: Store) -> None:
    caller = build_caller(store)
    caller.app = create_app(settings, store)
    watch, _ = caller.app.state.services.score._means
    before = ask(caller).json()["models"]["risk"]
    registry = Registry(settings)
    version = registry.add("risk", build_champions().curve.to_files(), metrics={}, parameters={}, tags={})
    registry.promote("risk", version.number)
    watch._look_at = 0.0
    assert (before, ask(caller).json()["models"]["risk"]) == (f"recobro-risk/{version.number - 1}", version.label)


def test_without_models_the_answer_names_the_command(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        caller = build_caller(store)
        caller.app = create_app(Settings(home=tmp_path), store)
        answer = ask(caller)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:recobro:problem:no-model")
    assert "recobro train" in answer.json()["detail"]


def test_models_are_told_with_what_they_were_made_from(caller: Caller) -> None:
    told = caller.get("/v1/models").json()["items"]
    champions = {one["model"]: one for one in told if "champion" in one["aliases"]}
    assert set(champions) == {"risk", "contact", "effect", "promise"}
    assert champions["contact"]["files"].keys() == {"model.json"}


def test_a_portfolio_that_the_newest_plan_ranks_by_the_rule_is_answered_with_that_rule(settings: Settings) -> None:
    with open_store(f"sqlite:///{settings.home / 'by_rule.db'}") as store:
        summary = {"portfolios": {"north": {"policies": {"three-criteria": 3}}}}
        store.publish_plan(replace(build_plan(n_items=1), summary=summary))
        key = store.add_key("platform", ["read"], ["north"])
        caller = Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})
        assert ask(caller).json()["debtors"][0]["recommendation"]["policy"] == "three-criteria"
