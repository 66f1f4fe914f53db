"""Cells of an export: nothing in them runs in a spreadsheet, and reading them back gives what was written."""

from __future__ import annotations

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recobro_data.ingest.raw import Raw
from recobro_data.quarantine.corrections import WHY, build_plain, guarded_cell
from recobro_data.quarantine.index import PLACE

HEADER = ("x", *PLACE, *WHY)
texts = st.text(alphabet="'=+-@＝ \t\r\n0159.,aé", max_size=8)


def read_back(cells: list[str]) -> list[str]:
    with duckdb.connect(config={"threads": 1}) as connection:
        others = ", ".join(f"'' AS c{place}" for place in range(1, len(HEADER)))
        connection.execute(
            f"CREATE TABLE raw_charges AS SELECT i AS _seq, x AS c0, {others}"
            " FROM (SELECT generate_subscripts($1::VARCHAR[], 1) AS i, unnest($1::VARCHAR[]) AS x)",
            [cells],
        )
        build_plain(connection, Raw("charges", HEADER, len(cells)))
        return [row[0] for row in connection.execute("SELECT c0 FROM raw_charges ORDER BY _seq").fetchall()]


@settings(max_examples=40)
@given(st.lists(texts, min_size=1, max_size=30))
@example(["'=1", "''=1", "'5", "5", "-5", "-5,00", " =1", "'\t"])
def test_a_cell_comes_back_as_it_was(cells: list[str]) -> None:
    assert read_back([guarded_cell(cell) for cell in cells]) == cells


@given(texts)
def test_no_cell_starts_as_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = guarded_cell(text)
    assert cell == text or cell == f"'{text}"
    assert not cell.lstrip().startswith(("=", "@", "＝")) or cell.startswith("'")
