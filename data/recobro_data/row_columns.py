"""Rows read a column at a time: what `row_model` makes of each, at a fraction of its cost where there are many.

A value is typed by the same annotation as in the row's model; a text that occurs again and again (a day, a channel) is
typed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from types import GenericAlias
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recobro_data.ingest import formats
from recobro_data.ingest.defaults import constant, fill_row
from recobro_data.row_rules import LONGEST_ID
from recobro_data.rows import field_of, trimmed
from recobro_data.tables import TABLES, Column, Table

Columns = dict[str, list[Any]]


def read_columns(name: str, rows: Sequence[Any], *, clock: datetime) -> Columns | None:
    """The rows of a table as `row_model(name)` types them, by column; None: it refuses one of them.

    Example:
        >>> from datetime import UTC
        >>> rows = [{"dispute_id": "x1", "charge_id": "c1", "opened_on": "2026-01-31"}]
        >>> read_columns("disputes", rows, clock=datetime(2026, 3, 1, tzinfo=UTC))["opened_on"]
        [datetime.date(2026, 1, 31)]

    Raises:
        KeyError: no canonical table of that name.
    """
    table = TABLES[name]
    if not all(isinstance(row, dict) for row in rows):
        return None
    given = {column: _trimmed([row.get(column) for row in rows]) for column in table.names}
    for group in table.either:
        if any(all(value is None for value in values) for values in zip(*(given[one] for one in group), strict=True)):
            return None
    _fill(table, given)
    try:
        return {column.name: _typed(table, column, given[column.name], clock) for column in table.columns}
    except ValidationError:
        return None


def _trimmed(values: list[Any]) -> list[Any]:
    cut = {text: trimmed(text) for text in _distinct(values)[0] if text.strip(formats.BLANKS) != text or not text}
    return [cut.get(value, value) if isinstance(value, str) else value for value in values] if cut else values


def _distinct(values: list[Any]) -> tuple[set[str], bool]:
    """The texts, and whether there is nothing beside them but None."""
    try:
        distinct = set(values)
    except TypeError:
        return {value for value in values if isinstance(value, str)}, False
    distinct.discard(None)
    if set(map(type, distinct)) <= {str}:
        return distinct, True
    return {value for value in distinct if isinstance(value, str)}, False


def _fill(table: Table, given: Columns) -> None:
    """The defaults of a row, for the rows that lack something which has one."""
    alone = [column for column in table.columns if column.default not in table.names]
    fixed = {column.name: constant(column) for column in alone if constant(column) is not None}
    for name, value in fixed.items():
        given[name] = [value if one is None else one for one in given[name]]
    others = [column.name for column in table.columns if column.default is not None and column.name not in fixed]
    lacking = {at for name in others for at, value in enumerate(given[name]) if value is None}
    for at in lacking:
        full = fill_row(table, {name: values[at] for name, values in given.items()})
        for name in others:
            given[name][at] = full[name]


def _typed(table: Table, column: Column, values: list[Any], clock: datetime) -> list[Any]:
    """The values as the column's annotation has them.

    Raises:
        ValidationError: one of them is refused.
    """
    distinct, is_plain = _distinct(values)
    texts = list(distinct)
    is_whole = is_plain and not (column.required and None in values)
    if is_whole and column.kind == "string" and _is_taken(column, distinct):
        return values
    others = [] if is_whole else [value for value in values if not isinstance(value, str)]
    read = _adapter(table.name, column.name).validate_python(texts + others, context={"clock": clock})
    known, rest = dict(zip(texts, read, strict=False)), iter(read[len(texts) :])
    if not others:
        return [known.get(value) for value in values]
    return [known[value] if isinstance(value, str) else next(rest) for value in values]


def _is_taken(column: Column, texts: set[str]) -> bool:
    """Whether those texts break no rule of their column, as far as one look at all of them tells."""
    if column.values:
        return texts <= set(column.values)
    whole = "".join(texts)
    if not column.is_id:
        return whole.isascii()
    return whole.isascii() and whole.isprintable() and max(map(len, texts), default=0) <= LONGEST_ID


@cache
def _adapter(table: str, column: str) -> TypeAdapter[list[Any]]:
    kind, _ = field_of(TABLES[table].column(column))
    many: Any = GenericAlias(list, (kind,))
    return TypeAdapter(many)
