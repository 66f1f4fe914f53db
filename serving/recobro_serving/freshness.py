"""Whether anything was committed since an answer was made, asked once for all calls that wait for it."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, cast

from recobro_data.store import Store
from recobro_data.store.dialects import LEASE_SECONDS
from recobro_serving.service.marks import Change

_Waiting = list[asyncio.Future[Change]]


class Freshness:
    """The store's mark of changes. For one event loop at a time.

    SQLite tells it on the spot. PostgreSQL is asked over the network, and what it says holds for `lease` seconds from
    before it was asked: whoever commits what readers are told waits as long before it is answered. A call that finds
    nothing that holds needs the next answer: one that is on its way may have missed what was committed before this
    call. All such calls share that next one. While calls come, it is asked ahead of time, so that few of them wait.
    """

    def __init__(self, store: Store, lease: float = LEASE_SECONDS) -> None:
        self._store, self._lease = store, lease
        self._shared: Change = None
        self._shared_in: asyncio.AbstractEventLoop | None = None
        self._sharers: set[asyncio.Task[Any] | None] = set()
        self._leased, self._leased_at = cast("Change", None), -math.inf
        self._waiting: _Waiting = []
        self._asking: _Waiting = []
        self._asking_in: asyncio.AbstractEventLoop | None = None

    @property
    def is_local(self) -> bool:
        """Whether the store is a file, which is read faster than a thread is woken up."""
        return self._store.changes.is_local

    def at_once(self) -> Change:
        """The mark where it takes no waiting to tell; None: it has to be waited for."""
        if self.is_local:
            return self._of_file()
        age = time.monotonic() - self._leased_at
        if age > self._lease / 2:
            self._ask_soon(asyncio.get_running_loop())
        return self._leased if age < self._lease else None

    async def read(self) -> Change:
        """A mark that is another one after each commit; None: nothing can be told."""
        change = self.at_once()
        if change is not None or self.is_local:
            return change
        self._ask_soon(loop := asyncio.get_running_loop())
        own: asyncio.Future[Change] = loop.create_future()
        self._waiting.append(own)
        # Each has a future of its own: who hangs up takes the answer from nobody.
        return await own

    def _of_file(self) -> Change:
        """The mark of a file.

        Calls that came before it was read share it: the loop takes its turns in order, so a call that comes later has
        its first turn after `_forget`. A task that asks again gets what is read now: it may have changed something.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if self._shared_in is not loop or task in self._sharers:
            self._shared, self._shared_in, self._sharers = self._store.changes.read(), loop, set()
            loop.call_soon(self._forget)
        self._sharers.add(task)
        return self._shared

    def _forget(self) -> None:
        self._shared_in = None

    def _ask_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """After all calls that came in the same turn; one question is on its way at a time."""
        if self._asking_in is not loop:
            # Those of a loop that has ended wait no more.
            self._asking_in, self._asking, self._waiting = loop, [], []
            loop.call_soon(self._ask, loop)

    def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asking, self._waiting = self._waiting, []
        snapshots, asked_at = self._store.snapshots, time.monotonic()
        descriptor = snapshots.descriptor
        if descriptor is not None and snapshots.begin():
            loop.add_reader(descriptor, self._take, loop, descriptor, asked_at)
        else:
            asking = loop.run_in_executor(None, snapshots.read)
            asking.add_done_callback(lambda asked: self._tell(loop, asked.result(), asked_at))

    def _take(self, loop: asyncio.AbstractEventLoop, descriptor: int, asked_at: float) -> None:
        is_there, mark = self._store.snapshots.take()
        if is_there:
            loop.remove_reader(descriptor)
            self._tell(loop, mark, asked_at)

    def _tell(self, loop: asyncio.AbstractEventLoop, mark: Change, asked_at: float) -> None:
        self._leased, self._leased_at = mark, asked_at
        for one in self._asking:
            if not one.done():
                one.set_result(mark)
        self._asking_in = None
        if self._waiting:
            self._asking_in = loop
            self._ask(loop)
