"""A table as text: `raw_TABLE` with the place of each row and its values as `c0`, `c1`, …, and what its columns mean.

Whatever the source, the relation has `_seq` (order of the rows), `_file`, `_line` (as a person would look it up),
`_fault` (why a line is no row) and `_text` (that line). Where single cells have types of their own (a workbook's), a
column `_exact` holds a `1` for each cell that is canonical text already, a `0` for each that is as somebody typed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.forms import build_canonical_text
from recobro_data.ingest.originals import Original
from recobro_data.tables import TABLES

#: In `Raw.values`, what every text without an entry of its own stands for.
ANY_OTHER: Final = "*"


@dataclass(frozen=True)
class Raw:
    """A table as it came: `header` in written order (column i is `c{i}` of `raw_TABLE`), and the number of its rows.

    How canonical columns are had from it:

    - `names`: canonical column -> its place in the header; a column that is not named here goes by equal name
    - `constants`: canonical column -> the text of every row whose cell is empty, or of all if there is no such column
    - `values`: canonical column -> {text of the source: canonical text}, `*` for any other text
    - `forms`: canonical column -> how the whole column is written (`decide_forms`)
    - `exact`: places whose values had a type in the source, so that their text is canonical
    - `types`: place -> DuckDB's type in the source, where the relation has the values in it too, as `n0`, `n1`, …
    - `fitting`: canonical columns of which every value fits the pattern of its kind
    - `marked`: the relation has `_exact`
    - `files`: copies of the source's files that hold just these rows and columns, where nobody changes them
    - `original`: the source's own file, where it holds just these rows and columns and nobody changes them
    - `notes`: sentences for people
    """

    table: str
    header: tuple[str, ...]
    rows: int
    notes: tuple[str, ...] = ()
    names: Mapping[str, int] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[int] = frozenset()
    types: Mapping[int, str] = field(default_factory=dict)
    fitting: frozenset[str] = frozenset()
    marked: bool = False
    files: tuple[Path, ...] = ()
    original: Original | None = None

    @property
    def relation(self) -> str:
        """Name of the relation in the load's database."""
        return f"raw_{self.table}"

    def place(self, column: str) -> int | None:
        """Where a canonical column lies in the header, None where the source has none."""
        if column in self.names:
            return self.names[column]
        place = self.header.index(column) if column in self.header else None
        return None if place in self.names.values() else place

    def has(self, column: str) -> bool:
        """Whether a canonical column has values, from the source or as a constant."""
        return self.place(column) is not None or column in self.constants


def raw_column(raw: Raw, name: str) -> str:
    """The SQL text of a declared column in a raw relation: canonical where it fits its form, empty as NULL."""
    place = raw.place(name)
    given = "NULL::VARCHAR" if place is None else _told(raw, name, _canonical(raw, name, place))
    return f"coalesce({given}, {sql.text(raw.constants[name])})" if name in raw.constants else given


def evenly_drawn(raw: Raw, step: int) -> str:
    """SQL of the condition that holds for the row of every so many lines."""
    if not raw.files:
        # The engine makes no texts of the others, which it would if `%` stood here.
        return f"gcd(_line, {step}) = {step}"
    # Of files whose rows are numbered it does not even unpack the others, where the numbers are told.
    return f"_row IN ({', '.join(str(line - 2) for line in range(step, max(raw.rows, step) + 2, step))})"


def written_text(raw: Raw, name: str) -> str:
    """The SQL text of what people wrote in a column: trimmed, NULL where it is empty, typed, or has a told value."""
    place = raw.place(name)
    if place is None or place in raw.exact:
        return "NULL::VARCHAR"
    value = _trimmed(place)
    known = raw.values.get(name, {})
    told = sql.texts(text for text in known if text != ANY_OTHER) if set(known) - {ANY_OTHER} else "('')"
    typed = f"OR {_is_exact(place)} " if raw.marked else ""
    return "NULL::VARCHAR" if ANY_OTHER in known else f"CASE WHEN {value} IN {told} {typed}THEN NULL ELSE {value} END"


def _trimmed(place: int) -> str:
    """The value without blanks at its ends, NULL where nothing is left. Few values have any, and trimming is slow."""
    value = f"c{place}"
    # Every blank sorts before the first visible character.
    has_blanks = " OR ".join((f"{value} < '!'", *(f"suffix({value}, {sql.text(blank)})" for blank in BLANKS)))
    return f"CASE WHEN {has_blanks} THEN nullif(trim({value}, {sql.text(BLANKS)}), '') ELSE {value} END"


def _is_exact(place: int) -> str:
    return f"substr(_exact, {place + 1}, 1) = '1'"


def _canonical(raw: Raw, name: str, place: int) -> str:
    """The column with its form undone; what has a type of its own is in no form, it may still lack an offset."""
    value, form, kind = _trimmed(place), raw.forms.get(name, ""), TABLES[raw.table].column(name).kind
    as_written = build_canonical_text(kind, form, value)
    if place not in raw.exact and not raw.marked:
        return as_written
    typed = build_canonical_text(kind, form, value, is_exact=True)
    return typed if place in raw.exact else f"CASE WHEN {_is_exact(place)} THEN {typed} ELSE {as_written} END"


def _told(raw: Raw, name: str, otherwise: str) -> str:
    known, value = raw.values.get(name, {}), _trimmed(raw.place(name) or 0)
    if not known:
        return otherwise
    cases = "".join(
        f" WHEN {sql.text(text)} THEN {sql.text(means)}" for text, means in known.items() if text != ANY_OTHER
    )
    rest = f"CASE WHEN {value} IS NOT NULL THEN {sql.text(known[ANY_OTHER])} END" if ANY_OTHER in known else otherwise
    return f"nullif(CASE {value}{cases} ELSE {rest} END, '')" if cases else rest


def checked_header(table: str, file: str, names: Sequence[str]) -> tuple[str, ...]:
    """The names as they are, every one once.

    Raises:
        SourceRefusedError: a column is named twice.
    """
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if name and folded.count(name.casefold()) > 1})
    if twice:
        raise SourceRefusedError(
            f"one column of each name in {table}",
            f"`{twice[0]}` twice or more in {file}",
            "Rename or remove one of them.",
        )
    return tuple(names)


def build_batch(rows: Mapping[str, pa.Array], values: Sequence[Sequence[str]], width: int) -> pa.Table:
    """Rows of `raw_TABLE` as Arrow: the columns of `rows`, then the values, each row cut or filled up to `width`."""
    padded = [([*row, *[""] * (width - len(row))] if len(row) < width else row)[:width] for row in values]
    columns = {f"c{i}": pa.array(column, pa.string()) for i, column in enumerate(zip(*padded, strict=True))}
    return pa.table(dict(rows) | columns)
