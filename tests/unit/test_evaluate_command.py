"""`recobro evaluate` on a small portfolio: what is read, what is refused, and what a wrong word ends in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.conftest import Workspace, opened_store
from tests.unit.registry_samples import fresh_settings
from typer.testing import CliRunner

from recobro_data.errors import RecobroError
from recobro_data.settings import Settings
from recobro_data.store import ITEM_FIELDS, PublishedPlan
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Registry
from recobro_pipelines.cli import app
from recobro_pipelines.evaluate import Answer, Question, evaluate_policy

MONDAY = date(2026, 8, 17)
ITEM = dict.fromkeys(ITEM_FIELDS)


@pytest.fixture(scope="module")
def home(short_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a short workspace with a store of its own."""
    home = tmp_path_factory.mktemp("evaluated")
    (home / "data").mkdir()
    (home / "data" / "lake").symlink_to(short_workspace.settings.lake_dir)
    return home


def recobro(home: Path, *words: str, first: date = MONDAY, days: int = 1) -> tuple[str, str, int]:
    """What `recobro evaluate` printed, the error it ended with, and the status."""
    asked = ["evaluate", "--from", first.isoformat(), "--to", (first + timedelta(days=days - 1)).isoformat(), *words]
    run = CliRunner().invoke(app, asked, env={"RECOBRO_HOME": str(home), "COLUMNS": "150"})
    if isinstance(run.exception, RecobroError):
        return run.stdout, str(run.exception), run.exception.exit_status
    assert run.exception is None, run.exception
    return run.stdout, "", run.exit_code


@pytest.fixture(scope="module")
def told(home: Path) -> tuple[dict[str, Any], str, int]:
    out, error, status = recobro(home, "--policy", "oldest", "--capacity", "call=2/day", "--json")
    return json.loads(out), error, status


def test_a_log_that_is_too_small_is_refused_with_the_status_of_refused_data(told: Any) -> None:
    _, error, status = told
    assert status == 3
    assert error.startswith("Expected a log that at times decides as oldest does, found ")


def test_programs_are_told_the_same_refusal(told: Any) -> None:
    found, error, _ = told
    assert found["refused"] == error
    assert (found["policy"], found["log"], found["left_alone_propensity"]) == ("oldest", "attempts", "estimated")
    assert found["estimates"] == {}


def test_capacities_asked_for_are_those_of_the_policy(told: Any) -> None:
    assert told[0]["capacity"]["call"] == {"per_hour": None, "per_day": 2}
    assert told[0]["overlap"]["by_choice"]["call"]["chosen"] <= 2 * told[0]["days"]


def test_people_are_told_what_the_policy_would_have_done(home: Path) -> None:
    out, error, status = recobro(home, "--policy", "oldest", "--capacity", "call=2/day")
    assert "oldest on 1 day from 2026-08-17 to 2026-08-17" in out
    assert "What it would do, and how far the log speaks about it" in out
    assert status == 3
    assert error


def test_an_unknown_policy_ends_with_usage(home: Path) -> None:
    assert recobro(home, "--policy", "best")[1:] == (
        "Expected one of three-criteria, largest-balance, oldest, p-pay, p-unpaid, random, expected-value, "
        "found 'best'. Name one of these with --policy.",
        2,
    )


def test_days_whose_horizon_is_not_over_end_with_usage(home: Path) -> None:
    _, error, status = recobro(home, "--policy", "oldest", first=date(2026, 10, 10))
    assert error.startswith("Expected days at least 30 days before the history ends, on 2026-10-13, found 2026-10-10")
    assert status == 2


def test_days_on_which_nobody_was_contacted_end_with_usage(home: Path) -> None:
    _, error, status = recobro(home, "--policy", "oldest", first=date(2026, 8, 22), days=2)
    assert error.startswith("Expected days on which somebody was contacted, found none from 2026-08-22 to 2026-08-23")
    assert status == 2


def test_a_policy_by_models_needs_a_champion(home: Path) -> None:
    assert recobro(home, "--policy", "p-pay")[2] == 4


@pytest.fixture(scope="module")
def planned(home: Path, short_workspace: Workspace) -> Iterator[Answer]:
    """A day whose plan called every second debtor and left the others alone for want of capacity."""
    settings = Settings(home=home, engine={"threads": 1})
    ids = [f"D{at:07d}" for at in range(60)]
    window = {"window_start": f"{MONDAY}T10:00:00-05:00", "window_end": f"{MONDAY}T11:00:00-05:00"}
    item = window | {"channel": "call", "propensity": 0.49, "stage": "mid"}
    alone = {"because": "no_capacity", "propensity": 0.51}
    plain = {"portfolio_id": "banco", "plan_id": "p1", "work_date": MONDAY.isoformat()}
    with opened_store(settings) as store:
        store.publish_plan(
            PublishedPlan(
                plan_id="p1", as_of=MONDAY, work_date=MONDAY, created_at=datetime(2026, 8, 17, tzinfo=UTC),
                policy="expected-value-1", risk_model="r", contact_model="c", effect_model="e", rules="x",
                items=[ITEM | plain | item | {"debtor_id": one, "rank": at} for at, one in enumerate(ids[::2], 1)],
                left_alone=[plain | alone | {"debtor_id": one} for one in ids[1::2]],
            )
        )  # fmt: skip
        yield evaluate_policy(settings, store, Question("oldest", MONDAY, MONDAY, settings))


def test_a_day_with_a_plan_is_judged_by_what_the_plan_decided(planned: Answer) -> None:
    called = planned.log.rows["debtor_id"].str[-1].astype(int) % 2 == 0
    assert planned.source == "plans"
    assert (planned.log.is_tried == called).all()
    assert (planned.log.rows.loc[called, "taken_hour"] == 10).all()


def test_what_a_plan_logs_of_leaving_alone_need_not_be_estimated(planned: Answer) -> None:
    alone = ~planned.log.is_tried
    assert planned.left_alone_propensity == "logged"
    assert planned.log.rows.loc[alone, "propensity"].unique().tolist() == pytest.approx([(0.51 - 0.02) / 0.98])


def test_a_version_for_a_policy_without_models_ends_with_usage(home: Path) -> None:
    _, error, status = recobro(home, "--policy", "oldest", "--version", "risk=1")
    assert error == (
        "Expected versions with one of p-pay, p-unpaid, expected-value, found oldest, which goes by none. "
        "Leave --version out."
    )
    assert status == 2


@pytest.fixture(scope="module")
def trained(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same data with models that know nothing yet, trained as of a day behind the window."""
    trained = tmp_path_factory.mktemp("trained")
    (trained / "data").mkdir()
    (trained / "data" / "lake").symlink_to((home / "data" / "lake").resolve())
    registry = Registry(fresh_settings(trained))
    fitted = {"risk": PaymentCurve.fit_baseline(pd.DataFrame()), "contact": ContactTimes.prior()}
    for model, one in (fitted | {"effect": ContactEffect.prior()}).items():
        found = registry.add(model, one.to_files(), metrics={}, parameters={}, tags={"as_of": "2026-10-14"})
        registry.promote(model, found.number)
    return trained


def test_a_policy_by_models_says_which_and_that_they_saw_the_days(trained: Path) -> None:
    out, _, status = recobro(trained, "--policy", "expected-value", "--json", "--capacity", "call=2/day")
    found = json.loads(out)
    assert status == 3
    assert found["models"]["risk"] == "recobro-risk/1"
    assert found["models_saw_window"] is True
    assert 0 < found["overlap"]["by_choice"]["call"]["chosen"] <= 2
