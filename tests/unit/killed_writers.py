"""Processes that tell events until they are killed, for tests of what they leave.

Each call has a payment of a debtor that all calls share, and two of another. The number of a call is told once it was
answered. Processes are forked from one that has imported everything, so that thousands of them can be killed.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from random import Random
from time import sleep

from recobro_data.store import Store, open_store
from recobro_data.store.event_batch import Sender, Statement
from recobro_data.store.owners import row_key

PER_CALL = 3
#: How many numbers a process may use: more than it comes to.
STRIDE = 1_000_000


@dataclass
class Writer:
    """A process that waits for its word, and the line on which it tells what was answered."""

    process: BaseProcess
    line: Connection

    def kill_at_work(self, draw: Random, longest: float = 0.02) -> int:
        """Lets it make up to two calls and go on for a moment, ends it as a power cut does, gives how many it made."""
        assert self.line.recv() == "ready"
        self.line.send("go")
        n_answered = draw.randrange(3)
        for _ in range(n_answered):
            self.line.recv()
        sleep(draw.uniform(0, longest))
        self.process.kill()
        with suppress(EOFError, ConnectionResetError):
            while True:
                self.line.recv()
                n_answered += 1
        self.process.join()
        self.line.close()
        return n_answered


def start_writer(url: str, first: int) -> Writer:
    """A writer that begins with that number once it is told to."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    line, its_line = context.Pipe()
    process = context.Process(target=write_until_killed, args=(url, first, its_line))
    process.start()
    its_line.close()
    return Writer(process, line)


def write_until_killed(url: str, first: int, line: Connection) -> None:
    """What a writer does."""
    store = open_store(url)
    line.send("ready")
    line.recv()
    for number in range(first, first + STRIDE):
        verdicts = store.events.accept(statements_of(number), Sender(key_id="k", idempotency_key=str(number)))
        assert {one.status for one in verdicts} == {"accepted"}, verdicts
        line.send(number)


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


def kept_calls(store: Store, first: int) -> dict[int, int]:
    """Events kept of each call of the writer that began with that number."""
    with store._engine.begin() as connection:
        keys = connection.exec_driver_sql(
            "SELECT row_key FROM events WHERE table_name = 'payments' ORDER BY seq"
        ).scalars()
        numbers = [int(key.removeprefix('["y').partition("-")[0]) for key in keys]
    counts: dict[int, int] = {}
    for number in numbers:
        if first <= number < first + STRIDE:
            counts[number] = counts.get(number, 0) + 1
    return counts


def check_kept(store: Store, first: int, n_answered: int) -> int:
    """None of the answered calls is lost, none is there in part or twice; gives how many calls are kept."""
    counts = kept_calls(store, first)
    assert set(counts.values()) <= {PER_CALL}, counts
    # The call at work when the kill came may be kept without anybody having been told.
    assert sorted(counts) == list(range(first, first + len(counts)))
    assert n_answered <= len(counts) <= n_answered + 1, (n_answered, len(counts))
    return len(counts)
