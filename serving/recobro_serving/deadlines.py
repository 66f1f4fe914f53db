"""Cuts answers that nobody takes, without a timer for each of them."""

from __future__ import annotations

import asyncio
from typing import Any

from prometheus_client import Gauge


class Deadlines:
    """Cancels what takes longer than `max_seconds`, at the latest when it has taken twice as long."""

    def __init__(self, max_seconds: float, in_progress: Gauge) -> None:
        self._max_seconds, self._in_progress = max_seconds, in_progress
        self._began: dict[object, tuple[asyncio.Task[Any] | None, float]] = {}
        self._looked_at_in: asyncio.AbstractEventLoop | None = None

    def begin(self) -> object:
        """Watches the task that runs this, until `end` is told of what this gives."""
        loop, watched = asyncio.get_running_loop(), object()
        if self._looked_at_in is not loop:
            self._looked_at_in = loop
            loop.call_later(self._max_seconds, self._look, loop)
        # A server that runs calls outside of tasks has timeouts of its own.
        self._began[watched] = (asyncio.current_task(), loop.time())
        self._in_progress.inc()
        return watched

    def end(self, watched: object) -> None:
        """Watches it no more."""
        self._in_progress.dec()
        del self._began[watched]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looked_at_in = None
        for task, began in self._began.values():
            if task is not None and loop.time() - began >= self._max_seconds:
                task.cancel()
        if self._began:
            self._looked_at_in = loop
            loop.call_later(self._max_seconds, self._look, loop)
