"""A first `mapping.toml` from the headers and first rows of a source: what is sure, what is guessed, what is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recobro_data.privacy.personal import looks_like
from recobro_data.sources.matching import (
    GUESS,
    LIKELY,
    SURE,
    TableMatch,
    canonical_value,
    guessed_value,
    has_time,
    match_tables,
)
from recobro_data.sources.sampling import Sample, load_samples
from recobro_data.tables import TABLES, Column
from recobro_data.zones import principal_zone

_WORDS = {SURE: "sure", LIKELY: "likely", GUESS: "a guess, from its values"}
_CODES = 40
_COUNTRIES = {"PEN": "PE", "COP": "CO", "CLP": "CL", "MXN": "MX", "BRL": "BR"}

_HEAD = """\
# How this source is written, as suggested from its headers and first rows. Nothing is loaded yet.
# Read every line, above all those that say `likely` or `guess`, mend them, then:
#   recobro ingest SOURCE --mapping THIS_FILE
"""


@dataclass(frozen=True)
class Suggestion:
    """`text` is a mapping.toml, empty where the source is canonical already; `missing` names required tables."""

    text: str
    tables: tuple[str, ...]
    missing: tuple[str, ...]
    unplaced: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether the source needs a mapping at all."""
        return bool(self.text)


def suggest_mapping(source: str, environ: Mapping[str, str]) -> Suggestion:
    """A mapping for a source, from a look at its headers and first rows; nothing is loaded.

    Raises:
        SourceRefusedError: the source can not be read.
    """
    samples = load_samples(source, environ)
    found = match_tables(samples)
    used = [match.sample for match in found]
    unplaced = [sample for sample in samples if all(sample is not one for one in used)]
    tables = tuple(match.table for match in found)
    missing = tuple(table.name for table in TABLES.values() if table.required and table.name not in tables)
    text = "" if not missing and all(map(_is_canonical, found)) else "\n".join(_lines(found, unplaced, missing))
    return Suggestion(text, tables, missing, tuple(sample.name for sample in unplaced))


def _is_canonical(match: TableMatch) -> bool:
    """Whether a table can be loaded as it is."""
    named = all(match.sample.header[one.place] == one.column for one in match.columns)
    coded = all(not list(_codes(match, column)) for column in TABLES[match.table].columns)
    return match.sample.name == match.table and named and coded and not match.missing


def _lines(found: list[TableMatch], unplaced: list[Sample], missing: tuple[str, ...]) -> Iterator[str]:
    yield _HEAD
    for name in missing:
        yield f"# NOT FOUND: no table looks like `{name}`, which is required ({TABLES[name].grain}).\n"
    zone = _zone(found)
    for match in found:
        others = [one for other in found if other.sample is match.sample for one in other.columns]
        yield from _table(match, zone, {one.place for one in others})
    for sample in unplaced:
        yield f"# Not placed: the table {_quoted(sample.name)} with {', '.join(map(_quoted, sample.header))}\n"


def _table(match: TableMatch, zone: str, placed: set[int]) -> Iterator[str]:
    table, sample = match.table, match.sample
    yield f"[{table}]"
    yield f"from = {_quoted(sample.name)}"
    yield f"[{table}.columns]"
    for one in sorted(match.columns, key=lambda one: one.place):
        yield f"{_quoted(sample.header[one.place])} = {_quoted(one.column)}  # {_WORDS[one.sureness]}"
    yield from _left(match.sample, placed)
    yield from _absent(match, zone)
    for column in TABLES[table].columns:
        if codes := list(_codes(match, column)):
            yield f"[{table}.values.{column.name}]"
            yield from codes
    yield from _forms(match, zone)
    yield ""


def _left(sample: Sample, placed: set[int]) -> Iterator[str]:
    for place, header in enumerate(sample.header):
        if place not in placed and header:
            what = looks_like(header, sample.values(place))
            said = f"looks like {what}: it will be dropped" if what else "kept in the raw copy alone"
            yield f"# not placed: {_quoted(header)} ({said})"


def _absent(match: TableMatch, zone: str) -> Iterator[str]:
    """Required columns without a place, as constants to fill in."""
    if not match.missing:
        return
    yield f"[{match.table}.constants]"
    for name in match.missing:
        column = TABLES[match.table].column(name)
        if name == "country" and (country := _country_of(zone)):
            yield f"country = {_quoted(country)}  # a guess, from the currency; required"
        else:
            example = column.values[0] if column.values else "…"
            yield f"# {name} = {_quoted(example)}  # NOT FOUND and required: {column.meaning}"


def _codes(match: TableMatch, column: Column) -> Iterator[str]:
    """The codes of a column that are not canonical: those known as they mean, the others as comments."""
    place = next((one.place for one in match.columns if one.column == column.name), None)
    if place is None or not (column.values or column.kind in ("country", "currency")):
        return
    for code in list(dict.fromkeys(match.sample.values(place)))[:_CODES]:
        known = canonical_value(column, code)
        if known is not None and known != code:
            yield f"{_quoted(code)} = {_quoted(known)}  # sure"
        elif known is None:
            guess = guessed_value(column, code)
            said = "guess" if guess else f"unknown: one of {', '.join(column.values) or column.meaning}"
            yield f"# {_quoted(code)} = {_quoted(guess or '…')}  # {said}"


def _forms(match: TableMatch, zone: str) -> Iterator[str]:
    """Instants without an offset need a zone."""
    kinds = {column.name: column.kind for column in TABLES[match.table].columns}
    naive = [
        one.column
        for one in match.columns
        if kinds[one.column] == "timestamp" and has_time(match.sample.values(one.place))
    ]
    if naive:
        yield f"[{match.table}.forms]"
    for column in naive:
        if zone:
            yield f"{column} = {_quoted(zone)}  # a guess: the values carry no offset"
        else:
            yield f'# {column} = "America/Lima"  # the values carry no offset: name their zone'


def _zone(found: list[TableMatch]) -> str:
    """The zone of the country that most values of country or currency speak of; empty where none does."""
    counts: dict[str, int] = {}
    for match in found:
        for one in match.columns:
            if one.column in ("country", "currency"):
                column = TABLES[match.table].column(one.column)
                for value in match.sample.values(one.place):
                    told = canonical_value(column, value) or ""
                    country = told if one.column == "country" else _COUNTRIES.get(told, "")
                    counts[country] = counts.get(country, 0) + bool(country)
    country = max(counts, key=lambda one: counts[one], default="")
    return principal_zone(country) if country else ""


def _country_of(zone: str) -> str:
    return next((country for country in _COUNTRIES.values() if zone and principal_zone(country) == zone), "")


def _quoted(text: str) -> str:
    """A TOML string; JSON writes the same but for the control character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
