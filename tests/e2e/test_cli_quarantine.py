"""`recobro quarantine` as users run it: what waits, which rows, out to CSV, corrected and loaded again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.e2e.cli_runner import Prepared, change_row, is_one_sentence, prepare, recobro


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture(scope="module")
def spoilt(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A workspace that rejected two rows, and its source."""
    folder = tmp_path_factory.mktemp("quarantine")
    source = prepared.copied_source(folder)
    change_row(source / "promises.csv", 3, due_on="2026-02-30")
    change_row(source / "payments.csv", 4, amount="-5.00")
    assert recobro(folder / "home", "ingest", source).status == 0
    return folder / "home", source


def test_the_list_says_what_waits_and_what_to_do(spoilt: tuple[Path, Path]) -> None:
    run = recobro(spoilt[0], "quarantine", "list")
    assert "2 rows wait to be corrected. See them: recobro quarantine show LOAD." in run.out


def test_a_row_is_shown_with_place_reason_and_value(spoilt: tuple[Path, Path]) -> None:
    run = recobro(spoilt[0], "quarantine", "show", "--table", "promises")
    words = ("promises.csv:3", "due_on must be a date written YYYY-MM-DD", "'2026-02-30'", "open")
    assert all(word in run.out for word in words), run.out


@pytest.mark.parametrize(
    "words",
    [
        ("show", "no-such-load"),
        ("show", "--table", "invoices"),
        ("export", "--out"),
        ("export", "--out", "x", "--format", "ods"),
    ],
)
def test_wrong_words_are_one_sentence(spoilt: tuple[Path, Path], words: tuple[str, ...]) -> None:
    run = recobro(spoilt[0], "quarantine", *words)
    assert (run.status, is_one_sentence(run.err)) == (2, True), run.err


def test_the_rows_that_wait_go_out_as_workbooks_too(spoilt: tuple[Path, Path], tmp_path: Path) -> None:
    run = recobro(spoilt[0], "quarantine", "export", "latest", "--out", tmp_path, "--format", "xlsx")
    assert "as they are, save as XLSX, and load them one by one" in run.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["payments.xlsx", "promises.xlsx"]


def test_rows_corrected_in_the_export_wait_no_longer(spoilt: tuple[Path, Path], tmp_path: Path) -> None:
    home, source = spoilt
    assert [file["rows"] for file in recobro(home, "quarantine", "export", "--out", tmp_path, "--json").told] == [1, 1]
    with (tmp_path / "promises.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    change_row(source / "promises.csv", 3, due_on=row["due_on"].replace("30", "28"))
    change_row(source / "payments.csv", 4, amount="5.00")
    assert recobro(home, "ingest", source).status == 0
    assert [(one["open"], one["cleared"]) for one in recobro(home, "quarantine", "list", "--json").told] == [(0, 1)] * 2
