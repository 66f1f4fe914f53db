"""Row models of the API, generated from the declarations: the rules of a load, one row at a time.

A value is taken as text exactly where a load would take it, and as JSON's own numbers and booleans besides; what is
refused breaks the rule of a load that `broken_rule` names. Rules that need other rows (references, the key, the money
of a portfolio) are the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from recobro_data.ingest import formats
from recobro_data.ingest.defaults import fill_row
from recobro_data.row_rules import ID_RULE, LONGEST_ID, VISIBLE, Rule, latest_day, latest_moment, table_rules
from recobro_data.tables import TABLES, Column, Kind, Table
from recobro_data.vocabulary import CURRENCY_CODES

#: What pydantic calls the breaking of a rule; what it says of a value's type is not listed.
_RULES: Final = {
    **{"missing": "required", "literal_error": "values"},
    **dict.fromkeys(("greater_than", "greater_than_equal", "less_than_equal"), "range"),
    **{name: name for name in ("offset", "country", "currency", "timezone", "characters", "future", "either")},
}
# Compiled here: a look into the library's own cache costs as much as the matching.
_VISIBLE: Final = re.compile(VISIBLE).fullmatch
_TIMESTAMP: Final = re.compile(formats.TIMESTAMP).fullmatch
_NUMBER: Final = re.compile(formats.NUMBER).fullmatch
_CENT: Final = Decimal("0.01")
_LARGEST: Final = Decimal("9999999999999999.99")
_NO_OFFSET: Final = PydanticCustomError("offset", "must carry an offset or Z, such as 2026-01-31T09:30:00-05:00")


@cache
def row_model(table: str) -> type[BaseModel]:
    """The model of one canonical row: typed values, defaults that follow from the row filled in, unknown keys ignored.

    What lies in the future follows from the clock: now, or `model_validate(row, context={"clock": INSTANT})`.

    Example:
        >>> row_model("charges")(charge_id="c1", debtor_id="d1", due_on="2026-01-31", amount="10.005").amount
        Decimal('10.01')

    Raises:
        KeyError: no canonical table of that name.
    """
    declared = TABLES[table]
    fields: dict[str, Any] = {column.name: field_of(column) for column in declared.columns}
    return create_model(
        "".join(word.capitalize() for word in table.split("_")) + "Row",
        __doc__=f"{declared.grain[0].upper()}{declared.grain[1:]}.",
        __base__=_base(declared),
        **fields,
    )


def broken_rule(table: str, error: ValidationError) -> Rule:
    """The first rule that a refused row breaks, as a load would name it in quarantine.

    Example:
        >>> try:
        ...     row_model("disputes")(dispute_id="x1", charge_id="c1", opened_on="2999-01-01")
        ... except ValidationError as error:
        ...     print(broken_rule("disputes", error).message)
        opened_on must not lie in the future

    Raises:
        KeyError: no canonical table of that name.
    """
    told = _first(TABLES[table], error)
    name, place = _RULES.get(told["type"], "type"), told["loc"][:1]
    broken = [
        one for one in table_rules(TABLES[table]) if one.name == name and (one.columns == place or name == "either")
    ]
    if broken:
        # A column with bounds on both sides has a rule for each, the upper one last.
        return broken[-1 if told["type"] == "less_than_equal" else 0]
    # A source has only texts and rows; in JSON an id may be a number, and a row anything.
    message = f"{place[0]} must be text" if place else "the row must be an object"
    return Rule(name="type", columns=place, message=message)


def _first(table: Table, error: ValidationError) -> Any:
    """The first thing that is wrong, but for what was filled in from another column that is wrong."""
    told = error.errors(include_url=False)
    wrong = {one["loc"][:1] for one in told}
    copies = {(column.name,) for column in table.columns if (column.default,) in wrong}
    return next(one for one in told if one["loc"][:1] not in copies)


def _base(table: Table) -> type[BaseModel]:
    """What the models of a table's rows share: blanks cut off, alternatives asked for, defaults filled in."""

    class _Row(BaseModel):
        model_config = ConfigDict(extra="ignore", frozen=True)

        @model_validator(mode="before")
        @classmethod
        def _complete(cls, given: Any) -> Any:
            if not isinstance(given, dict):
                return given
            row = {name: trimmed(given.get(name)) for name in table.names}
            for group in table.either:
                if all(row[name] is None for name in group):
                    raise PydanticCustomError("either", f"{' or '.join(group)} must have a value")
            return {name: value for name, value in fill_row(table, row).items() if value is not None}

    return _Row


def trimmed(value: Any) -> Any:
    """A text without the blanks at its ends, None where nothing is left; anything else as it is."""
    return (value.strip(formats.BLANKS) or None) if isinstance(value, str) else value


def field_of(column: Column) -> tuple[Any, Any]:
    """The annotation of a column, which holds its rules, and its default (`...`: there must be a value)."""
    kind: Any = Literal[column.values] if column.values else _TYPES[column.kind]
    limits: dict[str, Any] = {"gt": column.above, "ge": column.at_least, "le": column.at_most}
    limits = {name: limit for name, limit in limits.items() if limit is not None}
    rules = [AfterValidator(_visible)] * column.is_id + [AfterValidator(_happened)] * column.is_past
    about = Field(description=column.meaning, **limits)
    if column.required:
        return Annotated[kind, about, *rules], ...
    return Annotated[kind, about, *rules] | None, None


def _visible(value: str) -> str:
    if len(value) > LONGEST_ID or not _VISIBLE(value):
        raise PydanticCustomError("characters", ID_RULE)
    return value


def _happened(value: Any, given: ValidationInfo) -> Any:
    clock = (given.context or {}).get("clock") or datetime.now(UTC)
    if value > (latest_moment(clock) if isinstance(value, datetime) else latest_day(clock)):
        raise PydanticCustomError("future", "must not lie in the future")
    return value


def _pattern(pattern: str, wanted: str) -> Callable[[Any], Any]:
    matches = re.compile(pattern).fullmatch

    def check(value: Any) -> Any:
        if isinstance(value, str) and not matches(value):
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _one_of(rule: str, known: Callable[[], Collection[str]], wanted: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or value not in known():
            raise PydanticCustomError(rule, f"must be {wanted}")
        return value

    return BeforeValidator(check)


def _as_bool(value: Any) -> Any:
    word = str(value).lower()
    if word not in (*formats.TRUE, *formats.FALSE):
        raise ValueError("must be true or false")
    return word in formats.TRUE


def _as_timestamp(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else _read_timestamp(str(value))
    if moment.tzinfo is None:
        raise _NO_OFFSET
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a timestamp of the years 1 to 9999") from error


def _read_timestamp(text: str) -> datetime:
    if not _TIMESTAMP(text):
        if re.fullmatch(formats.NAIVE, text):
            raise _NO_OFFSET
        raise ValueError("must be a timestamp such as 2026-01-31T09:30:00-05:00")
    return datetime.fromisoformat(text)


def _as_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not _NUMBER(str(value)):
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
    "timestamp": Annotated[datetime, BeforeValidator(_as_timestamp)],
    "time": Annotated[str, BeforeValidator(_pattern(formats.TIME, "a time written HH:MM"))],
    "money": Annotated[Decimal, BeforeValidator(_as_money)],
    "ratio": Annotated[float, BeforeValidator(_as_number)],
    "country": Annotated[str, _one_of("country", formats.known_countries, "a country of ISO 3166-1")],
    "currency": Annotated[str, _one_of("currency", lambda: CURRENCY_CODES, "a currency of ISO 4217")],
    "timezone": Annotated[str, _one_of("timezone", formats.known_timezones, "an IANA time zone")],
}
