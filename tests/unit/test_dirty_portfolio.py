"""Every kind of bad row is caught by its rule at its place, and no valid row is ever rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.bad_rows import BAD
from tests.unit.dirty_portfolio import KINDS, Dirty, write_portfolio
from tests.unit.odd_rows import VALID
from tests.unit.row_kinds import Kind

from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.row_rules import table_rules
from recobro_data.settings import Ingest, Settings
from recobro_data.tables import TABLES


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), ingest=Ingest(max_bad_share=1))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Dirty:
    return write_portfolio(tmp_path_factory.mktemp("dirty") / "source")


def load(dirty: Dirty, settings: Settings) -> LoadReport:
    return load_source(str(dirty.folder), settings, validate=lambda *_: Path("unwritten.html"))


@pytest.fixture(scope="module")
def report(dirty: Dirty, settings: Settings) -> LoadReport:
    return load(dirty, settings)


@pytest.fixture(scope="module")
def rejected(report: LoadReport) -> dict[tuple[str, int], dict[str, Any]]:
    assert report.quarantine is not None
    lines = [json.loads(line) for line in report.quarantine.read_text(encoding="utf-8").split("\n")[:-1]]
    return {(line["table"], line["line"]): line for line in lines}


@pytest.fixture(scope="module")
def keys(report: LoadReport, settings: Settings) -> dict[str, set[tuple[str, ...]]]:
    """The keys that the lake holds, a table."""
    lake = Lake(settings.lake_dir)
    selects = {
        name: f"SELECT {', '.join(table.key)} FROM read_parquet({lake.paths(name)})" for name, table in TABLES.items()
    }
    return {name: set(duckdb.sql(select).fetchall()) for name, select in selects.items()}


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.name)
def test_a_bad_row_is_caught_by_its_rule_at_its_place(kind: Kind, dirty: Dirty, rejected: Any) -> None:
    found = rejected[kind.table, dirty.lines[kind.name]]
    assert (found["rule"], found["column"] or "", found["file"]) == (kind.rule, kind.column, f"{kind.table}.csv")


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind.line is None], ids=lambda kind: kind.name)
def test_a_bad_row_is_kept_whole_with_its_value(kind: Kind, dirty: Dirty, rejected: Any) -> None:
    found = rejected[kind.table, dirty.lines[kind.name]]
    assert (list(found["row"].values()), found["value"]) == (kind.fields, kind.value)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind.line is not None], ids=lambda kind: kind.name)
def test_a_line_that_is_no_row_is_kept_as_it_stands(kind: Kind, dirty: Dirty, rejected: Any) -> None:
    shown = kind.written.rstrip(b"\n").decode("utf-8", "backslashreplace")
    assert rejected[kind.table, dirty.lines[kind.name]]["row"]["_line"] == shown


@pytest.mark.parametrize("kind", VALID, ids=lambda kind: kind.name)
def test_an_odd_but_valid_row_is_never_rejected(kind: Kind, dirty: Dirty, rejected: Any, keys: Any) -> None:
    assert (kind.table, dirty.lines[kind.name]) not in rejected
    assert tuple(kind.row[column].strip() for column in TABLES[kind.table].key) in keys[kind.table]


def test_nothing_but_the_bad_rows_is_rejected(rejected: Any) -> None:
    assert len(rejected) == len(BAD)


@pytest.mark.parametrize("table", TABLES)
def test_the_counts_add_up_for_every_table(report: LoadReport, table: str, keys: Any) -> None:
    count = report.tables[table]
    written, bad = (sum(kind.table == table for kind in kinds) for kinds in (KINDS, BAD))
    assert (count.read, count.quarantined, count.loaded) == (written, bad, written - bad)
    assert count.loaded == len(keys[table])


def test_the_same_portfolio_again_changes_nothing_but_says_the_same(
    dirty: Dirty, report: LoadReport, settings: Settings
) -> None:
    again = load(dirty, settings)
    assert all(count.loaded == count.replaced == 0 for count in again.tables.values())
    assert [count.quarantined for count in again.tables.values()] == [
        count.quarantined for count in report.tables.values()
    ]


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_of_every_table_has_a_row_that_breaks_it(table: str) -> None:
    rules = {(rule.name, ", ".join(rule.columns)) for rule in table_rules(TABLES[table]) if rule.name != "fields"}
    assert rules - {(kind.rule, kind.column) for kind in BAD if kind.table == table} == set()


def test_there_are_many_kinds_each_with_a_name_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert (len(BAD) >= 100, len(VALID) >= 60) == (True, True)
