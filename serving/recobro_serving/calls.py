"""What is learnt about a call on its way: who asks, and how many rows were handed out."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from recobro_data.store import Key
from recobro_serving.rates import Allowance


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
