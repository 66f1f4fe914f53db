"""Reads published plans back, a page at a time."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from recobro_data.errors import NoPlanError, UnknownDebtorError
from recobro_data.store.packing import unpack_scores
from recobro_data.store.plans import ItemFilters, PlanRow
from recobro_data.store.schema import ITEMS, LEFT_ALONE, PLANS, SCORES

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
    query = select(ITEMS.c.body).where(ITEMS.c.plan_seq == plan.seq, ITEMS.c.rank > after_rank)
    query = _seen(query, ITEMS.c.portfolio_id, filters)
    for column, wanted in ((ITEMS.c.channel, filters.channel), (ITEMS.c.stage, filters.stage)):
        query = query if wanted is None else query.where(column == wanted)
    if filters.from_hour is not None:
        query = query.where(ITEMS.c.start_hour >= filters.from_hour)
    rows = connection.execute(query.order_by(ITEMS.c.rank).limit(limit))
    return [json.loads(body) for (body,) in rows]


def page_of_left_alone(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_position: int, limit: int | None
) -> list[dict[str, Any]]:
    """Debtors left alone behind a position, each with its own as `position`, in the plan's order."""
    query: Select[Any] = select(LEFT_ALONE.c.position, LEFT_ALONE.c.body)
    query = query.where(LEFT_ALONE.c.plan_seq == plan.seq, LEFT_ALONE.c.position > after_position)
    query = _seen(query, LEFT_ALONE.c.portfolio_id, filters)
    for column, wanted in ((LEFT_ALONE.c.because, filters.because), (LEFT_ALONE.c.stage, filters.stage)):
        query = query if wanted is None else query.where(column == wanted)
    rows = connection.execute(query.order_by(LEFT_ALONE.c.position).limit(limit))
    return [{**json.loads(body), "position": position} for position, body in rows]


def row_of_debtor(connection: Connection, plan: PlanRow, debtor_id: str, filters: ItemFilters) -> dict[str, Any]:
    """The debtor's item, or the row that says why the debtor is left alone (it has `because`).

    Raises:
        UnknownDebtorError: the plan has no such debtor, or none in a portfolio that the reader sees.
    """
    for table in (ITEMS, LEFT_ALONE):
        query = select(table.c.body).where(table.c.plan_seq == plan.seq, table.c.debtor_id == debtor_id)
        body = connection.execute(_seen(query, table.c.portfolio_id, filters)).scalar()
        if body is not None:
            row: dict[str, Any] = json.loads(body)
            return row
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
    row = connection.execute(_seen(query, SCORES.c.portfolio_id, filters)).first()
    if row is None:
        raise _unknown(plan, debtor_id)
    return row[0], unpack_scores(row[1])


def counts_by_portfolio(connection: Connection, plan: PlanRow, filters: ItemFilters) -> dict[str, int]:
    """How many items and debtors left alone of the plan the reader sees: `n_items`, `n_left_alone`."""
    counts = {}
    for name, table in (("n_items", ITEMS), ("n_left_alone", LEFT_ALONE)):
        query = select(func.count()).select_from(table).where(table.c.plan_seq == plan.seq)
        counts[name] = connection.execute(_seen(query, table.c.portfolio_id, filters)).scalar_one()
    return counts


def _seen(query: Select[Any], portfolio_id: ColumnElement[str], filters: ItemFilters) -> Select[Any]:
    if filters.portfolios is not None:
        query = query.where(portfolio_id.in_(sorted(filters.portfolios)))
    return query if filters.portfolio is None else query.where(portfolio_id == filters.portfolio)


def _unknown(plan: PlanRow, debtor_id: str) -> UnknownDebtorError:
    wanted = f"a debtor with an open charge as of {plan.as_of.isoformat()}"
    return UnknownDebtorError(wanted, repr(debtor_id), "Check the id, and that its source was ingested and planned.")


def plan_row(row: RowMapping) -> PlanRow:
    """A row of `PLANS` as the rest of recobro sees it."""
    instants = {name: datetime.fromisoformat(row[name]) for name in ("created_at", "published_at")}
    return PlanRow(**{**row, **instants, "summary": json.loads(row["summary"])})
