"""Answers kept by `Idempotency-Key`, so that a call that is sent again is answered as it was, and done once.

Source: IETF draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from recobro_data.errors import UsageError
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import IDEMPOTENCY

KEPT: Final = timedelta(hours=48)
#: Who sent it, under which key, and the digest of the body.
Call = tuple[str, str, str]


def find(connection: Connection, call: Call) -> str | None:
    """What was answered to that call; None where it was not made before.

    Raises:
        UsageError: the key came with another body.
    """
    key_id, idempotency_key, body_hash = call
    query = select(IDEMPOTENCY.c.body_hash, IDEMPOTENCY.c.answer)
    own = (IDEMPOTENCY.c.key_id == key_id, IDEMPOTENCY.c.idempotency_key == idempotency_key)
    row = connection.execute(query.where(*own)).first()
    if row is None:
        return None
    if row[0] != body_hash:
        raise UsageError(
            "the body that came with this Idempotency-Key before", "another one", "Give each body a key of its own."
        )
    return str(row[1])


def keep(connection: Connection, call: Call, answer: str, now: datetime) -> None:
    """Keeps an answer, and drops those that are older than `KEPT`."""
    connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created_at < instant_text(now - KEPT)))
    row = dict(zip(("key_id", "idempotency_key", "body_hash"), call, strict=True))
    connection.execute(insert(IDEMPOTENCY).values(**row, answer=answer, created_at=instant_text(now)))
