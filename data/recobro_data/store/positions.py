"""What a plan knew of each debtor's charges, kept while events may still be held against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from recobro_data.store.dialects import hold_day_lock
from recobro_data.store.live import chunked, live_plans, refresh_live
from recobro_data.store.live_rows import window_values
from recobro_data.store.live_state import NO_CAPACITY
from recobro_data.store.packing import instant_text
from recobro_data.store.plans import PublishedPlan
from recobro_data.store.schema import (
    EVENT_INTAKE,
    EVENTS,
    LEFT_ALONE,
    LIVE_PLANS,
    OPEN_CHARGES,
    PLANS,
    POSITIONS,
    RESERVES,
)

_CHUNK: Final = 1000


def open_day(connection: Connection, seq: int, plan: PublishedPlan, now: datetime) -> None:
    """Makes the list of a plan that is being published follow events, those too that its data did not have."""
    _insert_positions(connection, seq, plan.positions)
    _insert_reserves(connection, seq)
    hold_day_lock(connection)
    taken = connection.execute(select(EVENT_INTAKE.c.taken_seq)).scalar() or 0
    last = select(PLANS.c.n_items, PLANS.c.n_left_alone).where(PLANS.c.seq == seq)
    n_items, n_left_alone = connection.execute(last).one()
    row = {"plan_seq": seq, "through_seq": taken, "n_changes": 0, "changed_at": instant_text(now)}
    connection.execute(insert(LIVE_PLANS), row | {"last_rank": n_items, "last_position": n_left_alone})
    plans = live_plans(connection, now)
    for table in (POSITIONS, OPEN_CHARGES, RESERVES):
        connection.execute(delete(table).where(table.c.plan_seq.not_in([one.seq for one in plans])))
    told_of = list(connection.execute(select(EVENTS.c.debtor_id).distinct()).scalars())
    for one in plans:
        if one.seq == seq:
            refresh_live(connection, one, told_of, now)


def _insert_positions(
    connection: Connection, seq: int, positions: Iterable[tuple[str, str, Mapping[str, Any]]]
) -> None:
    for chunk in chunked(positions, _CHUNK):
        rows = [
            {"plan_seq": seq, "debtor_id": debtor_id, "portfolio_id": portfolio_id, "body": json.dumps(body)}
            for debtor_id, portfolio_id, body in chunk
        ]
        connection.execute(insert(POSITIONS), rows)
        if charges := [row for one in chunk for row in _charges(seq, one[0], one[2])]:
            connection.execute(insert(OPEN_CHARGES), charges)


def _insert_reserves(connection: Connection, seq: int) -> None:
    query = select(LEFT_ALONE.c.debtor_id, LEFT_ALONE.c.portfolio_id, LEFT_ALONE.c.body)
    waiting = connection.execute(query.where(LEFT_ALONE.c.plan_seq == seq, LEFT_ALONE.c.because == NO_CAPACITY)).all()
    for chunk in chunked(waiting, _CHUNK):
        rows = [
            {"plan_seq": seq, "debtor_id": debtor_id, "portfolio_id": portfolio_id, **_reserve_values(option)}
            for debtor_id, portfolio_id, body in chunk
            if (option := json.loads(body).get("reserve")) is not None
        ]
        if rows:
            connection.execute(insert(RESERVES), rows)


def _reserve_values(option: Mapping[str, Any]) -> dict[str, Any]:
    window = {name: at for name, at in window_values(option).items() if name != "start_hour"}
    return {"channel": option["channel"], "expected_value": option["expected_value"], **window}


def _charges(seq: int, debtor_id: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for charge_id, account_id, *_ in body["charges"]:
        yield {"plan_seq": seq, "charge_id": charge_id, "account_id": account_id, "debtor_id": debtor_id}
