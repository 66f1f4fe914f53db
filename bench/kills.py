"""Writers of events that are killed, thousands of them: what they leave.

Writers are forked from a process that has imported everything and holds no store open. In one round of four two are at
work at a time, so that a kill meets another writer's turn, too; half of all write SQLite's log back into the file with
every commit. After each 250 kills all are gone, the store is opened by nobody but the check, and every writer's calls,
the list that they make and the file itself are looked at.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psycopg
from tests.unit.day_samples import build_day
from tests.unit.killed_writers import (
    STRIDE,
    Step,
    Writer,
    balances,
    check_kept,
    check_list,
    kept_calls,
    start_writer,
    statements_of,
)

from recobro_data.store import Store, open_store
from recobro_data.store.event_batch import Sender

A_ROUND = 250
_OTHERS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
DEBTORS = ("d1", "d2", "d3", "d4", "d5")

NextStore = Callable[[int], str]


@dataclass
class Left:
    """What all kills left: calls answered, calls kept, and the steps that writers were at."""

    n_kills: int = 0
    n_answered: int = 0
    n_kept: int = 0
    n_told_again: int = 0
    steps: Counter[Step] = field(default_factory=Counter)


def bench_kills(n_kills: int, next_store: NextStore, *, seed: int) -> None:
    """Kills so many writers and prints what they left; `next_store` gives a new store's URL a round."""
    draw, left, started = Random(seed), Left(), time.perf_counter()
    while left.n_kills < n_kills:
        _run_round(next_store(left.n_kills // A_ROUND), draw, left, min(A_ROUND, n_kills - left.n_kills))
    told = ", ".join(f"{left.steps[step]:,} {words}" for step, words in WORDS.items())
    print(f"{left.n_kills:,} writers killed in {time.perf_counter() - started:.0f} s: {told}")
    print(
        f"  {left.n_answered:,} calls answered, {left.n_kept:,} kept ({left.n_kept - left.n_answered:,} were on disk"
        " before anybody was told); none lost, none twice, none in part"
    )
    print(f"  {left.n_told_again:,} answered calls sent again: each answered as before, nothing kept anew")


#: How the steps are told.
WORDS = {
    Step.OPENING: "opening the store",
    Step.WAITING: "before the first statement or waiting for another's turn",
    Step.STATEMENTS: "between statements",
    Step.COMMIT: "in the commit and its checkpoint",
    Step.ANSWER: "before the answer was out",
}


def _run_round(url: str, draw: Random, left: Left, n_kills: int) -> None:
    store = open_store(url)
    store.publish_plan(build_day())
    before = balances(store, DEBTORS)
    # Statements that are compiled here need not be compiled by every writer.
    store.events.accept(statements_of(n_kills * STRIDE), Sender(key_id="k"))
    store.close()
    writers = _kill_writers((url, store), draw, n_kills)
    left.n_kills += n_kills
    left.steps.update(writer.at for writer in writers)
    _await_end(url)
    with open_store(url) as store:
        _check_store(store, writers, before, left)


def _kill_writers(stores: tuple[str, Store], draw: Random, n_kills: int) -> list[Writer]:
    """One in ten opens the store by its URL; the others come with it."""
    writers, at_work, pace = list[Writer](), list[Writer](), 0.02
    most = draw.choices((1, 2), (3, 1))[0]
    for _ in range(n_kills):
        while len(at_work) < most and len(writers) < n_kills:
            store, pages = draw.choices(stores, (1, 9))[0], draw.choice((1, 1000))
            first = len(writers) * STRIDE
            writers.append(start_writer(store, first, forked_from="fork", checkpoint_pages=pages))
            writers[-1].begin()
            at_work.append(writers[-1])
        # Mostly the one that has been at work for a while, at times the one that has just been started.
        killed = at_work.pop(0 if draw.random() < 0.9 else -1)
        pace = killed.work_on(draw.choice((0, 1, 1, 2, 2))) or pace
        time.sleep(draw.uniform(0, pace))
        killed.kill()
    return writers


def _await_end(url: str) -> None:
    """Nobody is at work any more: PostgreSQL may yet be committing for who is gone; SQLite's file must be whole."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(_OTHERS).fetchone() != (0,):
            time.sleep(0.01)


def _check_store(store: Store, writers: list[Writer], before: dict[str, float], left: Left) -> None:
    kept = kept_calls(store)
    left.n_kept += sum(check_kept(kept, writer.first, writer.n_answered) for writer in writers)
    left.n_answered += sum(writer.n_answered for writer in writers)
    check_list(store, before)
    last = store.events.last_seq()
    for number in [writer.first + writer.n_answered - 1 for writer in writers[::10] if writer.n_answered]:
        verdicts = store.events.accept(statements_of(number), Sender(key_id="k", idempotency_key=str(number)))
        assert {one.status for one in verdicts} == {"accepted"}, verdicts
        left.n_told_again += 1
    assert store.events.last_seq() == last


def new_file(folder: Path, number: int) -> str:
    """The URL of a SQLite store that is not there yet."""
    return f"sqlite:///{folder / f'round-{number}.db'}"


def new_database(server: str, number: int) -> str:
    """The URL of a new database on that PostgreSQL server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE round_{number}".encode())
    return server.rpartition("/")[0] + f"/round_{number}"
