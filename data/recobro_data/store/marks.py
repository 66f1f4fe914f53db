"""Reading that copies: in which state a plan's list is, in one light query, and its rows as stored bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Select, select

from recobro_data.store import live_reading, reading
from recobro_data.store.blocks import BlockPage
from recobro_data.store.plans import EVERYTHING, ItemFilters, PlanRow
from recobro_data.store.quick import QuickRows
from recobro_data.store.schema import LIVE_PLANS, PLANS

#: So often more blocks are read for what events took away; then the page is left to who looks for items one by one.
_MAX_STRETCHES: Final = 8


class PlanMark(NamedTuple):
    """Equal marks of a plan: nothing that a reader sees of its list has changed. Forgetting a debtor changes counts."""

    seq: int
    plan_id: str
    n_items: int
    n_left_alone: int
    n_changes: int | None


class StoredRows:
    """Marks of plans, and rows of a plan as stored bodies that `ready_answer` cuts."""

    def __init__(self, engine: Engine) -> None:
        # One statement is a transaction of its own: what would begin and end one is two more trips to a server.
        is_local = engine.dialect.name == "sqlite"
        self._engine = engine if is_local else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._quick = QuickRows(engine)

    def close(self) -> None:
        """Gives back what it holds."""
        self._quick.close()

    def mark_of_day(self, work_date: date | None) -> PlanMark | None:
        """Of the newest published plan of that day (None: of the latest day that has one); None where there is none."""
        newest = _MARKS.order_by(PLANS.c.work_date.desc(), PLANS.c.seq.desc()).limit(1)
        return self._mark(newest if work_date is None else newest.where(PLANS.c.work_date == work_date))

    def mark_of_plan(self, plan_id: str) -> PlanMark | None:
        """Of the plan of that id; None where there is none."""
        return self._mark(_MARKS.where(PLANS.c.plan_id == plan_id))

    def page(self, plan: PlanRow, filters: ItemFilters, *, after_rank: int, limit: int) -> list[tuple[int, bytes]]:
        """(rank, stored body) of the items behind a rank, in rank order."""
        quick = self._quick.page(plan.seq, after_rank, limit) if filters == EVERYTHING else None
        if quick is not None:
            return quick
        with self._engine.begin() as connection:
            rows = live_reading.page_of_items(connection, plan, filters=filters, after_rank=after_rank, limit=limit)
        return [(rank, body.encode()) for rank, body in rows]

    def block_page(self, plan: PlanRow, whose: Whole, page: BlockPage) -> bool:
        """Fills a page; False: blocks can not give it, `page` tells, and nothing of the one begun is of use."""
        for _ in range(_MAX_STRETCHES):
            stretch = self._quick.stretch(plan.seq, page.next_ranks, whose.portfolio_id)
            if stretch is None or not page.add(stretch):
                return False
            # Whoever was put on the list behind all its items is found item by item.
            if page.is_whole or not stretch.has_more:
                return page.is_whole and page.has_more
        return False

    def of_debtor(self, plan: PlanRow, debtor_id: str, filters: ItemFilters) -> bytes:
        """The stored body of the debtor's row.

        Raises:
            UnknownDebtorError: the plan has no such debtor, or none in a portfolio that `filters` lets see.
        """
        quick = self._quick.of_debtor(plan.seq, debtor_id)
        if quick is not None and (filters.portfolios is None or quick[0] in filters.portfolios):
            return quick[1]
        with self._engine.begin() as connection:
            return reading.body_of_debtor(connection, plan, debtor_id, filters).encode()

    def _mark(self, query: Select[Any]) -> PlanMark | None:
        with self._engine.begin() as connection:
            return _first(connection, query)


class Whole(NamedTuple):
    """A whole list: of every portfolio (None), or of one."""

    portfolio_id: str | None


def whole_list(filters: ItemFilters) -> Whole | None:
    """Which whole list it is that a reader sees and asks for; None: it takes a search."""
    if replace(filters, portfolios=None, portfolio=None) != EVERYTHING:
        return None
    seen = filters.portfolios if filters.portfolios is not None else {filters.portfolio}
    asked = seen if filters.portfolio is None else seen & {filters.portfolio}
    return Whole(*asked) if len(asked) == 1 else None


_MARKS = select(
    PLANS.c.seq, PLANS.c.plan_id, PLANS.c.n_items, PLANS.c.n_left_alone, LIVE_PLANS.c.n_changes
).select_from(PLANS.outerjoin(LIVE_PLANS, LIVE_PLANS.c.plan_seq == PLANS.c.seq))


def _first(connection: Connection, query: Select[Any]) -> PlanMark | None:
    row = connection.execute(query).first()
    return None if row is None else PlanMark(*row)
