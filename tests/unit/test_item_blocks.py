"""Pages made of blocks are the bytes that items read one by one make, whatever events have done to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.unit.api_caller import build_caller
from tests.unit.day_samples import build_day, contact_point, open_day_store, payment, promise
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_item

from recobro_data.settings import Settings
from recobro_data.store import Key, Store, open_store
from recobro_data.store.blocks import BlockPage
from recobro_data.store.forgetting import remove_from_store
from recobro_data.store.marks import Whole, whole_list
from recobro_data.store.packing import json_text
from recobro_data.store.plans import ItemFilters
from recobro_data.store.schema import ITEM_BLOCKS
from recobro_models.explanation.catalogue import tell
from recobro_serving.cursors import Cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.listing import Asked, binding_of
from recobro_serving.service.services import Services, build_services

N_ITEMS = 330
MADE = datetime(2026, 3, 2, tzinfo=UTC)
KEY = Key(key_id="k1", name="test", scopes=frozenset(["read"]), portfolios=frozenset("*"), created_at=MADE)


def publish(store: Store, plan_id: str = "p2", **item: Any) -> None:
    """A plan whose items are told when it is published; ranks 150 to 159 have no item."""
    ranks = [rank for rank in range(1, N_ITEMS + 1) if not 150 <= rank < 160]
    items = [build_item(rank, plan_id, days_past_due=40, **item) for rank in ranks]
    day = build_day(plan_id, n_items=N_ITEMS)
    left_alone = [row | item for row in day.left_alone]
    store.publish_plan(build_day(plan_id, items=items, positions=day.positions, left_alone=left_alone, tell=tell))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = fresh_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with open_store(url) as store:
        publish(store)
        yield store


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Of a store in which events have lowered, moved and taken off items, on both sides of where blocks meet."""
    with open_day_store(tmp_path_factory.mktemp("changed")) as store:
        publish(store)
        gone = [promise(number) for number in (1, 99, 100, 101, 149, 160, 200, *range(202, 240), 330)]
        post(store, *gone, *(payment(number) for number in (2, 98, 102, 199, 201)))
        post(store, contact_point(103, "call", opted_out=True))
        yield build_services(store, tell, Settings())


def post(store: Store, *events: Any) -> None:
    answers = build_caller(store, scopes=["write"]).call("POST", "/v1/events", json=list(events)).json()
    assert {one["status"] for one in answers} == {"accepted"}


def page(store: Store, after: int, limit: int, whose: str | None = None) -> BlockPage | None:
    """The page as blocks give it; None where they can not."""
    found = BlockPage(after, limit, None, lambda body: body)
    return found if store.rows.block_page(store.current_plan(), Whole(whose), found) else None


@settings(max_examples=60, deadline=None)
@given(after=st.integers(0, N_ITEMS), limit=st.integers(1, 250), language=st.sampled_from([None, "es", "pt"]))
def test_a_page_is_the_ordinary_one_whatever_events_have_done(
    services: Services, after: int, limit: int, language: str | None
) -> None:
    asked, query = Asked(KEY, "latest", language), WorklistQuery(limit=limit)
    query.cursor = Cursor("p2", after).token(binding_of("items", KEY, query))
    ordinary = services.listing.page(asked, query)
    found = services.ready.page(asked, query)
    assert (found.body, found.n_rows) == (json_text(ordinary).encode(), len(ordinary["items"]))


@pytest.mark.parametrize(("after", "limit", "last"), [(0, 100, 100), (0, 150, 160), (95, 100, 205), (300, 20, 320)])
def test_blocks_give_pages_across_where_they_meet_and_where_ranks_are_missing(
    store: Store, after: int, limit: int, last: int
) -> None:
    found = page(store, after, limit)
    assert found is not None
    assert (found.n_items, found.last_rank, b"".join(found.pieces).count(b'"item_id"')) == (limit, last, limit)


@pytest.mark.parametrize(("after", "limit"), [(0, N_ITEMS), (300, 30), (310, 100), (N_ITEMS, 1)])
def test_the_end_of_a_list_is_left_to_the_ordinary_way(store: Store, after: int, limit: int) -> None:
    assert page(store, after, limit) is None


def test_a_plan_that_is_told_on_reading_has_no_blocks(store: Store) -> None:
    store.publish_plan(build_day("p3", n_items=120))
    assert page(store, 0, 10) is None


def test_a_block_of_several_portfolios_is_given_to_nobody_who_sees_one(store: Store) -> None:
    assert page(store, 0, 10, "north") is None
    publish(store, "p3", portfolio_id="north")
    assert [page(store, 0, 10, whose) is not None for whose in ("north", "south", None)] == [True, False, True]


def test_a_whole_list_is_everybodys_or_of_one_portfolio() -> None:
    one, two = frozenset(["north"]), frozenset(["north", "south"])
    asked = [
        (None, None),
        (one, None),
        (two, None),
        (two, "south"),
        (one, "south"),
        (None, "south"),
        (frozenset(), None),
    ]
    found = [whole_list(ItemFilters(portfolios=seen, portfolio=portfolio)) for seen, portfolio in asked]
    assert found == [Whole(None), Whole("north"), None, Whole("south"), None, Whole("south"), None]
    assert whole_list(ItemFilters(channel="call")) is None


def test_a_forgotten_debtor_leaves_the_block_and_the_others_stay(store: Store) -> None:
    assert remove_from_store(store._engine.url.render_as_string(hide_password=False), "d7") > 0
    with store._engine.begin() as connection:
        bodies = "".join(connection.execute(select(ITEM_BLOCKS.c.body)).scalars())
    assert (bodies.count('"d7"'), bodies.count('"item_id"')) == (0, N_ITEMS - 11)
    found = page(store, 0, 50)
    assert found is not None
    assert found.last_rank == 51


def test_blocks_go_with_their_plan(store: Store) -> None:
    publish(store, "p3")
    with store._engine.begin() as connection:
        before = connection.execute(select(func.count()).select_from(ITEM_BLOCKS)).scalar_one()
    store.publish_plan(build_day("p4", n_items=1, work_date=datetime(2026, 3, 9, tzinfo=UTC).date()))
    store.records.drop_plans(datetime(2026, 3, 8, tzinfo=UTC).date())
    with store._engine.begin() as connection:
        assert (before, connection.execute(select(func.count()).select_from(ITEM_BLOCKS)).scalar_one()) == (8, 0)
