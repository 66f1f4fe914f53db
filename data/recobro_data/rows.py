"""Row models of the API, generated from the declarations: the rules of a load, one row at a time.

A value is taken as text exactly where a load would take it, and as JSON's own numbers and booleans besides. Rules that
need other rows (references, the key, a portfolio's currency) are the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from recobro_data.ingest import formats
from recobro_data.ingest.defaults import fill_row
from recobro_data.tables import TABLES, Column, Kind, Table

_CENT: Final = Decimal("0.01")
_LARGEST: Final = Decimal("9999999999999999.99")


@cache
def row_model(table: str) -> type[BaseModel]:
    """The model of one canonical row: typed values, defaults that follow from the row filled in, unknown keys ignored.

    Example:
        >>> row_model("charges")(charge_id="c1", debtor_id="d1", due_on="2026-01-31", amount="10.005").amount
        Decimal('10.01')

    Raises:
        KeyError: no canonical table of that name.
    """
    declared = TABLES[table]
    fields: dict[str, Any] = {column.name: _field(column) for column in declared.columns}
    return create_model(
        "".join(word.capitalize() for word in table.split("_")) + "Row",
        __doc__=f"{declared.grain[0].upper()}{declared.grain[1:]}.",
        __base__=_base(declared),
        **fields,
    )


def _base(table: Table) -> type[BaseModel]:
    """What the models of a table's rows share: blanks cut off, alternatives asked for, defaults filled in."""

    class _Row(BaseModel):
        model_config = ConfigDict(extra="ignore", frozen=True)

        @model_validator(mode="before")
        @classmethod
        def _complete(cls, given: Any) -> Any:
            if not isinstance(given, dict):
                return given
            row = {name: _trimmed(given.get(name)) for name in table.names}
            for group in table.either:
                if all(row[name] is None for name in group):
                    raise ValueError(f"{' or '.join(group)} must have a value")
            return {name: value for name, value in fill_row(table, row).items() if value is not None}

    return _Row


def _trimmed(value: Any) -> Any:
    return (value.strip(formats.BLANKS) or None) if isinstance(value, str) else value


def _field(column: Column) -> tuple[Any, Any]:
    kind: Any = Literal[column.values] if column.values else _TYPES[column.kind]
    limits: dict[str, Any] = {"gt": column.above, "ge": column.at_least, "le": column.at_most}
    limits = {name: limit for name, limit in limits.items() if limit is not None}
    about = Field(description=column.meaning, **limits)
    if column.required:
        return Annotated[kind, about], ...
    return Annotated[kind, about] | None, None


def _pattern(pattern: str, wanted: str) -> Callable[[Any], Any]:
    matches = re.compile(pattern).fullmatch

    def check(value: Any) -> Any:
        if isinstance(value, str) and not matches(value):
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _one_of(known: Callable[[], frozenset[str]], wanted: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in known():
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _as_bool(value: Any) -> Any:
    word = str(value).lower()
    if word not in (*formats.TRUE, *formats.FALSE):
        raise ValueError("must be true or false")
    return word in formats.TRUE


def _as_timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if re.fullmatch(formats.NAIVE, value):
        raise ValueError("must carry an offset or Z, such as 2026-01-31T09:30:00-05:00")
    if not re.fullmatch(formats.TIMESTAMP, value):
        raise ValueError("must be a timestamp such as 2026-01-31T09:30:00-05:00")
    return datetime.fromisoformat(value)


def _in_utc(value: Any) -> Any:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must carry an offset or Z, such as 2026-01-31T09:30:00-05:00")
    return value.astimezone(UTC)


def _as_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not re.fullmatch(formats.NUMBER, str(value)):
        raise ValueError("must be a finite number")
    return Decimal(str(value))


def _as_money(value: Any) -> Decimal:
    exact = _as_number(value)
    if abs(exact) > _LARGEST + 1:
        raise ValueError("must be a number that fits 16 digits before the decimal point")
    rounded = exact.quantize(_CENT, ROUND_HALF_UP)
    if abs(rounded) > _LARGEST:
        raise ValueError("must be a number that fits 16 digits before the decimal point")
    return rounded


def _as_date(value: Any) -> Any:
    if isinstance(value, str) or type(value) is date:
        return value
    raise ValueError("must be a date written YYYY-MM-DD")


_TYPES: Final[dict[Kind, Any]] = {
    "string": Annotated[str, Field(strict=True, min_length=1)],
    "bool": Annotated[bool, BeforeValidator(_as_bool)],
    "date": Annotated[
        date, BeforeValidator(_as_date), BeforeValidator(_pattern(formats.DATE, "a date written YYYY-MM-DD"))
    ],
    "timestamp": Annotated[datetime, BeforeValidator(_in_utc), BeforeValidator(_as_timestamp)],
    "time": Annotated[str, BeforeValidator(_pattern(formats.TIME, "a time written HH:MM"))],
    "money": Annotated[Decimal, BeforeValidator(_as_money)],
    "ratio": Annotated[float, BeforeValidator(_as_number)],
    "country": Annotated[str, BeforeValidator(_one_of(formats.known_countries, "a country of ISO 3166-1"))],
    "currency": Annotated[str, BeforeValidator(_pattern(formats.CURRENCY, "a currency of ISO 4217"))],
    "timezone": Annotated[str, BeforeValidator(_one_of(formats.known_timezones, "an IANA time zone"))],
}
