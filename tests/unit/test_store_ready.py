from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.plan_samples import Clock, build_item, build_plan

from recobro_data.errors import UsageError
from recobro_data.store import Store, open_store
from recobro_data.store.answers import told
from recobro_data.store.ready import pack_item, ready_answer, unpack_row
from recobro_models.explanation.catalogue import tell


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}", now=Clock()) as store:
        yield store


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_a_ready_answer_is_the_item_as_it_would_be_told(language: str) -> None:
    item = build_item(1, language=language, cost=None)
    answer = ready_answer(pack_item(item, tell).encode(), None)
    assert answer == json.dumps(told(item, tell), ensure_ascii=False, separators=(",", ":")).encode()


def test_a_ready_answer_is_there_for_a_reader_of_the_debtors_own_language() -> None:
    body = pack_item(build_item(1, language="pt"), tell).encode()
    assert ready_answer(body, "pt") == ready_answer(body, None)


def test_a_reader_of_another_language_gets_no_ready_answer() -> None:
    assert ready_answer(pack_item(build_item(1, language="pt"), tell).encode(), "es") is None


def test_an_item_that_was_not_told_gives_no_ready_answer(store: Store) -> None:
    assert ready_answer(json.dumps(build_item(1)).encode(), None) is None


def test_an_item_of_another_versions_fields_is_told_anew() -> None:
    body = pack_item(build_item(1), tell).replace('"n_fields":', '"n_fields":9')
    assert ready_answer(body.encode(), None) is None


@pytest.mark.parametrize("hostile", [',"_behind":{"n_fields":31,"language":"es"', '"}', "\\", "é\u2028"])
def test_no_text_in_an_item_moves_the_cut(hostile: str) -> None:
    item = build_item(1, debtor_id=hostile, reserve={"text": hostile})
    answer = ready_answer(pack_item(item, tell).encode(), None)
    assert answer is not None
    assert json.loads(answer)["debtor_id"] == hostile


def test_a_told_item_can_be_told_in_another_language(store: Store) -> None:
    store.publish_plan(build_plan(tell=tell))
    row = store.item_of("p1", "d1")
    assert told(row, tell, "pt") == told(build_item(1), tell, "pt")


def test_what_is_no_field_of_an_item_is_kept_behind_it() -> None:
    row: dict[str, Any] = unpack_row(pack_item(build_item(1, reserve={"channel": "call"}), tell))
    assert (row["reserve"], row["language"]) == ({"channel": "call"}, "es")


def test_a_told_item_with_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="Expected a row of plain JSON values"):
        pack_item(build_item(1, cost=float("nan")), tell)
