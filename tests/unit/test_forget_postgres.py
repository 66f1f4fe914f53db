"""A debtor is forgotten in a store on a real PostgreSQL as in one on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text
from tests.unit import database_servers as servers
from tests.unit.lake_samples import load, settings_in
from tests.unit.plan_samples import build_item, build_left_alone, build_plan

from recobro_data.errors import ConfigurationError
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Store
from recobro_data.store import open_store
from recobro_data.store.dialects import build_engine
from recobro_data.store.forgetting import remove_from_store
from recobro_data.store.schema import ITEMS, LEFT_ALONE, SCORES

ID = "deb-77"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("psycopg")
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url("postgres")


@pytest.fixture(scope="module")
def published(url: str) -> str:
    """The store with two plans: on one the debtor is to be contacted, on the other left alone."""
    with open_store(url) as store:
        items = [build_item(rank, debtor_id=ID if rank == 2 else f"d{rank}") for rank in (1, 2, 3)]
        scores = [(ID, "north", {"curve": [1, 2]}), ("d1", "north", {"curve": [1, 2]})]
        store.publish_plan(build_plan("p1", items=items, left_alone=[], scores=scores))
        store.publish_plan(build_plan("p2", items=[], left_alone=[build_left_alone(5, "p2", debtor_id=ID)], scores=[]))
    return url


@pytest.fixture(scope="module")
def removed(published: str) -> int:
    return remove_from_store(published, ID)


def rows_naming(url: str, word: str) -> int:
    """Rows of the store in which a word stands anywhere."""
    engine = build_engine(url)
    with engine.connect() as connection:
        tables = (connection.execute(select(table)).fetchall() for table in (ITEMS, LEFT_ALONE, SCORES))
        found = sum(word in str(tuple(row)) for rows in tables for row in rows)
    engine.dispose()
    return found


def files_naming(url: str, word: str) -> list[str]:
    """Files of tables and indexes that hold a word; the server's journal of changes is its own."""
    engine = build_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    engine.dispose()
    return [str(file) for file in (folder / "base").rglob("*") if file.is_file() and word.encode() in file.read_bytes()]


def test_every_row_that_names_the_debtor_is_counted_and_gone(removed: int, url: str) -> None:
    assert (removed, rows_naming(url, ID), rows_naming(url, "d1")) == (3, 0, 2)


def test_no_file_of_the_server_holds_the_debtor(removed: int, url: str) -> None:
    assert removed
    assert (files_naming(url, ID), len(files_naming(url, "north")) > 0) == ([], True)


def test_ranks_of_the_others_stay_and_the_plans_count_what_is_left(removed: int, url: str) -> None:
    assert removed
    with open_store(url) as store:
        assert [item["rank"] for item in store.items("p1")] == [1, 3]
        assert (store.plan("p1").n_items, store.plan("p2").n_left_alone) == (2, 0)


def test_forgetting_again_removes_nothing(removed: int, url: str) -> None:
    assert removed
    assert remove_from_store(url, ID) == 0


def test_a_debtor_of_lake_and_store_is_forgotten_in_both(published: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home").model_copy(update={"store": Store(url=published)})
    charges = [(f"c{i}", f"d{i}", "", "2026-01-10", "5") for i in (1, 3)]
    load(
        settings,
        debtors=[("d1", "PE"), ("d3", "PE")],
        charges=charges,
        payments=[("p1", "c3", "", "2026-01-11", "5")],
    )
    assert forget_debtor("d3", settings).removed["store"] == 1
    assert rows_naming(published, "'d3'") == 0


def test_a_store_that_holds_no_plan_yet_has_nothing_to_forget(url: str) -> None:
    execute(url, "CREATE DATABASE empty")
    assert remove_from_store(url.replace("/postgres", "/empty"), ID) == 0


def test_a_store_that_may_not_be_written_is_one_sentence(published: str) -> None:
    execute(
        published, "CREATE ROLE reader LOGIN PASSWORD 'r3ader'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"
    )
    reader = make_url(published).set(username="reader", password="r3ader")
    with pytest.raises(ConfigurationError, match=r"found permission denied .* at postgresql\+psycopg://reader:\*\*\*@"):
        remove_from_store(reader.render_as_string(hide_password=False), "d1")


def execute(url: str, *statements: str) -> None:
    engine = build_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
