"""Whose a row is: the debtor and portfolio that an id leads to, as far as the store knows.

The plans in force know everybody with an open charge, events those who came since; the lake knows the rest.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.sql.elements import ColumnElement

from recobro_data.store.live import chunked
from recobro_data.store.schema import EVENTS, ITEMS, LEFT_ALONE, OPEN_CHARGES

_CHUNK: Final = 500


@dataclass(frozen=True)
class Ids:
    """The ids that rows name."""

    debtors: Collection[str] = ()
    charges: Collection[str] = ()
    accounts: Collection[str] = ()

    def without(self, owners: Owners) -> Ids:
        """Those whose owner is not known yet, the debtors of charges and accounts among them."""
        named = {*self.debtors, *(owner for owner, _ in owners.charges.values()), *owners.accounts.values()}
        return Ids(
            named - set(owners.debtors), set(self.charges) - set(owners.charges),
            set(self.accounts) - set(owners.accounts),
        )  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self.debtors or self.charges or self.accounts)


@dataclass
class Owners:
    """Portfolio by debtor, (debtor, account) by charge, and debtor by account."""

    debtors: dict[str, str] = field(default_factory=dict)
    charges: dict[str, tuple[str, str]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    def add(self, more: Owners) -> None:
        """What others know; what is known already stands."""
        self.debtors = more.debtors | self.debtors
        self.charges = more.charges | self.charges
        self.accounts = more.accounts | self.accounts


def find_owners(connection: Connection, plan_seqs: Sequence[int], ids: Ids) -> Owners:
    """What the plans and events of the store know of these ids; what they do not know is absent."""
    owners, of_plans = Owners(), {"seqs": plan_seqs}
    for charge_id, debtor_id, account_id in _by_id(connection, _CHARGES, ids.charges, of_plans):
        owners.charges[charge_id] = (debtor_id, account_id)
    for _, debtor_id, account_id in _by_id(connection, _ACCOUNTS, ids.accounts, of_plans):
        # An account that several debtors share belongs to the first of them by id, as in a load.
        owners.accounts[account_id] = min(debtor_id, owners.accounts.get(account_id, debtor_id))
    for row in _told(connection, "charges", set(ids.charges) - set(owners.charges)):
        owners.charges[row["charge_id"]] = (row["debtor_id"], row["account_id"])
    for query in (_ITEMS, _LEFT_ALONE):
        missing = ids.without(owners).debtors
        owners.debtors |= {row[0]: row[1] for row in _by_id(connection, query, missing, of_plans)}
    missing = ids.without(owners).debtors
    owners.debtors |= {row["debtor_id"]: row["portfolio_id"] for row in _told(connection, "debtors", missing)}
    return owners


def _told(connection: Connection, table: str, ids: Collection[str]) -> Iterable[Mapping[str, str]]:
    """Rows of that table that events told, by ids that are its key."""
    for row in _by_id(connection, _EVENTS, [row_key([one]) for one in ids], {"table": table}):
        yield json.loads(row[0])


def _by_id(
    connection: Connection, query: Select[Any], ids: Collection[str], more: Mapping[str, Any]
) -> Iterable[tuple[str, ...]]:
    for chunk in chunked(sorted(ids), _CHUNK):
        yield from (tuple(row) for row in connection.execute(query, {"ids": chunk, **more}))


def _of_plans(table: Any, column: ColumnElement[str], *columns: ColumnElement[str]) -> Select[Any]:
    """Built once: asked for every call."""
    chosen: Any = select(*columns)
    query: Select[Any] = chosen.where(table.c.plan_seq.in_(bindparam("seqs", expanding=True)))
    return query.where(column.in_(bindparam("ids", expanding=True)))


_CHARGE: Final = (OPEN_CHARGES.c.charge_id, OPEN_CHARGES.c.debtor_id, OPEN_CHARGES.c.account_id)
_CHARGES: Final = _of_plans(OPEN_CHARGES, OPEN_CHARGES.c.charge_id, *_CHARGE)
_ACCOUNTS: Final = _of_plans(OPEN_CHARGES, OPEN_CHARGES.c.account_id, *_CHARGE)
_ITEMS: Final = _of_plans(ITEMS, ITEMS.c.debtor_id, ITEMS.c.debtor_id, ITEMS.c.portfolio_id)
_LEFT_ALONE: Final = _of_plans(LEFT_ALONE, LEFT_ALONE.c.debtor_id, LEFT_ALONE.c.debtor_id, LEFT_ALONE.c.portfolio_id)
_EVENTS: Final = (
    select(EVENTS.c.row)
    .where(EVENTS.c.table_name == bindparam("table"), EVENTS.c.row_key.in_(bindparam("ids", expanding=True)))
    .order_by(EVENTS.c.seq)
)


def row_key(values: Sequence[object]) -> str:
    """The key of a row as one text."""
    return json.dumps([str(value) for value in values], ensure_ascii=False)
