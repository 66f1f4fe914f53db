from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.unit.reader_samples import (
    DEBTORS,
    PAYMENTS,
    PORTFOLIO,
    Loaded,
    rows_of,
    write_files,
    write_workbook,
)

from recobro_data.errors import SourceRefusedError


@pytest.fixture(scope="module")
def canonical(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The version of the lake that holds the portfolio as the contract writes it."""
    folder = tmp_path_factory.mktemp("canonical")
    return Loaded(write_files(folder / "source", PORTFOLIO), folder / "home").version


def charges(*rows: list[Any]) -> list[list[Any]]:
    return [["charge_id", "debtor_id", "due_on", "amount"], *rows]


#: As a person keeps them: numbers, dates and text, whatever came to hand.
TYPED = charges(
    ["c1", "d1", dt.datetime.fromisoformat("2026-01-10"), 1100],
    ["c2", "d2", dt.date(2026, 1, 20), 50.5],
    ["c3", "d3", "30/01/2026", "9,99"],
)


def sheets(**given: list[list[Any]]) -> dict[str, list[list[Any]]]:
    return {"debtors": rows_of(DEBTORS), "charges": TYPED, "payments": rows_of(PAYMENTS)} | given


def load(folder: Path, book: dict[str, list[list[Any]]]) -> Loaded:
    return Loaded(write_workbook(folder / "book.xlsx", book), folder / "home")


def test_a_workbook_holds_one_table_a_sheet(tmp_path: Path, canonical: str) -> None:
    assert load(tmp_path, sheets()).version == canonical


def test_a_directory_may_hold_the_workbook(tmp_path: Path, canonical: str) -> None:
    write_workbook(tmp_path / "source" / "cartera.xlsx", sheets())
    (tmp_path / "source" / "~$cartera.xlsx").write_bytes(b"left by an open program")
    assert Loaded(tmp_path / "source", tmp_path / "home").version == canonical


def test_a_table_may_be_a_workbook_of_its_own(tmp_path: Path, canonical: str) -> None:
    folder = write_files(tmp_path / "source", PORTFOLIO | {"charges.csv": b""})
    write_workbook(folder / "charges.xlsx", {"Hoja1": TYPED})
    assert Loaded(folder, tmp_path / "home").version == canonical


def test_sheets_go_by_name_without_case_accents_and_blanks(tmp_path: Path, canonical: str) -> None:
    named = {" Débtors": rows_of(DEBTORS), "CHARGES": TYPED, "pay ments": rows_of(PAYMENTS), "notas": [["x"]]}
    assert load(tmp_path, named).version == canonical


def test_whole_numbers_of_an_id_have_no_point(tmp_path: Path) -> None:
    debtors = [["debtor_id", "country"], [12.0, "PE"], [13, "PE"]]
    rows = charges(["c1", 12, "2026-01-01", 5], ["c2", "13", "2026-01-01", 5.25])
    paid = [["payment_id", "account_id", "paid_on", "amount"], [1, 12, "2026-01-01", 5]]
    assert load(tmp_path, sheets(debtors=debtors, charges=rows, payments=paid)).rejected() == []


def test_lines_are_numbered_as_the_spreadsheet_shows_them_and_empty_rows_are_none(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[], ["  "], *TYPED, [], ["c4", "d1", "never", 1]]
    loaded = load(tmp_path, sheets(charges=rows))
    (line,) = loaded.rejected()
    assert (line["file"], line["line"], line["value"]) == ("book.xlsx (charges)", 8, "never")
    assert loaded.report.tables["charges"].read == 4


def test_cells_in_error_are_bad_values_even_where_nothing_would_do(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "book.xlsx", sheets())
    book = openpyxl.load_workbook(path)
    book["charges"]["E1"], book["charges"]["E4"] = "cancelled_on", "#N/A"
    book.save(path)
    (line,) = Loaded(path, tmp_path / "home").rejected()
    assert (line["line"], line["column"], line["value"], line["rule"]) == (4, "cancelled_on", "#N/A", "type")


def test_a_date_with_a_time_is_a_timestamp_without_offset(tmp_path: Path) -> None:
    promises = [["promise_id", "debtor_id", "made_at", "due_on", "amount"]]
    promises += [["r1", "d1", dt.datetime.fromisoformat("2026-01-01T09:30"), "2026-01-05", 5]]
    (line,) = load(tmp_path, sheets(promises=promises)).rejected()
    assert (line["column"], line["rule"], line["value"]) == ("made_at", "offset", "2026-01-01T09:30:00")


def test_truth_values_and_times_of_cells_are_read(tmp_path: Path) -> None:
    points = [["debtor_id", "channel", "valid", "prefer_from"], ["d1", "call", True, dt.time(9, 30)]]
    loaded = load(tmp_path, sheets(contact_points=points))
    assert loaded.rejected() == []


def test_text_beyond_the_header_is_no_row(tmp_path: Path) -> None:
    loaded = load(tmp_path, sheets(charges=[*TYPED, ["c4", "d1", "31/01/2026", 5, "?"]]))
    (line,) = loaded.rejected()
    assert (line["line"], line["rule"]) == (5, "fields")
    assert "expected 4 cells as in the header, found '?' beyond them" in line["message"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password, or in the format of before 2007"),
        (b"PK\x03\x04 and then nothing", "book.xlsx that breaks off or is damaged"),
        (b"no workbook", "book.xlsx that breaks off or is damaged"),
    ],
)
def test_a_workbook_that_does_not_open_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    with pytest.raises(SourceRefusedError, match=says):
        Loaded(tmp_path / "book.xlsx", tmp_path / "home")


def test_a_workbook_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "book.xlsx", sheets())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(SourceRefusedError, match=r"book.xlsx that breaks off or is damaged"):
        Loaded(path, tmp_path / "home")


def test_a_table_in_two_places_is_refused(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "source", PORTFOLIO)
    write_workbook(folder / "book.xlsx", {"charges": TYPED})
    with pytest.raises(SourceRefusedError, match=r"one file for charges, found charges.csv and book.xlsx \(charges\)"):
        Loaded(folder, tmp_path / "home")


def test_a_workbook_that_names_no_table_says_what_it_was_looked_through_for(tmp_path: Path) -> None:
    write_workbook(tmp_path / "book.xlsx", {"Hoja1": TYPED})
    with pytest.raises(SourceRefusedError, match="named as its table, found the file"):
        Loaded(tmp_path / "book.xlsx", tmp_path / "home")


def test_a_table_workbook_with_several_sheets_must_say_which(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "source", PORTFOLIO | {"charges.csv": b""})
    write_workbook(folder / "charges.xlsx", {"Hoja1": TYPED, "Hoja2": []})
    with pytest.raises(SourceRefusedError, match=r"one sheet for charges, found charges.xlsx with the sheets Hoja1"):
        Loaded(folder, tmp_path / "home")
