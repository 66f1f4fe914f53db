"""The history of a replay: which versions count, and what each lost on the month that followed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import Workspace
from tests.unit.registry_samples import build_trial, fresh_settings

from recobro_data.settings import Settings
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promotion import judge
from recobro_models.promotion_replay import replay_rules
from recobro_models.registry import Registry, Version
from recobro_pipelines.replay import build_history, monthly


def version(number: int, as_of: str, *, tried: bool = True, model: str = "risk") -> Version:
    return Version(model, number, (), {}, {"as_of": as_of} | (judge(build_trial()).to_tags() if tried else {}))


def test_a_months_challenger_is_its_last_version_with_a_trial() -> None:
    versions = [version(1, "2026-01-03"), version(2, "2026-01-20"), version(3, "2026-01-31", tried=False),
                version(4, "2026-02-02"), version(5, "2026-02-03", model="contact")]  # fmt: skip
    assert [one.number for one in monthly(versions[::-1], "risk")] == [2, 4]


def test_a_version_tried_against_a_champion_that_knew_more_is_left_out() -> None:
    versions = [version(1, "2026-03-01"), version(2, "2026-01-15"), version(3, "2026-04-01")]
    assert [one.number for one in monthly(versions, "risk")] == [1, 3]


@pytest.fixture(scope="module")
def days(short_workspace: Workspace) -> tuple[date, date]:
    """Two as-of days that a month of the books follows, in different months."""
    last = short_workspace.as_of - timedelta(days=32)
    return last.replace(day=1) - timedelta(days=1), last


@pytest.fixture(scope="module")
def settings(short_workspace: Workspace, days: tuple[date, date], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The data of a short workspace with a registry of its own: two versions of risk, two of contact times."""
    home: Path = tmp_path_factory.mktemp("replayed")
    (home / "data").mkdir()
    (home / "data" / "lake").symlink_to(short_workspace.settings.lake_dir)
    registry = Registry(fresh_settings(home))
    for day in days:
        for model, fitted in (("risk", PaymentCurve.fit_baseline(pd.DataFrame())), ("contact", ContactTimes.prior())):
            tags = {"as_of": day.isoformat(), **judge(build_trial()).to_tags()}
            registry.add(model, fitted.to_files(), metrics={}, parameters={}, tags=tags)
    return Settings(home=home, engine={"threads": 1})


@pytest.fixture(scope="module")
def history(settings: Settings) -> pd.DataFrame:
    return build_history(settings, "risk", months=12)


def test_every_version_is_measured_on_each_month_that_followed_it(
    history: pd.DataFrame, days: tuple[date, date]
) -> None:
    first, second = (f"{day:%Y-%m}" for day in days)
    assert list(zip(history["month"], history["version"], strict=True)) == [(first, 1), (second, 1), (second, 2)]
    assert history["is_challenger"].tolist() == [True, False, True]
    assert history["log_loss"].between(0.001, 2).all()


def test_equal_versions_leave_nothing_to_regret(history: pd.DataFrame) -> None:
    told = replay_rules(history)
    assert told["regret"].tolist() == [0.0] * len(told)
    assert told["months"].unique().tolist() == [2]


def test_contact_times_are_replayed_on_as_many_months_as_are_asked_for(
    settings: Settings, days: tuple[date, date]
) -> None:
    (only,) = build_history(settings, "contact", months=1).to_dict("records")
    assert (only["month"], only["version"], only["is_challenger"]) == (f"{days[1]:%Y-%m}", 2, True)
    assert 0.001 < only["log_loss"] < 2
