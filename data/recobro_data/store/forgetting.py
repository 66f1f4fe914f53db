"""A debtor taken out of the store: every row that names the debtor, and the bytes it left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from recobro_data.errors import ConfigurationError, RecobroError
from recobro_data.store.blocks import remake_blocks
from recobro_data.store.dialects import await_readers, build_engine, writing
from recobro_data.store.schema import ITEM_BLOCKS, ITEMS, LEFT_ALONE, METADATA, PLANS


def remove_from_store(url: str, debtor_id: str) -> int:
    """Removes the debtor from every published plan; the ranks of the others stay. Gives the rows.

    Raises:
        ConfigurationError: a URL that is not one, or a store that can not be opened or written.
        RecobroError: somebody reads the store without a pause, so that its journal can not be cleared.
    """
    with _opened(url) as engine:
        if not _is_there(engine):
            return 0
        with writing(engine).begin() as connection:
            removed = _delete(connection, debtor_id)
        await_readers(engine)
        _scrub(engine)
        return removed


def check_opens(url: str) -> None:
    """Makes sure that the store answers, before anything is taken away anywhere.

    Raises:
        ConfigurationError: a URL that is not one, or a store that can not be opened.
    """
    with _opened(url) as engine:
        _is_there(engine)


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = build_engine(url)
    try:
        yield engine
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        next_step = "See to the store, then run it again."
        raise ConfigurationError("a store that opens and can be written", f"{reason} at {where}", next_step) from error
    finally:
        engine.dispose()


def _is_there(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return False
    return inspect(engine).has_table(PLANS.name)


def _delete(connection: Connection, debtor_id: str) -> int:
    tables = set(inspect(connection).get_table_names())
    ranks = connection.execute(select(ITEMS.c.plan_seq, ITEMS.c.rank).where(ITEMS.c.debtor_id == debtor_id)).all()
    removed = 0
    for table in METADATA.sorted_tables:
        if table.name in tables and "debtor_id" in table.c:
            removed += connection.execute(delete(table).where(table.c.debtor_id == debtor_id)).rowcount
    if ITEM_BLOCKS.name in tables:
        remake_blocks(connection, [(seq, rank) for seq, rank in ranks])
    if removed:
        counts = {
            name: select(func.count()).where(rows.c.plan_seq == PLANS.c.seq).scalar_subquery()
            for name, rows in (("n_items", ITEMS), ("n_left_alone", LEFT_ALONE))
        }
        connection.execute(update(PLANS).values(**counts))
    return removed


def _scrub(engine: Engine) -> None:
    """Writes over what the deleted rows left in the file and its journal."""
    tables = set(inspect(engine).get_table_names())
    raw: Any = engine.raw_connection()
    try:
        if engine.dialect.name == "sqlite":
            _scrub_sqlite(raw.driver_connection)
        else:
            raw.driver_connection.autocommit = True
            for table in METADATA.sorted_tables:
                if table.name in tables and ("debtor_id" in table.c or table is ITEM_BLOCKS):
                    # Without FULL the bytes stay in the pages of the table and its indexes until others need the room.
                    raw.driver_connection.execute(f'VACUUM FULL "{table.name}"')
    finally:
        raw.invalidate()


def _scrub_sqlite(connection: Any) -> None:
    connection.execute("VACUUM")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise RecobroError(
            "a store that nobody reads for a moment",
            "readers that keep its journal in use",
            "Stop `recobro serve` and run it again.",
        )
