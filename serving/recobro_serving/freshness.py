"""Whether anything was committed since an answer was made, asked once for all calls that wait for it."""

from __future__ import annotations

import asyncio

from fastapi.concurrency import run_in_threadpool

from recobro_data.store import Store
from recobro_serving.service.held import Change


class Freshness:
    """The store's mark of changes.

    SQLite tells it on the spot. PostgreSQL is asked over the network, and a call that arrives while it is being asked
    needs the next answer: the one on its way may have missed what was committed before this call. All such calls share
    that next one.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._turn = store, asyncio.Lock()
        self._next: asyncio.Task[Change] | None = None

    @property
    def is_local(self) -> bool:
        """Whether the store is a file, which is read faster than a thread is woken up."""
        return self._store.changes.read() is not None

    async def read(self) -> Change:
        """A mark that is another one after each commit; None: nothing can be told."""
        local = self._store.changes.read()
        if local is not None:
            return local
        if self._next is None:
            self._next = asyncio.create_task(self._asked())
        # Who hangs up must not take the answer from the others.
        return await asyncio.shield(self._next)

    async def _asked(self) -> Change:
        async with self._turn:
            self._next = None
            return await run_in_threadpool(self._store.snapshots.read)
