"""Which rows of a table are sound: `typed_T` has every row in lake types, `failed_T` its first broken rule by number.

Relations of a load's database, T a canonical table:

- `raw_T`: as it came, all text
- `typed_T`: declared columns in lake types, NULL where a value is none
- `failed_T` (`_seq`, `_rule`): rejected rows
- `same_T` (`_seq`): rows said twice in the source with equal values, counted as unchanged
- `live_T`: the rest
"""

from __future__ import annotations

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.row_rules import Rule, table_rules, typed
from recobro_data.tables import TABLES, Table


def check_rows(connection: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """Decides every row of `raw_T`: its own rules, then references, then the key. Creates `live_T` and `failed_T`."""
    table = TABLES[raw.table]
    _build_typed(connection, raw, table)
    for code, rule in enumerate(table_rules(table)):
        if rule.name == "reference":
            _reject_unknown(connection, table, rule, code)
        elif rule.name == "duplicate_key":
            _reject_overwritten(connection, table, code)
    away = [name for name in (f"failed_{table.name}", f"same_{table.name}") if sql.has_rows(connection, name)]
    without = " ".join(f"ANTI JOIN {name} USING (_seq)" for name in away)
    connection.execute(f"CREATE VIEW live_{table.name} AS SELECT * FROM typed_{table.name} {without}")


def _build_typed(connection: duckdb.DuckDBPyConnection, raw: Raw, table: Table) -> None:
    given = ", ".join(f"{raw_column(raw, column.name)} AS {sql.name(column.name)}" for column in table.columns)
    values = ", ".join(f"{typed(column)} AS {sql.name(f'{column.name}:typed')}" for column in table.columns)
    kept = ", ".join(
        f"CAST({sql.name(f'{column.name}:typed')} AS {column.lake_type}) AS {sql.name(column.name)}"
        for column in table.columns
    )
    connection.execute(
        f"CREATE TABLE typed_{table.name} AS SELECT _seq, {kept}, {_first_failing(table)} AS _rule FROM"
        f" (SELECT *, {values} FROM (SELECT _seq, _fault, {given} FROM {raw.relation}))"
    )
    connection.execute(
        f"CREATE TABLE failed_{table.name} AS SELECT _seq, _rule FROM typed_{table.name} WHERE _rule IS NOT NULL"
    )
    connection.execute(f"CREATE TABLE same_{table.name} (_seq BIGINT)")


def _first_failing(table: Table) -> str:
    rules = enumerate(table_rules(table))
    return f"CASE {' '.join(f'WHEN {rule.failing} THEN {code}' for code, rule in rules if rule.failing)} END"


def _reject_unknown(connection: duckdb.DuckDBPyConnection, table: Table, rule: Rule, code: int) -> None:
    column = table.column(rule.columns[0])
    target, field = sql.referred(column)
    connection.execute(
        f"INSERT INTO failed_{table.name} SELECT _seq, {code} FROM typed_{table.name}"
        f" ANTI JOIN failed_{table.name} USING (_seq)"
        f" WHERE {sql.name(column.name)} IS NOT NULL"
        f" AND {sql.name(column.name)} NOT IN (SELECT {sql.name(field)} FROM known_{target})"
    )


def _reject_overwritten(connection: duckdb.DuckDBPyConnection, table: Table, code: int) -> None:
    """Of rows with one key the last stands; earlier ones are the same row again, or rejected."""
    key = sql.listed(table.key)
    sound = f"(SELECT * FROM typed_{table.name} ANTI JOIN failed_{table.name} USING (_seq))"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT {key} FROM {sound} GROUP BY ALL HAVING count(*) > 1"
    )
    if not sql.number(connection, "SELECT count(*) FROM twice"):
        return
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ruled AS SELECT _seq, _text = last_value(_text) OVER w AS is_same,"
        f" _seq = max(_seq) OVER w AS is_last FROM"
        f" (SELECT *, {sql.row_text(table)} AS _text FROM {sound} SEMI JOIN twice USING ({key}))"
        f" WINDOW w AS (PARTITION BY {key} ORDER BY _seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    )
    connection.execute(f"INSERT INTO same_{table.name} SELECT _seq FROM ruled WHERE is_same AND NOT is_last")
    connection.execute(f"INSERT INTO failed_{table.name} SELECT _seq, {code} FROM ruled WHERE NOT is_same")
