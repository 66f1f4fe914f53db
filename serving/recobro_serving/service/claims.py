"""Claims: the next items for an agent, as far as a key sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from recobro_data.settings import Settings
from recobro_data.store import Key, Store
from recobro_data.store.answers import Teller, told
from recobro_data.store.claims import Claim
from recobro_data.store.plans import ItemFilters
from recobro_serving.problems import invalid
from recobro_serving.schemas_events import ClaimQuery
from recobro_serving.service.listing import Asked, Listing


@dataclass(frozen=True)
class ClaimDesk:
    """Hands out items of published worklists."""

    store: Store
    listing: Listing
    tell: Teller
    settings: Settings

    def claim(self, asked: Asked, query: ClaimQuery) -> dict[str, Any]:
        """The agent's open leases first, then the next items, each with its `lease_until`.

        Raises:
            ProblemError: 422 for more items than one claim may take, or a day that is not one.
            NoPlanError: nothing has been published.
        """
        serving = self.settings.serving
        if query.n > serving.max_claim:
            raise invalid(f"Expected n of at most {serving.max_claim}, found more. Claim again for the rest.")
        plan = self.listing.plan_of_day(asked.day)
        leased = self.store.claims.claim(
            Claim(
                plan_id=plan.plan_id, agent_id=query.agent_id, key_id=asked.key.key_id, n=query.n,
                lease=timedelta(minutes=serving.lease_minutes), is_ahead=query.ahead,
                filters=_filters(asked.key, query),
            )
        )  # fmt: skip
        items = [
            {**told(one.item, self.tell, asked.language), "lease_until": one.lease_until.isoformat()} for one in leased
        ]
        return {
            "plan_id": plan.plan_id,
            "work_date": plan.work_date.isoformat(),
            "agent_id": query.agent_id,
            "lease_until": min((item["lease_until"] for item in items), default=None),
            "items": items,
        }


def _filters(key: Key, query: ClaimQuery) -> ItemFilters:
    return ItemFilters(portfolios=key.sees, channel=query.channel)
