"""Time zones: which ones a debtor may live in, and local clock times as instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recobro_data.contact_rules.form import Span
from recobro_data.errors import RulesError

if TYPE_CHECKING:
    from recobro_data.contact_rules.rulebook import Jurisdiction

#: Instants as seconds since 1970 in UTC, half open, rising and apart.
Instants = tuple[tuple[int, int], ...]


def zones_of(country: str, timezone: str | None, jurisdiction: Jurisdiction) -> tuple[str, ...]:
    """The IANA zones the debtor may live in, the principal one first.

    The given zone alone; else the jurisdiction's; else every zone of the country in tzdata's zone.tab; none for an
    unknown country, and then no hour is open.

    Raises:
        RulesError: the given zone is no IANA name.
    """
    if timezone:
        check_zone(timezone)
        return (timezone,)
    return jurisdiction.timezones or zones_of_country(country)


@lru_cache(maxsize=1024)
def check_zone(name: str) -> None:
    """Refuses a name that tzdata does not know.

    Raises:
        RulesError: no zone of that name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RulesError(
            "an IANA time zone such as America/Lima", f"{name!r}", "Mend it, or leave it empty."
        ) from error


def zones_of_country(country: str | None) -> tuple[str, ...]:
    """Zones of an ISO 3166-1 country in the order of tzdata's zone.tab."""
    return _zone_table().get(country or "", ())


@lru_cache(maxsize=1)
def _zone_table() -> dict[str, tuple[str, ...]]:
    zones: dict[str, list[str]] = {}
    text = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for country, _, zone, *_ in (line.split("\t") for line in text.splitlines() if line and not line.startswith("#")):
        zones.setdefault(country, []).append(zone)
    return {country: tuple(names) for country, names in zones.items()}


@lru_cache(maxsize=65536)
def to_instants(day: date, span: Span, zone: str) -> tuple[int, int] | None:
    """A span of a local day in UTC seconds; None where the clock change leaves nothing of it.

    A clock time that occurs twice or never is read the narrow way: the later start, the earlier end.
    """
    start = max(_seconds(day, span[0], zone))
    end = min(_seconds(day, span[1], zone))
    return (start, end) if start < end else None


def _seconds(day: date, minutes: int, zone: str) -> Iterator[int]:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minutes)
    return (int(local.replace(fold=fold).astimezone(UTC).timestamp()) for fold in (0, 1))


def local_time(seconds: int, zone: str) -> datetime:
    """An instant on the zone's clock."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone))


def join(spans: list[tuple[int, int]]) -> Instants:
    """Spans in order, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def intersect(one: Instants, other: Instants) -> Instants:
    """What lies in both."""
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple((start, end) for start, end in both if start < end)
