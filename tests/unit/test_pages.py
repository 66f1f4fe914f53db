from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.page_browser import Browser, Tags, build_browser, text_of
from tests.unit.plan_samples import Clock, build_item, build_left_alone, build_plan, build_scores

from recobro_data.store import Store, open_store
from recobro_pipelines.kpi_definitions import KPI_DEFINITIONS
from recobro_serving.pages.words import load_words

PAGES = ("/", "/left-alone", "/plan", "/debtor?id=d1", "/debtor?id=a1", "/sign-in", "/debtor?id=nobody")


def summary() -> dict[str, Any]:
    part = {"debtors": 5, "items": 3, "expected_value": 26.1, "left_alone": {"promise_open": 2}}
    use = {"used": 2, "per_day": None, "per_hour": 60, "used_by_hour": {"9": 2}, "shadow_price": 0.5}
    whole = {"value": 52.2, "upper_bound": 53.0, "gap": 0.015, "exploration_cost": 1.0, "control_group_cost": 2.0}
    capacity = {"call": {**use, "shadow_price_by_hour": {"9": 1.25}}}
    return {**whole, "exploration_share": 0.05, "capacity": capacity, "portfolios": {"north": part, "south": part}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One plan that these tests only read."""
    path = tmp_path_factory.mktemp("store") / "recobro.db"
    with open_store(f"sqlite:///{path}", now=Clock()) as store:
        store.publish_plan(build_plan(n_items=120, summary=summary()))
        yield store


@pytest.fixture(scope="module")
def browser(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return build_browser(store, tmp_path_factory.mktemp("home"))


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}", now=Clock()) as store:
        yield store


def test_the_first_page_is_the_worklist_in_rank_order(browser: Browser) -> None:
    links = [link["href"] for link in Tags(browser.get("/").text).all("a")]
    assert [link for link in links if link and link.startswith("/debtor?")] == [
        f"/debtor?id=d{n}" for n in range(1, 51)
    ]


def test_a_row_tells_what_a_collector_needs(browser: Browser) -> None:
    row = text_of(browser.get("/?lang=en").text.split("<tbody>")[1].split("</tr>")[0])
    for told in (
        "1",
        "d1",
        "south",
        "WhatsApp",
        "09:00–10:00",
        "Mid",
        "90.00 PEN",
        "40 % → 50 %",
        "8.70",
    ):
        assert told in row, told
    assert "The oldest charge is 40 days past due" in row


@pytest.mark.parametrize(
    ("query", "ranks"), [("portfolio=north", "246"), ("channel=call", "369"), ("stage=mid", "147")]
)
def test_filters_narrow_the_worklist(browser: Browser, query: str, ranks: str) -> None:
    links = [link["href"] or "" for link in Tags(browser.get(f"/?{query}").text).all("a")]
    assert [link for link in links if "/debtor?" in link][:3] == [f"/debtor?id=d{rank}" for rank in ranks]


def test_an_empty_choice_of_a_filter_means_all(browser: Browser) -> None:
    assert browser.get("/?channel=&stage=&portfolio=").text.count("/debtor?") == 50


def test_the_next_page_goes_on_where_the_first_ended_with_the_same_filters(browser: Browser) -> None:
    links = Tags(browser.get("/?portfolio=north").text).all("a")
    following = next(link["href"] for link in links if link.get("rel") == "next")
    page = browser.get(str(following))
    debtors = [link["href"] or "" for link in Tags(page.text).all("a")]
    assert next(link for link in debtors if "/debtor?" in link) == "/debtor?id=d102"


def test_a_debtors_page_tells_what_was_decided_and_why_not_otherwise(browser: Browser) -> None:
    page = text_of(browser.get("/debtor?id=d1&lang=en").text)
    for told in ("What was decided", "WhatsApp 09:00–10:00", "Why not otherwise", "-7.70", "risk-1", "America/Lima"):
        assert told in page, told


def test_a_debtors_page_marks_the_hours_that_are_not_lawful(browser: Browser) -> None:
    cells = [cell.get("class") for cell in Tags(browser.get("/debtor?id=d1").text).all("td")]
    # Two channels, seven days of fifteen hours: all of Sunday, and two hours of each other day.
    assert cells.count("off") == 2 * (15 + 6 * 2)


def test_the_page_of_a_debtor_left_alone_tells_why(browser: Browser) -> None:
    page = text_of(browser.get("/debtor?id=a1&lang=en").text)
    assert "Left alone today: Promise open" in page
    assert "9 Mar 2026" in page


def test_the_left_alone_are_counted_by_reason(browser: Browser) -> None:
    page = text_of(browser.get("/left-alone?lang=en").text)
    assert "The plan leaves 4 debtors alone" in page
    assert "Promise open 4" in page


def test_the_plans_page_tells_capacity_prices_bound_and_gap(browser: Browser) -> None:
    page = text_of(browser.get("/plan?lang=en").text)
    for told in ("Upper bound 53.00", "Gap 1.50 %", "Call 2 – 60 0.50 9:00 1.25", "expected-value-1", "120"):
        assert told in page, told


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_a_page_is_written_in_the_language_that_it_says(browser: Browser, path: str, language: str) -> None:
    joint = "&" if "?" in path else "?"
    page = browser.get(f"{path}{joint}lang={language}").text
    assert f'<html lang="{language}">' in page
    assert str(load_words(language)["skip"]) in page


def test_the_browsers_language_holds_until_another_is_chosen(store: Store, tmp_path: Path) -> None:
    browser = build_browser(store, tmp_path)
    assert 'lang="pt"' in browser.get("/", headers={"Accept-Language": "pt-BR"}).text
    browser.get("/?lang=en")
    assert '<html lang="en">' in browser.get("/plan", headers={"Accept-Language": "pt-BR"}).text


def test_every_language_has_the_same_words() -> None:
    assert set(load_words("es")) == set(load_words("pt")) == set(load_words("en"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_nothing_but_its_own_style_sheet(browser: Browser, path: str) -> None:
    tags = Tags(browser.get(path).text)
    assert not [tag for tag, attributes in tags.found if tag in ("script", "style", "img") or "style" in attributes]
    assert [link["href"] for link in tags.all("link")] == ["/pages/page.css"]


@pytest.mark.parametrize("path", PAGES)
def test_every_field_of_a_form_has_a_label_and_every_table_its_headers(browser: Browser, path: str) -> None:
    tags = Tags(browser.get(path).text)
    fields = [one for kind in ("input", "select") for one in tags.all(kind) if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} <= {label["for"] for label in tags.all("label")}
    assert all(header.get("scope") in ("row", "col") for header in tags.all("th"))
    assert len(tags.all("caption")) == len(tags.all("table"))


def test_what_a_source_wrote_never_becomes_markup(published: Store, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'"
    rows: dict[str, Any] = {
        "items": [build_item(1, debtor_id=hostile)],
        "left_alone": [build_left_alone(1, rule=hostile)],
    }
    published.publish_plan(build_plan(**rows, scores=[(hostile, "south", build_scores())]))
    browser = build_browser(published, tmp_path)
    links = [link["href"] or "" for link in Tags(browser.get("/").text).all("a")]
    for path in ("/", "/left-alone", next(link for link in links if "/debtor?" in link)):
        page = browser.get(path)
        assert (page.status_code, "<script" in page.text) == (200, False), path


def test_without_a_plan_the_page_says_what_to_run(published: Store, tmp_path: Path) -> None:
    page = build_browser(published, tmp_path).get("/")
    assert page.status_code == 503
    assert "recobro nightly" in page.text


@pytest.mark.parametrize(
    ("path", "status"), [("/?stage=soon", 422), ("/?cursor=x", 422), ("/debtor?id=", 422), ("/debtor?id=x", 404)]
)
def test_a_problem_is_a_page_with_the_apis_status(browser: Browser, path: str, status: int) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


def kpis() -> dict[str, Any]:
    rate = {"n": 10, "rate": 0.25, "low": 0.1, "high": 0.5}
    month = {"month": "2026-02", "balance": 1000.0, "past_due_share": 0.4, "dso_days": 31.5}
    scope = {"currency": "PEN", "dso_days": 43.79, "recovery_rate": None, "contact_rate": rate, "months": [month]}
    return {"data": "v1", "all": scope, "portfolios": {"north": scope, "south": scope}}


def test_the_kpis_are_those_of_the_last_night_with_their_intervals(published: Store, tmp_path: Path) -> None:
    published.publish_plan(build_plan())
    published.kpis.keep(date(2026, 3, 2), kpis())
    page = text_of(build_browser(published, tmp_path).get("/kpis?lang=en").text)
    for told in ("KPIs as of 2 Mar 2026", "All portfolios north south", "43.8", "25.0 % 10.0 % to 50.0 %", "2026-02"):
        assert told in page, told


def test_a_key_of_one_portfolio_sees_its_kpis_alone(published: Store, tmp_path: Path) -> None:
    published.publish_plan(build_plan())
    published.kpis.keep(date(2026, 3, 2), kpis())
    page = text_of(build_browser(published, tmp_path, ["north"]).get("/kpis?lang=en").text)
    assert [word for word in ("north", "south", "All portfolios") if word in page] == ["north"]


def test_before_anything_was_measured_the_page_of_kpis_says_what_to_run(browser: Browser) -> None:
    answer = browser.get("/kpis")
    assert (answer.status_code, "recobro plan" in answer.text) == (503, True)


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_the_page_calls_a_kpi_what_the_report_calls_it(language: str) -> None:
    shown = {name: words for name, words in load_words(language).items() if name.startswith("kpi_")}
    assert shown
    for name, words in shown.items():
        assert words == KPI_DEFINITIONS[name.removeprefix("kpi_")].title[language]


def test_no_page_lets_the_browser_fetch_or_run_anything_else(browser: Browser) -> None:
    policy = browser.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy


def test_the_audit_log_tells_who_looked_at_which_page_and_at_how_many_rows(published: Store, tmp_path: Path) -> None:
    published.publish_plan(build_plan())
    browser = build_browser(published, tmp_path)
    browser.get("/")
    browser.get("/debtor?id=d1")
    browser.app.state.audit.close()
    seen = {(row["route"], row["n_rows"], row["subject"] is not None) for row in published.audit.rows()}
    assert seen >= {("/", 6, False), ("/debtor", 1, True)}


def test_pages_are_no_part_of_the_api(browser: Browser) -> None:
    assert not [path for path in browser.app.openapi()["paths"] if path in ("/", "/sign-in", "/plan")]
