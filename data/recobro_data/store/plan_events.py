"""What webhooks are told when a plan is published."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, func, select

from recobro_data.store.outbox import Happened
from recobro_data.store.plans import PublishedPlan
from recobro_data.store.schema import ITEMS, LEFT_ALONE


def published_events(connection: Connection, plan: PublishedPlan, seq: int) -> Iterator[Happened]:
    """One event a portfolio, with its own counts: a webhook bound to one must not learn of another."""
    told = {"plan_id": plan.plan_id, "as_of": plan.as_of.isoformat(), "work_date": plan.work_date.isoformat()}
    n_items, n_left_alone = (_count(connection, table, seq) for table in (ITEMS, LEFT_ALONE))
    for portfolio_id in sorted({*n_items, *n_left_alone}):
        counts = {"n_items": n_items.get(portfolio_id, 0), "n_left_alone": n_left_alone.get(portfolio_id, 0)}
        yield "plan.published", portfolio_id, {**told, "portfolio_id": portfolio_id, **counts}


def _count(connection: Connection, table: Table, seq: int) -> dict[str, int]:
    query = select(table.c.portfolio_id, func.count()).where(table.c.plan_seq == seq).group_by(table.c.portfolio_id)
    return {row[0]: row[1] for row in connection.execute(query)}
