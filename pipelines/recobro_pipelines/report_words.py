"""The words and numbers of the report's page; its sentences lie beside it, a file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from math import ceil, floor, log10
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from recobro_data.vocabulary import CHANNELS, LEFT_ALONE
from recobro_pipelines.debtor_words import code_word

#: Thin no-break space: neither a decimal comma nor a decimal point can be read into it.
_THIN: Final = "\u202f"
_MONTHS: Final = MappingProxyType(
    {
        "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
               "noviembre", "diciembre"),
        "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
               "novembro", "dezembro"),
        "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"),
    }
)  # fmt: skip


@cache
def load_words(language: str) -> Mapping[str, Any]:
    """The sentences of a language by key and, under `kpis`, the `title` and `meaning` of each KPI."""
    path = Path(__file__).parent / "pages" / f"words.{language}.toml"
    return MappingProxyType(tomllib.loads(path.read_text(encoding="utf-8")))


def say(key: str, language: str, **numbers: Any) -> str:
    """The words of a key or of one of the contract's codes; a key without words is its own (bucket names, portfolios).

    Example:
        >>> say("call", "es"), say("61-90", "es")
        ('Llamada', '61-90')
    """
    text = load_words(language).get(key) or _code(key, language)
    return text.format(**numbers) if numbers else text


def _code(key: str, language: str) -> str:
    if key not in CHANNELS:
        return code_word(key, language) if key in LEFT_ALONE else key
    word = code_word(key, language)
    return word[0].upper() + word[1:]


def day_words(day: date, language: str) -> str:
    """A day in words.

    Example:
        >>> day_words(date(2026, 3, 1), "es"), day_words(date(2026, 3, 1), "en")
        ('1 de marzo de 2026', '1 March 2026')
    """
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} {month} {day.year}" if language == "en" else f"{day.day} de {month} de {day.year}"


def short_day_words(day: date, language: str) -> str:
    """A day and month in short.

    Example:
        >>> short_day_words(date(2026, 3, 1), "es")
        '1 mar'
    """
    return f"{day.day} {_MONTHS[language][day.month - 1][:3]}"


def month_word(month: str, language: str) -> str:
    """A month of `YYYY-MM` in short, with the year where it begins.

    Example:
        >>> month_word("2026-01", "es"), month_word("2026-03", "es")
        ("ene '26", 'mar')
    """
    year, number = month.split("-")
    short = _MONTHS[language][int(number) - 1][:3]
    return f"{short} '{year[2:]}" if number == "01" else short


def whole_month_words(month: str, language: str) -> str:
    """A month of `YYYY-MM` in words.

    Example:
        >>> whole_month_words("2026-09", "es")
        'septiembre 2026'
    """
    year, number = month.split("-")
    return f"{_MONTHS[language][int(number) - 1]} {year}"


def number_words(value: float | None, digits: int = 0) -> str:
    """A number with thin spaces between thousands and a decimal point; a dash for what is not known.

    Example:
        >>> number_words(3.14159, 2), number_words(None)
        ('3.14', '–')
    """
    return "–" if value is None else f"{value:,.{digits}f}".replace(",", _THIN)


def share_words(value: float | None, digits: int = 1) -> str:
    """A share of 1 in per cent."""
    return "–" if value is None else f"{number_words(100 * value, digits)}{_THIN}%"


def money_words(value: float | None, currency: str | None, language: str) -> str:
    """An amount in thousands or millions, with three figures, and its currency."""
    if not value:
        return "–" if value is None else "0"
    size = abs(value)
    scale, unit = _scale(size, language)
    digits = 0 if size / scale >= 100 else 1 if size / scale >= 10 else 2
    return _THIN.join(part for part in (currency, number_words(value / scale, digits), unit) if part)


def axis_words(value: float, language: str) -> str:
    """An amount beside an axis: no more figures than it has.

    Example:
        >>> axis_words(60_000, "en"), axis_words(2_500_000, "en"), axis_words(50, "en")
        ('60\u202fk', '2.5\u202fM', '50')
    """
    scale, unit = _scale(abs(value), language)
    return _THIN.join(part for part in (f"{value / scale:g}", unit) if part)


def _scale(size: float, language: str) -> tuple[float, str]:
    thousand = "k" if language == "en" else "mil"
    return (1e6, "M") if size >= 999_500 else (1e3, thousand) if size >= 9_999.5 else (1.0, "")


def nice_ticks(most: float, n: int = 4) -> list[float]:
    """About `n` round numbers from 0 to at least `most`.

    Example:
        >>> nice_ticks(0.37), nice_ticks(0)
        ([0.0, 0.1, 0.2, 0.3, 0.4], [0.0, 1.0])
    """
    if most <= 0:
        return [0.0, 1.0]
    raw = most / n
    power = 10.0 ** floor(log10(raw))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= raw * (1 - 1e-9))
    return [round(step * place, 10) for place in range(ceil(most / step - 1e-9) + 1)]
