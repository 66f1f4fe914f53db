"""What Great Expectations reports; its import takes seconds, so one load serves all tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recobro_data.expectations import build_suite
from recobro_data.ingest.measures import load_numbers
from recobro_data.ingest.validation_page import load_warnings
from recobro_data.load import load_source
from recobro_data.settings import Ingest, Settings
from recobro_data.tables import TABLES


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    charges = "".join(f"c{i},d1,2026-01-01,{i}\n" for i in range(1, 3000))
    (folder / "debtors.csv").write_text("debtor_id,country\nd1,PE\nd2,<b>\n")
    (folder / "charges.csv").write_text(f"charge_id,debtor_id,due_on,amount\n{charges}c0,d1,soon,-1\n")
    (folder / "payments.csv").write_text("payment_id,charge_id,paid_on,amount\np1,c1,2026-01-01,1\n")
    settings = Settings(home=tmp_path_factory.mktemp("home"), ingest=Ingest(max_bad_share=0.4))
    (folder / "debtors.csv").write_text("debtor_id,country\nd1,PE\nd2,PE\nd3,<b>\n")
    return load_source(str(folder), settings).report


@pytest.fixture(scope="module")
def findings(page: Path) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = json.loads(page.with_suffix(".json").read_text())["findings"]
    return given


def test_the_page_needs_nothing_beside_it_and_escapes_what_it_shows(page: Path) -> None:
    text = page.read_text()
    assert "&lt;b&gt;" in text
    assert not any(mark in text for mark in ("<b>", "http://", "https://", "src="))


def test_the_counts_by_rule_are_of_every_row(findings: list[dict[str, Any]]) -> None:
    (rules,) = [one["rules"] for one in findings if one["table"] == "charges" and one["suite"] == "rules"]
    assert [(rule["rule"], rule["failed"], rule["rows"]) for rule in rules if rule["failed"]] == [
        ("type", 1, 3000),
        ("any rule", 1, 3000),
    ]


def test_the_rows_that_expectations_see_are_bounded(findings: list[dict[str, Any]]) -> None:
    assert {one["seen"] for one in findings if one["table"] == "charges" and one["suite"] == "rows"} == {1000}


def test_an_expectation_that_holds_for_most_rows_still_counts_the_others(findings: list[dict[str, Any]]) -> None:
    (country,) = [one for one in findings if one["about"] == "country" and one["expectation"].endswith("in_set")]
    assert (country["success"], country["unexpected"], country["examples"]) == (True, 1, ["<b>"])


def test_every_measure_is_an_expectation_of_the_table_as_a_whole(findings: list[dict[str, Any]]) -> None:
    measured = [one for one in findings if one["table"] == "charges" and one["suite"] == "measures"]
    assert [one["about"] for one in measured if not one["success"]] == ["newest"]
    assert all(one["says"] and one["expected"] and one["found"] for one in measured)


def test_what_should_be_looked_at_is_said_first_and_refuses_nothing(page: Path) -> None:
    warnings = load_warnings(page)
    assert [warning.split(",")[0] for warning in warnings] == [
        "charges: expected at most 35 days since the newest issued_on",
        "payments: expected at most 35 days since the newest paid_on",
    ]
    assert page.read_text().index(warnings[0]) < page.read_text().index("<h2>debtors</h2>")


def test_the_numbers_of_longer_tables_are_kept_for_the_next_load(page: Path) -> None:
    numbers = load_numbers(page.parent.parent)
    assert {table: one.rows for table, one in numbers.items()} == {"charges": 3000}
    assert numbers["charges"].amounts["mean amount"] == 1500


def test_a_report_that_was_not_written_warns_of_nothing(tmp_path: Path) -> None:
    assert load_warnings(tmp_path / "validation.html") == ()


@pytest.mark.parametrize("name", TABLES)
def test_the_suite_of_a_table_looks_at_each_required_column_and_the_key(name: str) -> None:
    suite = build_suite(TABLES[name], 0.2)
    required = [column.name for column in TABLES[name].columns if column.required]
    assert [one.column for one in suite if type(one).__name__ == "ExpectColumnToExist"] == required
    assert type(suite[-1]).__name__.endswith("Unique")
