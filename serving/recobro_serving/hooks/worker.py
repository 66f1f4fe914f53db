"""Delivers what the outbox holds as long as the process serves; several processes share the work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store.deliveries import Delivery, Lease
from recobro_data.store.webhooks import Webhooks
from recobro_serving.hooks.sending import SECONDS, Sender
from recobro_serving.metrics import Meter

LOG: Final = logging.getLogger("recobro_serving.webhooks")
_AT_ONCE: Final = 16
#: A receiver that is slow, or away, must not hold up the others.
_AT_ONCE_EACH: Final = 4
_IDLE_SECONDS: Final = 1.0
#: Longer than any attempt, so that a delivery is another process's only if this one died.
_LEASE_SECONDS: Final = 4 * SECONDS
_PRUNE_SECONDS: Final = 3600.0


class Worker:
    """Leases due deliveries, sends them side by side and notes how each ended.

    A delivery is made at least once: a process killed between sending and noting sends it again, under the same
    `webhook-id`. Their order is not promised.
    """

    def __init__(self, webhooks: Webhooks, sender: Sender, meter: Meter, *, keep_days: int) -> None:
        self._webhooks, self._sender, self._meter, self._keep_days = webhooks, sender, meter, keep_days
        self._is_stopping = False
        self._roused = asyncio.Event()
        self._running: dict[asyncio.Task[None], Delivery] = {}
        self._pruned_at = float("-inf")

    async def run(self) -> None:
        """Works until it is told to stop, and ends what it began."""
        while not self._is_stopping:
            try:
                n_begun = await self.begin_due()
                await self._prune()
            except SQLAlchemyError as error:
                LOG.error("webhooks wait for the store: %s", type(error).__name__)
                n_begun = 0
            except Exception:
                LOG.exception("webhooks were held up by a defect")
                n_begun = 0
            if not n_begun:
                await self._rest()
        await self.end_begun()

    def stop(self) -> None:
        """Lets nothing new begin."""
        self._is_stopping = True
        self._roused.set()

    async def begin_due(self) -> int:
        """Begins an attempt for each due delivery there is room for; gives how many."""
        busy = Counter(one.webhook_id for one in self._running.values())
        crowded = [webhook_id for webhook_id, n_running in busy.items() if n_running >= _AT_ONCE_EACH]
        room = _AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        lease = Lease(room, _AT_ONCE_EACH, timedelta(seconds=_LEASE_SECONDS), besides=crowded)
        due = await run_in_threadpool(self._webhooks.lease_due, lease)
        for one in due:
            task = asyncio.create_task(self._deliver(one))
            self._running[task] = one
            task.add_done_callback(self._ended)
        return len(due)

    async def end_begun(self) -> None:
        """Waits for every attempt that was begun."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and task.exception() is not None:
            # Its lease ends by itself, and it is sent again.
            LOG.error("a webhook's end could not be noted: %s", type(task.exception()).__name__)
        self._roused.set()

    async def _deliver(self, one: Delivery) -> None:
        attempt = await self._sender.send(one)
        await run_in_threadpool(self._settle, one, attempt.answer, attempt.error)
        if attempt.is_gone:
            await run_in_threadpool(self._webhooks.disable, one.webhook_id, "the receiver answered 410 Gone")
        self._meter.count_attempt("failed" if attempt.error else "delivered")
        told = {"webhook_id": one.webhook_id, "event_id": one.event_id, "status": attempt.answer}
        LOG.log(logging.WARNING if attempt.error else logging.INFO, "webhook", extra={**told, "error": attempt.error})

    def _settle(self, one: Delivery, answer: int | None, error: str) -> None:
        self._webhooks.settle(one, answer=answer, error=error)

    async def _prune(self) -> None:
        if time.monotonic() - self._pruned_at > _PRUNE_SECONDS:
            self._pruned_at = time.monotonic()
            await run_in_threadpool(self._webhooks.prune, self._keep_days)

    async def _rest(self) -> None:
        self._roused.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._roused.wait()
