"""Answers that are kept as bytes for as long as nothing they were made from has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from recobro_data.store.marks import PlanMark

#: Some thousand pages of a hundred items in one process.
MAX_BYTES: Final = 128 * 1024 * 1024
#: The store's mark of changes: another one after each commit; None where its database has none.
Change = Hashable | None


@dataclass(frozen=True)
class Held:
    """An answer: its bytes and rows, the state of the plan that it tells of, and when the store was last asked."""

    body: bytes
    n_rows: int
    mark: PlanMark
    change: Change


class HeldAnswers:
    """Answers by what was asked, those used last; safe to share between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._n_bytes = max_bytes, 0
        self._held: OrderedDict[Hashable, Held] = OrderedDict()
        self._lock = Lock()

    def unchanged(self, asked: Hashable, change: Change) -> Held | None:
        """The answer, where nothing at all was committed since the store was asked for it."""
        held = self._held.get(asked)
        return held if held is not None and change is not None and held.change == change else None

    def of_mark(self, asked: Hashable, mark: PlanMark, change: Change) -> Held | None:
        """The answer, where the plan's list is still in that state; it then counts as asked for at `change`."""
        held = self._held.get(asked)
        if held is None or held.mark != mark:
            return None
        held = replace(held, change=change)
        self.keep(asked, held)
        return held

    def keep(self, asked: Hashable, held: Held) -> None:
        """Keeps an answer, and lets go of those that were used longest ago."""
        with self._lock:
            former = self._held.pop(asked, None)
            self._n_bytes += len(held.body) - (len(former.body) if former else 0)
            self._held[asked] = held
            while self._n_bytes > self._max_bytes:
                _, gone = self._held.popitem(last=False)
                self._n_bytes -= len(gone.body)
