from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, build_caller, every_item
from tests.unit.plan_samples import Clock, build_item, build_plan, ranks

from recobro_data.store import ITEM_FIELDS, LEFT_ALONE_FIELDS, Store, open_store
from recobro_serving.cursors import Cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.listing import binding_of

LATEST = "/v1/worklists/latest"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}", now=Clock()) as store:
        yield store


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """One plan that these tests only read."""
    path = tmp_path_factory.mktemp("store") / "recobro.db"
    with open_store(f"sqlite:///{path}", now=Clock()) as store:
        store.publish_plan(build_plan())
        yield build_caller(store)


def test_a_worklist_names_its_plan_day_and_knowledge(caller: Caller) -> None:
    page = caller.get(LATEST).json()
    assert (page["plan_id"], page["work_date"], page["as_of"]) == ("p1", "2026-03-02", "2026-03-02")


def test_an_item_has_the_contracts_fields_in_order(caller: Caller) -> None:
    assert [tuple(item) for item in caller.get(LATEST).json()["items"]] == [ITEM_FIELDS] * 6


def test_items_come_in_rank_order_and_the_last_page_says_so(caller: Caller) -> None:
    page = caller.get(LATEST).json()
    assert (ranks(page["items"]), page["next_cursor"]) == ([1, 2, 3, 4, 5, 6], None)


def test_a_day_may_be_named(caller: Caller) -> None:
    assert caller.get("/v1/worklists/2026-03-02").json() == caller.get(LATEST).json()


def test_a_page_that_ends_with_the_list_has_no_next_cursor(caller: Caller) -> None:
    assert caller.get(LATEST, params={"limit": 6}).json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"portfolio": "north"}, [2, 4, 6]),
        ({"channel": "call"}, [3, 6]),
        ({"stage": "mid"}, [1, 4]),
        ({"from_hour": 13}, [5, 6]),
        ({"changed_since": "2026-03-01T23:59:59-05:00"}, []),
        ({"changed_since": "2026-03-02T03:59:59Z"}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_query_narrows_the_list(caller: Caller, query: dict[str, Any], expected: list[int]) -> None:
    assert ranks(caller.get(LATEST, params=query).json()["items"]) == expected


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"limit": 0}, "query.limit"),
        ({"limit": 1001}, "query.limit"),
        ({"channel": "fax"}, "query.channel"),
        ({"stage": "soon"}, "query.stage"),
        ({"from_hour": 24}, "query.from_hour"),
        ({"changed_since": "2026-03-02T03:59:59"}, "query.changed_since"),
        ({"chanel": "call"}, "query.chanel"),
        ({"portfolio": "a\x00b"}, "query.portfolio"),
    ],
)
def test_a_query_that_can_not_be_understood_is_named(caller: Caller, query: dict[str, Any], where: str) -> None:
    answer = caller.get(LATEST, params=query)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)


def test_a_damaged_cursor_is_refused(caller: Caller) -> None:
    cursor = caller.get(LATEST, params={"limit": 2}).json()["next_cursor"]
    for damaged in ("x", cursor[:-4], cursor.swapcase(), f"{cursor}AAAA", "é", "W10", "bnVsbA"):
        assert caller.get(LATEST, params={"limit": 2, "cursor": damaged}).status_code == 422, damaged


def test_a_cursor_that_names_no_plan_by_its_id_or_no_rank_by_its_number_is_refused(caller: Caller) -> None:
    (key,) = caller.app.state.store.list_keys()
    binding = binding_of("items", key, WorklistQuery(limit=2))
    for plan_id, after in ((["p1"], 2), ("p1", "2"), ("p1", True), ("p1", 2.0)):
        cursor = Cursor(plan_id, after).token(binding)  # type: ignore[arg-type]
        assert caller.get(LATEST, params={"limit": 2, "cursor": cursor}).status_code == 422, (plan_id, after)


def test_a_cursor_of_other_filters_is_refused(caller: Caller) -> None:
    cursor = caller.get(LATEST, params={"limit": 1, "channel": "call"}).json()["next_cursor"]
    assert caller.get(LATEST, params={"channel": "email", "cursor": cursor}).status_code == 422


def test_a_cursor_of_another_list_is_refused(caller: Caller) -> None:
    cursor = caller.get(LATEST, params={"limit": 1}).json()["next_cursor"]
    assert caller.get(f"{LATEST}/left-alone", params={"cursor": cursor}).status_code == 422


def test_a_cursor_of_another_day_is_refused(caller: Caller) -> None:
    cursor = caller.get(LATEST, params={"limit": 1}).json()["next_cursor"]
    assert caller.get("/v1/worklists/2026-03-03", params={"cursor": cursor}).status_code == 422


def test_the_limit_may_change_from_page_to_page(caller: Caller) -> None:
    cursor = caller.get(LATEST, params={"limit": 1}).json()["next_cursor"]
    assert ranks(caller.get(LATEST, params={"limit": 3, "cursor": cursor}).json()["items"]) == [2, 3, 4]


def test_debtors_left_alone_are_listed_with_the_reason(caller: Caller) -> None:
    rows = every_item(caller, f"{LATEST}/left-alone", limit=3)
    assert [row["debtor_id"] for row in rows] == ["a1", "a2", "a3", "a4"]
    assert {(row["because"], row["rule"], row["until"]) for row in rows} == {("promise_open", "promise", "2026-03-09")}


def test_a_debtor_left_alone_has_the_same_keys_and_three_more(caller: Caller) -> None:
    assert tuple(caller.get(f"{LATEST}/left-alone").json()["items"][0]) == LEFT_ALONE_FIELDS


def test_an_export_holds_what_the_pages_hold(caller: Caller) -> None:
    lines = caller.get(f"{LATEST}/export", params={"format": "ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == caller.get(LATEST).json()["items"]


def test_an_export_takes_the_same_filters(caller: Caller) -> None:
    answer = caller.get(f"{LATEST}/export", params={"channel": "call"})
    assert [row["rank"] for row in csv.DictReader(io.StringIO(answer.text))] == ["3", "6"]


def test_an_export_of_more_than_one_page_is_whole(store: Store) -> None:
    store.publish_plan(build_plan(n_items=2001, scores=()))
    text = build_caller(store).get(f"{LATEST}/export").text
    assert [row["rank"] for row in csv.DictReader(io.StringIO(text))] == [str(rank) for rank in range(1, 2002)]


def test_a_formula_in_an_id_does_not_run_in_a_spreadsheet(store: Store) -> None:
    store.publish_plan(build_plan(items=[build_item(1, debtor_id="=cmd|' /C calc'!A0")], scores=()))
    text = build_caller(store).get(f"{LATEST}/export").text
    assert next(csv.DictReader(io.StringIO(text)))["debtor_id"].startswith("'=cmd")


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_an_export_is_a_file_named_by_day_and_format(caller: Caller, form: str) -> None:
    answer = caller.get(f"{LATEST}/export", params={"format": form})
    assert answer.headers["content-disposition"] == f'attachment; filename="worklist-2026-03-02.{form}"'


def test_an_export_format_that_is_not_offered_is_refused(caller: Caller) -> None:
    assert caller.get(f"{LATEST}/export", params={"format": "xls"}).status_code == 422
