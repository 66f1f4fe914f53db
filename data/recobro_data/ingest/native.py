"""Values that had a type in their source, taken as they are: no text is made of them, matched and read again.

Each gives what its text would give, to the cent and the microsecond. Where that is not certain, the text decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from recobro_data.ingest.raw import Raw
from recobro_data.row_rules import typed
from recobro_data.tables import Column

_WHOLE: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_MONEY: Final = "try_cast({0} AS DECIMAL(18,2))"
#: Where a type of the source can be a kind: the value in its lake type, and for which values that is certain.
_CERTAIN: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("bool", "BOOLEAN"): ("{0}", "true"),
    ("date", "DATE"): ("{0}", "{0} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"),
    ("timestamp", "TIMESTAMP WITH TIME ZONE"): (
        "{0}",
        "{0} BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59+00'",
    ),
    # Fifteen digits: the two decimals are the shortest text of a double that is equal to them.
    ("money", "DOUBLE"): (_MONEY, f"abs({{0}}) < 1e12 AND {_MONEY}::DOUBLE = {{0}}"),
    # The pattern of numbers takes exponents of two digits.
    ("ratio", "DOUBLE"): ("{0}", "abs({0}) BETWEEN 1e-90 AND 1e90"),
    **{("money", whole): (_MONEY, "true") for whole in _WHOLE},
}


def is_native(raw: Raw, column: Column) -> bool:
    """Whether a column can be had in the type of its source, as `n0`, `n1`, … of the relation."""
    place = raw.place(column.name)
    changed = column.name in raw.constants or column.name in raw.values
    return place is not None and not changed and (column.kind, raw.types.get(place, "")) in _CERTAIN


def native_value(raw: Raw, column: Column) -> str:
    """SQL of a native column as its source has it."""
    return f"n{raw.place(column.name)}"


def typed_native(raw: Raw, column: Column, value: str) -> str:
    """SQL of a native column in its lake type, NULL where it has no value of its kind."""
    how, certain = _CERTAIN[column.kind, raw.types[raw.place(column.name) or 0]]
    as_text = typed(column, f"{value}::VARCHAR")
    return f"CASE WHEN {certain.format(value)} THEN {how.format(value)} ELSE {as_text} END"
