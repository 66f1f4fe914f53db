"""How each kind of value is written in a source, for SQL and Python alike: patterns and closed lists."""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib.resources import files
from typing import Final

DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?"
OFFSET: Final = r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
NAIVE: Final = rf"{DATE}(?:[T ]{_CLOCK})?"
TIMESTAMP: Final = rf"{DATE}[T ]{_CLOCK}{OFFSET}"
TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
#: An exponent is what a float becomes when it is written as text; beyond two digits no amount of money lies.
NUMBER: Final = r"[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
CURRENCY: Final = r"[A-Z]{3}"

#: In lower case. In Spanish and Portuguese too, as office programs of those languages write them.
TRUE: Final = ("true", "1", "t", "yes", "y", "sí", "si", "s", "sim", "verdadero", "verdadeiro")
FALSE: Final = ("false", "0", "f", "no", "n", "não", "nao", "falso")

#: What is cut from both ends of every value.
BLANKS: Final = " \t\r\n"


@cache
def known_countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes. Source: iso3166.tab of the time zone database."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line.split("\t")[0] for line in text.splitlines() if line and not line.startswith("#"))


@cache
def known_timezones() -> frozenset[str]:
    """IANA names that `zoneinfo` can open."""
    return frozenset(zoneinfo.available_timezones())
