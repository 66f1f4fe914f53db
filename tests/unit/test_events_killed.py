"""Writers that are killed at any moment lose no event that was answered, and keep none in part or twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from tests.unit.day_samples import open_day_store
from tests.unit.killed_writers import STRIDE, check_kept, kept_calls, start_writer, statements_of

from recobro_data.store import Store
from recobro_data.store.event_batch import Sender

N_KILLS = 15


@dataclass
class Killed:
    """A store after many kills, and how many calls of each writer were answered."""

    store: Store
    path: Path
    answered: list[int]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    folder, draw = tmp_path_factory.mktemp("store"), Random(7)
    with open_day_store(folder) as store:
        url = f"sqlite:///{folder / 'recobro.db'}"
        answered, next_writer = [], start_writer(url, 0)
        for number in range(1, N_KILLS + 1):
            writer, next_writer = next_writer, start_writer(url, number * STRIDE)
            answered.append(writer.kill_at_work(draw))
        next_writer.kill_at_work(draw)
        yield Killed(store, folder / "recobro.db", answered)


def test_no_answered_event_is_lost_and_none_is_kept_in_part(killed: Killed) -> None:
    kept = kept_calls(killed.store)
    assert sum(check_kept(kept, n * STRIDE, answered) for n, answered in enumerate(killed.answered)) > 0


def test_the_list_is_the_one_that_all_kept_events_make(killed: Killed) -> None:
    with killed.store._engine.begin() as connection:
        paid = connection.exec_driver_sql("SELECT count(*) FROM events WHERE debtor_id = 'd1'").scalar_one()
    assert killed.store.item_of("p1", "d1")["balance_due"] == round(100 - paid / 100, 2)


def test_who_sends_an_answered_call_again_is_answered_as_before(killed: Killed) -> None:
    writer = next(n for n, answered in enumerate(killed.answered) if answered)
    before = killed.store.events.last_seq()
    again = Sender(key_id="k", idempotency_key=str(writer * STRIDE))
    verdicts = killed.store.events.accept(statements_of(writer * STRIDE), again)
    assert ({one.status for one in verdicts}, killed.store.events.last_seq()) == ({"accepted"}, before)


def test_who_sends_it_again_without_a_key_is_told_that_it_is_known(killed: Killed) -> None:
    writer = next(n for n, answered in enumerate(killed.answered) if answered)
    verdicts = killed.store.events.accept(statements_of(writer * STRIDE), Sender(key_id="k"))
    assert {one.status for one in verdicts} == {"duplicate"}


def test_the_file_is_whole(killed: Killed) -> None:
    with sqlite3.connect(killed.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
