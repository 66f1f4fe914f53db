"""The calls of one transaction: each statement held against what is known, and what is new kept in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, insert, select

from recobro_data.errors import UsageError
from recobro_data.store import idempotency
from recobro_data.store.claims import end_leases
from recobro_data.store.event_items import ItemMismatch, with_item
from recobro_data.store.live import chunked, live_plans, refresh_live
from recobro_data.store.schema import EVENTS
from recobro_data.store.statements import join_rows
from recobro_data.tables import TABLES

Status = Literal["accepted", "duplicate", "conflict", "rejected"]
_CHUNK: Final = 500


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sound row of a known debtor.

    `given`: the columns that were told. `lake_row`: the lake's row of the same key, with `debtor_id` and `_loaded_at`,
    where it was asked for and has one.
    """

    table: str
    key: str
    debtor_id: str
    portfolio_id: str
    row: Mapping[str, Any]
    given: frozenset[str]
    item_id: str | None = None
    lake_row: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one event; the rule that speaks against it names no id and no value."""

    status: Status
    rule: str | None = None
    column: str | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sends events, and under which `Idempotency-Key` which body."""

    key_id: str
    idempotency_key: str | None = None
    body_hash: str = ""


@dataclass
class Call:
    """Statements that one sender tells together, and what became of them."""

    statements: Sequence[Statement | Verdict]
    sender: Sender
    verdicts: list[Verdict] = field(default_factory=list)
    error: Exception | None = None
    is_done: bool = False


@dataclass
class Batch:
    """The calls of one transaction; later statements see what earlier ones told."""

    connection: Connection
    at: str
    known: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    fresh: list[dict[str, Any]] = field(default_factory=list)

    def accept(self, calls: Sequence[Call], now: datetime) -> None:
        """Judges every call that was not answered before, and keeps what is new."""
        news = [call for call in calls if not self._is_answered(call)]
        sound = [one for call in news for one in call.statements if isinstance(one, Statement)]
        for table in {one.table for one in sound}:
            wanted = [one.key for one in sound if one.table == table]
            self.known |= {(table, key): held for key, held in latest_rows(self.connection, table, wanted).items()}
        for call in news:
            call.verdicts = [
                self._judge(one, call.sender) if isinstance(one, Statement) else one for one in call.statements
            ]
            _keep_answer(self.connection, call, now)
        if self.fresh:
            self._keep_all(now)

    def _is_answered(self, call: Call) -> bool:
        try:
            before = read_answer(self.connection, call.sender)
        except UsageError as error:
            call.error = error
            return True
        call.verdicts = before or []
        return before is not None

    def _keep_all(self, now: datetime) -> None:
        self.connection.execute(insert(EVENTS), self.fresh)
        debtor_ids = {row["debtor_id"] for row in self.fresh}
        for plan in live_plans(self.connection, now):
            refresh_live(self.connection, plan, debtor_ids, now)
        end_leases(self.connection, [row["item_id"] for row in self.fresh if row["item_id"]], self.at)

    def _judge(self, told: Statement, sender: Sender) -> Verdict:
        try:
            row = with_item(self.connection, told.debtor_id, told.row, told.item_id)
        except ItemMismatch as error:
            return Verdict(status="rejected", rule=error.rule, column=error.column, message=str(error))
        held = self.known.get((told.table, told.key)) or _of_lake(told)
        if held is None:
            return self._keep(told, row, sender)
        if held[0] != told.debtor_id:
            return _conflict(told.table, TABLES[told.table].key[-1])
        given = told.given | {name for name in row if row[name] != told.row.get(name)}
        joined = join_rows(told.table, held[1], row, given)
        if joined.differs is not None:
            return _conflict(told.table, joined.differs)
        return self._keep(told, joined.row, sender) if joined.is_news else Verdict(status="duplicate")

    def _keep(self, told: Statement, row: Mapping[str, Any], sender: Sender) -> Verdict:
        self.known[told.table, told.key] = (told.debtor_id, row)
        self.fresh.append(
            {
                "table_name": told.table, "row_key": told.key, "debtor_id": told.debtor_id,
                "portfolio_id": told.portfolio_id, "row": json.dumps(row, ensure_ascii=False),
                "lake_row": json.dumps(told.lake_row, ensure_ascii=False) if told.lake_row else None,
                "item_id": told.item_id, "key_id": sender.key_id, "received_at": self.at,
            }
        )  # fmt: skip
        return Verdict(status="accepted")


def _of_lake(told: Statement) -> tuple[str, Mapping[str, Any]] | None:
    if told.lake_row is None:
        return None
    declared = TABLES[told.table].names
    return told.lake_row["debtor_id"], {name: told.lake_row[name] for name in declared}


def _conflict(table: str, column: str) -> Verdict:
    key = " and ".join(TABLES[table].key)
    message = f"{column} differs from what was told of this {key} before and can not change by an event"
    return Verdict(status="conflict", rule="duplicate_key", column=column, message=message)


def latest_rows(connection: Connection, table: str, keys: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """By key the debtor and all that events told of it."""
    return {key: (debtor_id, json.loads(row)) for key, debtor_id, row in _rows_of(connection, table, keys)}


def _rows_of(connection: Connection, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for chunk in chunked(sorted(set(keys)), _CHUNK):
        for row in connection.execute(_OF_KEYS, {"table": table, "keys": chunk}):
            yield row[0], row[1], row[2]


#: Built once: asked for every call.
_OF_KEYS: Final = (
    select(EVENTS.c.row_key, EVENTS.c.debtor_id, EVENTS.c.row)
    .where(EVENTS.c.table_name == bindparam("table"), EVENTS.c.row_key.in_(bindparam("keys", expanding=True)))
    .order_by(EVENTS.c.seq)
)


def _plain(verdict: Verdict) -> dict[str, str]:
    told = {"status": verdict.status, "rule": verdict.rule, "column": verdict.column, "message": verdict.message}
    return {name: value for name, value in told.items() if value is not None}


def _keep_answer(connection: Connection, call: Call, now: datetime) -> None:
    if call.sender.idempotency_key is not None:
        answer = json.dumps([_plain(verdict) for verdict in call.verdicts])
        who = (call.sender.key_id, call.sender.idempotency_key, call.sender.body_hash)
        idempotency.keep(connection, who, answer, now)


def read_answer(connection: Connection, sender: Sender) -> list[Verdict] | None:
    """What was answered to the same body under the same key before; None: nothing yet.

    Raises:
        UsageError: the key came with another body before.
    """
    if sender.idempotency_key is None:
        return None
    answer = idempotency.find(connection, (sender.key_id, sender.idempotency_key, sender.body_hash))
    return None if answer is None else [Verdict(**one) for one in json.loads(answer)]
