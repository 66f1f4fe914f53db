"""Public holidays of a place, from python-holidays and the days that a rule file adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from recobro_data.contact_rules.entry import Calendar, Entry
from recobro_data.errors import RulesError


@dataclass(frozen=True)
class HolidayCalendar:
    """Which holidays hold in a place. `extra` are days (`YYYY-MM-DD`) or days of every year (`MM-DD`)."""

    code: str | None
    categories: tuple[str, ...] = ("public",)
    subdivisions: tuple[str, ...] = ()
    extra: frozenset[str] = frozenset()

    def ahead(self, day: date, days: int, language: str) -> dict[date, str]:
        """The holidays from a day on, and their names, in the language where the library has it."""
        coming = (day + timedelta(days=n) for n in range(days))
        known = (one for one in coming if _days(self, one.year, language) and self.has(one))
        return {one: _days(self, one.year, language).get(one, "") for one in known}

    def has(self, day: date) -> bool:
        """Whether the day is a holiday; without a calendar for the year every day is one, and nobody is contacted."""
        known = _days(self, day.year)
        text = day.isoformat()
        return not known or day in known or text in self.extra or text[5:] in self.extra


@lru_cache(maxsize=512)
def supports(code: str | None) -> bool:
    """Whether python-holidays has a calendar of the country."""
    import holidays

    return code in holidays.list_supported_countries()


def subdivisions_of(code: str | None) -> dict[str, str]:
    """Subdivisions of a country by code, and by each name that python-holidays gives them."""
    import holidays

    if code is None or not supports(code):
        return {}
    country = getattr(holidays, code)
    return {name: name for name in country.subdivisions} | dict(country.subdivisions_aliases)


@lru_cache(maxsize=1024)
def _days(calendar: HolidayCalendar, year: int, language: str = "") -> dict[date, str]:
    """The year's holidays and their names; in the country's own language where the library lacks the one asked for."""
    import holidays

    spoken = getattr(getattr(holidays, calendar.code or "", None), "supported_languages", ())
    spoken = next((one for one in spoken if language and one.startswith(language)), None)

    found: dict[date, str] = {}
    for subdivision in (calendar.subdivisions or (None,)) if calendar.code else ():
        named = holidays.country_holidays(
            calendar.code,
            subdiv=subdivision,
            years=year,
            categories=calendar.categories,
            expand=False,
            language=spoken,
        )
        found = dict(named) | found
    return found


def check_calendar(entry: Entry, installed: str) -> None:
    """Refuses an entry whose calendar the installed python-holidays can not give.

    Raises:
        RulesError: the library is too old, or lacks the country, a subdivision or a category.
    """
    calendar = entry.holidays.calendar
    _check_package(entry.id, calendar, installed)
    if calendar.code is None:
        return
    if not supports(calendar.code):
        raise _missing(entry.id, f"country {calendar.code}")
    import holidays

    country = getattr(holidays, calendar.code)
    _check_known(entry.id, "subdivision", calendar.subdivisions, country.subdivisions)
    _check_known(entry.id, "category", calendar.categories, country.supported_categories)


def _check_package(entry_id: str, calendar: Calendar, installed: str) -> None:
    needed = calendar.min_package_version
    if needed and _as_numbers(installed) < _as_numbers(needed):
        expected = f"python-holidays {needed} or newer for the calendar of {entry_id}"
        raise RulesError(expected, installed, "Install it: `pip install --upgrade holidays`.")


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _check_known(entry_id: str, what: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise _missing(entry_id, f"{what} {unknown[0]}")


def _missing(entry_id: str, what: str) -> RulesError:
    return RulesError(f"a holiday calendar for {entry_id}", f"no {what} in python-holidays", f"Mend {entry_id}.yaml.")
