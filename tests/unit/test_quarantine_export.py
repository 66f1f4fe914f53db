"""Rejected rows as CSV: corrected in a spreadsheet, loaded again, and no longer waiting."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.unit.bad_rows import BAD
from tests.unit.dirty_portfolio import write_portfolio
from tests.unit.test_quarantine_open import CHARGES, Loads

from recobro_data.errors import UsageError
from recobro_data.quarantine.rows import Chosen
from recobro_data.tables import TABLES

OPEN = Chosen(status="open")
TAKEN = "charge_id,debtor_id,due_on,amount,concepto\nc1,d1,2026-01-10,100,\n"


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    return Loads(tmp_path)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def export(loads: Loads, name: str = "out") -> list[dict[str, str]]:
    (path,) = loads.quarantine.export(OPEN, loads.settings.home / name)
    return read(path)


def test_a_row_is_whole_under_its_own_header_with_its_place_and_reason(loads: Loads) -> None:
    load_id = loads.load(f"{TAKEN}c2,d1,2026-02-30,7,ñandú\n").load_id
    (row,) = export(loads)
    assert list(row.values()) == [
        *("c2", "d1", "2026-02-30", "7", "ñandú", load_id, "charges.csv", "3"),
        *("type", "due_on must be a date written YYYY-MM-DD", "due_on=yyyy-mm-dd; amount=1234.56", ""),
    ]


def test_no_cell_runs_as_a_formula_and_numbers_stay_numbers(loads: Loads) -> None:
    loads.load(f"{TAKEN}c2,d1,2026-01-01,-7.50,=1+1\n@c3,d1,2026-02-30,+7,-a\n")
    rows = [(row["charge_id"], row["amount"], row["concepto"]) for row in export(loads)]
    assert rows == [("c2", "-7.50", "'=1+1"), ("'@c3", "+7", "'-a")]


def test_a_line_that_is_no_row_is_there_as_it_stands(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1\n")
    (row,) = export(loads)
    assert (row["charge_id"], row["_rule"], row["_text"]) == ("c2", "fields", "c2,d1")


def test_a_corrected_export_clears_what_it_corrects_whatever_was_wrong(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1,2026-02-30,7\n,d1,2026-01-01,8\nc4,nobody,2026-01-01,9\nc5,d1\n")
    (path,) = loads.quarantine.export(OPEN, loads.settings.home / "out")
    text = path.read_text(encoding="utf-8-sig").replace("02-30", "02-28").replace("\n,d1", "\nc3,d1")
    loads.load(text.replace("nobody", "d1").replace("c5,d1,,", "c5,d1,2026-01-05,1"))
    assert loads.states() == ["cleared"] * 4


def test_what_was_not_corrected_stays_open(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1,2026-02-30,7\nc3,d1,2026-02-30,7\n")
    (path,) = loads.quarantine.export(OPEN, loads.settings.home / "out")
    loads.load(path.read_text(encoding="utf-8-sig").replace("02-30", "02-28", 1))
    assert sorted(loads.states()) == ["cleared", "open", "superseded"]
    assert [row["charge_id"] for row in export(loads, "again")] == ["c3"]


def test_rows_of_several_headers_share_one_file(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1,2026-02-30,7\n")
    loads.load("debtor_id,charge_id,amount,due_on,product\nd1,c1,100,2026-01-10,\nd1,c3,0,2026-01-10,x\n")
    assert {row["charge_id"]: row["product"] for row in export(loads)} == {"c2": "", "c3": "x"}


def test_a_file_that_is_there_is_not_overwritten(loads: Loads) -> None:
    loads.load(f"{CHARGES}c2,d1,2026-02-30,7\n")
    export(loads)
    with pytest.raises(UsageError, match=r"found .*charges\.csv\. Name another folder"):
        export(loads)


def test_the_whole_dirty_portfolio_goes_out_as_it_came(loads: Loads, tmp_path: Path) -> None:
    loads.source = write_portfolio(tmp_path / "dirty").folder
    loads.load()
    files = loads.quarantine.export(OPEN, tmp_path / "out")
    assert {path.stem: rows for path, rows in files.items()} == {
        table: sum(kind.table == table for kind in BAD) for table in TABLES
    }
    assert all(len(read(path)) == rows for path, rows in files.items())
