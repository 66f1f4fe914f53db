"""Champion and challenger compared on a book small enough to work it out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.impact_samples import AS_OF, ENTERED, days_after, load_book, open_plans
from tests.unit.plan_samples import build_item, build_left_alone, build_plan

from recobro_data.errors import NoPlanError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.snapshots import Snapshots
from recobro_pipelines.compare import Compared, compare_policies

N = 220
RIVALS = ("expected-value-1", "three-criteria")


def publish(settings: Settings, day: Any, *, challenger: str | None = RIVALS[1], **changed: Any) -> None:
    """A plan that gives every second debtor to the challenger; the last two are left alone by chance and by promise."""
    plan_id, common = f"p{day}", {"work_date": day.isoformat(), "portfolio_id": "default", "amount_to_collect": 100.0}
    common |= {"p_pay_no_action": 0.5} | changed
    whose = [common | {"policy": RIVALS[at % 2], "debtor_id": f"d{at}"} for at in range(N)]
    items = [build_item(at, plan_id, **whose[at]) for at in range(N - 2)]
    because = {N - 2: "control_group", N - 1: "promise_open"}
    left = [build_left_alone(at, plan_id, **whose[at], because=why) for at, why in because.items()]
    counts = {"policies": dict.fromkeys(RIVALS, N // 2) if challenger else {RIVALS[0]: N}}
    summary = {"challenger": challenger and {"policy": challenger, "share": 0.5}, "portfolios": {"default": counts}}
    plan = build_plan(plan_id, as_of=day, work_date=day, items=items, left_alone=left, scores=(), summary=summary)
    with open_plans(settings) as store:
        store.publish_plan(plan)


def look(settings: Settings, start: Any = None, end: Any = AS_OF) -> Compared:
    with open_plans(settings) as store:
        return compare_policies(Snapshots(Lake(settings.lake_dir), settings), store, start, end)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The challenger's debtors pay 40 more than the champion's 50 or 70."""
    home = tmp_path_factory.mktemp("compared") / "home"
    settings = load_book(home, lambda at: 50.0 + 40 * (at % 2) + 20 * (at % 4 > 1), n=N)
    publish(settings, ENTERED)
    return settings


def test_the_difference_is_that_of_the_means_within_the_horizon(settings: Settings) -> None:
    compared = look(settings)
    assert (compared.n_champion, compared.n_challenger) == (109, 109)
    assert compared.estimate == pytest.approx(40, abs=0.5)
    assert compared.paid_challenger == pytest.approx(100, abs=0.5)


def test_the_better_policy_is_named_with_what_it_brings_at_least(settings: Settings) -> None:
    compared = look(settings)
    assert compared.better == "three-criteria"
    assert compared.sentence == (
        f"three-criteria is better than expected-value-1 by at least {compared.low:.2f} per debtor in 30 days."
    )


def test_the_answer_for_programs_has_the_sentence_and_the_days(settings: Settings) -> None:
    told = json.loads(json.dumps(look(settings).to_json()))
    assert (told["from"], told["to"], told["better"]) == (ENTERED.isoformat(), AS_OF.isoformat(), "three-criteria")


def test_before_the_horizon_is_over_debtors_wait(settings: Settings) -> None:
    compared = look(settings, end=days_after(29))
    assert (compared.n_waiting, compared.estimate, compared.better) == (N - 2, None, None)
    assert compared.sentence.startswith("Too early to compare expected-value-1 (0 debtors) and three-criteria (0)")


def test_without_a_difference_none_is_told(tmp_path: Path) -> None:
    settings = load_book(tmp_path / "home", lambda at: 50.0 + 20 * (at % 4 > 1), n=N)
    publish(settings, ENTERED)
    compared = look(settings)
    assert compared.better is None
    assert compared.sentence.startswith("No difference yet between expected-value-1 (109 debtors)")


@pytest.mark.parametrize("start", [None, days_after(1)])
def test_without_a_plan_of_a_challenger_there_is_nothing_to_compare(tmp_path: Path, start: Any) -> None:
    settings = load_book(tmp_path / "home", lambda at: 50.0, n=4)
    publish(settings, ENTERED, challenger=None)
    with pytest.raises(NoPlanError, match=r"a plan with a challenger.*before 2026-10-31.*policy.challenger"):
        look(settings, start)
