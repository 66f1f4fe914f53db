"""Rejected rows, whole and with their reason: one NDJSON file a load, one line a row.

Each line has `table, file, line, column, value, rule, message, row`. `row` is the whole row as it came, every value a
string; a line that could not be read as a row is there under `_line` as well.

Beside the files lies what makes them quick to ask (`quarantine_index`): `index/LOAD.parquet`, the same rows with their
keys, and `cleared/LOAD.parquet`, the rejected rows of earlier loads that LOAD brought in sound.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw
from recobro_data.quarantine.index import NO_KEY, key_text, write_index
from recobro_data.row_rules import Rule, table_rules
from recobro_data.tables import TABLES, Table


def build_rejected(connection: duckdb.DuckDBPyConnection, raw: Raw) -> int:
    """Creates `rejected_T`, a row a rejected row, with the columns of the quarantine file. Gives their number."""
    rules = list(enumerate(table_rules(TABLES[raw.table])))
    message = (
        f"CASE WHEN _fault IS NOT NULL THEN _fault ELSE {_by_rule((c, sql.text(r.message)) for c, r in rules)} END"
    )
    columns = {
        "table": sql.text(raw.table),
        "file": "_file",
        "line": "_line",
        "column": _by_rule((code, sql.text(", ".join(rule.columns))) for code, rule in rules if rule.columns),
        "value": _by_rule((code, _value(raw, rule)) for code, rule in rules if rule.columns),
        "rule": _by_rule((code, sql.text(rule.name)) for code, rule in rules),
        "message": message,
        "row": _whole(raw),
        "_key": _key(TABLES[raw.table]),
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
            relation = f"(SELECT * EXCLUDE (_seq, _rule, _key) FROM rejected_{table} ORDER BY _seq)"
            connection.execute(f"COPY {relation} TO {sql.text(part)} (FORMAT json)")
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, whole)
        whole.flush()
        os.fsync(whole.fileno())
    part.unlink(missing_ok=True)
    beside.replace(path)


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
