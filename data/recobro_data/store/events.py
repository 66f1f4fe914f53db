"""Events as they are accepted: on disk, with what they change in the list, before anybody is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from recobro_data.store import event_intake
from recobro_data.store.dialects import await_readers, hold_day_lock, writing
from recobro_data.store.event_batch import Batch, Call, Sender, Statement, Verdict, latest_rows, read_answer
from recobro_data.store.live import live_plans
from recobro_data.store.owners import Ids, Owners, find_owners
from recobro_data.store.packing import instant_text
from recobro_data.store.plans import PlanRow

#: Statements in one transaction: enough to share its cost, few enough that nobody waits for long.
_MOST_AT_ONCE: Final = 1000


class Events:
    """The events of a store. Safe to share between threads."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._waiting: list[Call] = []
        self._gathering, self._turn = Lock(), Lock()

    def owners(self, ids: Ids) -> tuple[Owners, list[PlanRow]]:
        """Whose these ids are, as far as plans in force and events know; and those plans, the latest first."""
        with self._engine.begin() as connection:
            plans = live_plans(connection, self._now())
            return find_owners(connection, [plan.seq for plan in plans], ids), plans

    def known_keys(self, keys: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
        """Of these keys by table, those of which an event is kept."""
        if not keys:
            return {}
        with self._engine.begin() as connection:
            return {table: set(latest_rows(connection, table, wanted)) for table, wanted in keys.items()}

    def answered(self, sender: Sender) -> list[Verdict] | None:
        """What was answered to the same body under the same key before; None: nothing yet.

        Raises:
            UsageError: the key came with another body before.
        """
        if sender.idempotency_key is None:
            return None
        with self._engine.begin() as connection:
            verdicts = read_answer(connection, sender)
        if verdicts is not None:
            # Who keeps them may be waiting still.
            await_readers(self._engine)
        return verdicts

    def accept(self, statements: Sequence[Statement | Verdict], sender: Sender) -> list[Verdict]:
        """Keeps what is new and brings the day's list up to it, in one transaction; one verdict a statement, in order.

        What was judged before comes back as it is. Calls that wait for each other share a transaction: what makes it
        last a power cut is paid once.

        Raises:
            UsageError: the idempotency key came with another body before.
        """
        call = Call(statements, sender)
        with self._gathering:
            self._waiting.append(call)
        with self._turn:
            if not call.is_done:
                self._commit(self._gather(call))
        if call.error is not None:
            raise call.error
        await_readers(self._engine)
        return call.verdicts

    def _gather(self, call: Call) -> list[Call]:
        """The call with those that wait behind it, as many as one transaction should take."""
        with self._gathering:
            others = [one for one in self._waiting if one is not call]
            taken = [call]
            while others and sum(len(one.statements) for one in (*taken, others[0])) <= _MOST_AT_ONCE:
                taken.append(others.pop(0))
            self._waiting = others
        return taken

    def _commit(self, calls: Sequence[Call]) -> None:
        now = self._now()
        try:
            with writing(self._engine).begin() as connection:
                hold_day_lock(connection)
                Batch(connection, instant_text(now)).accept(calls, now)
        except (OperationalError, InterfaceError) as error:
            # The store is busy or away, for all of them.
            for call in calls:
                call.error = error
        except SQLAlchemyError:
            if len(calls) == 1:
                raise
            # One of them holds what the database does not take: each tries by itself, this one first.
            calls = calls[:1]
            self._commit(calls)
        for call in calls:
            call.is_done = True

    def last_seq(self) -> int:
        """The last event that is committed; a later one gets a higher number. 0: there is none."""
        with self._engine.begin() as connection:
            return event_intake.last_seq(connection)

    def untaken(self, *, at_most: int, until: int) -> event_intake.Untaken:
        """The oldest events up to `until` that the lake does not have: by table the latest row of each key."""
        with self._engine.begin() as connection:
            return event_intake.load_untaken(connection, at_most, until)

    def mark_taken(self, through: int, *, keep_days: int) -> int:
        """Notes that the lake has all events up to that one; of those, removes the ones older than `keep_days`.

        Gives how many were removed.
        """
        with writing(self._engine).begin() as connection:
            hold_day_lock(connection)
            return event_intake.mark_taken(connection, through, self._now(), keep_days)
