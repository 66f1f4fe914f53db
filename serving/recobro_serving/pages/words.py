"""Words and numbers of the pages; the sentences lie beside the templates, a file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

TEMPLATES: Final = Path(__file__).parent / "templates"
#: Thin no-break space: neither a decimal comma nor a decimal point can be read into it.
_THIN: Final = "\u202f"
_UNKNOWN: Final = "–"
_LEVELS: Final = 9


@cache
def load_words(language: str) -> Mapping[str, Any]:
    """The sentences of a language by key."""
    text = (TEMPLATES / f"words.{language}.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def say(key: str, language: str, **numbers: Any) -> str:
    """The words of a key or of one of the contract's codes; a code without words is its own.

    Example:
        >>> say("call", "pt"), say("page_of", "en", n=3), say("cartera-1", "es")
        ('Ligação', '3 a page', 'cartera-1')
    """
    text = str(load_words(language).get(key, key))
    return text.format(**numbers) if numbers else text


def number_words(value: float | None, digits: int = 0) -> str:
    """A number with thin spaces between thousands and a decimal point; a dash for what is not known.

    Example:
        >>> number_words(-0.004, 2), number_words(None)
        ('0.00', '–')
    """
    if value is None:
        return _UNKNOWN
    # Rounding first takes the sign off a zero.
    return f"{round(value, digits) + 0:,.{digits}f}".replace(",", _THIN)


def share_words(value: float | None, digits: int = 0) -> str:
    """A share of 1 in per cent."""
    return _UNKNOWN if value is None else f"{number_words(100 * value, digits)}{_THIN}%"


def money_words(value: float | None, currency: str | None = None) -> str:
    """An amount with its cents and currency."""
    return _UNKNOWN if value is None else _THIN.join(filter(None, (number_words(value, 2), currency)))


def day_words(day: str | None, language: str) -> str:
    """An ISO day in short.

    Example:
        >>> day_words("2026-03-01", "es"), day_words(None, "es")
        ('1 mar 2026', '–')
    """
    if day is None:
        return _UNKNOWN
    found = date.fromisoformat(day[:10])
    return f"{found.day} {load_words(language)['months'][found.month - 1]} {found.year}"


def weekday_words(weekday: int, language: str) -> str:
    """A weekday in short; Monday is 1."""
    return str(load_words(language)["weekdays"][weekday - 1])


def window_words(row: Mapping[str, Any]) -> str:
    """An action's window in the debtor's local time.

    Example:
        >>> window_words({"window_start": "2026-03-02T09:00:00-05:00", "window_end": "2026-03-02T10:00:00-05:00"})
        '09:00–10:00'
    """
    return "–".join(f"{datetime.fromisoformat(row[name]):%H:%M}" for name in ("window_start", "window_end"))


def level_of(value: float, most: float) -> int:
    """The shade of a value on a scale of ten; the greatest is the darkest.

    Example:
        >>> level_of(0.0, 0.4), level_of(0.4, 0.4), level_of(0.0, 0.0)
        (0, 9, 0)
    """
    return round(_LEVELS * value / most) if most > 0 else 0
