from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError, IntegrityError
from tests.unit.database_servers import Server, postgres
from tests.unit.fresh_stores import fresh_url

from recobro_data.store import Store, open_store
from recobro_data.store.audit import Entry, store_secret

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on each database; PostgreSQL's begins empty."""
    url = fresh_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("server").url("postgres")
    with open_store(url) as store:
        yield store
        if request.param == "postgresql":
            with store._engine.begin() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        yield store


def build_entry(number: int = 0, **changed: Any) -> Entry:
    fields: dict[str, Any] = {"at": NOW + timedelta(minutes=number), "who": "k1", "method": "GET", "status": 200}
    fields |= {"route": "/v1/worklists/{day}", "portfolios": ("north", "süd"), "subject": None, "n_rows": number}
    return Entry(**fields | {"request_id": f"r{number}"} | changed)


def test_what_was_written_is_read_back_in_order(store: Store) -> None:
    store.audit.append([build_entry(number) for number in range(3)])
    rows = list(store.audit.rows())
    assert [(row["seq"], row["request_id"], row["portfolios"]) for row in rows] == [
        (number + 1, f"r{number}", ["north", "süd"]) for number in range(3)
    ]


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET who = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_to_change_or_delete_a_row(store: Store, statement: str) -> None:
    store.audit.append([build_entry()])
    with pytest.raises(DatabaseError, match="append-only"), store._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert [row["who"] for row in store.audit.rows()] == ["k1"]


def test_a_log_that_nobody_touched_is_whole(store: Store) -> None:
    for number in range(3):
        store.audit.append([build_entry(number), build_entry(number)])
    checked = store.audit.check()
    assert (checked.is_whole, checked.n_rows, len(checked.head)) == (True, 6, 64)


def test_an_empty_log_is_whole(store: Store) -> None:
    assert store.audit.check().is_whole


def test_writers_at_once_share_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: store.audit.append([build_entry(number)]), range(12)))
    assert (store.audit.check().is_whole, store.audit.check().n_rows) == (True, 12)


def tamper(store: Store, statement: str) -> None:
    """What who owns the database can do."""
    with store._engine.begin() as connection:
        for trigger in ("audit_log_no_UPDATE", "audit_log_no_DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_log SET who = 'x' WHERE seq = 2", 2),
        ("UPDATE audit_log SET n_rows = 0 WHERE seq = 4", 4),
        ("UPDATE audit_log SET chain = '0' WHERE seq = 1", 1),
        ("DELETE FROM audit_log WHERE seq = 3", 3),
        ("DELETE FROM audit_log WHERE seq = 1", 1),
        ("UPDATE audit_log SET seq = seq + 10", 1),
    ],
)
def test_a_change_behind_the_triggers_shows_where_it_was_made(sqlite: Store, statement: str, broken_at: int) -> None:
    sqlite.audit.append([build_entry(number) for number in range(5)])
    tamper(sqlite, statement)
    assert sqlite.audit.check().broken_at == broken_at


def test_a_tail_that_was_cut_off_shows_against_a_head_that_was_noted(sqlite: Store) -> None:
    sqlite.audit.append([build_entry(number) for number in range(5)])
    head = sqlite.audit.check().head
    sqlite.audit.append([build_entry(6)])
    assert sqlite.audit.check(head).is_whole
    tamper(sqlite, "DELETE FROM audit_log WHERE seq >= 5")
    assert (sqlite.audit.check().is_whole, sqlite.audit.check(head).is_whole) == (True, False)


def test_rows_can_be_narrowed_to_days_and_to_who(sqlite: Store) -> None:
    sqlite.audit.append([build_entry(number, who=f"k{number % 2}") for number in range(6)])
    first, end = (NOW + timedelta(minutes=minutes) for minutes in (1, 4))
    assert [row["n_rows"] for row in sqlite.audit.rows(first, end)] == [1, 2, 3]
    assert [row["n_rows"] for row in sqlite.audit.rows(who="k1")] == [1, 3, 5]


def test_a_long_log_is_read_whole(sqlite: Store) -> None:
    sqlite.audit.append([build_entry(number) for number in range(2100)])
    assert [row["n_rows"] for row in sqlite.audit.rows()] == list(range(2100))
    assert sqlite.audit.check().n_rows == 2100


def test_a_debtor_is_named_by_a_hash_that_only_this_store_can_make(sqlite: Store, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        named = [store.audit.subject_of("debtor-z") for store in (sqlite, sqlite, other)]
    assert (named[0] == named[1], named[0] == named[2], "debtor-z" in named[0]) == (True, False, False)


def test_a_secret_of_the_store_stays_the_same(sqlite: Store) -> None:
    assert store_secret(sqlite._engine, "a") == store_secret(sqlite._engine, "a") != store_secret(sqlite._engine, "b")


def test_no_row_is_written_twice_under_one_number(sqlite: Store) -> None:
    sqlite.audit.append([build_entry()])
    with pytest.raises(IntegrityError, match="UNIQUE"), sqlite._engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO audit_log SELECT * FROM audit_log")
