"""Which day a command speaks of when nobody says so."""

from __future__ import annotations

from datetime import date, timedelta

from recobro_data.errors import NoDataError, UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings

#: History that ends longer ago than this is not today's: the day after it is meant.
_FRESH_DAYS = 7
#: Tables whose newest row tells how far the history goes (due and issue dates may lie ahead).
_FACTS = ("payments", "contact_attempts", "promises")


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
    newest = lake.newest()
    facts = [newest[table] for table in _FACTS if table in newest]
    return max(facts) if facts else None


def parse_day(text: str) -> date:
    """A day from `YYYY-MM-DD`.

    Raises:
        UsageError: it is not one.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("a date such as 2026-10-14", repr(text), "Write year-month-day.") from error
