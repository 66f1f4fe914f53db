"""Puts a whole plan into the store, or nothing of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from recobro_data.errors import UsageError
from recobro_data.store.answers import Teller
from recobro_data.store.blocks import insert_blocks
from recobro_data.store.dialects import renew_statistics, writing
from recobro_data.store.fields import ITEM_FIELDS
from recobro_data.store.inputs import insert_inputs
from recobro_data.store.live_rows import window_values
from recobro_data.store.outbox import add_events
from recobro_data.store.packing import instant_text, pack_json, pack_scores
from recobro_data.store.plan_events import published_events
from recobro_data.store.plans import PublishedPlan, Row
from recobro_data.store.positions import open_day
from recobro_data.store.ready import pack_item
from recobro_data.store.schema import ITEM_BLOCKS, ITEMS, LEFT_ALONE, LIVE, PLANS, SCORES

_BATCH: Final = 1000
_VERSIONS: Final = ("policy", "risk_model", "contact_model", "effect_model", "rules")
_MEND: Final = "Mend the plan before publishing it."


def publish(engine: Engine, plan: PublishedPlan, now: Callable[[], datetime]) -> bool:
    """Writes the plan in one transaction; False, and nothing written, where that plan is there already.

    Raises:
        UsageError: a row without a field of the contract, or two rows of one debtor or rank.
    """
    try:
        with _collector_paused(), writing(engine).begin() as connection:
            if connection.execute(select(PLANS.c.seq).where(PLANS.c.plan_id == plan.plan_id)).first():
                return False
            _write(connection, plan, now)
    except IntegrityError as error:
        raise UsageError("one row a debtor and rank", str(error.orig).splitlines()[0], _MEND) from error
    return True


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows are made and dropped by the million and hold no cycles: looking for some costs as much as making them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write(connection: Connection, plan: PublishedPlan, now: Callable[[], datetime]) -> None:
    seq = connection.execute(insert(PLANS).values(_plan_values(plan))).inserted_primary_key[0]  # type: ignore[index]
    counts = {table.name: _insert(connection, table, rows) for table, rows in rows_of(seq, plan).items()}
    if plan.inputs is not None:
        insert_inputs(connection, seq, plan.inputs)
    _check_apart(connection, seq)
    if plan.tell is not None:
        insert_blocks(connection, seq)
    # Last, so that who asks for what changed since an instant misses no plan that took long to write.
    n_rows = {"n_items": counts[ITEMS.name], "n_left_alone": counts[LEFT_ALONE.name]}
    published_at = now()
    values = {"published_at": instant_text(published_at), **n_rows}
    connection.execute(update(PLANS).where(PLANS.c.seq == seq).values(values))
    open_day(connection, seq, plan, published_at)
    add_events(connection, published_events(connection, plan, seq), at=published_at)
    renew_statistics(connection, *(table.name for table in (ITEMS, ITEM_BLOCKS, LEFT_ALONE, SCORES, LIVE)))


def rows_of(seq: int, plan: PublishedPlan) -> dict[Table, Iterator[dict[str, Any]]]:
    """The plan's rows by table as they are stored; each is made when it is read, once."""
    return {
        ITEMS: (_item_values(seq, item, plan.tell) for item in plan.items),
        LEFT_ALONE: (_left_alone_values(seq, n, row) for n, row in enumerate(plan.left_alone, start=1)),
        SCORES: (_score_values(seq, *scores) for scores in plan.scores),
    }


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    n_rows = 0
    for batch in _batched(rows):
        connection.execute(insert(table), batch)
        n_rows += len(batch)
    return n_rows


def _batched(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _plan_values(plan: PublishedPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("plan_id", "as_of", "work_date", *_VERSIONS)} | {
        "created_at": instant_text(plan.created_at),
        "published_at": "",
        "summary": pack_json(plan.summary),
        "n_items": 0,
        "n_left_alone": 0,
    }


def _item_values(seq: int, item: Row, tell: Teller | None) -> dict[str, Any]:
    missing = [name for name in ITEM_FIELDS if name not in item]
    if missing:
        raise UsageError("every field of a worklist item", f"none of {', '.join(missing)}", _MEND)
    return {
        "plan_seq": seq,
        "rank": int(item["rank"]),
        **{name: item[name] for name in ("debtor_id", "portfolio_id", "channel", "stage")},
        **window_values(item),
        "body": pack_item(item, tell) if tell else pack_json(item),
    }


def _left_alone_values(seq: int, position: int, row: Row) -> dict[str, Any]:
    missing = [name for name in ("debtor_id", "portfolio_id", "because") if not row.get(name)]
    if missing:
        raise UsageError("a debtor left alone with a reason", f"no {', '.join(missing)}", _MEND)
    return {
        "plan_seq": seq,
        "position": position,
        **{name: row[name] for name in ("debtor_id", "portfolio_id", "because")},
        "stage": row.get("stage"),
        "body": pack_json(row),
    }


def _score_values(seq: int, debtor_id: str, portfolio_id: str, payload: Row) -> dict[str, Any]:
    return {
        "plan_seq": seq,
        "debtor_id": debtor_id,
        "portfolio_id": portfolio_id,
        "body": pack_scores(payload),
    }


def _check_apart(connection: Connection, seq: int) -> None:
    """Nobody is both on the worklist and left alone."""
    both = select(func.min(ITEMS.c.debtor_id)).join(
        LEFT_ALONE, (LEFT_ALONE.c.plan_seq == ITEMS.c.plan_seq) & (LEFT_ALONE.c.debtor_id == ITEMS.c.debtor_id)
    )
    debtor_id = connection.execute(both.where(ITEMS.c.plan_seq == seq)).scalar_one()
    if debtor_id is not None:
        found = f"{debtor_id!r} in both"
        raise UsageError("each debtor on the worklist or left alone", found, _MEND)
