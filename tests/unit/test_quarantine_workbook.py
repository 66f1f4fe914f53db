"""Rejected rows as a workbook: text to the last cell, corrected and loaded again, CSV where a sheet is too small."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.bad_rows import BAD
from tests.unit.dirty_portfolio import write_portfolio
from tests.unit.test_quarantine_open import CHARGES, Loads

from recobro_data.errors import UsageError
from recobro_data.ingest.workbook import sheet_names
from recobro_data.quarantine import sheets
from recobro_data.quarantine.rows import Chosen
from recobro_data.quarantine.sheets import column_letters, write_workbook
from recobro_data.tables import TABLES

OPEN = Chosen(status="open")
NOTED = "charge_id,debtor_id,due_on,amount,concepto\nc1,d1,2026-01-10,100,\n"


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    return Loads(tmp_path)


def export(loads: Loads, name: str = "out") -> Path:
    (path,) = loads.quarantine.export(OPEN, loads.settings.home / name, form="xlsx")
    return path


def read(path: Path) -> list[list[str]]:
    """The cells of the only sheet as a program reads them that is none of ours."""
    (sheet,) = sheet_names(path)
    return python_calamine.load_workbook(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def change(path: Path, row: int, column: str, value: object) -> Path:
    """The workbook after somebody has edited a cell and saved it."""
    book = openpyxl.load_workbook(path)
    book.active[f"{column}{row}"] = value
    book.save(path)
    return path


def test_a_row_is_whole_under_its_own_header_with_its_place_and_reason(loads: Loads) -> None:
    load_id = loads.load(f"{NOTED}c2,d1,2026-02-30,7,ñandú\n").load_id
    header, row = read(export(loads))
    assert header[:7] == ["charge_id", "debtor_id", "due_on", "amount", "concepto", "_load", "_file"]
    assert row[:10] == ["c2", "d1", "2026-02-30", "7", "ñandú", load_id, "charges.csv", "3", "type", row[9]]
    assert row[9] == "due_on must be a date written YYYY-MM-DD"


def test_what_looks_like_a_formula_or_a_number_is_text_and_looks_as_it_came(loads: Loads) -> None:
    loads.load(f"{NOTED}@c2,d1,2026-02-30,0007,=1+1\n")
    cells = {cell.value: cell for row in openpyxl.load_workbook(export(loads)).active.iter_rows() for cell in row}
    for text in ("@c2", "=1+1", "0007"):
        assert (cells[text].data_type, cells[text].number_format, cells[text].quotePrefix) == ("s", "@", True)


def test_a_cell_that_was_empty_is_text_too_once_somebody_fills_it(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1,,7\n")
    sheet = openpyxl.load_workbook(export(loads)).active
    column = sheet.column_dimensions["A"]
    assert (column.min, column.max, column.number_format, sheet["C2"].value) == (1, 16_384, "@", None)


@pytest.mark.parametrize("mended", ["2026-02-28", "28/02/2026"])
def test_a_corrected_workbook_clears_what_it_corrects(loads: Loads, mended: str) -> None:
    first = "2026-01-10" if mended.startswith("2026") else "10/01/2026"
    loads.load(f"charge_id,debtor_id,due_on,amount\nc1,d1,{first},100\nc2,d1,never,7\n")
    (loads.source / "charges.csv").unlink()
    change(export(loads), 2, "C", mended).rename(loads.source / "charges.xlsx")
    loads.load()
    assert loads.states() == ["cleared"]


def test_a_cell_behind_an_apostrophe_comes_back_as_it_was(loads: Loads) -> None:
    loads.load(f"{NOTED}c2,d1,2026-02-30,7,'=1+1\nc3,d1,2026-02-30,7,=1+1\n")
    (loads.source / "charges.csv").unlink()
    export(loads).rename(loads.source / "charges.xlsx")
    report = loads.load()
    assert report.quarantine is not None
    rows = loads.quarantine.rows(Chosen(load_id=report.load_id))
    assert [row["row"]["concepto"] for row in rows] == ["'=1+1", "=1+1"]


def test_the_whole_dirty_portfolio_goes_out_as_it_came(loads: Loads, tmp_path: Path) -> None:
    loads.source = write_portfolio(tmp_path / "dirty").folder
    loads.load()
    files = loads.quarantine.export(OPEN, tmp_path / "out", form="xlsx")
    assert {path.name: rows for path, rows in files.items()} == {
        f"{table}.xlsx": sum(kind.table == table for kind in BAD) for table in TABLES
    }
    kept = {row[1] for row in read(tmp_path / "out" / "contact_points.xlsx")[1:]}
    assert kept >= {kind.row["channel"] for kind in BAD if kind.table == "contact_points" and not kind.line}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=8), max_size=4))
def test_every_text_is_read_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = tmp_path_factory.mktemp("cells") / "any.xlsx"
    write_workbook(path, "any", [["x"] * 5, [*cells, "end"]])
    assert read(path)[1][: len(cells)] == cells


@pytest.mark.parametrize("text", ["_x000B_", "_x005F_", "a\r\nb", "a\x00", " ", "</t>", "&amp;", "👍"])
def test_what_xml_can_not_hold_or_would_change_is_read_back(tmp_path: Path, text: str) -> None:
    write_workbook(tmp_path / "any.xlsx", "any", [["x"], [text]])
    assert read(tmp_path / "any.xlsx")[1][0] == text


def test_columns_are_lettered_as_a_spreadsheet_letters_them() -> None:
    assert [column_letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def refused(tmp_path: Path, rows: Sequence[Sequence[str]]) -> str:
    with pytest.raises(UsageError, match="Export it as CSV: --format csv") as caught:
        write_workbook(tmp_path / "t.xlsx", "charges", rows)
    return str(caught.value)


def test_more_than_a_sheet_holds_is_refused_and_csv_proposed(tmp_path: Path) -> None:
    assert "found 32,768 in B1 of charges" in refused(tmp_path, [["x", "👍" * 16_384]])
    assert "found 16,385 in charges" in refused(tmp_path, [["x"] * 16_385])


def test_a_cell_may_hold_as_much_as_excel_takes(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", "t", [["x" * 32_767], ["👍" * 16_383]])
    assert [len(row[0]) for row in read(tmp_path / "t.xlsx")] == [32_767, 16_383]


def test_too_many_rows_leave_no_file_behind(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    loads.load(f"{CHARGES}c2,d1,2026-02-30,7\nc3,d1,2026-02-30,7\n")
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    with pytest.raises(UsageError, match=r"at most 2 rows for a workbook, found more in charges\. Export it as CSV"):
        export(loads)
    assert list((loads.settings.home / "out").iterdir()) == []


def test_a_sheet_holds_a_million_rows_and_its_header() -> None:
    assert sheets.MOST_ROWS == 2**20


def test_the_parts_of_the_package_are_those_that_spreadsheets_ask_for(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", 'a "b" & c', [["x"]])
    assert set(zipfile.ZipFile(tmp_path / "t.xlsx").namelist()) >= {"[Content_Types].xml", "_rels/.rels"}
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames == ['a "b" & c']
