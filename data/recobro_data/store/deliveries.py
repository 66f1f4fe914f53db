"""Where each event stands on its way to each webhook: due, delivered or dead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, update

from recobro_data.store.packing import instant_text
from recobro_data.store.schema import WEBHOOK_DELIVERIES, WEBHOOK_EVENTS, WEBHOOKS


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook, with all that a sender needs."""

    delivery_id: int
    event_id: str
    webhook_id: str
    url: str
    body: str
    secrets: tuple[str, ...]
    n_attempts: int


@dataclass(frozen=True)
class Lease:
    """How many deliveries to take, how many of them for one webhook, for how long, and for which webhooks none."""

    limit: int
    limit_each: int
    lasts: timedelta
    besides: Collection[str] = ()


def lease_due(connection: Connection, now: datetime, lease: Lease) -> list[Delivery]:
    """Takes due deliveries, the longest due first; as long as the lease lasts nobody else gets them."""
    at = instant_text(now)
    turn = func.row_number().over(partition_by=WEBHOOK_DELIVERIES.c.webhook_id, order_by=WEBHOOK_DELIVERIES.c.due_at)
    due = select(WEBHOOK_DELIVERIES.c.delivery_id, WEBHOOK_DELIVERIES.c.due_at, turn.label("turn")).where(
        WEBHOOK_DELIVERIES.c.status == "pending",
        WEBHOOK_DELIVERIES.c.due_at <= at,
        WEBHOOK_DELIVERIES.c.webhook_id.not_in(lease.besides),
    )
    chosen = due.subquery()
    query = select(chosen.c.delivery_id).where(chosen.c.turn <= lease.limit_each)
    taken = [row[0] for row in connection.execute(query.order_by(chosen.c.due_at).limit(lease.limit))]
    # Whoever comes second finds the row no longer due, and leaves it.
    still_due = (WEBHOOK_DELIVERIES.c.delivery_id.in_(taken)) & (WEBHOOK_DELIVERIES.c.due_at <= at)
    leased = update(WEBHOOK_DELIVERIES).where(still_due).values(due_at=instant_text(now + lease.lasts))
    mine = [row[0] for row in connection.execute(leased.returning(WEBHOOK_DELIVERIES.c.delivery_id))]
    return _deliveries(connection, mine, at)


@dataclass(frozen=True)
class Ended:
    """How an attempt ended: the HTTP status, what went wrong, and when to try again (None: never)."""

    answer: int | None
    error: str
    retry_at: datetime | None


def settle(connection: Connection, delivery_id: int, *, now: datetime, ended: Ended) -> None:
    """Notes how an attempt ended: delivered where there is no `error`, else pending or dead."""
    status = "delivered" if not ended.error else "pending" if ended.retry_at else "dead"
    values = {
        "status": status,
        "n_attempts": WEBHOOK_DELIVERIES.c.n_attempts + 1,
        "due_at": instant_text(ended.retry_at if status == "pending" and ended.retry_at else now),
        "attempted_at": instant_text(now),
        "answer": ended.answer,
        "error": ended.error or None,
    }
    mine = WEBHOOK_DELIVERIES.c.delivery_id == delivery_id
    connection.execute(update(WEBHOOK_DELIVERIES).where(mine).values(values))


def send_again(connection: Connection, webhook_id: str, delivery_id: int, now: datetime) -> bool:
    """Makes a delivery of that webhook due now, with all its attempts ahead; False: there is none of that number."""
    mine = (WEBHOOK_DELIVERIES.c.delivery_id == delivery_id) & (WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
    values = {"status": "pending", "n_attempts": 0, "due_at": instant_text(now)}
    return connection.execute(update(WEBHOOK_DELIVERIES).where(mine).values(values)).rowcount > 0


def bury(connection: Connection, webhook_id: str, because: str) -> None:
    """Ends every delivery that still waits for that webhook."""
    waiting = (WEBHOOK_DELIVERIES.c.webhook_id == webhook_id) & (WEBHOOK_DELIVERIES.c.status == "pending")
    connection.execute(update(WEBHOOK_DELIVERIES).where(waiting).values(status="dead", error=because))


def page_of_deliveries(
    connection: Connection, webhook_id: str, *, status: str | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Deliveries of a webhook, newest first, older than the number `before`."""
    names = ("delivery_id", "status", "n_attempts", "due_at", "attempted_at", "answer", "error")
    columns = [WEBHOOK_DELIVERIES.c[name] for name in names]
    query = select(*columns, WEBHOOK_EVENTS.c.event_id, WEBHOOK_EVENTS.c.type, WEBHOOK_EVENTS.c.occurred_at)
    query = query.join(WEBHOOK_EVENTS).where(WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
    query = query if status is None else query.where(WEBHOOK_DELIVERIES.c.status == status)
    query = query if before is None else query.where(WEBHOOK_DELIVERIES.c.delivery_id < before)
    rows = connection.execute(query.order_by(WEBHOOK_DELIVERIES.c.delivery_id.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows]


def count_by_status(connection: Connection) -> dict[str, int]:
    """How many deliveries wait and how many are dead."""
    query = select(WEBHOOK_DELIVERIES.c.status, func.count()).where(WEBHOOK_DELIVERIES.c.status != "delivered")
    found = {row[0]: row[1] for row in connection.execute(query.group_by(WEBHOOK_DELIVERIES.c.status))}
    return {status: found.get(status, 0) for status in ("pending", "dead")}


def has_due(connection: Connection, now: datetime) -> bool:
    """Whether any delivery waits to be sent."""
    due = (WEBHOOK_DELIVERIES.c.status == "pending") & (WEBHOOK_DELIVERIES.c.due_at <= instant_text(now))
    return connection.execute(select(WEBHOOK_DELIVERIES.c.delivery_id).where(due).limit(1)).first() is not None


def prune(connection: Connection, before: datetime) -> None:
    """Removes deliveries that ended before that instant, and events that nobody waits for."""
    ended = (WEBHOOK_DELIVERIES.c.status != "pending") & (WEBHOOK_DELIVERIES.c.due_at < instant_text(before))
    connection.execute(delete(WEBHOOK_DELIVERIES).where(ended))
    waited_for = select(WEBHOOK_DELIVERIES.c.delivery_id).where(WEBHOOK_DELIVERIES.c.event_seq == WEBHOOK_EVENTS.c.seq)
    connection.execute(delete(WEBHOOK_EVENTS).where(~waited_for.exists()))


def next_attempt(now: datetime, n_attempts: int, *, jitter: float) -> datetime | None:
    """When to try again after so many attempts before this one; None: never. `jitter` in [0, 1) spreads it by a tenth.

    Source: Standard Webhooks, "Deliverability and reliability".
    """
    if n_attempts >= len(_PAUSES):
        return None
    return now + timedelta(seconds=_PAUSES[n_attempts] * (1 + jitter / 10))


#: Seconds between attempts: about four days in all.
_PAUSES: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)


def _deliveries(connection: Connection, ids: list[int], at: str) -> list[Delivery]:
    former = (WEBHOOKS.c.former_secret, WEBHOOKS.c.former_until)
    query = select(WEBHOOK_DELIVERIES, WEBHOOK_EVENTS.c.event_id, WEBHOOK_EVENTS.c.body, WEBHOOKS.c.url)
    query = query.add_columns(WEBHOOKS.c.secret, *former).join(WEBHOOK_EVENTS)
    query = query.join(WEBHOOKS, WEBHOOKS.c.webhook_id == WEBHOOK_DELIVERIES.c.webhook_id)
    query = query.where(WEBHOOK_DELIVERIES.c.delivery_id.in_(ids))
    names = ("delivery_id", "event_id", "webhook_id", "url", "body", "n_attempts")
    return [
        Delivery(**{name: row[name] for name in names}, secrets=_valid_secrets(row, at))
        for row in connection.execute(query.order_by(WEBHOOK_DELIVERIES.c.delivery_id)).mappings()
    ]


def _valid_secrets(row: Mapping[Any, Any], at: str) -> tuple[str, ...]:
    """The newest first; the one before it as long as it is valid beside it."""
    both = row["former_secret"] and row["former_until"] > at
    return (row["secret"], row["former_secret"]) if both else (row["secret"],)
