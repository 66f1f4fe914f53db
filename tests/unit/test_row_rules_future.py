"""What counts as not having happened yet, and for which columns; ids hold nothing that no one can see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.row_rules import Rule, latest_day, latest_moment, set_clock, table_rules
from recobro_data.tables import TABLES

CLOCK = datetime(2026, 3, 10, 9, 59, tzinfo=UTC)
FUTURE = {
    column.name: rule
    for table in TABLES.values()
    for rule in table_rules(table)
    for column in table.columns
    if rule.name == "future" and rule.columns == (column.name,)
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def breaks(connection: duckdb.DuckDBPyConnection, rule: Rule, value: str) -> bool | None:
    (column,) = rule.columns
    row = connection.execute(f'SELECT {rule.failing} FROM (SELECT {value} AS "{column}:typed")').fetchone()
    assert row is not None
    return row[0]


def test_only_what_happened_is_held_against_the_clock() -> None:
    assert set(FUTURE) == {"paid_on", "recorded_at", "attempted_at", "made_at", "opened_on"}


@pytest.mark.parametrize(("day", "broken"), [("2026-03-09", False), ("2026-03-10", False), ("2026-03-11", True)])
def test_a_date_is_ahead_once_it_has_begun_nowhere(
    connection: duckdb.DuckDBPyConnection, day: str, broken: bool
) -> None:
    set_clock(connection, CLOCK)
    assert breaks(connection, FUTURE["paid_on"], f"DATE '{day}'") is broken


def test_the_next_day_counts_from_ten_in_utc(connection: duckdb.DuckDBPyConnection) -> None:
    set_clock(connection, CLOCK + timedelta(minutes=1))
    assert breaks(connection, FUTURE["paid_on"], "DATE '2026-03-11'") is False


@pytest.mark.parametrize(("moment", "broken"), [("2026-03-11T09:59Z", False), ("2026-03-11T10:00:00Z", True)])
def test_a_moment_may_lie_a_day_ahead(connection: duckdb.DuckDBPyConnection, moment: str, broken: bool) -> None:
    set_clock(connection, CLOCK)
    value = f"TIMESTAMPTZ '{moment.replace('09:59Z', '09:59:00Z')}'"
    assert breaks(connection, FUTURE["attempted_at"], value) is broken


def test_without_a_clock_nothing_lies_ahead(connection: duckdb.DuckDBPyConnection) -> None:
    assert breaks(connection, FUTURE["paid_on"], "DATE '9999-12-31'") is None


@given(st.integers(0, 2**32), st.timezones())
def test_no_clock_on_earth_shows_a_day_that_lies_ahead(second: int, zone: tzinfo) -> None:
    clock = datetime.fromtimestamp(second, zone)
    assert clock.date() <= latest_day(clock) <= clock.astimezone(UTC).date() + timedelta(days=1)
    assert latest_moment(clock) - clock == timedelta(days=1)


def test_the_furthest_day_is_that_of_kiritimati() -> None:
    assert latest_day(datetime(2026, 12, 31, 10, tzinfo=UTC)) == date(2027, 1, 1)


@pytest.mark.parametrize("name", TABLES)
def test_every_id_has_a_rule_against_what_nobody_can_see(name: str) -> None:
    ids = [column for column in TABLES[name].names if column.endswith("_id")]
    assert [rule.columns[0] for rule in table_rules(TABLES[name]) if rule.name == "characters"] == ids


@pytest.mark.parametrize("name", TABLES)
def test_every_message_is_a_sentence_about_its_columns(name: str) -> None:
    said = [rule for rule in table_rules(TABLES[name]) if rule.columns]
    assert all(rule.columns[0] in rule.message and " must " in rule.message for rule in said)
