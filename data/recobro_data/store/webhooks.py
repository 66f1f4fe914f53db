"""Webhooks: who is told of what, with a secret to sign with; built on the outbox and its deliveries."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from recobro_data.store import deliveries, outbox
from recobro_data.store.deliveries import Delivery, Ended, Lease
from recobro_data.store.dialects import writing
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import WEBHOOKS

#: How long the secret before a rotation signs beside the new one.
OVERLAP: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An address that is told of events; its secret is shown once, when it is made or rotated."""

    webhook_id: str
    url: str
    types: tuple[str, ...]
    portfolios: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: str | None


class Webhooks:
    """The webhooks of a store and their deliveries.

    `seen` are the portfolios of who asks (None: all): a webhook of others is as one that does not exist.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def add(self, url: str, types: Collection[str], portfolios: Collection[str]) -> tuple[Webhook, str]:
        """Adds a webhook; gives it with its secret, for the only time."""
        webhook_id, secret = f"wh_{secrets.token_hex(8)}", _new_secret()
        values = {"webhook_id": webhook_id, "url": url, "secret": secret, "created_at": instant_text(self._now())}
        values |= {"types": json.dumps(sorted(types)), "portfolios": json.dumps(sorted(portfolios))}
        with writing(self._engine).begin() as connection:
            connection.execute(insert(WEBHOOKS).values(values))
            added = _find(connection, webhook_id, None)
        assert added is not None
        return added, secret

    def all(self, seen: frozenset[str] | None) -> list[Webhook]:
        """Every webhook that is bound to portfolios among `seen`, oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(WEBHOOKS).order_by(WEBHOOKS.c.created_at, WEBHOOKS.c.webhook_id))
            return [hook for hook in map(_webhook, rows.mappings()) if _is_seen(hook, seen)]

    def find(self, webhook_id: str, seen: frozenset[str] | None) -> Webhook | None:
        """The webhook of that id."""
        with self._engine.begin() as connection:
            return _find(connection, webhook_id, seen)

    def remove(self, webhook_id: str) -> None:
        """Removes a webhook with its deliveries."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id))

    def rotate(self, webhook_id: str) -> str:
        """Gives the webhook a new secret; for `OVERLAP` every delivery is signed with both."""
        secret = _new_secret()
        values = {"secret": secret, "former_secret": WEBHOOKS.c.secret}
        values |= {"former_until": instant_text(self._now() + OVERLAP)}
        with writing(self._engine).begin() as connection:
            connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id).values(values))
        return secret

    def disable(self, webhook_id: str, because: str) -> None:
        """Ends a webhook for good; what still waits for it is dead."""
        values = {"disabled_at": instant_text(self._now()), "disabled_because": because}
        with writing(self._engine).begin() as connection:
            connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id).values(values))
            deliveries.bury(connection, webhook_id, because)

    # -- deliveries ------------------------------------------------------------------------------
    def announce(self, type_: outbox.EventType, portfolio_id: str | None, data: Mapping[str, Any]) -> None:
        """Notes an event that no transaction of this store belongs to, as `outbox.add_event` does."""
        with writing(self._engine).begin() as connection:
            outbox.add_events(connection, [(type_, portfolio_id, data)], at=self._now())

    def lease_due(self, lease: Lease) -> list[Delivery]:
        """Due deliveries that as long as the lease lasts nobody else gets."""
        now = self._now()
        with self._engine.begin() as connection:
            # Asked first without a write: most of the time nothing is due.
            if not deliveries.has_due(connection, now):
                return []
        with writing(self._engine).begin() as connection:
            return deliveries.lease_due(connection, now, lease)

    def settle(self, one: Delivery, *, answer: int | None, error: str = "", retry: bool = True) -> None:
        """Notes how an attempt ended; without `error` it is delivered, else tried again as long as that is worth it."""
        now = self._now()
        jitter = secrets.randbelow(1000) / 1000
        retry_at = deliveries.next_attempt(now, one.n_attempts, jitter=jitter) if retry else None
        with writing(self._engine).begin() as connection:
            deliveries.settle(connection, one.delivery_id, now=now, ended=Ended(answer, error, retry_at))

    def send_again(self, webhook_id: str, delivery_id: int) -> bool:
        """Makes a delivery due now; False: the webhook has none of that number."""
        with writing(self._engine).begin() as connection:
            return deliveries.send_again(connection, webhook_id, delivery_id, self._now())

    def deliveries(
        self, webhook_id: str, *, status: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Deliveries of a webhook, newest first, older than the number `before`."""
        with self._engine.begin() as connection:
            return deliveries.page_of_deliveries(connection, webhook_id, status=status, before=before, limit=limit)

    def counts(self) -> dict[str, int]:
        """How many deliveries wait (`pending`) and how many are `dead`."""
        with self._engine.begin() as connection:
            return deliveries.count_by_status(connection)

    def prune(self, keep_days: int) -> None:
        """Removes what ended more than so many days ago."""
        with writing(self._engine).begin() as connection:
            deliveries.prune(connection, self._now() - timedelta(days=keep_days))


def _new_secret() -> str:
    # 32 bytes: within the 24 to 64 that Standard Webhooks asks for.
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _find(connection: Connection, webhook_id: str, seen: frozenset[str] | None) -> Webhook | None:
    row = connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id)).mappings().first()
    hook = _webhook(row) if row else None
    return hook if hook and _is_seen(hook, seen) else None


def _is_seen(hook: Webhook, seen: frozenset[str] | None) -> bool:
    return seen is None or hook.portfolios <= seen


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(
        **{name: row[name] for name in ("webhook_id", "url", "disabled_because")},
        types=tuple(json.loads(row["types"])),
        portfolios=frozenset(json.loads(row["portfolios"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        disabled_at=datetime.fromisoformat(row["disabled_at"]) if row["disabled_at"] else None,
    )
