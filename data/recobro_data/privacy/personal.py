"""What a column of an export looks like where it is about a person: by the words of its name and by its values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from recobro_data.privacy.national_ids import NATIONAL_IDS
from recobro_data.sources.words import fold

#: From this share of its values on, a column is what they look like.
_MOST: Final = 0.6
#: Given names are one word among several, and no list has them all.
_NAMED: Final = 0.4
#: Fewer different values than this say nothing.
_FEWEST: Final = 3

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
#: Behind two zeros only with a calling code of Europe or Latin America: numbers of loans begin with zeros too.
_PHONE: Final = re.compile(
    r"\+\d{1,3}[\s().-]*(?:\d[\s().-]*){7,12}|00[345]\d[\s().-]*(?:\d[\s().-]*){8,11}|\(\d{1,4}\)\s*(?:\d[\s.-]*){6,9}"
)
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
    "an address": re.compile(r"[^\W\d_]|\d{4}|\d[.]\d"),
}
#: What stands in a column that is called after somebody, such as `cliente`: words alone, two or more.
_FULL_NAME: Final = re.compile(r"[^\W\d_]{2,}[.,]?(?: +[^\W\d_]+[.,]?){1,6}")
#: Years of birth of whom one may collect from, and how many of them the values of a column span at least.
_BORN: Final = range(1915, 2012)
_SPAN: Final = 15
#: What a word tells of a thing where another says whose, as in `nombre_producto`.
_OF_THINGS: Final = ("a name", "an address", "a national id")


@dataclass(frozen=True)
class _Lexicon:
    headers: Mapping[str, tuple[str, ...]]
    people: frozenset[str]
    nobody: frozenset[str]
    about: frozenset[str]
    given_names: frozenset[str]


@cache
def _lexicon() -> _Lexicon:
    given = tomllib.loads((files("recobro_data") / "privacy" / "personal_words.toml").read_text(encoding="utf-8"))
    headers = {what: tuple(words.split()) for what, words in given["headers"].items()}
    return _Lexicon(headers, **{name: frozenset(words.split()) for name, words in given["words"].items()})


def looks_like(header: str, values: Sequence[str]) -> str | None:
    """What a column that is not canonical looks like, such as `a phone number`; None where it looks like no person's.

    Example:
        >>> looks_like("Nombre completo", []), looks_like("nombre_producto", [])
        ('a name', None)
    """
    found, words = values_look_like(values), _words(header)
    if found == "a name" and words & _lexicon().nobody:
        found = None  # many towns and branches are called after saints
    return found or _header_looks_like(words, values)


def values_look_like(values: Sequence[str]) -> str | None:
    """What the values of a column look like, whatever it is called."""
    different = {value.strip() for value in values} - {""}
    if len(different) < _FEWEST:
        return None
    for what, test in _TESTS.items():
        if _share(different, test) >= _MOST:
            return what
    if _are_births(different):
        return "a birth date"
    return "a name" if _share(different, _is_named) >= _NAMED else None


def _words(header: str) -> frozenset[str]:
    """The words of a header and its pairs of words, without the numbers behind them (`telf1`)."""
    words = [bare for word in fold(header).split("_") if (bare := word.rstrip("0123456789"))]
    return frozenset((*words, *("_".join(pair) for pair in pairwise(words))))


def _header_looks_like(words: frozenset[str], values: Sequence[str]) -> str | None:
    known = _lexicon()
    for what, telling in known.headers.items():
        if words.isdisjoint(telling) or (what in _OF_THINGS and words & known.nobody):
            continue
        is_about = words & known.about and what != "a birth date"
        if not is_about and not _is_key(words, what) and _may_be(what, values):
            return what
    return "a name" if words and words <= known.people and _are_full_names(values) else None


def _is_key(words: frozenset[str], what: str) -> bool:
    """Whether a column holds ids of a table (`email_id`), as against ids that a state gives."""
    return "id" in words and what != "a national id"


def _are_full_names(values: Sequence[str]) -> bool:
    given = [value.strip() for value in values if value.strip()]
    return bool(given) and _share(given, lambda value: bool(_FULL_NAME.fullmatch(value))) >= _MOST


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


def _are_births(values: set[str]) -> bool:
    years = [int(found[1] or found[2]) for value in values if (found := _DATE.fullmatch(value))]
    born = [year for year in years if year in _BORN]
    return len(born) >= _MOST * len(values) and max(born) - min(born) >= _SPAN


#: In the order in which they are asked; what has check digits before what has none.
_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "an e-mail address": lambda value: bool(_EMAIL.fullmatch(value)),
    **NATIONAL_IDS,
    "a phone number": lambda value: bool(_PHONE.fullmatch(value)),
    "an address": lambda value: bool(_STREET.match(value)),
}
