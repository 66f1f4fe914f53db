from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.plan_samples import build_item

from recobro_data.store.answers import told
from recobro_data.store.exports_diallers import (
    DIALLER_CHUNKS,
    GENESYS_FIELDS,
    genesys_chunks,
    priority_of,
    vicidial_chunks,
)
from recobro_models.explanation.catalogue import tell


def exported(form: str, *items: dict[str, Any], n_items: int = 10) -> list[dict[str, str]]:
    text = b"".join(DIALLER_CHUNKS[form]([told(item, tell) for item in items], n_items)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@given(st.integers(1, 2_000_000), st.integers(1, 2_000_000))
def test_priorities_stay_in_the_hoppers_range_and_fall_with_the_rank(rank: int, more: int) -> None:
    n_items = rank + more
    assert 99 >= priority_of(rank, n_items) >= priority_of(rank + 1, n_items) >= -99


def test_a_lead_names_its_item_so_that_outcomes_find_their_decision() -> None:
    lead = exported("vicidial", build_item(1, item_id="0123456789abcdef0123"))[0]
    assert (lead["source_id"], lead["vendor_lead_code"], lead["phone_number"]) == ("0123456789abcdef0123", "d1", "")


@pytest.mark.parametrize("debtor_id", ["d" * 21, "=" + "d" * 19])
def test_an_id_too_long_for_a_lead_gives_way_to_the_items(debtor_id: str) -> None:
    lead = exported("vicidial", build_item(1, debtor_id=debtor_id, item_id="0123456789abcdef0123"))[0]
    assert lead["vendor_lead_code"] == "0123456789abcdef0123"


def test_a_contact_says_when_it_may_be_called_on_whose_clock() -> None:
    contact = exported("genesys", build_item(1))[0]
    assert (contact["callable_from"], contact["utc_offset"]) == ("2026-03-02T09:00:00-05:00", "UTC-05:00")


def test_no_cell_of_a_contact_list_is_longer_than_it_may_be() -> None:
    contact = exported("genesys", build_item(1, message="=" + "x" * 2000))[0]
    assert max(map(len, contact.values())) <= 512


def test_a_contact_list_has_no_more_columns_than_it_may_have() -> None:
    assert len(GENESYS_FIELDS) <= 50


def test_the_best_ranks_have_the_highest_priority() -> None:
    leads = exported("vicidial", build_item(1), build_item(10), n_items=10)
    assert [lead["hopper_priority"] for lead in leads] == ["99", "-99"]


@pytest.mark.parametrize("chunks_of", [vicidial_chunks, genesys_chunks])
def test_a_long_list_takes_no_more_memory_than_a_short_one(chunks_of: Any) -> None:
    row = told(build_item(1), tell)

    def rows() -> Iterator[dict[str, Any]]:
        for rank in range(1, 20_001):
            yield row | {"rank": rank}

    tracemalloc.start()
    n_bytes = sum(map(len, chunks_of(rows(), 20_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000 < 2 * n_bytes
