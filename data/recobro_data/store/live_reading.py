"""Pages of a plan's list as the events of the day have left it.

Ranks and positions are the plan's, so that pages never shift: who is taken off drops out of the items and stands behind
those left alone, who waited for capacity and got it stands behind the items.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, and_, false, func, literal_column, null, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from recobro_data.store.packing import instant_text
from recobro_data.store.plans import ItemFilters, PlanRow
from recobro_data.store.schema import ITEM_BLOCKS, ITEMS, LEFT_ALONE, LIVE, LIVE_PLANS

Pages = list[tuple[int, str]]
#: What a row of `stretch_query` is: a block, an item that events changed, or the first item behind the ranks.
BLOCK, CHANGED, MORE = range(3)


def page_of_items(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_rank: int, limit: int | None
) -> Pages:
    """(rank, stored body) of the items behind a rank, in rank order."""
    found = _rows(connection, items_query(plan, filters, after_rank), limit)
    if filters.as_published or (limit is not None and len(found) == limit):
        return found
    more = None if limit is None else limit - len(found)
    return found + _rows(connection, _promoted(plan, filters, after_rank), more)


def page_of_left_alone(
    connection: Connection, plan: PlanRow, *, filters: ItemFilters, after_position: int, limit: int | None
) -> Pages:
    """(position, stored body) of the debtors left alone behind a position."""
    found = _rows(connection, _left_alone(plan, filters, after_position), limit)
    if filters.as_published or (limit is not None and len(found) == limit):
        return found
    last = select(LIVE_PLANS.c.last_position).where(LIVE_PLANS.c.plan_seq == plan.seq)
    offset = connection.execute(last).scalar() or 0
    more = None if limit is None else limit - len(found)
    behind = _rows(connection, _suppressed(plan, filters, after_position - offset), more)
    return found + [(offset + rank, body) for rank, body in behind]


def seen(query: Select[Any], portfolio_id: ColumnElement[str], filters: ItemFilters) -> Select[Any]:
    """The query cut to the portfolios that the reader may see and asked for."""
    if filters.portfolios is not None:
        query = query.where(portfolio_id.in_(sorted(filters.portfolios)))
    return query if filters.portfolio is None else query.where(portfolio_id == filters.portfolio)


_OF_BLOCK = ("n_fields", "n_items", "language", "bounds", "body")


def _rows(connection: Connection, query: Select[Any], limit: int | None) -> Pages:
    return [(number, body) for number, body in connection.execute(query.limit(limit))]


def items_query(plan: PlanRow, filters: ItemFilters, after_rank: int) -> Select[Any]:
    """The items of the plan behind a rank that are on the list, in rank order."""
    body = func.coalesce(LIVE.c.body, ITEMS.c.body)
    query: Select[Any] = select(ITEMS.c.rank, body).select_from(ITEMS.outerjoin(LIVE, _changed(ITEMS, filters)))
    query = query.where(ITEMS.c.plan_seq == plan.seq, ITEMS.c.rank > after_rank, LIVE.c.because.is_(None))
    query = _asked(seen(query, ITEMS.c.portfolio_id, filters), _Columns(ITEMS), filters)
    return _since(query, plan, filters).order_by(ITEMS.c.rank)


def stretch_query(
    plan: PlanRow, filters: ItemFilters, ranks: tuple[int, int], blocks: tuple[int, int]
) -> CompoundSelect[Any]:
    """Blocks from one to another, what events changed behind one rank up to another, and the next item after that.

    One statement sees one state. Of `filters` only portfolios count.
    """
    after_rank, last_rank = ranks
    of_blocks = select(literal_column(str(BLOCK)), ITEM_BLOCKS.c.number, *(ITEM_BLOCKS.c[name] for name in _OF_BLOCK))
    of_blocks = of_blocks.where(ITEM_BLOCKS.c.plan_seq == plan.seq, ITEM_BLOCKS.c.number.between(*blocks))
    changed = select(literal_column(str(CHANGED)), LIVE.c.rank, null(), null(), LIVE.c.because, null(), LIVE.c.body)
    changed = changed.where(LIVE.c.plan_seq == plan.seq, LIVE.c.rank > after_rank, LIVE.c.rank <= last_rank)
    behind = items_query(plan, filters, last_rank).with_only_columns(ITEMS.c.rank).limit(1).subquery()
    return union_all(
        seen(of_blocks, ITEM_BLOCKS.c.portfolio_id, filters),
        seen(changed.where(LIVE.c.was_item), LIVE.c.portfolio_id, filters),
        select(literal_column(str(MORE)), behind.c.rank, *(null() for _ in _OF_BLOCK)),
    )


def _promoted(plan: PlanRow, filters: ItemFilters, after_rank: int) -> Select[Any]:
    query: Select[Any] = select(LIVE.c.rank, LIVE.c.body).where(LIVE.c.plan_seq == plan.seq, LIVE.c.rank > after_rank)
    query = query.where(LIVE.c.is_promoted, LIVE.c.because.is_(None))
    query = _asked(seen(query, LIVE.c.portfolio_id, filters), _Columns(LIVE), filters)
    return _since(query, plan, filters).order_by(LIVE.c.rank)


def _left_alone(plan: PlanRow, filters: ItemFilters, after_position: int) -> Select[Any]:
    because = func.coalesce(LIVE.c.because, LEFT_ALONE.c.because)
    query: Select[Any] = select(LEFT_ALONE.c.position, func.coalesce(LIVE.c.body, LEFT_ALONE.c.body))
    query = query.select_from(LEFT_ALONE.outerjoin(LIVE, _changed(LEFT_ALONE, filters)))
    query = query.where(LEFT_ALONE.c.plan_seq == plan.seq, LEFT_ALONE.c.position > after_position)
    query = query.where(LIVE.c.debtor_id.is_(None) | LIVE.c.because.is_not(None))
    query = _left_for(seen(query, LEFT_ALONE.c.portfolio_id, filters), (because, LEFT_ALONE.c.stage), filters)
    return _since(query, plan, filters).order_by(LEFT_ALONE.c.position)


def _suppressed(plan: PlanRow, filters: ItemFilters, after_rank: int) -> Select[Any]:
    query: Select[Any] = select(LIVE.c.rank, LIVE.c.body).where(LIVE.c.plan_seq == plan.seq, LIVE.c.rank > after_rank)
    query = query.where(LIVE.c.was_item, LIVE.c.because.is_not(None))
    query = _left_for(seen(query, LIVE.c.portfolio_id, filters), (LIVE.c.because, LIVE.c.stage), filters)
    return _since(query, plan, filters).order_by(LIVE.c.rank)


def _changed(table: Any, filters: ItemFilters) -> ColumnElement[bool]:
    """What joins a row of the plan with what events made of it; as published, nothing."""
    if filters.as_published:
        return false()
    return and_(LIVE.c.plan_seq == table.c.plan_seq, LIVE.c.debtor_id == table.c.debtor_id)


class _Columns:
    """Of an item the columns that filters ask for, as they are now."""

    def __init__(self, table: Any) -> None:
        same = table is LIVE
        self.stage = table.c.stage
        self.channel = LIVE.c.channel if same else func.coalesce(LIVE.c.channel, table.c.channel)
        self.start_hour = LIVE.c.start_hour if same else func.coalesce(LIVE.c.start_hour, table.c.start_hour)


def _asked(query: Select[Any], columns: _Columns, filters: ItemFilters) -> Select[Any]:
    for column, wanted in ((columns.channel, filters.channel), (columns.stage, filters.stage)):
        query = query if wanted is None else query.where(column == wanted)
    return query if filters.from_hour is None else query.where(columns.start_hour >= filters.from_hour)


def _left_for(query: Select[Any], columns: tuple[Any, Any], filters: ItemFilters) -> Select[Any]:
    for column, wanted in zip(columns, (filters.because, filters.stage), strict=True):
        query = query if wanted is None else query.where(column == wanted)
    return query


def _since(query: Select[Any], plan: PlanRow, filters: ItemFilters) -> Select[Any]:
    """What a reader has not seen who read at that instant: all of a plan that is newer, else what events changed."""
    since = filters.changed_since
    if since is None or plan.published_at > since:
        return query
    return query.where(LIVE.c.changed_at > instant_text(since))
