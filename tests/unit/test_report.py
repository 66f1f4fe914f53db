from __future__ import annotations

import copy
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recobro_data.errors import NoDataError, UsageError
from recobro_data.load import load_source
from recobro_data.settings import Settings
from recobro_data.vocabulary import LANGUAGES
from recobro_pipelines.alerts import alert
from recobro_pipelines.report import build_page, write_report

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
DAY = date(2026, 10, 14)
TENTHS = [{"n": 100, "predicted": place / 10, "seen": place / 11} for place in range(1, 10)]
MONITOR: dict[str, Any] = {
    "as_of": "2026-10-14",
    "looked_at_on": "2026-09-14",
    "horizon_days": 30,
    "risk": {"n": 900, "auc": 0.8, "calibration_error": 0.02, "tenths": TENTHS},
    "contact": {"n": 900, "auc": 0.7, "calibration_error": None, "tenths": TENTHS, "channels": {}},
    "drift": {"p_unpaid": {"level": "moved", "index": 0.4}, "region": {"level": "steady", "index": None}},
    "alerts": [alert("books_silent", days=9)],
}
BOUNDS = {"low_95": 40.0, "low_80": 60.0, "high_80": 140.0, "high_95": 170.0}
CASH_WEEKS = [
    {"week": week, "starts_on": "2026-10-14", "ends_on": "2026-10-20", "expected": 100.0, **BOUNDS}
    | {"expected_so_far": 100.0 * week} | {f"so_far_{name}": value * week for name, value in BOUNDS.items()}
    for week in (1, 2)
]  # fmt: skip
PLAN: dict[str, Any] = {
    "plan_id": "20261014-abc",
    "n_items": 12,
    "n_left_alone": 5,
    "summary": {"expected_value": 61.5, "items_by_channel": {"call": 12}, "left_alone": {"promise_open": 5},
                "cash": {"currency": "PEN", "weeks": CASH_WEEKS}},
}  # fmt: skip


_ADDED = {"estimate": 12_000.0, "low": 2_000.0, "high": 22_000.0}
_PART = {"n_worked": 4903, "n_control": 97, "added_per_debtor": {"estimate": 2.4, "low": 0.4, "high": 4.4}}
CONTACT_ADDED = {
    **_PART, "why": None, "horizon_days": 30, "added": _ADDED, "contact_cost": 320.0, "cost_per_unit_added": 0.0267,
    "contacts_avoided": 41, "visible_per_debtor": 7.5, "control_needed": 650, "control_contacted_share": 0.01,
    "by_stage": {"mid": _PART}, "by_segment": {"C": _PART},
    "by_channel": {"call": {"n": 90, "added_per_debtor": dict.fromkeys(("estimate", "low", "high"))}},
}  # fmt: skip


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


class Balance(HTMLParser):
    """Finds tags that close what is not open; HTML lets rows and cells go unclosed, and has tags that never close."""

    LOOSE = frozenset(("meta", "br", "tr", "td", "th", "p", "li", "line", "rect", "circle", "polyline", "html", "body"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.LOOSE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.LOOSE and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("reported"), engine={"threads": 1})
    load_source(str(SAMPLE), settings, validate=no_report)
    return settings


@pytest.fixture(scope="module")
def written(settings: Settings) -> Path:
    """The folder of a report of a workspace that holds data, but no champion and no plan."""
    return write_report(settings, DAY, settings.home / "out").parent


@pytest.fixture
def content(written: Path) -> dict[str, Any]:
    """The same with a champion that was watched, and a plan."""
    bare = json.loads((written / "report.json").read_text(encoding="utf-8"))
    return copy.deepcopy({**bare, "models": {"risk": "recobro-risk/1"}, "monitor": MONITOR, "plan": PLAN})


def test_without_champion_and_plan_the_page_says_which_command_makes_them(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    assert "Aún no hay un modelo en uso: `recobro train`" in page
    assert "No hay un plan publicado para este día: `recobro plan`" in page


def test_without_champion_and_plan_the_json_has_null_there(written: Path) -> None:
    content = json.loads((written / "report.json").read_text(encoding="utf-8"))
    assert (content["monitor"], content["plan"], content["models"]) == (None, None, {})


def test_the_page_tells_its_day_and_the_version_of_the_data(written: Path, content: dict[str, Any]) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    assert "14 de octubre de 2026" in page
    assert content["data"] in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_beside_it(content: dict[str, Any], language: str) -> None:
    page = build_page(content, language)
    assert re.findall(r"""(?:src|href|url|@import)\s*[=(]|<script|<link|https?://""", page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tag_of_the_page_is_closed_in_order(content: dict[str, Any], language: str) -> None:
    balance = Balance()
    balance.feed(build_page(content, language))
    assert (balance.wrong, balance.open) == ([], [])


def test_no_coordinate_of_a_plot_is_unknown(content: dict[str, Any]) -> None:
    page = build_page(content, "es")
    assert page.count("<svg") >= 9
    assert re.findall(r' (?:[cxy]?[xy][12]?|r|width|height|points)="[^"]*[^-0-9., "][^"]*"', page) == []


def test_alerts_stand_on_the_page_in_its_language(content: dict[str, Any]) -> None:
    assert "Los libros no registran pagos en los últimos 9 días" in build_page(content, "es")
    assert "The books hold no payment of the last 9 days" in build_page(content, "en")


def test_the_plan_of_the_day_stands_on_the_page(content: dict[str, Any]) -> None:
    assert "12 actions for 17 debtors who owe; 5 are left alone." in build_page(content, "en")


def test_the_cash_to_expect_stands_on_the_page_with_its_interval(content: dict[str, Any]) -> None:
    page = build_page(content, "en")
    assert "Cash expected from what is issued, by week" in page
    assert re.search(
        r"In 2 weeks PEN.200(\.00)? are expected, with 95 % probability between PEN.80\S* and PEN.340", page
    )


def test_the_cash_of_the_coming_month_is_a_figure_of_all_and_of_each_portfolio(content: dict[str, Any]) -> None:
    weeks = [CASH_WEEKS[0] | {"expected_so_far": 5000.0, "so_far_low_95": 4000.0, "so_far_high_95": 6000.0}] * 4
    cash = {"currency": "PEN", "weeks": weeks}
    parts = {name: {"cash": cash} for name in content["kpis"]["portfolios"]}
    content["plan"]["summary"] |= {"cash": cash, "portfolios": parts}
    told = re.findall(r"PEN.5.000<br><span class=\"tick\">4.000 to 6.000", build_page(content, "en"))
    assert len(told) == 1 + len(content["kpis"]["portfolios"])


@pytest.mark.parametrize("cash", [None, {"currency": "PEN", "weeks": []}])
def test_without_cash_to_expect_nothing_is_said_of_it(content: dict[str, Any], cash: Any) -> None:
    content["plan"]["summary"]["cash"] = cash
    assert "Cash expected" not in build_page(content, "en")


def test_names_from_the_source_can_not_put_markup_on_the_page(content: dict[str, Any]) -> None:
    content["kpis"]["portfolios"] = {"<script>x</script>": content["kpis"]["all"]}
    assert "&lt;script&gt;x&lt;/script&gt;" in build_page(content, "es")


def test_a_book_of_several_currencies_says_that_it_tells_no_amounts(content: dict[str, Any]) -> None:
    money = ("balance", "overdue_balance", "dso_days", "best_possible_dso_days", "past_due_share_by_amount")
    content["kpis"]["all"] |= dict.fromkeys(money) | {"currency": None}
    assert "no rates are configured" in build_page(content, "en")


def test_a_language_that_the_page_is_not_written_in_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Expected a language of es, pt, en, found 'fr'"):
        write_report(settings, DAY, tmp_path, language="fr")


def test_with_nothing_loaded_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="recobro ingest"):
        write_report(Settings(home=tmp_path), DAY, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_contact_added_stands_on_the_page_with_its_interval(content: dict[str, Any], language: str) -> None:
    content["kpis"]["all"]["contact_added"] = CONTACT_ADDED
    page = build_page(content, language)
    assert re.search(r"PEN.12.0.(k|mil)[^<]*95 %[^<]*PEN.2.000[^<]*PEN.22.0", page)
    assert re.search(r"97[^<]*5.000[^<]*PEN.7.50", page)


def test_where_no_control_group_would_do_the_page_says_so(content: dict[str, Any]) -> None:
    content["kpis"]["all"]["contact_added"] = CONTACT_ADDED | {"control_needed": None}
    assert "Not even with half of them left alone" in build_page(content, "en")


def test_without_plans_of_the_month_the_page_says_that_nothing_can_be_compared(content: dict[str, Any]) -> None:
    assert "No plans of these days have been published to compare with yet" in build_page(content, "en")


def test_a_control_group_too_small_is_told_with_the_size_it_must_have(content: dict[str, Any]) -> None:
    too_small = {"why": "control_too_small", "n_control": 12, "control_needed": 340}
    content["kpis"]["all"]["contact_added"] |= too_small
    assert re.search(r"has 12 debtors: too few.*\s+.*a debtor pays, 340 debtors", build_page(content, "en"))
