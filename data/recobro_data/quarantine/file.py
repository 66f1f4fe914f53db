"""Rejected rows, whole and with their reason: one NDJSON file a load, one line a row.

Each line has `table, file, line, column, value, rule, message, row`. `row` is the whole row as it came, every value a
string; a line that could not be read as a row is there under `_line` as well.

Beside the files lies what makes them quick to ask (`quarantine.index`): `index/LOAD.parquet`, the same rows with their
keys, and `cleared/LOAD.parquet`, the rejected rows of earlier loads that LOAD brought in sound.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.forms import FORMS, parted_form
from recobro_data.ingest.raw import Raw
from recobro_data.quarantine.corrections import forms_text
from recobro_data.quarantine.index import NO_KEY, key_text, write_index
from recobro_data.row_rules import Rule, table_rules
from recobro_data.tables import TABLES, Table


def build_rejected(connection: duckdb.DuckDBPyConnection, raw: Raw) -> int:
    """Creates `rejected_T`, a row a rejected row, with the columns of the quarantine file. Gives their number."""
    rules = list(enumerate(table_rules(TABLES[raw.table])))
    says = _by_rule((code, sql.text(rule_message(raw, rule))) for code, rule in rules)
    columns = {
        "table": sql.text(raw.table),
        "file": "_file",
        "line": "_line",
        "column": _by_rule((code, sql.text(", ".join(rule.columns))) for code, rule in rules if rule.columns),
        "value": _by_rule((code, _value(raw, rule)) for code, rule in rules if rule.columns),
        "rule": _by_rule((code, sql.text(rule.name)) for code, rule in rules),
        "message": f"CASE WHEN _fault IS NOT NULL THEN _fault ELSE {says} END",
        "row": _whole(raw),
        "_key": _key(TABLES[raw.table]),
        "_forms": sql.text(forms_text(raw)),
    }
    connection.execute(
        f"CREATE TABLE rejected_{raw.table} AS SELECT"
        f" {', '.join(f'{value} AS {sql.name(column)}' for column, value in columns.items())}, _seq, f._rule"
        f" FROM {raw.relation} JOIN failed_{raw.table} f USING (_seq) JOIN typed_{raw.table} t USING (_seq)"
    )
    return sql.number(connection, f"SELECT count(*) FROM rejected_{raw.table}")


def write_quarantine(connection: duckdb.DuckDBPyConnection, raws: Iterable[Raw], path: Path) -> None:
    """Writes the rejected rows of all tables as one file, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside, part = path.with_suffix(".new"), path.with_suffix(".part")
    tables = [raw.table for raw in raws]
    write_index(connection, tables, path)
    with beside.open("wb") as whole:
        for table in tables:
            relation = f"(SELECT * EXCLUDE (_seq, _rule, _key, _forms) FROM rejected_{table} ORDER BY _seq)"
            connection.execute(f"COPY {relation} TO {sql.text(part)} (FORMAT json)")
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, whole)
        whole.flush()
        os.fsync(whole.fileno())
    part.unlink(missing_ok=True)
    beside.replace(path)


def rule_message(raw: Raw, rule: Rule) -> str:
    """The sentence of a rule, in the form that its column is written in."""
    written = raw.forms.get(rule.columns[0], "") if rule.name in ("type", "offset") else ""
    if not written:
        return rule.message
    column = TABLES[raw.table].column(rule.columns[0])
    form, zone = parted_form(column.kind, written)
    if rule.name == "offset":
        return rule.message if zone else f"{rule.message}, or a mapping must name the zone of its column"
    if form in ("", FORMS[column.kind][0].name):
        return rule.message
    said = "a date" if column.kind == "date" else "a timestamp" if column.kind == "timestamp" else "a finite number"
    return f"{column.name} must be {said} written {form}, as the rest of its column"


def _by_rule(cases: Iterable[tuple[int, str]]) -> str:
    return f"CASE f._rule {' '.join(f'WHEN {code} THEN {value}' for code, value in cases)} END"


def _key(table: Table) -> str:
    rules = enumerate(table_rules(table))
    none = [
        code for code, rule in rules if rule.name == "fields" or (rule.name in NO_KEY and rule.columns[0] in table.key)
    ]
    return f"CASE WHEN f._rule NOT IN ({', '.join(map(str, none))}) THEN {key_text(table.key, 't.')} END"


def _value(raw: Raw, rule: Rule) -> str:
    places = [place for column in rule.columns if (place := raw.place(column)) is not None]
    if not places:
        return "NULL::VARCHAR"
    if len(rule.columns) == 1:
        return f"c{places[0]}"
    values = ", ".join(f"nullif(c{place}, '')" for place in places)
    return f"nullif(concat_ws(', ', {values}), '')"


def _whole(raw: Raw) -> str:
    pairs = ", ".join(f"{sql.text(name)}, c{place}" for place, name in enumerate(raw.header))
    return f"CASE WHEN _text IS NULL THEN json_object({pairs}) ELSE json_object({pairs}, '_line', _text) END"
