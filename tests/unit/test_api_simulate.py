"""`POST /v1/plans/simulate` over published plans whose options are kept, and are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings
from tests.unit.plan_samples import build_plan
from tests.unit.what_if_samples import SUMMARY, build_inputs, settings_with

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_models.decision.options import Options
from recobro_serving.app import create_app

PATH = "/v1/plans/simulate"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.publish_plan(build_plan(summary=SUMMARY, inputs=build_inputs(settings_with())))
        yield store


@pytest.fixture(scope="module")
def caller(store: Store) -> Caller:
    return build_caller(store)


@pytest.fixture(scope="module")
def with_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Settings]]:
    """A store whose plan's options are kept: 40 debtors, every third of them of `south`, and ten messages a day."""
    home = tmp_path_factory.mktemp("home")
    channels = {"call": {"capacity_per_hour": 1}, "whatsapp": {"capacity_per_day": 10}}
    settings = build_settings(home, channels=channels)
    portfolio = ["north" if at % 3 else "south" for at in range(40)]
    debtors = build_owing(40, amount_to_collect=np.linspace(50, 800, 40), portfolio_id=portfolio)
    scored = build_scored(debtors, settings, build_calendar(settings))
    Options.of(scored, np.ones(40)).save(settings.decisions_dir / "p1.parquet")
    with open_store(f"sqlite:///{home / 'recobro.db'}") as store:
        days = {"as_of": WORK_DATE, "work_date": WORK_DATE}
        store.publish_plan(build_plan(summary=SUMMARY, inputs=build_inputs(settings), **days))
        yield store, settings


def ask(with_options: tuple[Store, Settings], portfolio: str, **body: Any) -> dict[str, Any]:
    store, settings = with_options
    key = store.add_key("test", ["read"], [portfolio])
    caller = Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})
    answer = caller.call("POST", PATH, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_exact_answer_shares_the_options_out_again(with_options: tuple[Store, Settings]) -> None:
    told = ask(with_options, "*", capacity={"whatsapp": "+5"}, exact=True)
    assert (told["how"], told["channels"]["whatsapp"]) == ("exact", {"used_before": 10, "used_after": 15})
    assert told["difference"] > 0


def test_a_bound_key_is_answered_exactly_about_its_own_debtors(with_options: tuple[Store, Settings]) -> None:
    parts = [ask(with_options, name, capacity={"whatsapp": "+1"}) for name in ("north", "south")]
    used = [part["channels"]["whatsapp"]["used_before"] for part in parts]
    assert [part["how"] for part in parts] == ["exact", "exact"]
    assert (sum(used), min(used) > 0) == (10, True)
    assert [part["channels"]["whatsapp"]["used_after"] for part in parts] == [one + 1 for one in used]


def test_a_bound_key_is_not_told_what_a_rule_costs_all(with_options: tuple[Store, Settings]) -> None:
    store, settings = with_options
    key = store.add_key("test", ["read"], ["north"])
    caller = Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})
    answer = caller.call("POST", PATH, json={"lifted_rules": ["PE.limits.week"]})
    assert answer.status_code == 422


def test_more_capacity_is_answered_from_prices(caller: Caller) -> None:
    answer = caller.call("POST", PATH, json={"capacity": {"call": "+1"}})
    assert answer.status_code == 200
    assert (answer.json()["how"], answer.json()["difference"]) == ("prices", 2.0)


def test_all_that_can_be_asked_can_be_asked_at_once(caller: Caller) -> None:
    body = {"plan_id": "p1", "capacity": {"call": {"per_hour": 61}, "email": 30}, "cost": {"call": "+10%"}}
    answer = caller.call("POST", PATH, json=body).json()
    assert sorted(answer["changes"]) == ["capacity.call.hour", "capacity.email.day", "cost.call"]


def test_an_exact_answer_without_options_is_from_prices_and_says_so(caller: Caller) -> None:
    answer = caller.call("POST", PATH, json={"capacity": {"call": "+1"}, "exact": True}).json()
    assert answer["how"] == "prices"
    assert "not kept" in answer["remarks"][0]


def test_a_bound_key_is_told_nothing_from_the_prices_of_all(store: Store) -> None:
    answer = build_caller(store, portfolios=["north"]).call("POST", PATH, json={"capacity": {"call": "+1"}})
    assert answer.status_code == 404
    assert "the options of p1" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"capacity": {"fax": 3}}, {"capacity": {"call": "lots"}}, {"cost": {"call": -1}}, {"exploration": 2},
     {"capacity": {"visit": 3}}, {"capacity": {"call": {"per_week": 3}}}, {"horizon": 3}, [], None],
)  # fmt: skip
def test_what_can_not_be_asked_is_refused(caller: Caller, body: Any) -> None:
    assert caller.call("POST", PATH, json=body).status_code == 422


def test_an_unknown_plan_is_not_found(caller: Caller) -> None:
    assert caller.call("POST", PATH, json={"plan_id": "p9", "cost": {"call": 1}}).status_code == 404


def test_a_plan_that_was_published_without_its_inputs_can_not_be_asked_about(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        answer = build_caller(store).call("POST", PATH, json={"cost": {"call": 1}})
    assert answer.status_code == 404
