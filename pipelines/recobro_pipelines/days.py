"""Which day a command speaks of when nobody says so."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

import duckdb

from recobro_data.errors import NoDataError, UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.zones import principal_zone

#: History that ends longer ago than this is not today's: the day after it is meant.
_FRESH_DAYS = 7
#: Tables whose newest row tells how far the history goes (due and issue dates may lie ahead), and the day of a row.
_FACTS: Final = {
    "payments": "paid_on",
    "contact_attempts": "timezone('{zone}', attempted_at)",
    "promises": "timezone('{zone}', made_at)",
}


def choose_as_of(settings: Settings, given: str | None, *, today: date) -> tuple[date, str | None]:
    """The day to work as of, and a sentence when it is not simply today's or the given one.

    Today, unless the newest payment, attempt or promise is more than a week old: then the day after it.

    Raises:
        UsageError: `given` is not a date.
        NoDataError: nothing is loaded.
    """
    if given is not None:
        return parse_day(given), None
    newest = newest_fact(settings)
    if newest is None or (today - newest).days <= _FRESH_DAYS:
        return today, None
    as_of = newest + timedelta(days=1)
    return as_of, f"The history ends on {newest}; working as of {as_of}. Say --as-of to choose another day."


def newest_fact(settings: Settings) -> date | None:
    """The newest dated fact of the lake, None where only charges are known.

    Raises:
        NoDataError: nothing is loaded.
    """
    lake = Lake(settings.lake_dir)
    if not lake.version:
        raise NoDataError("a loaded source", "nothing", "Run `recobro ingest SOURCE` first.")
    with duckdb.connect() as con:
        zone = _most_common_zone(con, lake)
        facts = [_newest_local_day(con, lake.paths(table), day.format(zone=zone)) for table, day in _FACTS.items()]
    return max((day for day in facts if day is not None), default=None)


def _most_common_zone(con: duckdb.DuckDBPyConnection, lake: Lake) -> str:
    """The zone in which a night's last attempts are read: the principal one of the country most debtors live in."""
    query = "select country from read_parquet(?) group by country order by count(*) desc, country limit 1"
    return principal_zone(str(con.execute(query, [lake.paths("debtors")]).fetchall()[0][0]))


def _newest_local_day(con: duckdb.DuckDBPyConnection, paths: list[str], day: str) -> date | None:
    if not paths:
        return None
    found = con.execute(f"select max(cast({day} as date)) from read_parquet(?)", [paths]).fetchall()[0][0]
    return found if found is None else date.fromisoformat(str(found))


def parse_day(text: str) -> date:
    """A day from `YYYY-MM-DD`.

    Raises:
        UsageError: it is not one.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("a date such as 2026-10-14", repr(text), "Write year-month-day.") from error


def parse_instant(text: str) -> datetime:
    """An instant from the words of a command.

    Raises:
        UsageError: no ISO instant, or one without an offset.
    """
    instant = None
    with suppress(ValueError):
        instant = datetime.fromisoformat(text)
    if instant is None or instant.tzinfo is None:
        raise UsageError("an instant with an offset", repr(text), "Write it as in 2026-01-31T06:00-05:00.")
    return instant
