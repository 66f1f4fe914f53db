"""Processes that tell events until they are killed, for tests of what they leave.

Each call has a payment of a debtor that all calls share, and two of another. The number of a call is told once it was
answered. Processes are forked from one that has imported everything, so that thousands of them can be killed.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from ctypes import c_int
from dataclasses import dataclass
from enum import IntEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from random import Random
from time import perf_counter, sleep
from typing import Literal

from sqlalchemy import event

from recobro_data.store import Store, open_store
from recobro_data.store.event_batch import Sender, Statement
from recobro_data.store.owners import row_key

PER_CALL = 3
#: How many numbers a process may use: more than it comes to.
STRIDE = 1_000_000


class Step(IntEnum):
    """What a writer was at when it was killed."""

    OPENING = 0
    #: For another writer's end, or for nothing.
    WAITING = 1
    STATEMENTS = 2
    COMMIT = 3
    ANSWER = 4


@dataclass
class Writer:
    """A process that waits for its word, the line on which it tells what was answered, and the step it is at."""

    process: BaseProcess
    line: Connection
    first: int
    step: c_int
    n_answered: int = 0

    def begin(self) -> None:
        """Lets it write as soon as it has opened the store."""
        self.line.send("go")

    def kill_at_work(self, draw: Random, longest: float = 0.02) -> int:
        """Lets it make up to two calls and go on for a moment, ends it as a power cut does, gives how many it made."""
        self.begin()
        self.work_on(1 + draw.randrange(3))
        sleep(draw.uniform(0, longest))
        self.kill()
        return self.n_answered

    def work_on(self, n_more: int) -> float:
        """Waits until it has told that it is ready or was answered so many times from now on; how long the last took.

        In seconds; 0: it was not waited for.
        """
        while self.line.poll():
            self._hear()
        began = ended = perf_counter()
        for _ in range(n_more):
            began = perf_counter()
            self._hear()
            ended = perf_counter()
        return ended - began

    def _hear(self) -> None:
        self.n_answered += self.line.recv() != "ready"

    @property
    def at(self) -> Step:
        """The step it is at, or was at when it ended."""
        return Step(self.step.value)

    def kill(self) -> None:
        """Ends it as a power cut does, and counts what it was answered."""
        self.process.kill()
        with suppress(EOFError, ConnectionResetError):
            while True:
                self._hear()
        self.process.join()
        self.line.close()


def start_writer(
    store: str | Store,
    first: int,
    *,
    forked_from: Literal["forkserver", "fork"] = "forkserver",
    checkpoint_pages: int = 1000,
) -> Writer:
    """A writer that begins with that number once it is told to.

    store: its URL, or one that is closed, for a writer that is forked from this process and need not open it.
    forked_from: `fork` takes this very process, which must have no store open.
    checkpoint_pages: after so many pages SQLite's log is written back into the file, as part of a commit.
    """
    context = multiprocessing.get_context(forked_from)
    if forked_from == "forkserver":
        context.set_forkserver_preload([__name__])
    line, its_line = context.Pipe()
    step = context.RawValue(c_int, Step.OPENING)
    told = (store, first, its_line, step, checkpoint_pages)
    process = context.Process(target=write_until_killed, args=told, daemon=True)
    process.start()
    its_line.close()
    return Writer(process, line, first, step)


def write_until_killed(source: str | Store, first: int, line: Connection, step: c_int, checkpoint_pages: int) -> None:
    """What a writer does; it ends with whoever started it."""
    store = open_store(source) if isinstance(source, str) else source
    _tell_steps(store, step)
    if store.changes.is_local:
        with store._engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={checkpoint_pages}")
    step.value = Step.OPENING
    line.send("ready")
    line.recv()
    number, parent = first, multiprocessing.parent_process()
    while parent is not None and parent.is_alive():
        step.value = Step.WAITING
        verdicts = store.events.accept(statements_of(number), Sender(key_id="k", idempotency_key=str(number)))
        step.value = Step.ANSWER
        assert {one.status for one in verdicts} == {"accepted"}, verdicts
        line.send(number)
        number += 1


def _tell_steps(store: Store, step: c_int) -> None:
    @event.listens_for(store._engine, "before_cursor_execute")
    def at_statement(*_told: object) -> None:
        step.value = Step.STATEMENTS

    @event.listens_for(store._engine, "commit")
    def at_commit(_c: object) -> None:
        step.value = Step.COMMIT


def statements_of(number: int) -> list[Statement]:
    """The events of a call."""
    told = []
    for place, debtor in enumerate((1, 2 + number % 4, 2 + number % 4)):
        payment_id = f"y{number}-{place}"
        row = {"payment_id": payment_id, "charge_id": f"c{debtor}", "account_id": f"k{debtor}", "amount": "0.01"}
        row |= {"paid_on": "2026-03-02", "recorded_at": None, "reversed_on": None, "method": None}
        portfolio = "south" if debtor % 2 else "north"
        told.append(Statement(table="payments", key=row_key([payment_id]), debtor_id=f"d{debtor}",
                              portfolio_id=portfolio, row=row, given=frozenset(row)))  # fmt: skip
    return told


def kept_calls(store: Store) -> Counter[int]:
    """Events kept of each call, by its number."""
    with store._engine.begin() as connection:
        keys = connection.exec_driver_sql("SELECT row_key FROM events WHERE table_name = 'payments'").scalars()
        return Counter(int(key.removeprefix('["y').partition("-")[0]) for key in keys)


def check_kept(kept: Counter[int], first: int, n_answered: int) -> int:
    """None of the answered calls is lost, none is there in part or twice; gives how many calls are kept.

    Of the writer that began with that number.
    """
    own = {number: n_events for number, n_events in kept.items() if first <= number < first + STRIDE}
    assert set(own.values()) <= {PER_CALL}, own
    # The call at work when the kill came may be kept without anybody having been told.
    assert sorted(own) == list(range(first, first + len(own)))
    assert n_answered <= len(own) <= n_answered + 1, (n_answered, len(own))
    return len(own)


def check_list(store: Store, before: dict[str, float]) -> None:
    """Each debtor's row of the list is the one that the kept events make of what it owed before."""
    with store._engine.begin() as connection:
        paid = connection.exec_driver_sql("SELECT debtor_id, count(*) FROM events GROUP BY debtor_id").all()
    expected = before | {debtor: round(before[debtor] - n_cents / 100, 2) for debtor, n_cents in paid}
    assert balances(store, before) == expected


def balances(store: Store, debtors: Iterable[str]) -> dict[str, float]:
    """What each of them owes by the list in force."""
    return {debtor: store.item_of("p1", debtor)["balance_due"] for debtor in debtors}
