"""Webhooks as far as a key sees: those whose portfolios are all its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recobro_data.store import Key, Store
from recobro_data.store.webhooks import OVERLAP, Webhook
from recobro_serving.hooks.targets import Resolve, check_target, resolve
from recobro_serving.problems import invalid, not_found
from recobro_serving.schemas_webhooks import DeliveryQuery, NewWebhook

Answer = dict[str, Any]


class WebhookDesk:
    """What the calls under `/v1/webhooks` answer."""

    def __init__(self, store: Store, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._hooks, self._allow_private, self._resolve = store.webhooks, allow_private, resolve

    async def check(self, new: NewWebhook) -> None:
        """Judges where it would go.

        Raises:
            ForbiddenTargetError: no webhook may go there.
        """
        await check_target(new.url, allow_private=self._allow_private, resolve=self._resolve)

    def add(self, key: Key, new: NewWebhook) -> Answer:
        """A new webhook with its secret.

        Raises:
            ProblemError: 422 for a portfolio that the key does not see, whether it exists or not.
        """
        if new.portfolio is not None and key.sees is not None and new.portfolio not in key.sees:
            raise invalid("Expected a portfolio of this key, found another. Leave it out, or ask for a wider key.")
        portfolios = key.portfolios if new.portfolio is None else {new.portfolio}
        hook, secret = self._hooks.add(new.url, new.types, portfolios)
        return {**_told(hook), "secret": secret}

    def list(self, key: Key) -> Answer:
        """Every webhook that the key sees."""
        return {"webhooks": [_told(hook) for hook in self._hooks.all(key.sees)]}

    def remove(self, key: Key, webhook_id: str) -> None:
        """Ends a webhook, its deliveries with it."""
        self._hooks.remove(self._seen(key, webhook_id).webhook_id)

    def rotate(self, key: Key, webhook_id: str) -> Answer:
        """A new secret beside the former one."""
        secret = self._hooks.rotate(self._seen(key, webhook_id).webhook_id)
        return {"secret": secret, "former_until": (datetime.now(UTC) + OVERLAP).isoformat()}

    def deliveries(self, key: Key, webhook_id: str, query: DeliveryQuery) -> Answer:
        """A page of a webhook's deliveries, newest first."""
        hook = self._seen(key, webhook_id)
        before = int(query.cursor) if query.cursor else None
        rows = self._hooks.deliveries(hook.webhook_id, status=query.status, before=before, limit=query.limit + 1)
        page, more = rows[: query.limit], rows[query.limit :]
        return {"deliveries": page, "next_cursor": str(page[-1]["delivery_id"]) if more else None}

    def send_again(self, key: Key, webhook_id: str, delivery_id: int) -> None:
        """Sends a delivery again, whatever became of it.

        Raises:
            ProblemError: 404 where the webhook has none of that number.
        """
        if not self._hooks.send_again(self._seen(key, webhook_id).webhook_id, delivery_id):
            raise not_found("Expected a delivery of this webhook, found none. Its list shows them.")

    def _seen(self, key: Key, webhook_id: str) -> Webhook:
        hook = self._hooks.find(webhook_id, key.sees)
        if hook is None:
            raise not_found(
                "Expected the id of a webhook that this key sees, found none. `GET /v1/webhooks` lists them."
            )
        return hook


def _told(hook: Webhook) -> Answer:
    return {
        "webhook_id": hook.webhook_id,
        "url": hook.url,
        "types": list(hook.types),
        "portfolios": sorted(hook.portfolios),
        "created_at": hook.created_at.isoformat(),
        "disabled_at": hook.disabled_at.isoformat() if hook.disabled_at else None,
        "disabled_because": hook.disabled_because,
    }
