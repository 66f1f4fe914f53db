"""Exports of rejected rows that come back corrected: how they are known, and how they are read as they were written."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import formats, sql
from recobro_data.ingest.forms import FORMS as FORMS_OF
from recobro_data.ingest.forms import find_form, parted_form
from recobro_data.ingest.raw import Raw
from recobro_data.quarantine.index import PLACE
from recobro_data.store.exports import safe_cell
from recobro_data.tables import TABLES, Column

#: What stands beside the place: why the row was rejected.
WHY: Final = ("_rule", "_message")
#: How the columns of the row's source were written: a few rows are too few to tell it again.
FORMS: Final = "_forms"
#: What a spreadsheet would run, and what is left of it when somebody takes a sign away; Python and the engine read the
#: patterns alike.
_RUNS: Final = "[\\t\\r\\n]|[ \\t\\r\\n\\f]*[=+\\-@＝＋－＠]"
_GUARDED: Final = f"^'+(?:{_RUNS}|[0-9])"


def is_correction(header: Collection[str]) -> bool:
    """Whether a table with these columns is an export of rejected rows.

    Example:
        >>> is_correction(("charge_id", "_load", "_file", "_line", "_rule", "_message"))
        True
    """
    return {*PLACE, *WHY} <= set(header)


def guarded_cell(text: str) -> str:
    """The text as an export holds it: what a spreadsheet would run stands behind an apostrophe, numbers stay numbers.

    What already looks guarded gets one more apostrophe, so that reading it back gives the text itself.

    Example:
        >>> [guarded_cell(text) for text in ("=1+1", "'=1+1", "-5")]
        ["'=1+1", "''=1+1", '-5']
    """
    if re.fullmatch(formats.NUMBER, text):
        return text
    return f"'{text}" if re.match(_GUARDED, text) else safe_cell(text)


def text_cell(text: str) -> str:
    """The text as a workbook holds it, where nothing runs: only what already looks guarded gets one more apostrophe.

    Example:
        >>> [text_cell(text) for text in ("=1+1", "'=1+1", "-5")]
        ['=1+1', "''=1+1", '-5']
    """
    return f"'{text}" if re.match(_GUARDED, text) else text


def build_plain(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Raw:
    """A correction without the apostrophes of its export and in the forms of its source; other tables as they are.

    Raises:
        SourceRefusedError: its rows come from sources that were written in different forms.
    """
    if not is_correction(raw.header):
        return raw
    cells = (f"c{place}" for place in range(len(raw.header)))
    plain = ", ".join(
        f"{cell} = CASE WHEN regexp_matches({cell}, {sql.text(_GUARDED)}) THEN substr({cell}, 2) ELSE {cell} END"
        for cell in cells
    )
    connection.execute(f"UPDATE {raw.relation} SET {plain}")
    header = tuple(name[1:] if re.match(_GUARDED, name) else name for name in raw.header)
    return replace(raw, header=header, forms=_forms(connection, raw))


def forms_text(raw: Raw) -> str:
    """The forms of a table's columns as an export tells them: `due_on=dd/mm/yyyy; amount=1.234,56`."""
    table = TABLES[raw.table]
    forms = {name: parted_form(table.column(name).kind, written)[0] for name, written in raw.forms.items()}
    return "; ".join(f"{name}={form}" for name, form in forms.items() if form)


def _forms(connection: duckdb.DuckDBPyConnection, raw: Raw) -> dict[str, str]:
    """The form of each column of which all rows tell the same; what is canonical is told by the values themselves."""
    if FORMS not in raw.header:
        return {}
    texts = connection.execute(f"SELECT DISTINCT trim(c{raw.header.index(FORMS)}) FROM {raw.relation}").fetchall()
    told: dict[str, set[str]] = {}
    for column, _, form in (pair.partition("=") for (text,) in texts for pair in (text or "").split("; ")):
        told.setdefault(column, set()).add(form)
    columns = [column for column in TABLES[raw.table].columns if column.name in told]
    return {column.name: form for column in columns if (form := _form(column, told[column.name]))}


def _form(column: Column, forms: set[str]) -> str | None:
    if len(forms) > 1:
        found = " and ".join(f"`{form}`" for form in sorted(forms))
        raise SourceRefusedError(
            f"one form of {column.name} in a correction",
            f"rows of loads with {found}",
            "Export them load by load: `recobro quarantine export LOAD --out DIR`.",
        )
    (name,) = forms
    form = find_form(column.kind, name)
    return None if form is None or form is FORMS_OF[column.kind][0] else name
