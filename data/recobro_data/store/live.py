"""What events have changed in the list of a day, a row a debtor, kept in the transaction that accepts the events."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, func, insert, literal, select, update

from recobro_data.store.live_money import Fact, Position
from recobro_data.store.live_rows import Planned, Row, build_live_row
from recobro_data.store.live_state import Day, State, state_of
from recobro_data.store.outbox import Happened, add_events
from recobro_data.store.packing import instant_text
from recobro_data.store.plans import PlanRow
from recobro_data.store.reading import plan_row
from recobro_data.store.ready import unpack_row
from recobro_data.store.schema import EVENTS, ITEMS, LEFT_ALONE, LIVE, LIVE_PLANS, PLANS, POSITIONS

_CHUNK: Final = 500
_UNCHANGED: Final = State()
#: Asked for every call: built once, they cost a fraction of what building them costs.
_LATEST_SEQS: Final = (
    select(func.max(PLANS.c.seq)).group_by(PLANS.c.work_date).order_by(PLANS.c.work_date.desc()).limit(2)
)
#: Without the summary, which is long and not needed here.
_BRIEF: Final = (literal("{}").label("summary") if column is PLANS.c.summary else column for column in PLANS.c)
_NEWEST: Final = select(*_BRIEF).where(PLANS.c.seq.in_(_LATEST_SEQS)).order_by(PLANS.c.work_date.desc())
_LIVE_PLAN: Final = select(LIVE_PLANS).where(LIVE_PLANS.c.plan_seq == bindparam("seq"))
_OF_DEBTORS: Final = {
    table.name: select(table).where(
        table.c.plan_seq == bindparam("seq"), table.c.debtor_id.in_(bindparam("ids", expanding=True))
    )
    for table in (ITEMS, LEFT_ALONE, LIVE, POSITIONS)
}
_TOLD: Final = select(EVENTS).where(EVENTS.c.debtor_id.in_(bindparam("ids", expanding=True))).order_by(EVENTS.c.seq)
_GONE: Final = delete(LIVE).where(
    LIVE.c.plan_seq == bindparam("seq"), LIVE.c.debtor_id.in_(bindparam("ids", expanding=True))
)
_T = TypeVar("_T")


def live_plans(connection: Connection, now: datetime) -> list[PlanRow]:
    """The plans whose lists follow events: the latest, and where that is for a day to come, the one before it.

    They come without their summaries.
    """
    plans = [plan_row(row) for row in connection.execute(_NEWEST).mappings()]
    return plans if plans and plans[0].work_date > now.astimezone(UTC).date() else plans[:1]


def refresh_live(
    connection: Connection, plan: PlanRow, debtor_ids: Iterable[str], now: datetime, *, promoted: Collection[str] = ()
) -> None:
    """Brings the live rows of these debtors of a plan up to the events that are known.

    `promoted`: debtors who waited for capacity and are put on the list now. What does not change is not written.
    """
    held = connection.execute(_LIVE_PLAN, {"seq": plan.seq}).one()
    at, n_changes, happened = next_instant(held.changed_at, now), 0, list[Happened]()
    followed = Followed(plan, held.through_seq, held.last_rank)
    day = Day(plan.as_of, plan.work_date, max(plan.work_date, now.astimezone(UTC).date()))
    for chunk in chunked(sorted(set(debtor_ids)), _CHUNK):
        changes = [*_changes(connection, followed, chunk, day, promoted=promoted)]
        _write(connection, plan.seq, changes, at)
        seen = [change for change in changes if change[1] is not None]
        n_changes += len(seen)
        happened += [one for row, before in seen for one in _happened(plan, row, before or {})]
    if n_changes:
        count = update(LIVE_PLANS).where(LIVE_PLANS.c.plan_seq == plan.seq)
        connection.execute(count.values(n_changes=LIVE_PLANS.c.n_changes + n_changes, changed_at=at))
        add_events(connection, happened, at=datetime.fromisoformat(at))


def next_instant(last: str, now: datetime) -> str:
    """Now, but never before the last change: who asks what changed since must miss nothing when a clock is set back."""
    at = instant_text(now)
    return at if last < at else instant_text(datetime.fromisoformat(last) + timedelta(microseconds=1))


def chunked(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Rows in lists that a database takes at once."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


@dataclass(frozen=True)
class Followed:
    """A plan whose list follows events: up to which event its data had them, and the last rank of its items."""

    plan: PlanRow
    through_seq: int
    last_rank: int


#: A row to write, and what readers saw before where they see another one now.
_Change = tuple[Row, Mapping[str, Any] | None]


def _changes(
    connection: Connection, followed: Followed, debtor_ids: Sequence[str], day: Day, *, promoted: Collection[str]
) -> Iterator[_Change]:
    plan = followed.plan
    held = _rows_by_debtor(connection, LIVE, plan.seq, debtor_ids)
    for planned, state in _states(connection, followed, debtor_ids, day):
        before = held.get(planned.debtor_id)
        is_promoted = planned.waits and (planned.debtor_id in promoted or bool(before and before["is_promoted"]))
        row = build_live_row(plan, planned, state, is_promoted=is_promoted)
        shown = dict(before) if before else build_live_row(plan, planned, _UNCHANGED, is_promoted=False)
        if any(row[name] != shown[name] for name in row):
            is_seen = (row["because"], row["body"]) != (shown["because"], shown["body"])
            yield {**row, "changed_at": before["changed_at"] if before else ""}, shown if is_seen else None


def _states(
    connection: Connection, followed: Followed, debtor_ids: Sequence[str], day: Day
) -> Iterator[tuple[Planned, State]]:
    positions = _rows_by_debtor(connection, POSITIONS, followed.plan.seq, debtor_ids)
    facts = load_facts(connection, followed, debtor_ids)
    for planned in _planned(connection, followed, debtor_ids):
        held = positions.get(planned.debtor_id)
        position = Position.from_json(json.loads(held["body"])) if held else Position()
        yield planned, state_of(planned.action, position, facts.get(planned.debtor_id, ()), day)


def load_facts(connection: Connection, followed: Followed, debtor_ids: Sequence[str]) -> dict[str, list[Fact]]:
    """By debtor what events told, each row with what the plan knew of it."""
    found: dict[tuple[str, str, str], Fact] = {}
    for event in connection.execute(_TOLD, {"ids": debtor_ids}).mappings():
        key = (event["debtor_id"], event["table_name"], event["row_key"])
        row = json.loads(event["row"])
        before = row if event["seq"] <= followed.through_seq else _before(found.get(key), event, followed.plan)
        found[key] = Fact(event["table_name"], row, before)
    facts: dict[str, list[Fact]] = {}
    for (debtor_id, _, _), fact in found.items():
        facts.setdefault(debtor_id, []).append(fact)
    return facts


def _before(former: Fact | None, event: RowMapping, plan: PlanRow) -> Mapping[str, Any] | None:
    if former is not None or event["lake_row"] is None:
        return former.before if former else None
    row: Row = json.loads(event["lake_row"])
    # A row that was loaded after the plan was made is news to the plan.
    return row if datetime.fromisoformat(row["_loaded_at"]) <= plan.created_at else None


def _planned(connection: Connection, followed: Followed, debtor_ids: Sequence[str]) -> Iterator[Planned]:
    for table, was_item in ((ITEMS, True), (LEFT_ALONE, False)):
        for debtor_id, row in _rows_by_debtor(connection, table, followed.plan.seq, debtor_ids).items():
            rank = row["rank"] if was_item else followed.last_rank + row["position"]
            own = unpack_row(row["body"])
            yield Planned(debtor_id, row["portfolio_id"], rank, was_item, row["stage"], row["body"], own)


def _write(connection: Connection, seq: int, changes: list[_Change], at: str) -> None:
    if not changes:
        return
    rows = [row | {"changed_at": row["changed_at"] or at} if shown is None else row | {"changed_at": at}
            for row, shown in changes]  # fmt: skip
    ids = [row["debtor_id"] for row in rows]
    connection.execute(_GONE, {"seq": seq, "ids": ids})
    connection.execute(insert(LIVE), rows)


def _happened(plan: PlanRow, row: Row, shown: Mapping[str, Any]) -> Iterator[Happened]:
    """What webhooks are told: an item that left the list, or came back to it."""
    whose = {name: row[name] for name in ("portfolio_id", "debtor_id")}
    told = {"plan_id": plan.plan_id, "work_date": plan.work_date.isoformat(), **whose}
    body = json.loads(row["body"])
    if shown["because"] is None and row["because"] is not None:
        why = {name: body.get(name) for name in ("because", "rule", "until")}
        yield "item.suppressed", row["portfolio_id"], {**told, **why}
    elif shown["because"] is not None and row["because"] is None:
        yield "item.restored", row["portfolio_id"], {**told, "item_id": body["item_id"]}


def _rows_by_debtor(connection: Connection, table: Table, seq: int, debtor_ids: Sequence[str]) -> dict[str, RowMapping]:
    rows = connection.execute(_OF_DEBTORS[table.name], {"seq": seq, "ids": debtor_ids})
    return {row["debtor_id"]: row for row in rows.mappings()}
