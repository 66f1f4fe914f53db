"""Reads published plans back, a page at a time."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select

from recobro_data.errors import NoPlanError, UnknownDebtorError
from recobro_data.store import live_reading
from recobro_data.store.live_reading import seen
from recobro_data.store.packing import unpack_scores
from recobro_data.store.plans import ItemFilters, PlanRow
from recobro_data.store.ready import unpack_row
from recobro_data.store.schema import ITEMS, LEFT_ALONE, LIVE, PLANS, SCORES

_PLAN_AGAIN: Final = "Run `recobro plan`, or ask for a day that has a plan."


def current_plan(connection: Connection, work_date: date | None) -> PlanRow:
    """The newest published plan of that day; None: of the latest day that has one.

    Raises:
        NoPlanError: no plan has been published, or none for that day.
    """
    newest = select(PLANS).order_by(PLANS.c.work_date.desc(), PLANS.c.seq.desc()).limit(1)
    query = newest if work_date is None else newest.where(PLANS.c.work_date == work_date)
    row = connection.execute(query).mappings().first()
    if row is None:
        wanted = "a published plan" if work_date is None else f"a published plan for {work_date.isoformat()}"
        raise NoPlanError(wanted, "none", _PLAN_AGAIN)
    return plan_row(row)


def plan_of(connection: Connection, plan_id: str) -> PlanRow:
    """The plan of that id, current or not.

    Raises:
        NoPlanError: no such plan.
    """
    row = connection.execute(select(PLANS).where(PLANS.c.plan_id == plan_id)).mappings().first()
    if row is None:
        raise NoPlanError("the id of a published plan", repr(plan_id), _PLAN_AGAIN)
    return plan_row(row)


def has_plans(connection: Connection) -> bool:
    """Whether anything has been published yet."""
    return connection.execute(select(PLANS.c.seq).limit(1)).first() is not None


def page_of_items(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_rank: int, limit: int | None
) -> list[dict[str, Any]]:
    """Items of the plan behind a rank, in rank order."""
    bodies = page_of_bodies(connection, plan, filters=filters, after_rank=after_rank, limit=limit)
    return [unpack_row(body) for _, body in bodies]


def page_of_bodies(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_rank: int, limit: int | None
) -> list[tuple[int, str]]:
    """The same items as they are stored, each behind its rank; `ready_answer` cuts the answer out of one."""
    return live_reading.page_of_items(connection, plan, filters=filters, after_rank=after_rank, limit=limit)


def page_of_left_alone(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_position: int, limit: int | None
) -> list[dict[str, Any]]:
    """Debtors left alone behind a position, each with its own as `position`, in the plan's order.

    Those whom events took off the list stand behind them, in the order of their ranks.
    """
    rows = live_reading.page_of_left_alone(
        connection, plan, filters=filters, after_position=after_position, limit=limit
    )
    return [{**unpack_row(body), "position": position} for position, body in rows]


def row_of_debtor(connection: Connection, plan: PlanRow, debtor_id: str, filters: ItemFilters) -> dict[str, Any]:
    """The debtor's item, or the row that says why the debtor is left alone (it has `because`).

    Raises:
        UnknownDebtorError: the plan has no such debtor, or none in a portfolio that the reader sees.
    """
    return unpack_row(body_of_debtor(connection, plan, debtor_id, filters))


def body_of_debtor(connection: Connection, plan: PlanRow, debtor_id: str, filters: ItemFilters) -> str:
    """The same row as it is stored.

    Raises:
        UnknownDebtorError: as for `row_of_debtor`.
    """
    for table in (ITEMS, LEFT_ALONE) if filters.as_published else (LIVE, ITEMS, LEFT_ALONE):
        query = select(table.c.body).where(table.c.plan_seq == plan.seq, table.c.debtor_id == debtor_id)
        body: str | None = connection.execute(seen(query, table.c.portfolio_id, filters)).scalar()
        if body is not None:
            return body
    raise _unknown(plan, debtor_id)


def scores_of_debtor(
    connection: Connection, plan: PlanRow, debtor_id: str, filters: ItemFilters
) -> tuple[str, dict[str, Any]]:
    """The debtor's portfolio and the scores of that plan.

    Raises:
        UnknownDebtorError: as for `row_of_debtor`.
    """
    query = select(SCORES.c.portfolio_id, SCORES.c.body)
    query = query.where(SCORES.c.plan_seq == plan.seq, SCORES.c.debtor_id == debtor_id)
    row = connection.execute(seen(query, SCORES.c.portfolio_id, filters)).first()
    if row is None:
        raise _unknown(plan, debtor_id)
    return row[0], unpack_scores(row[1])


def counts_by_portfolio(connection: Connection, plan: PlanRow, filters: ItemFilters) -> dict[str, int]:
    """How many items and debtors left alone of the plan the reader sees: `n_items`, `n_left_alone`."""
    counts = {}
    for name, table in (("n_items", ITEMS), ("n_left_alone", LEFT_ALONE)):
        query = select(func.count()).select_from(table).where(table.c.plan_seq == plan.seq)
        counts[name] = connection.execute(seen(query, table.c.portfolio_id, filters)).scalar_one()
    return counts


def _unknown(plan: PlanRow, debtor_id: str) -> UnknownDebtorError:
    wanted = f"a debtor with an open charge as of {plan.as_of.isoformat()}"
    return UnknownDebtorError(wanted, repr(debtor_id), "Check the id, and that its source was ingested and planned.")


def plan_row(row: RowMapping) -> PlanRow:
    """A row of `PLANS` as the rest of recobro sees it."""
    instants = {name: datetime.fromisoformat(row[name]) for name in ("created_at", "published_at")}
    return PlanRow(**{**row, **instants, "summary": json.loads(row["summary"])})
