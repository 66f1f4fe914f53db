"""What contact added, on a book small enough to work it out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.impact_samples import AS_OF, ENTERED, days_after, is_control, load_book, open_plans, publish_draw

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.decision.eligibility import control_period
from recobro_models.snapshots import Snapshots
from recobro_pipelines.impact import measure_impact, with_impact


def paid_of(number: int) -> float:
    """Of the worked 70 or 90, of the others 50 or 70: 20 more."""
    return (50.0 if is_control(number) else 70.0) + 20 * (number % 4 > 1)


def measure(settings: Settings) -> dict[str, Any]:
    with open_plans(settings) as store:
        return measure_impact(Snapshots(Lake(settings.lake_dir), settings), store, AS_OF)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = load_book(tmp_path_factory.mktemp("impact") / "home", paid_of)
    publish_draw(settings, ENTERED)
    publish_draw(settings, days_after(3), stage="late", channel="email")
    return settings


@pytest.fixture(scope="module")
def found(settings: Settings) -> dict[str, Any]:
    return dict(measure(settings)["all"])


def test_the_sample_day_begins_a_control_period() -> None:
    assert control_period(ENTERED, 90)[0] == ENTERED


def test_what_the_worked_paid_beyond_the_control_group_is_what_contact_added(found: dict[str, Any]) -> None:
    assert (found["paid_per_debtor"], found["control_paid_per_debtor"]) == (80.0, 60.0)
    assert found["added_per_debtor"]["estimate"] == 20.0
    assert found["added"]["estimate"] == 60 * 20.0


def test_the_interval_holds_the_estimate_and_what_is_visible_lies_beyond_its_half(found: dict[str, Any]) -> None:
    told = found["added_per_debtor"]
    assert told["low"] < 20 < told["high"]
    assert found["visible_per_debtor"] > (told["high"] - told["low"]) / 2


def test_attempts_and_their_cost_are_those_at_the_worked(found: dict[str, Any]) -> None:
    assert (found["attempts_per_debtor"], found["control_contacted_share"]) == (1.0, 0.0)
    assert found["contact_cost"] == pytest.approx(60 * 0.3)
    assert found["cost_per_unit_added"] == pytest.approx(18 / 1200)


def test_contacts_avoided_add_up_over_the_plans(found: dict[str, Any]) -> None:
    assert found["contacts_avoided"] == 14


def test_parts_are_those_of_the_day_the_debtors_came_to_take_part(found: dict[str, Any]) -> None:
    assert list(found["by_stage"]) == ["mid"]
    assert found["by_segment"]["C"]["added_per_debtor"]["estimate"] == 20.0


def test_by_channel_says_that_it_rests_on_propensities(found: dict[str, Any]) -> None:
    told = found["by_channel"]["call"]
    assert (told["basis"], told["n"], told["n_effective"]) == ("propensity", 60, 60.0)
    assert told["added_per_debtor"]["estimate"] == 20.0


def test_each_portfolio_is_told_on_its_own(settings: Settings) -> None:
    kpis = {"all": {}, "portfolios": {"default": {}, "new": {}}}
    told = with_impact(kpis, measure(settings))["portfolios"]
    assert told["default"]["contact_added"]["added"]["estimate"] == 1200.0
    assert told["new"]["contact_added"]["why"] == "no_plans"
    assert (told["default"]["contacts_avoided"], told["new"]["contacts_avoided"]) == (14, 0)


def test_a_new_installation_has_no_plans_to_compare_with(tmp_path: Path) -> None:
    assert measure(load_book(tmp_path / "home", paid_of, n=4))["all"]["why"] == "no_plans"


def test_without_a_control_group_nothing_is_told(tmp_path: Path) -> None:
    settings = load_book(tmp_path / "home", paid_of, n=40)
    publish_draw(settings, ENTERED, n=40, because="no_capacity")
    assert measure(settings)["all"]["why"] == "no_control_group"


def test_a_control_group_too_small_is_told_with_the_size_it_must_have(tmp_path: Path) -> None:
    settings = load_book(tmp_path / "home", lambda number: 50.0 + number % 3, n=40)
    publish_draw(settings, ENTERED, n=40)
    found = measure(settings)["all"]
    assert (found["why"], found["added"]["estimate"]) == ("control_too_small", None)
    assert 0 < found["control_needed"] < 20


def test_payments_before_a_debtor_took_part_do_not_count(tmp_path: Path) -> None:
    settings = load_book(tmp_path / "home", paid_of, paid_on=days_after(2))
    publish_draw(settings, days_after(3))
    assert measure(settings)["all"]["paid_per_debtor"] == 0.0
