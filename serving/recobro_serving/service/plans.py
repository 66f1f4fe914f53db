"""A published plan: versions, counts and what the allocation reported, as far as a key sees."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from recobro_data.store import Key, PlanRow, Store
from recobro_serving.service.listing import Listing, filters_of


class Plans:
    """What `/v1/plans/{id}` answers."""

    def __init__(self, store: Store, listing: Listing) -> None:
        self._store, self._listing = store, listing

    def plan(self, key: Key, plan_id: str) -> dict[str, Any]:
        """The plan of that id.

        A key of all portfolios gets the whole summary; any other only its own portfolios' part of it, for the totals
        would tell of the rest.

        Raises:
            ProblemError: 404 where there is none of that id.
        """
        plan = self._listing.plan_of_id(plan_id)
        answer = {name: value for name, value in asdict(plan).items() if name != "seq"}
        dates = {name: answer[name].isoformat() for name in ("as_of", "work_date", "created_at", "published_at")}
        counts = self._store.counts_of(plan_id, filters=filters_of(key))
        return {**answer, **dates, **counts, "summary": _seen_summary(plan, key)}


def _seen_summary(plan: PlanRow, key: Key) -> dict[str, Any]:
    if key.sees is None:
        return dict(plan.summary)
    by_portfolio = plan.summary.get("portfolios", {})
    return {"portfolios": {name: own for name, own in by_portfolio.items() if name in key.sees}}
