"""The commonest readings of SQLite over a connection of their own, with statements compiled once.

They are compiled with stand-ins for what changes from call to call; the one for a page is that of `live_reading`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine, Select, select

from recobro_data.store import live_reading
from recobro_data.store.plans import EVERYTHING, PlanRow
from recobro_data.store.schema import ITEMS, LIVE

#: Stand for the plan's number, the rank and the limit of a call; the store holds none of them.
_SEQ, _RANK, _LIMIT = -7_000_001, -7_000_002, -7_000_003
_DEBTOR: Final = "\x00debtor"
#: Longer than a commit takes; whoever waits longer asks the ordinary way.
_WAIT_SECONDS: Final = 0.05


class QuickRows:
    """Full pages of a whole list, and items of one debtor. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._raw: sqlite3.Connection | None = None
        self._statement = cache(self._compiled)

    def page(self, seq: int, after_rank: int, limit: int) -> list[tuple[int, str]] | None:
        """(rank, stored text) of as many items as `limit`; None where it takes more than a look to tell."""
        found = self._rows("page", {_SEQ: seq, _RANK: after_rank, _LIMIT: limit})
        return found if found is not None and len(found) == limit else None

    def of_debtor(self, seq: int, debtor_id: str) -> tuple[str, str] | None:
        """(portfolio_id, stored text) of the debtor's row as events have left it, or of the item; None: neither."""
        for name in ("live", "item"):
            found = self._rows(name, {_SEQ: seq, _DEBTOR: debtor_id})
            if found is None or found:
                return found[0] if found else None
        return None

    def close(self) -> None:
        """Gives back its connection."""
        with self._lock:
            if self._raw is not None:
                self._raw.close()
                self._raw = None

    def _rows(self, name: str, values: dict[Any, Any]) -> list[Any] | None:
        text, order = self._statement(name)
        try:
            with self._lock:
                return self._connection().execute(text, [values.get(one, one) for one in order]).fetchall()
        except sqlite3.Error:
            # The ordinary way waits longer, and says what is wrong.
            return None

    def _connection(self) -> sqlite3.Connection:
        if self._raw is None:
            database = str(self._engine.url.database)
            self._raw = sqlite3.connect(database, check_same_thread=False, timeout=_WAIT_SECONDS, isolation_level=None)
            self._raw.execute("PRAGMA query_only=ON")
        return self._raw

    def _compiled(self, name: str) -> tuple[str, Sequence[Any]]:
        compiled = _query(name).compile(dialect=self._engine.dialect)
        return str(compiled), [compiled.params[one] for one in compiled.positiontup or ()]


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
