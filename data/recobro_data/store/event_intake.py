"""From the store into the lake: what events told and no load has taken yet.

Events are marked as taken once the lake has them; cut off in between, they are taken again and found unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from recobro_data.store.packing import instant_text
from recobro_data.store.schema import EVENT_INTAKE, EVENTS

_ONLY = 1


@dataclass(frozen=True)
class Untaken:
    """By table the latest rows, one a key; `through`: the last event among them; `n_events`: how many there are."""

    tables: Mapping[str, list[dict[str, Any]]]
    through: int
    n_events: int


def load_untaken(connection: Connection, at_most: int, until: int) -> Untaken:
    """The oldest events up to `until` that the lake does not have, the latest row of each key."""
    taken = taken_seq(connection)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    through, n_events = taken, 0
    query = select(EVENTS.c.seq, EVENTS.c.table_name, EVENTS.c.row_key, EVENTS.c.row).where(EVENTS.c.seq > taken)
    query = query.where(EVENTS.c.seq <= until)
    for seq, table, key, row in connection.execute(query.order_by(EVENTS.c.seq).limit(at_most)):
        rows[table, key] = json.loads(row)
        through, n_events = seq, n_events + 1
    tables: dict[str, list[dict[str, Any]]] = {}
    for (table, _), row in rows.items():
        tables.setdefault(table, []).append(row)
    return Untaken(tables, through, n_events)


def last_seq(connection: Connection) -> int:
    """The last event that was accepted; 0: none, or all are removed."""
    return connection.execute(select(func.max(EVENTS.c.seq))).scalar() or 0


def taken_seq(connection: Connection) -> int:
    """The last event that the lake has; 0: none."""
    return connection.execute(select(EVENT_INTAKE.c.taken_seq)).scalar() or 0


def mark_taken(connection: Connection, through: int, now: datetime, keep_days: int) -> int:
    """Notes that the lake has all events up to that one, and removes old ones among them; gives how many."""
    through = max(through, taken_seq(connection))
    connection.execute(delete(EVENT_INTAKE))
    connection.execute(insert(EVENT_INTAKE).values(intake=_ONLY, taken_seq=through, taken_at=instant_text(now)))
    old = EVENTS.c.received_at < instant_text(now - timedelta(days=keep_days))
    is_taken = EVENTS.c.seq <= through
    # All that was told of a key goes or stays together: what is left must not read as if it were all.
    fresh = select(EVENTS.c.table_name, EVENTS.c.row_key).where(~(old & is_taken)).subquery()
    stays = select(fresh).where(fresh.c.table_name == EVENTS.c.table_name, fresh.c.row_key == EVENTS.c.row_key).exists()
    return connection.execute(delete(EVENTS).where(old, is_taken, ~stays)).rowcount
