"""The commonest readings over connections of their own, with statements compiled once and bodies as bytes.

They are compiled with stand-ins for what changes from call to call; the one for a page is that of `live_reading`. What
they can not tell they leave to the ordinary way, which waits longer and says what is wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.store import live_reading
from recobro_data.store.blocks import Block, Changed, Stretch, number_of
from recobro_data.store.plans import EVERYTHING, ItemFilters, PlanRow
from recobro_data.store.schema import ITEMS, LIVE

#: Stand for the plan's number, ranks, blocks and the limit of a call; the store holds none of them.
_SEQ, _RANK, _LIMIT, _LAST = -7_000_001, -7_000_002, -7_000_003, -7_000_004
_BLOCKS: Final = (-7_000_005, -7_000_006)
_DEBTOR, _PORTFOLIO = "\x00debtor", "\x00portfolio"
#: Longer than a commit takes.
_WAIT_SECONDS: Final = 0.05
#: As much of the file as is read without a call for each of its pages; it is the system's memory, not the process's.
_MAPPED_BYTES: Final = 2**40
_MAX_FREE: Final = 16
#: PostgreSQL's numbers of its types int8, int2 and int4.
_WHOLE_NUMBERS: Final = (20, 21, 23)


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

    def stretch(self, seq: int, ranks: tuple[int, int], portfolio_id: str | None) -> Stretch | None:
        """The blocks of these ranks, from the first to the last, read in one statement.

        With a portfolio only blocks that hold no other's items.
        """
        first, last = ranks
        values = {_SEQ: seq, _RANK: first - 1, _LAST: last, _PORTFOLIO: portfolio_id}
        values |= dict(zip(_BLOCKS, map(number_of, ranks), strict=True))
        rows = self._rows("stretch" if portfolio_id is None else "stretch of one", values)
        if rows is None:
            return None
        blocks = {row[1]: Block(*row[1:]) for row in rows if row[0] == live_reading.BLOCK}
        changed = {row[1]: Changed(row[4], row[6]) for row in rows if row[0] == live_reading.CHANGED}
        return Stretch(blocks, changed, any(row[0] == live_reading.MORE for row in rows))

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
        try:
            raw = self._taken()
        except self._errors:
            return None
        try:
            rows = raw.rows(text, [values.get(value, value) for value in given])
        except self._errors:
            raw.close()
            return None
        self._given_back(raw)
        return rows

    def _taken(self) -> Any:
        with self._lock:
            if self._free:
                return self._free.pop()
        return _File(self._engine) if self._engine.dialect.name == "sqlite" else _Server(self._engine)

    def _given_back(self, raw: Any) -> None:
        with self._lock:
            if len(self._free) < _MAX_FREE:
                self._free.append(raw)
                return
        raw.close()

    def _compiled(self, name: str) -> tuple[str, Sequence[Any]]:
        """The statement, and what its parameters stand for in their order."""
        kind: Any = type(self._engine.dialect)
        style = "qmark" if self._engine.dialect.name == "sqlite" else "numeric_dollar"
        compiled = _query(name).compile(dialect=kind(paramstyle=style))
        return str(compiled), [compiled.params[one] for one in compiled.positiontup]


class _File:
    """A connection to a file of SQLite's."""

    def __init__(self, engine: Engine) -> None:
        place = str(engine.url.database)
        self._raw = sqlite3.connect(place, check_same_thread=False, timeout=_WAIT_SECONDS, isolation_level=None)
        self._raw.execute("PRAGMA query_only=ON")
        # A page of items is fifty pages of the file: mapped, they need no call each.
        self._raw.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
        # What is sent on as it is stored need not become text in between.
        self._raw.text_factory = bytes

    def rows(self, text: str, values: Sequence[Any]) -> list[Any]:
        """All rows of the answer; text as bytes."""
        return self._raw.execute(text, values).fetchall()

    def close(self) -> None:
        """Ends it."""
        self._raw.close()


class _Server:
    """A connection to PostgreSQL, used below its driver's cursors, which cost more than these questions do."""

    def __init__(self, engine: Engine) -> None:
        from psycopg import OperationalError, pq

        held = engine.raw_connection()
        raw: Any = held.driver_connection
        held.detach()
        raw.autocommit = True
        self._raw = raw
        self._prepared: dict[str, bytes] = {}
        self._failed, self._status = OperationalError, pq.ExecStatus

    def rows(self, text: str, values: Sequence[Any]) -> list[Any]:
        """All rows of the answer; text as bytes."""
        given = [None if value is None else str(value).encode() for value in values]
        found = self._raw.pgconn.exec_prepared(self._name_of(text), given)
        self._check(found, self._status.TUPLES_OK)
        kinds = [int if found.ftype(place) in _WHOLE_NUMBERS else bytes for place in range(found.nfields)]
        return [
            tuple(
                None if (one := found.get_value(row, place)) is None else kind(one) for place, kind in enumerate(kinds)
            )
            for row in range(found.ntuples)
        ]

    def close(self) -> None:
        """Ends it."""
        self._raw.close()

    def _name_of(self, text: str) -> bytes:
        if text not in self._prepared:
            name = f"recobro_{len(self._prepared)}".encode()
            self._check(self._raw.pgconn.prepare(name, text.encode()), self._status.COMMAND_OK)
            self._prepared[text] = name
        return self._prepared[text]

    def _check(self, found: Any, wanted: Any) -> None:
        if found.status != wanted:
            raise self._failed(found.error_message.decode("utf-8", "replace"))


def _query(name: str) -> Any:
    if name == "page":
        return live_reading.items_query(_ANY_PLAN, EVERYTHING, _RANK).limit(_LIMIT)
    if name.startswith("stretch"):
        seen = ItemFilters(portfolio=None if name == "stretch" else _PORTFOLIO)
        return live_reading.stretch_query(_ANY_PLAN, seen, (_RANK, _LAST), _BLOCKS)
    table = LIVE if name == "live" else ITEMS
    query = select(table.c.portfolio_id, table.c.body)
    return query.where(table.c.plan_seq == _SEQ, table.c.debtor_id == _DEBTOR)


_DAY: Final = date(2000, 1, 1)
_INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ANY_PLAN: Final = PlanRow(
    seq=_SEQ, plan_id="", as_of=_DAY, work_date=_DAY, created_at=_INSTANT, published_at=_INSTANT, policy="",
    risk_model=None, contact_model=None, effect_model=None, rules="", summary={}, n_items=0, n_left_alone=0,
)  # fmt: skip
