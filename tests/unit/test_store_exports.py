from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.plan_samples import build_item

from recobro_data.store import ITEM_FIELDS
from recobro_data.store.answers import told
from recobro_data.store.exports import csv_chunks, ndjson_chunks, parquet_chunks, safe_cell
from recobro_models.explanation.catalogue import tell


def answered(rank: int = 1, **changed: Any) -> dict[str, Any]:
    return told(build_item(rank, **changed), tell)


def csv_rows(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    text = b"".join(csv_chunks(rows, ITEM_FIELDS)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_the_contracts_fields_in_order_even_when_empty() -> None:
    assert b"".join(csv_chunks([], ITEM_FIELDS)).decode() == ",".join(ITEM_FIELDS) + "\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert csv_rows([answered(debtor_id=f"{start}cmd()")])[0]["debtor_id"] == f"'{start}cmd()"


def test_negative_numbers_stay_numbers() -> None:
    row = csv_rows([answered(days_past_due=-3, expected_value=-0.5)])[0]
    assert (row["days_past_due"], row["expected_value"]) == ("-3", "-0.5")


def test_reasons_are_a_json_string_in_csv() -> None:
    assert json.loads(csv_rows([answered()])[0]["reasons"]) == answered()["reasons"]


def test_what_is_not_known_is_an_empty_cell() -> None:
    assert csv_rows([answered(effect_model=None)])[0]["effect_model"] == ""


@given(st.text(max_size=20))
def test_no_text_leaves_as_a_formula_and_none_is_lost(text: str) -> None:
    safe = safe_cell(text)
    assert not safe.lstrip().startswith(("=", "+", "-", "@"))
    assert safe in (text, f"'{text}")


def test_ndjson_is_the_answer_of_the_api_a_line() -> None:
    rows = [answered(1), answered(2, debtor_id="ñ\n=1")]
    assert [json.loads(line) for line in b"".join(ndjson_chunks(rows, ITEM_FIELDS)).splitlines()] == rows


def test_parquet_of_several_chunks_is_one_readable_file() -> None:
    content = b"".join(parquet_chunks((answered(rank) for rank in range(1, 2102)), ITEM_FIELDS))
    table = pq.read_table(io.BytesIO(content))
    assert table["rank"].to_pylist() == list(range(1, 2102))


def test_parquet_keeps_names_dates_and_nested_reasons() -> None:
    table = pq.read_table(io.BytesIO(b"".join(parquet_chunks([answered()], ITEM_FIELDS))))
    row = table.to_pylist()[0]
    assert tuple(table.column_names) == ITEM_FIELDS
    assert (row["work_date"].isoformat(), row["reasons"][0]["value"]) == ("2026-03-02", "40")


def test_an_empty_parquet_file_has_its_columns() -> None:
    table = pq.read_table(io.BytesIO(b"".join(parquet_chunks([], ITEM_FIELDS))))
    assert (table.num_rows, tuple(table.column_names)) == (0, ITEM_FIELDS)
