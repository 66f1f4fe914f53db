"""Which form each column of dates, timestamps and numbers is written in, from all its values at once.

One pass asks whether the canonical forms fit everything, which most files answer with yes; only columns where they do
not are looked at again. The form that fits most values stands, ties go by the written order of `forms.FORMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from recobro_data.errors import ConfigurationError
from recobro_data.ingest import formats, sql
from recobro_data.ingest.forms import FORMS, find_form, parted_form
from recobro_data.ingest.raw import Raw, written_text
from recobro_data.tables import TABLES, Column, Kind

#: From the SQL of a value to the SQL of a whole number over all values.
_Aggregate = Callable[[str], str]

_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class _Decision:
    form: str
    note: str = ""


def decide_forms(connection: duckdb.DuckDBPyConnection, raw: Raw, fixed: Mapping[str, str] = _NONE) -> Raw:
    """The same table with the form of each column, and a note for each that is not canonical or can be read two ways.

    `fixed` (canonical column -> form, zone, or both) and the forms that `raw` already has are taken as they are.

    Raises:
        ConfigurationError: no such form for a column of that kind.
    """
    given = {**raw.forms, **fixed}
    columns = [column for column in TABLES[raw.table].columns if column.kind in FORMS and _is_there(raw, column)]
    zones = {column.name: parted_form(column.kind, given.get(column.name, ""))[1] for column in columns}
    forms = {column.name: check_form(column, given[column.name]) for column in columns if column.name in given}
    decided, fitting = _decide(connection, raw, [column for column in columns if not forms.get(column.name)])
    told = {name: _Decision(form) for name, form in forms.items() if form}
    notes = [note for column in columns for note in _notes(raw, column, {**told, **decided})]
    whole = {name: f"{one.form} {zones[name]}".strip() for name, one in {**told, **decided}.items()}
    told_otherwise = {*raw.constants, *raw.values, *forms}
    fits = frozenset(name for name in fitting if name not in told_otherwise and not raw.marked)
    return replace(raw, forms={**raw.forms, **whole}, notes=(*raw.notes, *notes), fitting=fits)


def check_form(column: Column, written: str) -> str:
    """The form that a written name says for a column, empty where it says only a zone.

    Raises:
        ConfigurationError: no such form for a column of that kind.
    """
    form, zone = parted_form(column.kind, written)
    if find_form(column.kind, form) is None and (form or not zone):
        known = ", ".join(dict.fromkeys(one.name for one in FORMS.get(column.kind, ())))
        words = f"{known} or an IANA zone" if column.kind == "timestamp" else known
        raise ConfigurationError(f"a form of {column.name} ({words})", f"`{written}`", "Mend it in the mapping.")
    return form


def _is_there(raw: Raw, column: Column) -> bool:
    return raw.place(column.name) is not None


def _decide(
    connection: duckdb.DuckDBPyConnection, raw: Raw, columns: list[Column]
) -> tuple[dict[str, _Decision], set[str]]:
    """The decision of each column, and the columns of which every value is canonical."""
    decided = {column.name: _Decision(FORMS[column.kind][0].name) for column in columns}
    columns = [column for column in columns if raw.place(column.name) not in raw.exact]
    if not columns:
        return decided, set()
    plain = _counted(connection, raw, [(column, _plain(column.kind)) for column in columns])
    for column in columns:
        values, canonical, thirds, _ = plain[column.name]
        if canonical == values and thirds:
            decided[column.name] = replace(decided[column.name], note=_thousands(raw, column, ".", "1.234,56"))
    odd = [column for column in columns if plain[column.name][1] < plain[column.name][0]]
    fitting = {name for name, (values, *_, whole) in plain.items() if whole == values}
    return decided | (_decide_odd(connection, raw, odd) if odd else {}), fitting


def _plain(kind: Kind) -> list[_Aggregate]:
    """How many values fit the canonical form, whether money has three digits behind every point it has, and how many
    values need nothing else: an instant its offset."""
    canonical = _fits(FORMS[kind][0].fits)
    whole = _fits(formats.TIMESTAMP) if kind == "timestamp" else canonical
    return [canonical, _has_thirds if kind == "money" else lambda _: "0", whole]


def _fits(pattern: str) -> _Aggregate:
    return lambda value: f"count(*) FILTER (regexp_full_match({value}, {sql.text(pattern)}))"


def _has_thirds(value: str) -> str:
    pointed = f"strpos({value}, '.') > 0"
    return f"coalesce(bool_or({pointed}) AND bool_and(NOT {pointed} OR substr({value}, -4, 1) = '.'), false)::BIGINT"


def _counted(
    connection: duckdb.DuckDBPyConnection, raw: Raw, asked: list[tuple[Column, list[_Aggregate]]]
) -> dict[str, list[int]]:
    """For each column the number of its values, then what each aggregate over them gives; one scan for all."""
    values = ", ".join(f"{written_text(raw, column.name)} AS v{i}" for i, (column, _) in enumerate(asked))
    counts = [
        f"[{', '.join(aggregate(f'v{i}') for aggregate in (_present, *aggregates))}]"
        for i, (_, aggregates) in enumerate(asked)
    ]
    row = connection.execute(f"SELECT {', '.join(counts)} FROM (SELECT {values} FROM {raw.relation})").fetchone()
    assert row is not None
    return {column.name: row[i] for i, (column, _) in enumerate(asked)}


def _present(value: str) -> str:
    return f"count({value})"


def _decide_odd(connection: duckdb.DuckDBPyConnection, raw: Raw, columns: list[Column]) -> dict[str, _Decision]:
    asked = [(column, [_fits(form.fits) for form in FORMS[column.kind]]) for column in columns]
    counted = _counted(connection, raw, asked)
    return {column.name: _decision(raw, column, counted[column.name][1:]) for column in columns}


def _decision(raw: Raw, column: Column, fitting: list[int]) -> _Decision:
    counts = {form.name: count for form, count in zip(FORMS[column.kind], fitting, strict=True)}
    form = max(counts, key=lambda name: counts[name])
    if form == "dd/mm/yyyy" and counts["mm/dd/yyyy"] == counts[form]:
        said = f"{raw.table}.{column.name} fits dd/mm/yyyy and mm/dd/yyyy alike and is read as dd/mm/yyyy"
        return _Decision(form, f"{said}; {_otherwise(raw, column, 'mm/dd/yyyy')}")
    if form == "1,234.56" and counts["1234,56"] == counts[form]:
        return _Decision(form, _thousands(raw, column, ",", "1234,56"))
    return _Decision(form)


def _thousands(raw: Raw, column: Column, sign: str, other: str) -> str:
    words, word = ("decimals", "point") if sign == "." else ("thousands", "comma")
    said = f"{raw.table}.{column.name} has three digits behind every {word} and is read with {words}"
    return f"{said}; {_otherwise(raw, column, other)}"


def _otherwise(raw: Raw, column: Column, form: str) -> str:
    return f'if that is wrong, put `{column.name} = "{form}"` under [{raw.table}.forms] of the mapping'


def _notes(raw: Raw, column: Column, decided: Mapping[str, _Decision]) -> Iterable[str]:
    decision = decided[column.name]
    if decision.note:
        yield decision.note
    elif decision.form != FORMS[column.kind][0].name:
        yield f"{raw.table}.{column.name} is written {decision.form}"
