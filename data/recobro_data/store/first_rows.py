"""Which plans were in force over a stretch of days, and the row with which each debtor first took part."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Subquery, Table, and_, func, select, union_all

from recobro_data.store.plans import PlanRow
from recobro_data.store.reading import plan_row
from recobro_data.store.ready import unpack_row
from recobro_data.store.schema import ITEMS, LEFT_ALONE, PLANS

Row = dict[str, Any]


def plans_between(connection: Connection, first: date, end: date) -> list[PlanRow]:
    """The newest published plan of each work date in [first, end), in order of the days."""
    newest = select(func.max(PLANS.c.seq)).where(PLANS.c.work_date >= first, PLANS.c.work_date < end)
    query = select(PLANS).where(PLANS.c.seq.in_(newest.group_by(PLANS.c.work_date))).order_by(PLANS.c.work_date)
    return [plan_row(row) for row in connection.execute(query).mappings()]


def first_rows(
    connection: Connection, plans: Sequence[PlanRow], *, besides: Collection[str], fields: Sequence[str]
) -> list[Row]:
    """Each debtor's row in the first of these plans that has it otherwise than left alone for a reason of `besides`.

    One row a debtor by debtor_id: `fields` of an item or of a debtor left alone, None where the row has none.
    """
    seqs = [plan.seq for plan in plans]
    first = _first_days(seqs, besides)
    rows = []
    for table in (ITEMS, LEFT_ALONE):
        query = select(table.c.body).join(PLANS, PLANS.c.seq == table.c.plan_seq).where(table.c.plan_seq.in_(seqs))
        same = and_(first.c.debtor_id == table.c.debtor_id, first.c.work_date == PLANS.c.work_date)
        rows += [_cut(body, fields) for (body,) in connection.execute(query.join(first, same))]
    return sorted(rows, key=lambda row: str(row["debtor_id"]))


def _first_days(seqs: Sequence[int], besides: Collection[str]) -> Subquery:
    """debtor_id and work_date of the debtor's first row that counts."""

    def rows_of(table: Table) -> Any:
        query = select(table.c.debtor_id, PLANS.c.work_date).join(PLANS, PLANS.c.seq == table.c.plan_seq)
        return query.where(table.c.plan_seq.in_(seqs))

    left_alone = rows_of(LEFT_ALONE).where(LEFT_ALONE.c.because.not_in(sorted(besides)))
    both = union_all(rows_of(ITEMS), left_alone).subquery()
    days = select(both.c.debtor_id, func.min(both.c.work_date).label("work_date"))
    return days.group_by(both.c.debtor_id).subquery()


def _cut(body: str, fields: Sequence[str]) -> Row:
    row = unpack_row(body)
    return {name: row.get(name) for name in ("debtor_id", *fields)}
