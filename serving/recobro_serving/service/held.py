"""Answers that are kept as bytes for as long as nothing they were made from has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from recobro_data.store.marks import PlanMark
from recobro_serving.service.marks import About

#: Some hundred pages of a hundred items in one process.
MAX_BYTES: Final = 128 * 1024 * 1024
#: Questions that came once, most of them from readers on their way through a list.
_MAX_PASSED: Final = 4096


@dataclass(frozen=True)
class Held:
    """An answer: its bytes and rows, whose list it tells of, and the state that list was in; None: it is not kept."""

    body: bytes
    n_rows: int
    about: About = None
    mark: PlanMark | None = None


class HeldAnswers:
    """Answers by what was asked, those used last; safe to share between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._n_bytes = max_bytes, 0
        self._held: OrderedDict[Hashable, Held] = OrderedDict()
        self._passed: OrderedDict[Hashable, None] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: Hashable) -> Held | None:
        """The answer that was given last, whatever has changed since."""
        with self._lock:
            held = self._held.get(asked)
            if held is not None:
                self._held.move_to_end(asked)
        return held

    def keep(self, asked: Hashable, held: Held, *, in_passing: bool = False) -> None:
        """Keeps an answer, and lets go of those that were used longest ago.

        One that is asked `in_passing` only when it is asked again: who reads a long list page by page takes no place
        from what many ask for, and to find room for each page costs more than to copy it once more.
        """
        with self._lock:
            if in_passing and asked not in self._held and not self._comes_again(asked):
                return
            former = self._held.pop(asked, None)
            self._n_bytes += len(held.body) - (len(former.body) if former else 0)
            self._held[asked] = held
            while self._n_bytes > self._max_bytes:
                _, gone = self._held.popitem(last=False)
                self._n_bytes -= len(gone.body)

    def _comes_again(self, asked: Hashable) -> bool:
        if asked in self._passed:
            del self._passed[asked]
            return True
        self._passed[asked] = None
        if len(self._passed) > _MAX_PASSED:
            self._passed.popitem(last=False)
        return False
