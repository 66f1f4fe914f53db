from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import build_plan, ranks

from recobro_data.store import Store, open_store

LATEST = "/v1/worklists/latest"
N_ITEMS = 23


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.publish_plan(build_plan("p0", n_items=N_ITEMS, scores=()))
        yield store


@pytest.fixture(scope="module")
def caller(store: Store) -> Caller:
    return build_caller(store)


def publish_next(store: Store) -> None:
    """A newer plan of the same day, with fewer items in it."""
    number = int(store.current_plan().plan_id[1:]) + 1
    store.publish_plan(build_plan(f"p{number}", n_items=N_ITEMS - number % 2, scores=()))


@settings(max_examples=12, deadline=None)
@given(limits=st.lists(st.integers(1, 12), min_size=1, max_size=4), is_replanned=st.booleans())
def test_paging_visits_every_item_once_in_rank_order(
    store: Store, caller: Caller, limits: list[int], is_replanned: bool
) -> None:
    n_items, seen, cursor, n_pages = store.current_plan().n_items, [], None, 0
    while n_pages == 0 or cursor is not None:
        query = {"limit": limits[n_pages % len(limits)]} | ({"cursor": cursor} if cursor else {})
        page = caller.get(LATEST, params=query).json()
        seen, cursor, n_pages = seen + ranks(page["items"]), page["next_cursor"], n_pages + 1
        if is_replanned:
            publish_next(store)
    assert seen == list(range(1, n_items + 1))


def test_all_pages_are_of_the_plan_of_the_first(store: Store, caller: Caller) -> None:
    first = caller.get(LATEST, params={"limit": 5}).json()
    publish_next(store)
    second = caller.get(LATEST, params={"limit": 5, "cursor": first["next_cursor"]}).json()
    assert second["plan_id"] == first["plan_id"] != caller.get(LATEST).json()["plan_id"]


def test_a_filtered_list_pages_over_what_it_keeps(store: Store, caller: Caller) -> None:
    query = {"limit": 2, "portfolio": "north"}
    first = caller.get(LATEST, params=query).json()
    second = caller.get(LATEST, params=query | {"cursor": first["next_cursor"]}).json()
    assert ranks(first["items"] + second["items"]) == [2, 4, 6, 8]
