"""What differs between countries: money, language, places, lawful hours and limits, public holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from recobro_data.errors import UsageError
from recobro_data.synthetic.draws import Bools, Ints

EPOCH: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Country:
    """One country. `places`: region, IANA zone, share of debtors, code of the region's own holidays.

    `money_scale`: what one unit of Peru's amounts is here; `decimals` of its money. `first_hour` to `last_hour` (both
    included) are the hours in which the history contacts. Limits count attempts in 7 days, today's included.
    """

    code: str
    currency: str
    language: str
    money_scale: float
    decimals: int
    places: tuple[tuple[str, str, float, str | None], ...]
    first_hour: int = 8
    last_hour: int = 19
    calls_a_week: int = 3
    messages_a_week: int = 3
    message_gap_days: int = 1
    one_channel_a_week: bool = False
    categories: tuple[str, ...] = ("public",)

    @property
    def zones(self) -> tuple[str, ...]:
        """Each zone of the country's places once, in their order."""
        return tuple(dict.fromkeys(zone for _, zone, _, _ in self.places))


COUNTRIES: Final[Mapping[str, Country]] = MappingProxyType(
    {
        "PE": Country(
            code="PE",
            currency="PEN",
            language="es",
            money_scale=1.0,
            decimals=2,
            places=(
                ("Lima", "America/Lima", 0.50, None),
                ("Arequipa", "America/Lima", 0.12, None),
                ("La Libertad", "America/Lima", 0.12, None),
                ("Piura", "America/Lima", 0.10, None),
                ("Cusco", "America/Lima", 0.08, None),
                ("Junín", "America/Lima", 0.08, None),
            ),
        ),
        "CO": Country(
            code="CO",
            currency="COP",
            language="es",
            money_scale=1100.0,
            decimals=0,
            last_hour=18,
            one_channel_a_week=True,
            places=(
                ("Cundinamarca", "America/Bogota", 0.45, None),
                ("Antioquia", "America/Bogota", 0.25, None),
                ("Valle del Cauca", "America/Bogota", 0.18, None),
                ("Atlántico", "America/Bogota", 0.12, None),
            ),
        ),
        "CL": Country(
            code="CL",
            currency="CLP",
            language="es",
            money_scale=250.0,
            decimals=0,
            calls_a_week=1,
            messages_a_week=2,
            message_gap_days=3,
            places=(
                ("RM", "America/Santiago", 0.55, "RM"),
                ("VS", "America/Santiago", 0.17, "VS"),
                ("BI", "America/Santiago", 0.16, "BI"),
                ("AP", "America/Santiago", 0.06, "AP"),
                ("MA", "America/Punta_Arenas", 0.06, "MA"),
            ),
        ),
        "MX": Country(
            code="MX",
            currency="MXN",
            language="es",
            money_scale=5.0,
            decimals=2,
            calls_a_week=1,
            places=(
                ("CMX", "America/Mexico_City", 0.50, None),
                ("NLE", "America/Monterrey", 0.25, None),
                ("BCN", "America/Tijuana", 0.15, None),
                ("ROO", "America/Cancun", 0.10, None),
            ),
        ),
        "BR": Country(
            code="BR",
            currency="BRL",
            language="pt",
            money_scale=1.5,
            decimals=2,
            first_hour=9,
            last_hour=18,
            calls_a_week=1,
            categories=("public", "optional"),
            places=(
                ("SP", "America/Sao_Paulo", 0.45, "SP"),
                ("RJ", "America/Sao_Paulo", 0.20, "RJ"),
                ("BA", "America/Bahia", 0.15, "BA"),
                ("CE", "America/Fortaleza", 0.10, "CE"),
                ("AM", "America/Manaus", 0.10, "AM"),
            ),
        ),
    }
)


def find_country(code: str) -> Country:
    """The country of that code.

    Raises:
        UsageError: the simulation does not know the country.
    """
    if code not in COUNTRIES:
        raise UsageError(f"a country among {', '.join(COUNTRIES)}", repr(code), "Choose one of them.")
    return COUNTRIES[code]


def working_days(country: Country, first_day: int, n_days: int) -> Bools:
    """Days on which the history may contact, a row a place: Monday to Friday, no public holiday of its region."""
    import holidays

    days = first_day + np.arange(n_days)
    weekdays = (days + 3) % 7 < 5
    years = range(date_of(first_day).year, date_of(first_day + n_days).year + 1)
    rows = []
    for *_, subdivision in country.places:
        known = holidays.country_holidays(country.code, subdiv=subdivision, years=years, categories=country.categories)
        rows.append(weekdays & ~np.isin(days, [(day - EPOCH).days for day in known]))
    return np.array(rows)


def utc_offsets(country: Country, first_day: int, n_days: int) -> Ints:
    """Seconds from UTC to local time at noon of each day, a row a zone (clocks change at night)."""
    noons = [dt.datetime.combine(date_of(first_day + day), dt.time(12)) for day in range(n_days)]
    zones = [ZoneInfo(zone) for zone in country.zones]
    offsets = [[noon.replace(tzinfo=zone).utcoffset() or dt.timedelta() for noon in noons] for zone in zones]
    return np.array([[int(offset.total_seconds()) for offset in row] for row in offsets], dtype=np.int64)


def date_of(day: int) -> dt.date:
    """The date that many days after 1970-01-01."""
    return EPOCH + dt.timedelta(days=day)


def day_of(date: dt.date) -> int:
    """Days from 1970-01-01 to that date."""
    return (date - EPOCH).days
