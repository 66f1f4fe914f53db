"""Bad sources through the command line: refused whole or in quarantine, and what was loaded before stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.cli_runner import (
    Prepared,
    Run,
    change_row,
    drop_column,
    is_one_sentence,
    lake_rows,
    prepare,
    recobro,
)


def _remove(source: Path) -> None:
    source.rename(source.with_name("elsewhere"))


def _empty(source: Path) -> None:
    for path in source.iterdir():
        path.unlink()


def _no_rows(source: Path) -> None:
    path = source / "payments.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")


def _no_column(source: Path) -> None:
    drop_column(source / "charges.csv", "due_on")


def _all_bad(source: Path) -> None:
    path = source / "charges.csv"
    path.write_text(re.sub(r"\d{4}-\d\d-\d\d", "soon", path.read_text()))


REFUSED: list[tuple[Callable[[Path], None], str]] = [
    (_remove, "nothing at"),
    (_empty, "no table"),
    (_no_rows, "payments"),
    (_no_column, "due_on"),
    (_all_bad, "charges"),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.mark.parametrize(("spoil", "says"), REFUSED, ids=[spoil.__name__[1:] for spoil, _ in REFUSED])
def test_a_source_that_breaks_a_table_rule_is_refused_whole(
    prepared: Prepared, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    home, source = prepared.copy_of("loaded", tmp_path), prepared.copied_source(tmp_path)
    before = lake_rows(home)
    spoil(source)
    run = recobro(home, "ingest", source, "--json")
    assert (run.status, run.out, is_one_sentence(run.err), says in run.err) == (3, "", True, True), run.err
    assert lake_rows(home) == before


@pytest.fixture(scope="module")
def spoilt(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[dict[str, object]]]:
    """A load of a source with three bad rows, and its quarantine."""
    folder = tmp_path_factory.mktemp("spoilt")
    source = prepared.copied_source(folder)
    change_row(source / "debtors.csv", 2, country="ZZ")
    change_row(source / "charges.csv", 3, due_on="2026-02-30")
    change_row(source / "payments.csv", 4, amount="-5.00")
    run = recobro(folder / "home", "ingest", source, "--json")
    lines = Path(run.told["quarantine"]).read_text(encoding="utf-8").splitlines()
    return run, [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("table", "line", "column", "value"),
    [("debtors", 2, "country", "ZZ"), ("charges", 3, "due_on", "2026-02-30"), ("payments", 4, "amount", "-5.00")],
)
def test_a_bad_row_is_in_quarantine_with_its_place_and_rule(
    spoilt: tuple[Run, list[dict[str, object]]], table: str, line: int, column: str, value: str
) -> None:
    found = [row for row in spoilt[1] if (row["table"], row["line"], row["column"]) == (table, line, column)]
    assert [row["value"] for row in found] == [value]
    assert list(found[0]) == ["table", "file", "line", "column", "value", "rule", "message", "row"]


def test_bad_rows_do_not_stop_a_load_and_every_row_is_counted(spoilt: tuple[Run, list[dict[str, object]]]) -> None:
    tables = spoilt[0].told["tables"]
    assert spoilt[0].status == 0
    assert all(
        counts["read"] == counts["loaded"] + counts["replaced"] + counts["unchanged"] + counts["quarantined"]
        for counts in tables.values()
    )


def test_loading_the_same_rows_again_changes_nothing(prepared: Prepared, tmp_path: Path) -> None:
    again = recobro(prepared.copy_of("loaded", tmp_path), "ingest", prepared.source, "--json").told
    assert {name: counts["unchanged"] for name, counts in again["tables"].items()} == {
        name: counts["loaded"] for name, counts in prepared.ingested.told["tables"].items()
    }
