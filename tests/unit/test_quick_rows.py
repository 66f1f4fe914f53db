from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.errors import UnknownDebtorError
from recobro_data.store import Store, open_store
from recobro_data.store.live_reading import page_of_items
from recobro_data.store.plans import EVERYTHING, ItemFilters
from recobro_data.store.quick import QuickRows
from recobro_models.explanation.catalogue import tell

Rows = tuple[Store, QuickRows]


@pytest.fixture(params=["sqlite", "postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rows]:
    """A store with a plan of Peru's accents, and its quick readings."""
    url = fresh_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with open_store(url) as store:
        store.publish_plan(build_plan(tell=tell))
        yield store, store.rows._quick


def test_a_full_page_is_the_ordinary_one_in_utf_8(rows: Rows) -> None:
    store, quick = rows
    plan = store.current_plan()
    with store._engine.begin() as connection:
        page = page_of_items(connection, plan, filters=EVERYTHING, after_rank=1, limit=3)
    assert quick.page(plan.seq, 1, 3) == [(rank, body.encode()) for rank, body in page]


def test_a_page_that_is_not_full_is_left_to_the_ordinary_way(rows: Rows) -> None:
    store, quick = rows
    plan = store.current_plan()
    assert quick.page(plan.seq, 0, 100) is None
    assert len(store.rows.page(plan, EVERYTHING, after_rank=0, limit=100)) == 6


def test_a_debtors_row_comes_with_its_portfolio_and_only_to_who_sees_it(rows: Rows) -> None:
    store, quick = rows
    plan = store.current_plan()
    found = quick.of_debtor(plan.seq, "d2")
    assert found is not None
    assert (found[0], quick.of_debtor(plan.seq, "nobody")) == ("north", None)
    assert store.rows.of_debtor(plan, "d2", EVERYTHING) == found[1]
    with pytest.raises(UnknownDebtorError, match="Expected a debtor"):
        store.rows.of_debtor(plan, "d2", ItemFilters(portfolios=frozenset(["south"])))


def test_readings_use_their_connections_again_and_give_them_back(rows: Rows) -> None:
    store, quick = rows
    seq = store.current_plan().seq
    for _ in range(3):
        quick.of_debtor(seq, "d2")
    assert len(quick._free) == 1
    quick.close()
    assert quick._free == []


def test_a_connection_that_was_lost_costs_one_quick_reading(rows: Rows) -> None:
    store, quick = rows
    seq = store.current_plan().seq
    quick.page(seq, 0, 2)
    quick._free[0].close()
    assert [quick.page(seq, 0, 2) is None for _ in range(2)] == [True, False]
