"""The published worklist in every form, and everyone accounted for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.e2e.cli_runner import AS_OF, Prepared, prepare, recobro

from recobro_data.lake import Lake
from recobro_data.vocabulary import LEFT_ALONE

pytestmark = pytest.mark.slow

FIELDS = [
    "item_id",
    "plan_id",
    "work_date",
    "portfolio_id",
    "rank",
    "debtor_id",
    "currency",
    "days_past_due",
    "balance_due",
    "amount_to_collect",
    "stage",
    "channel",
    "window_start",
    "window_end",
    "p_unpaid",
    "risk_band",
    "p_reach",
    "p_pay",
    "p_pay_no_action",
    "expected_recovery",
    "cost",
    "expected_value",
    "reasons",
    "alternatives",
    "arm",
    "propensity",
    "policy",
    "risk_model",
    "contact_model",
    "effect_model",
    "rules",
    "template",
    "message",
    "promise_on",
    "offer",
    "agent_id",
]
#: Debtors with a charge issued before the day, not cancelled, on an account that never paid.
SURELY_OPEN = """
select distinct debtor_id from read_parquet($charges) c
where issued_on < $as_of and (cancelled_on is null or cancelled_on >= $as_of)
  and account_id not in (select account_id from read_parquet($payments) where account_id is not null)
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture(scope="module")
def items(prepared: Prepared) -> list[dict[str, Any]]:
    return list(recobro(prepared.planned, "worklist", "--format", "json").told)


@pytest.fixture(scope="module")
def left_alone(prepared: Prepared) -> list[dict[str, Any]]:
    return list(recobro(prepared.planned, "worklist", "--left-alone", "--format", "json").told)


def test_json_is_a_list_in_rank_order_with_the_contracts_fields(items: list[dict[str, Any]]) -> None:
    assert [item["rank"] for item in items] == list(range(1, len(items) + 1))
    assert all(list(item) == FIELDS for item in items)


def test_csv_has_the_contracts_columns_in_order_and_reasons_as_json(
    prepared: Prepared, items: list[dict[str, Any]]
) -> None:
    read = csv.DictReader(io.StringIO(recobro(prepared.planned, "worklist", "--format", "csv").out.lstrip("\ufeff")))
    rows = list(read)
    assert read.fieldnames == FIELDS
    assert [(row["item_id"], json.loads(row["reasons"])) for row in rows] == [
        (item["item_id"], item["reasons"]) for item in items
    ]


def test_parquet_is_written_to_a_file_whole(prepared: Prepared, tmp_path: Path, items: list[dict[str, Any]]) -> None:
    out = tmp_path / "list.parquet"
    assert recobro(prepared.planned, "worklist", "-o", out).status == 0
    table = pq.read_table(out)
    assert (table.column_names, table["item_id"].to_pylist()) == (FIELDS, [item["item_id"] for item in items])
    assert [path.name for path in tmp_path.iterdir()] == ["list.parquet"]


def test_a_table_is_written_to_a_file_with_every_item(
    prepared: Prepared, tmp_path: Path, items: list[dict[str, Any]]
) -> None:
    run = recobro(prepared.planned, "worklist", "-o", tmp_path / "list.txt")
    text = (tmp_path / "list.txt").read_text(encoding="utf-8")
    assert (run.status, run.out) == (0, "")
    assert all(item["debtor_id"] in text for item in items)


def test_a_channel_shows_its_items_only(prepared: Prepared, items: list[dict[str, Any]]) -> None:
    channel = items[0]["channel"]
    told = recobro(prepared.planned, "worklist", "--channel", channel, "--format", "json").told
    assert told == [item for item in items if item["channel"] == channel]


def test_a_portfolio_shows_its_items_only(prepared: Prepared, items: list[dict[str, Any]]) -> None:
    portfolio = items[0]["portfolio_id"]
    told = recobro(prepared.planned, "worklist", "--portfolio", portfolio, "--format", "json", "--date", AS_OF).told
    assert told == [item for item in items if item["portfolio_id"] == portfolio]


def test_a_portfolio_that_the_plan_does_not_know_is_refused(prepared: Prepared) -> None:
    run = recobro(prepared.planned, "worklist", "--portfolio", "nowhere")
    assert (run.status, run.out) == (2, "")
    assert "found 'nowhere'" in run.err


def test_those_left_alone_have_the_items_keys_and_a_known_reason(left_alone: list[dict[str, Any]]) -> None:
    assert left_alone
    assert all(list(row) == [*FIELDS, "because", "rule", "until"] for row in left_alone)
    assert {row["because"] for row in left_alone} <= set(LEFT_ALONE)


def test_everyone_with_an_open_charge_is_in_exactly_one_list(
    prepared: Prepared, items: list[dict[str, Any]], left_alone: list[dict[str, Any]]
) -> None:
    listed = [row["debtor_id"] for row in (*items, *left_alone)]
    lake = Lake(prepared.planned / "data" / "lake")
    given = {"charges": lake.paths("charges"), "payments": lake.paths("payments"), "as_of": AS_OF}
    with duckdb.connect() as con:
        owing = {row[0] for row in con.execute(SURELY_OPEN, given).fetchall()}
    assert owing
    assert (len(listed), owing - set(listed)) == (len(set(listed)), set())


def test_what_a_debtor_is_told_agrees_with_the_list(prepared: Prepared, items: list[dict[str, Any]]) -> None:
    told = recobro(prepared.planned, "explain", items[0]["debtor_id"], "--json").told
    assert (told["recommendation"], told["plan_id"]) == (items[0], items[0]["plan_id"])
    assert told["risk"]["p_unpaid"] == items[0]["p_unpaid"]


def test_the_reason_of_one_left_alone_is_told(prepared: Prepared, left_alone: list[dict[str, Any]]) -> None:
    row = left_alone[0]
    told = recobro(prepared.planned, "explain", row["debtor_id"], "--json").told["recommendation"]
    assert told == {"left_alone": {name: row[name] for name in ("because", "rule", "until")}}
