"""What a plan was made from is kept with it, and a plan made again is held against the stored one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.plan_samples import build_item, build_plan
from tests.unit.what_if_samples import build_inputs, settings_with

from recobro_data.errors import NoPlanError, NotKeptError
from recobro_data.kept_settings import restore_settings
from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_data.store.inputs import PlanInputs, digest_of
from recobro_data.store.records import Difference

FILES = {"contact_rules/PE.yaml": "id: PE\n", "contact_rules/CO.yaml": "id: CO\n"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recobro.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{path}") as store:
        yield store


def inputs(**files: str) -> PlanInputs:
    kept = FILES | files
    digests = {name: digest_of(text) for name, text in kept.items()}
    return replace(build_inputs(settings_with(), files=digests), files=kept)


def alter(path: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute(statement, values).rowcount
    connection.close()


def test_what_a_plan_was_made_from_comes_back_as_it_was(store: Store) -> None:
    store.publish_plan(build_plan(inputs=inputs()))
    assert store.records.inputs("p1") == inputs()


def test_a_file_of_many_plans_is_kept_once(store: Store, path: Path) -> None:
    for plan_id, text in (("p1", "a"), ("p2", "b")):
        store.publish_plan(build_plan(plan_id, inputs=inputs(strategy=text)))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM input_files").fetchone() == (4,)
    connection.close()


def test_an_altered_file_is_none_that_the_plan_was_made_from(store: Store, path: Path) -> None:
    store.publish_plan(build_plan(inputs=inputs()))
    alter(path, "UPDATE input_files SET content = 'id: XX' WHERE content = 'id: PE\n'")
    assert set(store.records.inputs("p1").files) == {"contact_rules/CO.yaml"}


def test_kept_settings_hold_no_secret_and_come_back_in_another_workspace() -> None:
    secret = Settings(store={"url": "postgresql://me:s3cret@host/db"}, policy={"exploration": 0.3})
    kept = inputs().document["settings"] | build_inputs(secret).document["settings"]
    here = Settings(home=Path("here"), policy={"exploration": 0.1})
    assert "s3cret" not in str(kept)
    assert restore_settings(kept, here) == Settings(home=Path("here"), policy={"exploration": 0.3})


def test_a_plan_without_a_record_says_so(store: Store) -> None:
    store.publish_plan(build_plan())
    with pytest.raises(NotKeptError, match="found nothing kept for it"):
        store.records.inputs("p1")


def test_the_same_plan_made_again_is_the_same_in_every_row(store: Store) -> None:
    store.publish_plan(build_plan())
    found = store.records.compare(build_plan())
    assert found.is_identical
    assert dict(found.same) == {"plan": 1, "items": 6, "left_alone": 4, "scores": 10}


def test_an_item_that_was_altered_in_the_store_is_found_and_told(store: Store, path: Path) -> None:
    store.publish_plan(build_plan())
    alter(path, """UPDATE items SET body = replace(body, '"cost":0.3', '"cost":0.1') WHERE rank = 2""")
    found = store.records.compare(build_plan())
    assert (found.changed["items"], found.same["items"]) == (1, 5)
    assert found.differences == [Difference("items", "d2", "cost", 0.1, 0.3)]


@pytest.mark.parametrize(
    ("table", "field"), [("items", "rank"), ("left_alone", "because"), ("scores", "portfolio_id"), ("plans", "rules")]
)
def test_a_column_that_was_altered_is_found_in_every_table(store: Store, path: Path, table: str, field: str) -> None:
    store.publish_plan(build_plan())
    value = 99 if field == "rank" else "other"
    alter(path, f"UPDATE {table} SET {field} = ? WHERE rowid = (SELECT max(rowid) FROM {table})", value)
    found = store.records.compare(build_plan())
    assert [(one.field, one.stored) for one in found.differences] == [(field, value)]


def test_a_difference_is_told_by_the_way_to_it(store: Store) -> None:
    store.publish_plan(build_plan())
    reasons = [{"code": "past_due", "value": 40, "contribution": 0.8, "numbers": {"oldest_days_past_due": 41}}]
    items = [build_item(rank, **({"reasons": reasons} if rank == 4 else {})) for rank in range(1, 7)]
    found = store.records.compare(build_plan(items=items))
    assert found.differences == [Difference("items", "d4", "reasons.0.numbers.oldest_days_past_due", 40, 41)]


def test_rows_that_are_gone_and_rows_too_many_are_counted(store: Store, path: Path) -> None:
    store.publish_plan(build_plan())
    alter(path, "DELETE FROM items WHERE rank = 3")
    found = store.records.compare(build_plan(n_items=5))
    assert (found.missing["items"], found.beyond["items"]) == (1, 1)
    assert not found.is_identical


def test_only_the_first_differences_are_shown_and_all_are_counted(store: Store) -> None:
    store.publish_plan(build_plan(n_items=40))
    items = [build_item(rank, cost=9.0) for rank in range(1, 41)]
    found = store.records.compare(build_plan(n_items=40, items=items))
    assert (len(found.differences), found.changed["items"]) == (20, 40)


def test_a_plan_that_was_never_published_can_not_be_compared(store: Store) -> None:
    with pytest.raises(NoPlanError, match="found 'p1'"):
        store.records.compare(build_plan())


def publish_days(store: Store, *challengers: str) -> None:
    for day, name in enumerate(challengers, start=1):
        summary = {"challenger": {"policy": name} if name else None}
        given = {"work_date": date(2026, 3, day), "summary": summary, "inputs": inputs(strategy=f"{day}")}
        store.publish_plan(build_plan(f"p{day}", **given))


def test_old_plans_go_with_their_rows_and_files_and_the_newest_stays(store: Store, path: Path) -> None:
    publish_days(store, "", "", "")
    assert store.records.drop_plans(date(2026, 4, 1)) == 2
    with sqlite3.connect(path) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                  for name in ("plans", "items", "left_alone", "scores", "plan_inputs", "input_files")]  # fmt: skip
    connection.close()
    assert counts == [1, 6, 4, 10, 1, 3]


def test_plans_of_a_comparison_that_is_under_way_stay(store: Store) -> None:
    publish_days(store, "old", "new", "", "new")
    assert store.records.drop_plans(date(2026, 3, 5)) == 2
    assert [plan.plan_id for plan in store.plans_between(date(2026, 3, 1), date(2026, 3, 9))] == ["p2", "p4"]
