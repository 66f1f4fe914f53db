"""Which canonical table and column a table of a source may be: by names people use for them, and by their values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from recobro_data.ingest import formats
from recobro_data.sources.sampling import Sample
from recobro_data.sources.words import fold, tokens
from recobro_data.tables import TABLES, Column, Table

SURE, LIKELY, GUESS = 3, 2, 1
#: What joins words.
_JOINTS: Final = frozenset(("de", "del", "da", "do", "la", "el", "en", "em", "the", "of"))
#: What stands beside a name and changes nothing about it.
_FILLERS: Final = _JOINTS | frozenset(
    "o a nro num numero no n id cod codigo code fecha fec data dt f fch date dia tipo".split()  # noqa: SIM905
)
_DATE: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d{6}")
_TIMED: Final = re.compile(rf"(?:{_DATE.pattern})[T ]+\d{{1,2}}:\d{{2}}.*")
_NUMBER: Final = re.compile(r"[+-]?[\d.,' ]*\d(?:[eE][+-]?\d+)?")
#: A table is one of ours from this score on: its name, or enough of its columns.
_ENOUGH: Final = 8


@dataclass(frozen=True)
class Lexicon:
    """Names of tables and columns, words of personal numbers, codes that mean one thing, and words that hint.

    Codes are folded: `values` has, for a column, folded code -> canonical.
    """

    tables: Mapping[str, frozenset[str]]
    columns: Mapping[str, frozenset[str]]
    person_ids: Mapping[str, frozenset[str]]
    values: Mapping[str, Mapping[str, str]]
    hints: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Match:
    """A canonical column and the place of the column that may be it."""

    column: str
    place: int
    sureness: int


@dataclass(frozen=True)
class TableMatch:
    """A canonical table, the sample that may be it and how its columns were placed."""

    table: str
    sample: Sample
    columns: tuple[Match, ...] = field(default=())
    score: float = 0

    @property
    def missing(self) -> list[str]:
        """Required columns that found no place."""
        placed = {match.column for match in self.columns}
        return [column.name for column in TABLES[self.table].columns if column.required and column.name not in placed]


@cache
def lexicon() -> Lexicon:
    """The names and codes that exports in Spanish, Portuguese and English use."""
    given = tomllib.loads((files("recobro_data") / "sources" / "synonyms.toml").read_text(encoding="utf-8"))
    return Lexicon(
        {table: frozenset(words.split()) for table, words in given["tables"].items()},
        {column: frozenset((column, *words.split())) for column, words in given["columns"].items()},
        {column: frozenset(words.split()) for column, words in given["person_ids"].items()},
        {
            column: {code: canonical for canonical, codes in known.items() for code in codes.split()}
            for column, known in given["values"].items()
        },
        {
            column: {canonical: tuple(words.split()) for canonical, words in known.items()}
            for column, known in given["hints"].items()
        },
    )


def match_tables(samples: Sequence[Sample]) -> list[TableMatch]:
    """Every canonical table that was found, in the order of the contract; each table of the source is used once."""
    found = [_match(table, sample) for table in TABLES.values() for sample in samples]
    best = sorted((one for one in found if one.score >= _ENOUGH), key=lambda one: -one.score)
    taken: dict[str, TableMatch] = {}
    for one in best:
        if one.table not in taken and all(other.sample is not one.sample for other in taken.values()):
            taken[one.table] = one
    if "debtors" not in taken and "charges" in taken:
        # Many books have no list of debtors beside that of what they owe.
        derived = _match(TABLES["debtors"], taken["charges"].sample)
        if any(match.column == "debtor_id" for match in derived.columns):
            taken["debtors"] = derived
    return [taken[table] for table in TABLES if table in taken]


def _match(table: Table, sample: Sample) -> TableMatch:
    named = _name_score(table, sample.name)
    placed = tuple(_placed(table, sample))
    required = {column.name for column in table.columns if column.required}
    score = named + sum(match.sureness * (1 if match.column in required else 0.4) for match in placed)
    own = {*table.key, *(column.name for column in table.columns if column.required and column.kind != "string")}
    score += sum(2 for match in placed if match.column in own and match.sureness == SURE)
    found = {match.column for match in placed}
    has_enough = named or not (required - found)
    return TableMatch(table.name, sample, placed, score if has_enough and found & required else 0)


def _name_score(table: Table, name: str) -> int:
    if fold(name) == table.name:
        return 12
    words = {word for word in tokens(name) if not word.isdigit()}
    known = lexicon().tables[table.name]
    return 6 if words & known else 0


def _placed(table: Table, sample: Sample) -> Iterator[Match]:
    """Best matches first, every column of the source and of the table once."""
    found = [
        (sureness, match)
        for column in table.columns
        for place, header in enumerate(sample.header)
        if (sureness := _sureness(table, column, header, values=sample.values(place)))
        for match in [Match(column.name, place, int(sureness))]
    ]
    columns, places = set[str](), set[int]()
    for _, match in sorted(found, key=lambda one: (-one[0], one[1].place)):
        if match.column not in columns and match.place not in places:
            columns.add(match.column)
            places.add(match.place)
            yield match


def _sureness(table: Table, column: Column, header: str, *, values: Sequence[str]) -> float:
    """How sure a column is meant, 0 for not at all; among equals the more of its words are known the better."""
    if values and not _fits(column, values):
        return 0
    words = tokens(header)
    folded = "_".join(word for word in fold(header).split("_") if word not in _JOINTS)
    known = lexicon().columns[column.name]
    if folded == column.name:
        return SURE + 0.9
    if folded in known:
        return SURE + 0.5
    if words - _FILLERS and any(words - _FILLERS == frozenset(name.split("_")) - _FILLERS for name in known):
        return LIKELY + 0.5
    if any(frozenset(name.split("_")) <= words for name in known if "_" in name):
        return LIKELY
    if column.name in table.key and len(table.key) == 1:
        return _key_sureness(folded, values) or _person_sureness(column, words)
    return _person_sureness(column, words) or _telling(table, column, values)


def _key_sureness(folded: str, values: Sequence[str]) -> float:
    is_unique = len(set(values)) == len(values) > 1
    return (
        LIKELY + 0.2 if folded in ("id", "codigo", "cod", "nro", "numero", "code", "key", "clave") and is_unique else 0
    )


def _person_sureness(column: Column, words: frozenset[str]) -> float:
    """Many books have no id of a debtor beside the number of an identity card."""
    said = words - _FILLERS
    return LIKELY if said and said <= lexicon().person_ids.get(column.name, frozenset()) else 0


def _telling(table: Table, column: Column, values: Sequence[str]) -> float:
    """Values alone tell codes, and the only date that a row of facts can have."""
    if not values:
        return 0
    if column.values or column.kind in ("country", "currency"):
        return GUESS * (len(set(values)) > 1 or column.kind != "string") if _known_share(column, values) >= 0.8 else 0
    dates = [one.name for one in table.columns if one.kind in ("date", "timestamp") and one.required]
    is_only = dates == [column.name]
    return GUESS if is_only and column.kind in ("date", "timestamp") else 0


def _fits(column: Column, values: Sequence[str]) -> bool:
    """Whether the values leave it open that they are of the column's kind."""
    match column.kind:
        case "date":
            return _share(values, _DATE) >= 0.5 or _share(values, _TIMED) >= 0.5
        case "timestamp":
            return _share(values, _TIMED) >= 0.5 or _share(values, _DATE) >= 0.5
        case "money" | "ratio":
            return _share(values, _NUMBER) >= 0.5 and _share(values, _DATE) < 0.5
        case "bool":
            return len({value.casefold() for value in values}) <= 2
        case "time":
            return all(":" in value for value in values)
        case "currency" | "country":
            return _known_share(column, values) >= 0.5
        case "timezone":
            return all("/" in value or value == "UTC" for value in values)
        case _ if column.name.endswith("_id"):
            return _share(values, _DATE) < 0.5 and _share(values, _TIMED) < 0.5
        case _:
            return not column.values or len(set(values)) <= max(40, len(values) // 3)


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(value) is not None for value in values) / len(values)


def _known_share(column: Column, values: Sequence[str]) -> float:
    return sum(canonical_value(column, value) is not None for value in values) / len(values)


def canonical_value(column: Column, value: str) -> str | None:
    """What a code certainly means in a column of closed values, itself where it is canonical."""
    if value in column.values:
        return value
    known = lexicon().values.get(column.name, {})
    if column.kind == "country":
        return value if value in formats.known_countries() else known.get(fold(value))
    if column.kind == "currency":
        code = {"S/": "PEN", "S/.": "PEN", "R$": "BRL", "US$": "USD"}.get(value, known.get(fold(value)))
        return code or (value if re.fullmatch(formats.CURRENCY, value) else None)
    return known.get(fold(value))


def guessed_value(column: Column, value: str) -> str | None:
    """What a code may mean, by the words in it."""
    folded = fold(value)
    for canonical, words in lexicon().hints.get(column.name, {}).items():
        if any(word in folded for word in words):
            return canonical
    return None


def has_time(values: Sequence[str]) -> bool:
    """Whether most values are instants that carry no offset."""
    naive = [value for value in values if not re.search(r"(?:Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$", value[10:])]
    return bool(values) and len(naive) * 2 > len(values)
