"""Time zones of countries, from the tz database's own table."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

#: zone.tab lists a country's zones from east to west; where the first is not where most people live, we say so.
_MOST_PEOPLE = MappingProxyType(
    {
        "AU": "Australia/Sydney",
        "BR": "America/Sao_Paulo",
        "CA": "America/Toronto",
        "RU": "Europe/Moscow",
        "UA": "Europe/Kyiv",
    }
)


@lru_cache(maxsize=1)
def country_zones() -> dict[str, tuple[str, ...]]:
    """Every ISO 3166-1 country with its IANA zones, the most populous first. Source: tz database, zone.tab."""
    zones: dict[str, tuple[str, ...]] = {}
    for line in (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones[country] = (*zones.get(country, ()), zone)
    for country, first in _MOST_PEOPLE.items():
        zones[country] = (first, *(zone for zone in zones[country] if zone != first))
    return zones


def principal_zone(country: str) -> str:
    """The zone in which a country's dates are read where a debtor names none; UTC for an unknown country."""
    return country_zones().get(country, ("UTC",))[0]
