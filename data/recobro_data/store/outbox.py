"""What webhooks are told: events written in the transaction of what happened."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, insert, select

from recobro_data.errors import UsageError
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import WEBHOOK_DELIVERIES, WEBHOOK_EVENTS, WEBHOOKS

EventType = Literal["plan.published", "item.suppressed", "item.restored", "model.promoted"]
EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)
#: The version of what a payload holds; fields are only ever added within one.
PAYLOAD_VERSION: Final = 1
Happened = tuple[EventType, str | None, Mapping[str, Any]]


def add_event(connection: Connection, type_: EventType, portfolio_id: str | None, data: Mapping[str, Any]) -> None:
    """Notes what happened for the webhooks it concerns, in the caller's transaction.

    `portfolio_id` None concerns every webhook; then `data` must tell nothing of any portfolio. A `debtor_id` in `data`
    binds the note to that debtor, so that forgetting the debtor takes it along.
    """
    add_events(connection, [(type_, portfolio_id, data)])


def add_events(connection: Connection, happened: Iterable[Happened], *, at: datetime | None = None) -> None:
    """The same for many, at that instant (None: now); what no webhook wants is not written.

    Raises:
        UsageError: a type that webhooks do not know.
    """
    hooks = _listening(connection)
    if not hooks:
        # To tell what happened may cost a question of its own.
        return
    occurred_at = instant_text(at or datetime.now(UTC))
    for one in happened:
        type_, portfolio_id, _ = one
        if type_ not in EVENT_TYPES:
            raise UsageError(f"one of {', '.join(EVENT_TYPES)}", repr(type_), "Mend the caller.")
        wanted = [hook_id for hook_id, types, seen in hooks if type_ in types and _concerns(portfolio_id, seen)]
        if wanted:
            _write(connection, one, wanted, at=occurred_at)


def _listening(connection: Connection) -> list[tuple[str, Collection[str], Collection[str]]]:
    query = select(WEBHOOKS.c.webhook_id, WEBHOOKS.c.types, WEBHOOKS.c.portfolios)
    rows = connection.execute(query.where(WEBHOOKS.c.disabled_at.is_(None)))
    return [(hook_id, json.loads(types), json.loads(seen)) for hook_id, types, seen in rows]


def _concerns(portfolio_id: str | None, seen: Collection[str]) -> bool:
    return portfolio_id is None or "*" in seen or portfolio_id in seen


def _write(connection: Connection, happened: Happened, hook_ids: list[str], *, at: str) -> None:
    type_, portfolio_id, data = happened
    body = {"type": type_, "timestamp": at, "version": PAYLOAD_VERSION, "data": dict(data)}
    values = {"event_id": f"msg_{secrets.token_hex(12)}", "type": type_, "portfolio_id": portfolio_id}
    values |= {"debtor_id": data.get("debtor_id"), "occurred_at": at, "body": json.dumps(body, ensure_ascii=False)}
    seq = connection.execute(insert(WEBHOOK_EVENTS).values(values)).inserted_primary_key[0]  # type: ignore[index]
    row = {"event_seq": seq, "status": "pending", "n_attempts": 0, "due_at": at}
    connection.execute(insert(WEBHOOK_DELIVERIES), [row | {"webhook_id": hook_id} for hook_id in hook_ids])
