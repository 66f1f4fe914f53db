"""Outcomes of items: an attempt that names its item gets the policy and propensity with which it was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from recobro_data.store.ready import unpack_row
from recobro_data.store.schema import ITEMS, LIVE

#: What an attempt takes over from its item.
_LOGGED: Final = ("policy", "propensity")
#: Plans in which an item is looked for: outcomes come late, but not by weeks.
_PLANS: Final = 14


class ItemMismatch(Exception):  # noqa: N818
    """An attempt can not be the outcome of the item it names."""

    def __init__(self, rule: str, column: str | None, message: str) -> None:
        self.rule, self.column = rule, column
        super().__init__(message)


def with_item(connection: Connection, debtor_id: str, row: Mapping[str, Any], item_id: str | None) -> Mapping[str, Any]:
    """The attempt with `policy` and `propensity` of its item where it names one; as it is where it names none.

    Raises:
        ItemMismatch: no such item of this debtor, or the attempt says otherwise than the item.
    """
    if item_id is None:
        return row
    item = _item(connection, debtor_id, item_id)
    if item is None or "attempt_id" not in row:
        raise ItemMismatch("item_id", None, "item_id must name an item of this debtor, and the row an attempt on it")
    if row["channel"] != item["channel"]:
        raise ItemMismatch("item_channel", "channel", "channel must be that of the item")
    for column in _LOGGED:
        if row[column] is not None and row[column] != item.get(column):
            raise ItemMismatch(f"item_{column}", column, f"{column} must be that of the item, or absent")
    return {**row, **{column: item.get(column) for column in _LOGGED}}


def _item(connection: Connection, debtor_id: str, item_id: str) -> dict[str, Any] | None:
    """The item as it was handed out: as events left it where they moved it, else as published."""
    for table in (LIVE, ITEMS):
        query = select(table.c.body).where(table.c.debtor_id == debtor_id).order_by(table.c.plan_seq.desc())
        for body in connection.execute(query.limit(_PLANS)).scalars():
            row = unpack_row(body)
            if row.get("item_id") == item_id:
                return row
    return None
