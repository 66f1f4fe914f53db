"""What is learnt about a call on its way: who asks, and how many rows were handed out."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from recobro_data.store import Key
from recobro_serving.rates import Allowance

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class RequestIds:
    """Names calls: a random half of this process, and a count."""

    _ours: str = field(default_factory=lambda: secrets.token_hex(8))
    _counted: count[int] = field(default_factory=count)

    def of(self, given: bytes) -> str:
        """The caller's own id, or a new one."""
        # It goes into our log, so only a harmless one is taken over.
        text = given.decode("latin-1")
        return text if text and _ID.fullmatch(text) else f"{self._ours}{next(self._counted):016x}"


@dataclass
class Call:
    """One call, filled in by whoever learns something about it; logs, audit and headers read it at the end."""

    request_id: str
    key: Key | None = None
    allowance: Allowance | None = None
    n_rows: int = 0
    debtor_id: str | None = None


_CALL: Final[ContextVar[Call | None]] = ContextVar("recobro_call", default=None)


def begin_call(request_id: str) -> Call:
    """Opens the notes of a call, for all that runs on its behalf."""
    call = Call(request_id)
    _CALL.set(call)
    return call


def current_call() -> Call | None:
    """The notes of the call that this code runs for; None outside of one."""
    return _CALL.get()


def note_debtor(debtor_id: str) -> None:
    """Names whom the call is about, where the path of the address does not say it."""
    call = _CALL.get()
    if call is not None:
        call.debtor_id = debtor_id


def note_rows(n_rows: int) -> None:
    """Counts rows that are handed out."""
    call = _CALL.get()
    if call is not None:
        call.n_rows += n_rows
