"""What a table as a whole should look like: numbers over every row, each with the bounds between which it is expected.

A number out of its bounds (`warn_...` in `[ingest]`) tells that an export may be wrong; it rejects no row and refuses
no source. Each is counted set-based in one pass. What is compared with the load before comes from `Numbers`, kept as
JSON beside the reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.clock import read_clock
from recobro_data.ingest.complete import mixed_portfolios
from recobro_data.ingest.manifest import write_whole
from recobro_data.ingest.merge import FACTS
from recobro_data.ingest.raw import Raw
from recobro_data.row_rules import table_rules
from recobro_data.settings import Ingest, Settings
from recobro_data.tables import TABLES, Table

#: Tables shorter than this say nothing about the next.
LEAST_ROWS: Final = 100

#: Quantiles and hours are taken of about as many rows, drawn evenly.
_DRAWN: Final = 200_000

#: Pairs of which the first should not come after the second; instants count by their day where it is latest.
_IN_ORDER: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "contact_points": (("prefer_from", "prefer_to"),),
    "charges": (("issued_on", "due_on"), ("issued_on", "cancelled_on")),
    "payments": (("paid_on", "reversed_on"), ("paid_on", "recorded_at")),
    "promises": (("made_at", "due_on"),),
    "disputes": (("opened_on", "closed_on"),),
}
#: Rules whose breaking in many rows means that a file is missing, or written in another way than was agreed.
_TELLING: Final = ("reference", "offset", "future")
_NAME: Final = "numbers.json"

Unit = Literal["share", "days", "times", "count"]


@dataclass(frozen=True)
class Measure:
    """One number of a table: `says` in words what it is, in `unit`; `least` and `most` are inclusive."""

    name: str
    says: str
    value: float | None
    unit: Unit = "share"
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Numbers:
    """What one load's rows of a table looked like: share filled by column, amounts, shares of each value."""

    rows: int
    filled: dict[str, float] = field(default_factory=dict)
    amounts: dict[str, float] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)


def build_measures(
    connection: duckdb.DuckDBPyConnection, raw: Raw, settings: Settings, before: Numbers | None
) -> tuple[list[Measure], Numbers]:
    """All measures of a table of this load, and its numbers for the next."""
    table, limits = TABLES[raw.table], settings.ingest
    now = build_numbers(connection, raw)
    measures = [*_odd(connection, raw, limits), *_disorder(connection, table, limits), *_age(connection, table, limits)]
    measures += _night(connection, raw, limits)
    if table.name == "charges":
        measures.append(_mixed_currencies(connection, settings))
    if before is not None and min(before.rows, now.rows) >= LEAST_ROWS:
        measures += compare_numbers(before, now, limits)
    return measures, now


def build_numbers(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Numbers:
    """The numbers of a table of this load."""
    table = TABLES[raw.table]
    money = [column.name for column in table.columns if column.kind == "money"]
    closed = [column.name for column in table.columns if column.values]
    # Quantiles are the dearest of all, and of this many values as good.
    drawn = f"FILTER ({_is_drawn(raw)})"
    means = [
        f"[avg({value}), {', '.join(f'(approx_quantile({value}, [0.5, 0.95]) {drawn})[{place}]' for place in (1, 2))}]"
        for value in _doubles(money)
    ]
    counted = ", ".join(["count(*)", *means, *(f"histogram({sql.name(name)})" for name in closed)])
    rows, *found = _one(connection, f"SELECT {counted} FROM good_{table.name}")
    kinds = [f"{what} {name}" for name in money for what in ("mean", "median", "95th percentile of")]
    values = [value for values in found[: len(money)] for value in values]
    amounts = {kind: value for kind, value in zip(kinds, values, strict=True) if value is not None}
    shares = {name: _shares(counts or {}, rows) for name, counts in zip(closed, found[len(money) :], strict=True)}
    return Numbers(raw.rows, _filled(connection, table), amounts, shares)


def _is_drawn(raw: Raw) -> str:
    return f"_seq % {max(1, raw.rows // _DRAWN)} = 0"


def _doubles(names: list[str]) -> list[str]:
    return [f"{sql.name(name)}::DOUBLE" for name in names]


def _shares(counts: Mapping[str, int], rows: int) -> dict[str, float]:
    return {value: count / rows for value, count in sorted(counts.items())}


def _filled(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, float]:
    """Share of rows that had a value of their own in each column that may go without, before defaults."""
    optional = [column.name for column in table.columns if not column.required]
    counts = ", ".join(["count(*)", *(f"count({sql.name(name)})" for name in optional)])
    rows, *found = _one(connection, f"SELECT {counts} FROM typed_{table.name}")
    return {name: count / max(rows, 1) for name, count in zip(optional, found, strict=True)}


def compare_numbers(before: Numbers, now: Numbers, limits: Ingest) -> Iterator[Measure]:
    """How far the numbers of a table moved since the load before.

    Example:
        >>> [measure.value for measure in compare_numbers(Numbers(1000), Numbers(10), Ingest())]
        [0.01]
    """
    times: Mapping[str, Any] = {"unit": "times", "least": 1 / limits.warn_change, "most": limits.warn_change}
    most = limits.warn_moved_share
    says = f"{now.rows:,} rows, {before.rows:,} in the last load"
    yield Measure("rows", says, now.rows / before.rows, **times)
    for name, amount in now.amounts.items():
        if was := before.amounts.get(name):
            yield Measure(name, f"a {name} of {amount:,.2f}, {was:,.2f} in the last load", amount / was, **times)
    for name, share in now.filled.items():
        lost = max(before.filled.get(name, 0.0) - share, 0.0)
        yield Measure(f"{name} lost", f"rows that lost their {name} since the last load", lost, most=most)
    for name, shares in now.shares.items():
        moved = _moved(before.shares.get(name, {}), shares)
        yield Measure(f"{name} moved", f"rows that have another {name} than in the last load", moved, most=most)


def _moved(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    return sum(abs(now.get(value, 0) - before.get(value, 0)) for value in {*before, *now}) / 2


def load_numbers(reports: Path) -> dict[str, Numbers]:
    """The numbers of the last load of each table that had enough rows."""
    path = reports / _NAME
    if not path.is_file():
        return {}
    given: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {table: Numbers(**numbers) for table, numbers in given.items() if table in TABLES}


def keep_numbers(reports: Path, numbers: Mapping[str, Numbers]) -> None:
    """Keeps the numbers of a load, of its longer tables, for the next load to be held against."""
    telling = {table: one for table, one in numbers.items() if one.rows >= LEAST_ROWS}
    if telling:
        kept = load_numbers(reports) | telling
        text = json.dumps({table: asdict(one) for table, one in kept.items()}, indent=1, ensure_ascii=False)
        write_whole(reports / _NAME, text)


def _odd(connection: duckdb.DuckDBPyConnection, raw: Raw, limits: Ingest) -> Iterator[Measure]:
    counted = dict(connection.execute(f"SELECT _rule, count(*) FROM failed_{raw.table} GROUP BY 1").fetchall())
    for code, rule in enumerate(table_rules(TABLES[raw.table])):
        if rule.name in _TELLING:
            share = counted.get(code, 0) / max(raw.rows, 1)
            says = f"rows rejected because {rule.message}"
            yield Measure(f"{rule.columns[0]} {rule.name}", says, share, most=limits.warn_odd_share)


def _disorder(connection: duckdb.DuckDBPyConnection, table: Table, limits: Ingest) -> Iterator[Measure]:
    pairs = _IN_ORDER.get(table.name, ())
    if not pairs:
        return
    wrong = ", ".join(
        f"count_if({_earliest(table, first)} > {_latest(table, second)}) / greatest(count(*), 1)"
        for first, second in pairs
    )
    found = _one(connection, f"SELECT {wrong} FROM good_{table.name}")
    for (first, second), share in zip(pairs, found, strict=True):
        says = f"rows whose {first} comes after {second}"
        yield Measure(f"{first}, {second}", says, share, most=limits.warn_odd_share)


def _earliest(table: Table, column: str) -> str:
    """A value, an instant as the day it is where it is earliest."""
    value = sql.name(column)
    return f"({value} - INTERVAL 12 HOUR)::DATE" if table.column(column).kind == "timestamp" else value


def _latest(table: Table, column: str) -> str:
    value = sql.name(column)
    return f"({value} + INTERVAL 14 HOUR)::DATE" if table.column(column).kind == "timestamp" else value


def _age(connection: duckdb.DuckDBPyConnection, table: Table, limits: Ingest) -> Iterator[Measure]:
    """Days since the newest fact that has happened, in this load or the lake; none where there is no clock or fact."""
    if table.name not in FACTS:
        return
    fact = FACTS[table.name]
    newest = " UNION ALL ".join(
        f"SELECT max({fact}) FILTER ({fact} < {_TODAY} + 1)::DATE AS day FROM {name}_{table.name}"
        for name in ("good", "lake")
    )
    (days,) = _one(connection, f"SELECT {_TODAY} - max(day) FROM ({newest})")
    if days is not None:
        says = f"days since the newest {FACTS[table.name]}"
        yield Measure("newest", says, days, "days", most=limits.warn_age_days)


def _night(connection: duckdb.DuckDBPyConnection, raw: Raw, limits: Ingest) -> Iterator[Measure]:
    """Share of calls and visits at night; none where there are too few to tell of a clock."""
    if raw.table != "contact_attempts":
        return
    drawn = f"(SELECT debtor_id, channel, attempted_at FROM good_contact_attempts WHERE {_is_drawn(raw)})"
    clock = read_clock(connection, drawn)
    if clock is not None:
        yield Measure("attempted_at night", clock.says, clock.night_share, most=limits.warn_odd_share)


_TODAY: Final = "getvariable('load_clock')::TIMESTAMPTZ::DATE"


def _mixed_currencies(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Measure:
    portfolios = mixed_portfolios(connection)
    mixed = sum(len(set(currencies) - settings.rates.keys()) > 1 for _, currencies in portfolios)
    return Measure("currency", "portfolios of several currencies without rates", mixed, "count", most=0)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
