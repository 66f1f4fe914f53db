"""What a column of an export looks like where it is about a person: by the words of its name and by its values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from recobro_data.privacy.national_ids import NATIONAL_IDS
from recobro_data.sources.words import fold, tokens

#: From this share of its values on, a column is what they look like.
_MOST: Final = 0.6
#: Given names are one word among several, and no list has them all.
_NAMED: Final = 0.4
#: Fewer different values than this say nothing.
_FEWEST: Final = 3

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE: Final = re.compile(r"(?:\+|00)\d{1,3}[\s().-]*(?:\d[\s().-]*){7,12}|\(\d{1,4}\)\s*(?:\d[\s.-]*){6,9}")
_STREET: Final = re.compile(
    r"(?:av|avda|avenida|calle|jr|jiron|psje|pasaje|cra|carrera|cl|kr|diagonal|transversal|rua|travessa|alameda|rodovia"
    r"|estrada|col|colonia|mz|urb)\b[. ].*\d",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(?:(\d{4})[-/]\d{2}[-/]\d{2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}))(?:[T ]00:00.*)?")
#: What the values of a column must at least be where its name alone tells.
_SHAPES: Final = {
    "a name": re.compile(r"[^\W\d_]{2}"),
    "a phone number": re.compile(r"^\+?(?:\d[\s().-]*){6,15}$"),
    "a national id": re.compile(r"^[A-Za-z]{0,4}\d[\d./-]{4,}[A-Za-z0-9]{0,8}$"),
    "an address": re.compile(r"."),
}
#: Years of birth of whom one may collect from.
_BORN: Final = range(1915, 2012)


@dataclass(frozen=True)
class _Lexicon:
    headers: Mapping[str, frozenset[str]]
    nobody: frozenset[str]
    about: frozenset[str]
    given_names: frozenset[str]


@cache
def _lexicon() -> _Lexicon:
    given = tomllib.loads((files("recobro_data") / "privacy" / "personal_words.toml").read_text(encoding="utf-8"))
    headers = {what: frozenset(words.split()) for what, words in given["headers"].items()}
    return _Lexicon(headers, **{name: frozenset(words.split()) for name, words in given["words"].items()})


def looks_like(header: str, values: Sequence[str]) -> str | None:
    """What a column that is not canonical looks like, such as `a phone number`; None where it looks like no person's.

    Example:
        >>> looks_like("Nombre completo", []), looks_like("nombre_producto", [])
        ('a name', None)
    """
    return values_look_like(values) or _header_looks_like(header, values)


def values_look_like(values: Sequence[str]) -> str | None:
    """What the values of a column look like, whatever it is called."""
    different = {value.strip() for value in values} - {""}
    if len(different) < _FEWEST:
        return None
    for what, test in _TESTS.items():
        if _share(different, test) >= _MOST:
            return what
    return "a name" if _share(different, _is_named) >= _NAMED else None


def _header_looks_like(header: str, values: Sequence[str]) -> str | None:
    words, known = tokens(header), _lexicon()
    national = known.headers["a national id"]
    if words & known.about or (fold(header).endswith("_id") and not words & national):
        return None
    for what, telling in known.headers.items():
        if words & telling and not (what in ("a name", "an address") and words & known.nobody):
            return what if _may_be(what, values) else None
    return None


def _may_be(what: str, values: Sequence[str]) -> bool:
    """Whether the values leave it open: truth values are no phone, digits no name."""
    given = [value.strip() for value in values if value.strip()]
    if not given:
        return True
    if what in _SHAPES:
        return _share(given, lambda value: bool(_SHAPES[what].search(value))) >= _MOST
    return max(map(len, given)) > len("false")


def _share(values: Sequence[str] | set[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _is_named(value: str) -> bool:
    words = fold(value).split("_")
    return (
        2 <= len(words) <= 6
        and not any(word.isdigit() for word in words)
        and not _lexicon().given_names.isdisjoint(words)
    )


def _is_birth(value: str) -> bool:
    found = _DATE.fullmatch(value)
    return found is not None and int(found[1] or found[2]) in _BORN


#: In the order in which they are asked; what has check digits before what has none.
_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "an e-mail address": lambda value: bool(_EMAIL.fullmatch(value)),
    **NATIONAL_IDS,
    "a phone number": lambda value: bool(_PHONE.fullmatch(value)),
    "an address": lambda value: bool(_STREET.match(value)),
    "a birth date": _is_birth,
}
