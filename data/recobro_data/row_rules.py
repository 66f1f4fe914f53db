"""What a row must hold, generated from the declarations as SQL: the first rule that fails is the reason it is rejected.

The rules are set-based: a table of any length is decided in one pass, and each row by the same sentence a person reads
in the quarantine file. Rules on other rows (`reference`, `duplicate_key`) are listed here and applied once the table's
own rows are known to be sound.

A fact can not have happened yet (`future`). What counts as ahead follows from the clock that `set_clock` gives to the
connection; without one that rule is not applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from recobro_data.ingest import formats, sql
from recobro_data.tables import Column, Kind, Table
from recobro_data.vocabulary import CURRENCY_CODES

if TYPE_CHECKING:
    import duckdb

_NUMBER_TYPES: Final = {"money": "DECIMAL(18,2)", "ratio": "DOUBLE"}

#: No control characters: nothing prints them, so two ids that differ by one look equal to whoever searches for them.
VISIBLE: Final = r"[^\x00-\x1f\x7f-\x9f]*"

#: So many characters of an id; databases index no texts of any length.
LONGEST_ID: Final = 255
ID_RULE: Final = f"must be up to {LONGEST_ID} characters without line break, tab or other control character"

_LATER: Final = "a later row of the source has other values and stands"

_WORDS: Final[dict[Kind, str]] = {
    "bool": "true or false",
    "date": "a date written YYYY-MM-DD",
    "timestamp": "a timestamp such as 2026-01-31T09:30:00-05:00",
    "time": "a time written HH:MM",
    "money": "a finite number that fits 16 digits before the decimal point",
    "ratio": "a finite number",
    "country": "a country of ISO 3166-1, two capital letters",
    "currency": "a currency of ISO 4217, three capital letters",
    "timezone": "an IANA time zone such as America/Lima",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a table: `failing` is true in SQL where a row breaks it, empty where other rows decide it."""

    name: str
    columns: tuple[str, ...]
    message: str
    failing: str = ""


def set_clock(connection: duckdb.DuckDBPyConnection, clock: datetime) -> None:
    """Tells the rules of this connection what time it is; `clock` carries an offset."""
    stamp = clock.astimezone(UTC).isoformat()
    connection.execute(f"SET VARIABLE latest_day = DATE {sql.text(latest_day(clock))}")
    connection.execute(f"SET VARIABLE latest_moment = TIMESTAMPTZ {sql.text(latest_moment(clock).isoformat())}")
    connection.execute(f"SET VARIABLE load_clock = TIMESTAMPTZ {sql.text(stamp)}")


@lru_cache(maxsize=16)
def latest_day(clock: datetime) -> date:
    """The furthest day that has begun anywhere on earth: a date needs no zone to be held against it.

    Example:
        >>> latest_day(datetime(2026, 1, 31, 11, tzinfo=UTC))
        datetime.date(2026, 2, 1)
    """
    return (clock.astimezone(UTC) + timedelta(hours=14)).date()


@lru_cache(maxsize=16)
def latest_moment(clock: datetime) -> datetime:
    """The latest instant taken as past: a day ahead, because the clocks of dialers and servers differ."""
    return clock.astimezone(UTC) + timedelta(days=1)


def table_rules(table: Table) -> tuple[Rule, ...]:
    """Every rule of a table in the order in which they are tried; a rule's place in it is its number."""
    return (
        Rule(name="fields", columns=(), failing="_fault IS NOT NULL", message="the line does not hold one row"),
        *(rule for column in table.columns for rule in _column_rules(column)),
        *(_either(group) for group in table.either),
        *(_reference(column) for column in table.columns if column.references),
        Rule(name="duplicate_key", columns=table.key, message=f"{' and '.join(table.key)} must be unique; {_LATER}"),
    )


def closed_list(column: Column) -> tuple[str, ...]:
    """Every value that a column may have, in order; empty where there is no such list."""
    match column.kind:
        case "country":
            return tuple(sorted(formats.known_countries()))
        case "timezone":
            return tuple(sorted(formats.known_timezones()))
        case "currency":
            return CURRENCY_CODES
        case _:
            return tuple(sorted(column.values))


def load_type(column: Column) -> str:
    """The DuckDB type of a column while it is loaded: one value of a list is kept, and written, as its number in it."""
    closed = closed_list(column)
    return f"ENUM{sql.texts(closed)}" if closed else column.lake_type


def typed(column: Column, given: str = "", *, fits: bool = False) -> str:
    """The value of a text column in the type of a load, or NULL where it is not one.

    `given` is the SQL of its text, where that is not the column itself; `fits`: every text is known to fit the pattern
    of its kind, so that it need not be matched again.
    """
    value = given or sql.name(column.name)
    if closed_list(column):
        return f"try_cast({value} AS {load_type(column)})"
    match column.kind:
        case "bool":
            low = f"lower({value})"
            return f"CASE WHEN {low} IN {sql.texts(formats.TRUE)} THEN true WHEN {_false(low)} THEN false END"
        case "date":
            return (
                f"CASE WHEN {_matches(value, formats.DATE, fits)}{value} >= '0001' THEN try_cast({value} AS DATE) END"
            )
        case "timestamp":
            return _typed_timestamp(value, fits)
        case "money" | "ratio":
            cast = f"try_cast({value} AS {_NUMBER_TYPES[column.kind]})"
            return f"CASE WHEN {_matches(value, formats.NUMBER, fits)}isfinite({cast}::DOUBLE) THEN {cast} END"
        case _:
            return value


def _false(given: str) -> str:
    return f"{given} IN {sql.texts(formats.FALSE)}"


def _full_match(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, {sql.text(pattern)})"


def _matches(value: str, pattern: str, fits: bool) -> str:
    return "" if fits else f"{_full_match(value, pattern)} AND "


def _typed_timestamp(value: str, fits: bool) -> str:
    # DuckDB wants seconds, ISO 8601 does not.
    whole = rf"regexp_replace({value}, '^(.{{16}})([Z+-])', '\1:00\2')"
    whole = f"CASE WHEN substr({value}, 17, 1) = ':' THEN {value} ELSE {whole} END"
    sound = f"{_matches(value, formats.TIMESTAMP, fits)}{value} >= '0001'"
    return f"CASE WHEN {sound} THEN try_cast({whole} AS TIMESTAMPTZ) END"


def _column_rules(column: Column) -> Iterator[Rule]:
    given, value = sql.name(column.name), sql.name(f"{column.name}:typed")
    if column.required:
        yield _rule("required", column, f"{given} IS NULL", "must have a value")
    if column.kind == "timestamp":
        naive = _full_match(given, formats.NAIVE)
        yield _rule("offset", column, naive, "must carry an offset or Z, such as 2026-01-31T09:30:00-05:00")
    if column.kind in _WORDS:
        yield _rule(_type_name(column), column, _wrong(column, given, value), f"must be {_WORDS[column.kind]}")
    if column.values:
        yield _rule("values", column, _wrong(column, given, value), f"must be one of {', '.join(column.values)}")
    if column.is_id:
        # Most ids are the same as a part of an address: that is seen in less time than a pattern is matched.
        controls = f"CASE WHEN url_encode({given}) <> {given} THEN NOT {_full_match(given, VISIBLE)} END"
        yield _rule("characters", column, f"length({given}) > {LONGEST_ID} OR {controls}", ID_RULE)
    yield from _bounds(column, value)
    if column.is_past:
        latest = "latest_day" if column.kind == "date" else "latest_moment"
        yield _rule("future", column, f"{value} > getvariable('{latest}')", "must not lie in the future")


def _type_name(column: Column) -> str:
    return column.kind if column.kind in ("country", "currency", "timezone") else "type"


def _wrong(column: Column, given: str, value: str) -> str:
    """Where a value that is there is none of its kind."""
    if column.kind == "time":
        return f"NOT {_full_match(given, formats.TIME)}"
    return f"{given} IS NOT NULL AND {value} IS NULL"


def _bounds(column: Column, value: str) -> Iterator[Rule]:
    limits = (
        (column.above, "<=", "above"),
        (column.at_least, "<", "at least"),
        (column.at_most, ">", "at most"),
    )
    for limit, breaks, words in limits:
        if limit is not None:
            yield _rule("range", column, f"{value} {breaks} {limit:g}", f"must be {words} {limit:g}")


def _rule(rule: str, column: Column, failing: str, says: str) -> Rule:
    return Rule(name=rule, columns=(column.name,), failing=failing, message=f"{column.name} {says}")


def _either(group: tuple[str, ...]) -> Rule:
    absent = " AND ".join(f"{sql.name(column)} IS NULL" for column in group)
    return Rule(name="either", columns=group, failing=absent, message=f"{' or '.join(group)} must have a value")


def _reference(column: Column) -> Rule:
    target, field = sql.referred(column)
    message = f"{column.name} must be a known {field} of {target}: in this load, or in the lake"
    return Rule(name="reference", columns=(column.name,), message=message)
