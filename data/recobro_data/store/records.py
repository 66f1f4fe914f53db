"""What published plans were made from, and a plan made again held against the one that is stored."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, func, select

from recobro_data.store.dialects import writing
from recobro_data.store.inputs import PlanInputs, drop_unused_files, load_inputs
from recobro_data.store.packing import pack_json
from recobro_data.store.plans import PublishedPlan
from recobro_data.store.publication import rows_of
from recobro_data.store.reading import plan_of
from recobro_data.store.schema import PLANS

#: Rows read at once; the least that databases take as parameters of one question is 999.
_BATCH: Final = 500
#: Differences that are shown.
_SHOWN: Final = 20
#: Columns of a plan that the plan itself decides.
_PLAN_COLUMNS: Final = ("as_of", "work_date", "policy", "risk_model", "contact_model", "effect_model", "rules")


@dataclass(frozen=True)
class Difference:
    """A value that is stored otherwise than it comes out when the plan is made again; None where there is none."""

    table: str
    debtor_id: str | None
    field: str
    stored: Any
    rebuilt: Any


@dataclass
class Comparison:
    """By table (`plan`, `items`, `left_alone`, `scores`): rows that are the same, changed, missing from the store, or
    stored beyond those of the plan made again; and the first differences."""

    same: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    beyond: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_identical(self) -> bool:
        """Whether every byte is the same."""
        return not (self.changed.total() or self.missing.total() or self.beyond.total())

    def note(self, table: str, debtor_id: str | None, found: Iterable[tuple[str, Any, Any]]) -> None:
        """Keep a row's differences as far as they are shown."""
        room = _SHOWN - len(self.differences)
        self.differences += [Difference(table, debtor_id, *one) for one in islice(found, room)]


class Records:
    """The records of a store; every method answers from one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def inputs(self, plan_id: str) -> PlanInputs:
        """What that plan was made from.

        Raises:
            NoPlanError: no such plan.
            NotKeptError: nothing was kept for it.
        """
        with self._engine.begin() as connection:
            return load_inputs(connection, plan_of(connection, plan_id).seq)

    def compare(self, plan: PublishedPlan) -> Comparison:
        """Hold a plan made again against the stored one of its id: every column of every row, byte by byte.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            seq = plan_of(connection, plan.plan_id).seq
            found = Comparison()
            _compare_plan(connection, seq, plan, found)
            for table, rows in rows_of(seq, plan).items():
                _compare_rows(connection, (table, seq), rows, found)
            return found

    def drop_plans(self, before: date) -> int:
        """Remove plans of work dates before a day with all that hangs on them. Gives their number.

        The newest plan stays, and so do those of the comparison of two policies that is under way: it counts from its
        first day on.
        """
        with writing(self._engine).begin() as connection:
            query = select(PLANS.c.seq, PLANS.c.work_date, PLANS.c.summary).order_by(PLANS.c.work_date, PLANS.c.seq)
            plans = [(seq, day, json.loads(text).get("challenger")) for seq, day, text in connection.execute(query)]
            under_way = plans[-1][2] if plans else None
            gone = [seq for seq, day, named in plans[:-1] if day < before and not (named and named == under_way)]
            for seq in gone:
                connection.execute(delete(PLANS).where(PLANS.c.seq == seq))
            drop_unused_files(connection)
        return len(gone)


def _compare_plan(connection: Connection, seq: int, plan: PublishedPlan, found: Comparison) -> None:
    row = connection.execute(select(PLANS).where(PLANS.c.seq == seq)).mappings().one()
    rebuilt = {name: getattr(plan, name) for name in _PLAN_COLUMNS} | {"summary": pack_json(plan.summary)}
    stored = {name: row[name] for name in rebuilt}
    (found.same if stored == rebuilt else found.changed)["plan"] += 1
    found.note("plan", None, _told(stored, rebuilt))


def _compare_rows(
    connection: Connection, where: tuple[Table, int], rows: Iterator[Mapping[str, Any]], found: Comparison
) -> None:
    table, seq = where
    name, remaining, seen = table.name, iter(rows), 0
    while batch := {row["debtor_id"]: row for row in islice(remaining, _BATCH)}:
        query = select(table).where(table.c.plan_seq == seq, table.c.debtor_id.in_(batch))
        stored = {row["debtor_id"]: dict(row) for row in connection.execute(query).mappings()}
        seen += len(stored)
        for debtor_id, rebuilt in batch.items():
            kept = stored.get(debtor_id)
            kind = found.missing if kept is None else found.same if kept == rebuilt else found.changed
            kind[name] += 1
            found.note(name, debtor_id, _told(kept, rebuilt) if kept else [("row", None, "made again")])
    count = select(func.count()).select_from(table).where(table.c.plan_seq == seq)
    found.beyond[name] += connection.execute(count).scalar_one() - seen


def _told(stored: Mapping[str, Any], rebuilt: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each field that differs: of a body its members, where they can be read, or else the column."""
    for name in rebuilt:
        if stored[name] == rebuilt[name]:
            continue
        before, after = _members(stored[name]), _members(rebuilt[name])
        if before is None or after is None or before == after:
            yield name, _short(stored[name]), _short(rebuilt[name])
        else:
            yield from _leaves("", before, after)


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """The innermost values that differ, each with the way to it."""
    if before == after:
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        before, after = (dict(enumerate(one)) for one in (before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*after, *before)):
            yield from _leaves(f"{path}.{name}" if path else str(name), before.get(name), after.get(name))
    else:
        yield path, before, after


def _members(value: Any) -> dict[str, Any] | None:
    """The members of a stored body; None where it is none."""
    try:
        read = json.loads(zlib.decompress(value) if isinstance(value, bytes) else value)
    except (TypeError, ValueError, zlib.error):
        return None
    return read if isinstance(read, dict) else None


def _short(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{len(value)} bytes" if isinstance(value, bytes) else value
