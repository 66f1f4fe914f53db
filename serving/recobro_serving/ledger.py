"""What is told of every call once it is answered: it is counted, and is a line in the log.

Calls that are answered in the same moment are entered together, as soon as the event loop has nothing older to do:
one after the other they would cost several times as much.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from recobro_serving.logs import Answered, CallsRecord
from recobro_serving.metrics import Meter

LOG: Final = logging.getLogger("recobro_serving")


class Ledger:
    """Where calls are entered. For one thread, the event loop's."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._waiting: list[Answered] = []
        self._due_in: asyncio.AbstractEventLoop | None = None

    def enter(self, call: Answered) -> None:
        """Takes a call, which is counted and logged a moment later."""
        self._waiting.append(call)
        loop = asyncio.get_running_loop()
        # A loop that has ended in between has forgotten what it was to do.
        if self._due_in is not loop:
            self._due_in = loop
            loop.call_soon(self.write)

    def write(self) -> None:
        """Counts and logs the calls that wait."""
        calls, self._waiting, self._due_in = self._waiting, [], None
        for call in calls:
            self.meter.count(call.method, call.route, status=call.status, seconds=call.seconds)
        if calls and LOG.isEnabledFor(logging.INFO):
            LOG.handle(CallsRecord(LOG.name, calls))
