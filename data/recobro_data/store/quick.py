"""The commonest readings over connections of their own, with statements compiled once and bodies as bytes.

They are compiled with stand-ins for what changes from call to call; the one for a page is that of `live_reading`. What
they can not tell they leave to the ordinary way, which waits longer and says what is wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store import live_reading
from recobro_data.store.plans import EVERYTHING, PlanRow
from recobro_data.store.schema import ITEMS, LIVE

#: Stand for the plan's number, the rank and the limit of a call; the store holds none of them.
_SEQ, _RANK, _LIMIT = -7_000_001, -7_000_002, -7_000_003
_DEBTOR: Final = "\x00debtor"
#: Longer than a commit takes.
_WAIT_SECONDS: Final = 0.05
#: As much of the file as is read without a call for each of its pages; it is the system's memory, not the process's.
_MAPPED_BYTES: Final = 2**40
_MAX_FREE: Final = 16


class QuickRows:
    """Full pages of a whole list, and items of one debtor. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._free: list[Any] = []
        self._statement = cache(self._compiled)
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def page(self, seq: int, after_rank: int, limit: int) -> list[tuple[int, bytes]] | None:
        """(rank, stored body) of as many items as `limit`; None where it takes more than a look to tell."""
        found = self._rows("page", {_SEQ: seq, _RANK: after_rank, _LIMIT: limit})
        return found if found is not None and len(found) == limit else None

    def of_debtor(self, seq: int, debtor_id: str) -> tuple[str, bytes] | None:
        """(portfolio_id, stored body) of the debtor's row as events have left it, or of the item; None: neither."""
        for name in ("live", "item"):
            found = self._rows(name, {_SEQ: seq, _DEBTOR: debtor_id})
            if found is None or found:
                return (found[0][0].decode(), found[0][1]) if found else None
        return None

    def close(self) -> None:
        """Gives back its connections."""
        with self._lock:
            free, self._free = self._free, []
        for raw in free:
            raw.close()

    def _rows(self, name: str, values: Mapping[Any, Any]) -> list[Any] | None:
        text, given = self._statement(name)
        bound = {parameter: values.get(value, value) for parameter, value in given.items()}
        try:
            raw = self._taken()
        except self._errors:
            return None
        try:
            rows: list[Any] = raw.execute(text, bound).fetchall()
        except self._errors:
            raw.close()
            return None
        self._given_back(raw)
        return rows

    def _taken(self) -> Any:
        with self._lock:
            if self._free:
                return self._free.pop()
        return _file(self._engine) if self._engine.dialect.name == "sqlite" else _server(self._engine)

    def _given_back(self, raw: Any) -> None:
        with self._lock:
            if len(self._free) < _MAX_FREE:
                self._free.append(raw)
                return
        raw.close()

    def _compiled(self, name: str) -> tuple[str, Mapping[str, Any]]:
        kind: Any = type(self._engine.dialect)
        named = "named" if self._engine.dialect.name == "sqlite" else "pyformat"
        compiled = _query(name).compile(dialect=kind(paramstyle=named))
        return str(compiled), dict(compiled.params)


def _file(engine: Engine) -> sqlite3.Connection:
    raw = sqlite3.connect(
        str(engine.url.database), check_same_thread=False, timeout=_WAIT_SECONDS, isolation_level=None
    )
    raw.execute("PRAGMA query_only=ON")
    # A page of items is a hundred pages of the file: mapped, they need no call each.
    raw.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
    # What is sent on as it is stored need not become text in between.
    raw.text_factory = bytes
    return raw


def _server(engine: Engine) -> Any:
    from psycopg.adapt import Loader

    class Bytes(Loader):
        def load(self, data: Any) -> bytes:
            return bytes(data)

    held = engine.raw_connection()
    raw: Any = held.driver_connection
    held.detach()
    raw.autocommit = True
    raw.adapters.register_loader("text", Bytes)
    return raw


def _query(name: str) -> Select[Any]:
    if name == "page":
        return live_reading.items_query(_ANY_PLAN, EVERYTHING, _RANK).limit(_LIMIT)
    table = LIVE if name == "live" else ITEMS
    query = select(table.c.portfolio_id, table.c.body)
    return query.where(table.c.plan_seq == _SEQ, table.c.debtor_id == _DEBTOR)


_DAY: Final = date(2000, 1, 1)
_INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ANY_PLAN: Final = PlanRow(
    seq=_SEQ, plan_id="", as_of=_DAY, work_date=_DAY, created_at=_INSTANT, published_at=_INSTANT, policy="",
    risk_model=None, contact_model=None, effect_model=None, rules="", summary={}, n_items=0, n_left_alone=0,
)  # fmt: skip
