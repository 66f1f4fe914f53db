from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from tests.unit.fresh_stores import fresh_url

from recobro_data.store import Store, dialects, open_store
from recobro_data.store.dialects import writing


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        yield store


@pytest.fixture
def impatient(store: Store, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Its writers wait for a twentieth of a second and no longer."""
    monkeypatch.setattr(dialects, "_BUSY_MS", 50)
    store._engine.dispose()
    return writing(store._engine)


def add(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO store_secrets VALUES (?, '')", (name,))


def test_writers_of_one_process_take_turns_and_never_meet_in_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = writing(store._engine)

    def add_impatiently(number: int) -> None:
        with engine.connect() as connection:
            # SQLite itself would refuse at once.
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            connection.rollback()
            with connection.begin():
                connection.exec_driver_sql("INSERT INTO store_secrets VALUES (?, '')", (str(number),))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_impatiently, range(60)))
    with store._engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM store_secrets").scalar() == 60


def test_a_writer_that_fails_gives_up_its_turn(impatient: Engine) -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"), impatient.begin():
        _ = 1 // 0
    add(impatient, "after")


def test_a_writer_that_the_database_refuses_gives_up_its_turn(impatient: Engine) -> None:
    for _ in range(2):
        with pytest.raises(DatabaseError, match="no such table"), impatient.begin() as connection:
            connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    add(impatient, "after")


def test_one_connection_may_write_twice_in_a_row(impatient: Engine) -> None:
    with impatient.connect() as connection:
        for name in ("a", "b"):
            with connection.begin():
                connection.exec_driver_sql("INSERT INTO store_secrets VALUES (?, '')", (name,))
        found = connection.exec_driver_sql("SELECT name FROM store_secrets WHERE name IN ('a', 'b') ORDER BY name")
        assert [name for (name,) in found] == ["a", "b"]


def test_who_waits_too_long_for_a_turn_is_told_that_the_store_is_busy(impatient: Engine) -> None:
    with impatient.begin(), pytest.raises(OperationalError, match="database is locked"):
        add(impatient, "x")
    add(impatient, "after")


@pytest.fixture
def other_process(store: Store) -> Iterator[sqlite3.Connection]:
    """Holds SQLite's write lock, as a writer of another process does."""
    path = str(store._engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_writer_begins_once_another_process_has_ended(store: Store, other_process: sqlite3.Connection) -> None:
    engine = writing(store._engine)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(add, engine, "after")
        sleep(0.05)
        assert not waiting.done()
        other_process.rollback()
        waiting.result(10)


def test_waiting_for_another_process_has_an_end(impatient: Engine, other_process: sqlite3.Connection) -> None:
    with pytest.raises(OperationalError, match="database is locked"):
        add(impatient, "x")
    other_process.rollback()
    add(impatient, "after")


def test_who_waits_is_let_in_before_the_other_process_writes_again(impatient: Engine) -> None:
    path = Path(str(impatient.url.database))
    with path.with_name(f"{path.name}-turn").open("ab") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        with pytest.raises(OperationalError, match="database is locked"):
            add(impatient, "x")
    add(impatient, "after")


def test_a_store_whose_folder_is_gone_is_told_as_one_that_does_not_answer(impatient: Engine, tmp_path: Path) -> None:
    add(impatient, "before")
    tmp_path.rename(tmp_path.with_name("elsewhere"))
    with pytest.raises(OperationalError, match="No such file"):
        add(impatient, "x")
    tmp_path.with_name("elsewhere").rename(tmp_path)
    add(impatient, "after")


def test_who_waited_for_another_process_reads_as_patiently_as_before(
    impatient: Engine, other_process: sqlite3.Connection
) -> None:
    with pytest.raises(OperationalError, match="database is locked"):
        add(impatient, "x")
    with impatient.execution_options(recobro_writes=False).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 50


def test_readers_do_not_wait_for_a_writer(store: Store, impatient: Engine) -> None:
    with impatient.begin() as connection:
        connection.exec_driver_sql("INSERT INTO store_secrets VALUES ('a', '')")
        assert store.list_keys() == []


def test_an_error_of_the_store_does_not_tell_what_was_written(impatient: Engine) -> None:
    add(impatient, "d1-of-nobody")
    with pytest.raises(DatabaseError, match="UNIQUE") as caught:
        add(impatient, "d1-of-nobody")
    assert "d1-of-nobody" not in str(caught.value)
