"""Which rows of a table are sound: `typed_T` has every row in lake types, `failed_T` its first broken rule by number.

Relations of a load's database, T a canonical table:

- `raw_T`: as it came, all text
- `typed_T`: declared columns in lake types, NULL where a value is none; with the debtor of each row and its partition,
  and in `_account` the account of the charge that it names. Where the lake has no row of the table yet, the rows lie in
  its order, as they will be written
- `failed_T` (`_seq`, `_rule`): rejected rows
- `same_T` (`_seq`): rows said twice in the source with equal values, counted as unchanged
- `live_T`: the rest, in the order of `typed_T`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.complete import ACCOUNTS, places_are_known
from recobro_data.ingest.native import is_native, native_value, typed_native
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.row_rules import Rule, table_rules, typed
from recobro_data.tables import TABLES, Column, Table

#: In the place of a broken rule: the row is said again, with the same values.
_SAME: Final = -1


def check_rows(connection: duckdb.DuckDBPyConnection, raw: Raw, partitions: int) -> None:
    """Decides every row of `raw_T`: its own rules, then references, then the key. Creates `live_T` and `failed_T`."""
    table = TABLES[raw.table]
    _build_typed(connection, raw, partitions)
    _reject_overwritten(connection, table)
    typed_rows = f"FROM typed_{table.name} WHERE _rule"
    connection.execute(f"CREATE TABLE failed_{table.name} AS SELECT _seq, _rule {typed_rows} >= 0")
    connection.execute(f"CREATE VIEW same_{table.name} AS SELECT _seq {typed_rows} = {_SAME}")
    connection.execute(f"CREATE VIEW live_{table.name} AS SELECT * {typed_rows} IS NULL")


def _build_typed(connection: duckdb.DuckDBPyConnection, raw: Raw, partitions: int) -> None:
    """One pass over the rows: texts, then values, then what they refer to, then the first rule that fails.

    What the source does not have is not written down row by row.
    """
    table = TABLES[raw.table]
    there = [column for column in table.columns if raw.has(column.name)]
    given = ", ".join(f"{_given(raw, column)} AS {sql.name(column.name)}" for column in table.columns)
    values = ", ".join(f"{_value(raw, column)} AS {_also(column, 'typed')}" for column in table.columns)
    kept = [f"{_also(column, 'typed')} AS {sql.name(column.name)}" for column in there]
    pointers = [column for column in table.columns if column.references]
    connection.execute(
        f"CREATE TABLE there_{table.name} AS SELECT _seq, {', '.join([*kept, *_owner(table, pointers, partitions)])},"
        f" {_first_failing(raw, table)} AS _rule FROM"
        f" (SELECT *, {values} FROM (SELECT _seq, _fault, {given} FROM {raw.relation}))"
        f" {' '.join(_referred(column) for column in pointers)}{_order(connection, table, pointers)}"
    )
    absent = (f", NULL::{one.lake_type} AS {sql.name(one.name)}" for one in table.columns if one not in there)
    place = "" if pointers else ", rowid AS _place"
    connection.execute(f"CREATE VIEW typed_{table.name} AS SELECT *{''.join(absent)}{place} FROM there_{table.name}")


def _order(connection: duckdb.DuckDBPyConnection, table: Table, pointers: list[Column]) -> str:
    """The order of the lake, once: parts are then written without looking through all rows for theirs."""
    if sql.has_rows(connection, f"lake_{table.name}"):
        return ""
    if not pointers or not places_are_known(connection):
        return f" ORDER BY _partition, {sql.lake_order(table)}"
    # The debtors lie in order: a number is compared in less time than what it stands for.
    return f" ORDER BY {_first_of(pointers, '_place')}, {sql.listed(table.key)}"


def _given(raw: Raw, column: Column) -> str:
    return native_value(raw, column) if is_native(raw, column) else raw_column(raw, column.name)


def _value(raw: Raw, column: Column) -> str:
    if is_native(raw, column):
        return typed_native(raw, column, sql.name(column.name))
    return typed(column, fits=column.name in raw.fitting)


def _also(column: Column, what: str) -> str:
    """Name of what belongs to a column for the length of the pass: its value, and what it refers to."""
    return sql.name(f"{column.name}:{what}")


def _referred(column: Column) -> str:
    """A join with the one debtor, charge or account that a column refers to."""
    target, field = sql.referred(column)
    source = f"known_{target}"
    if field == "account_id":
        source = f"(SELECT a.*, _partition, _place FROM ({ACCOUNTS}) a JOIN known_debtors USING (debtor_id))"
    columns = f"COLUMNS('(.*)') AS {_also(column, chr(92) + '1')}"
    return f"LEFT JOIN (SELECT {columns} FROM {source}) ON {sql.name(column.name)} = {_also(column, field)}"


def _owner(table: Table, pointers: list[Column], partitions: int) -> Iterator[str]:
    """The debtor of a row where it follows from what it refers to, the partition, and the account of its charge."""
    if not pointers:
        yield f"{sql.part_of('debtor_id', partitions)} AS _partition"
        return
    yield f"{_first_of(pointers, '_partition')} AS _partition"
    if table.name == "charges":
        yield f"{_first_of(pointers, '_place')} AS _place"
    if "debtor_id" not in table.names:
        yield f"{_first_of(pointers, 'debtor_id')} AS debtor_id"
        yield f"{_also(pointers[0], 'account_id')} AS _account"


def _first_of(pointers: list[Column], what: str) -> str:
    return f"coalesce({', '.join(_also(column, what) for column in pointers)})"


def _first_failing(raw: Raw, table: Table) -> str:
    cases = ((_failing(raw, table, rule), code) for code, rule in enumerate(table_rules(table)))
    return f"CASE {' '.join(f'WHEN {failing} THEN {code}' for failing, code in cases if failing)} END"


def _failing(raw: Raw, table: Table, rule: Rule) -> str:
    column = table.column(rule.columns[0]) if rule.columns else None
    if column is not None and rule.name == "offset" and (is_native(raw, column) or column.name in raw.fitting):
        return ""
    if column is None or not column.references:
        return rule.failing
    unknown = f"{_also(column, sql.referred(column)[1])} IS NULL"
    if rule.name == "reference":
        return f"{sql.name(column.name)} IS NOT NULL AND {unknown}"
    # What a sound row is called by needs no second look at its characters.
    return f"CASE WHEN {unknown} THEN {rule.failing} END" if rule.failing else ""


def _reject_overwritten(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Of rows with one key the last stands; earlier ones are the same row again, or rejected."""
    key, code = sql.listed(table.key), len(table_rules(table)) - 1
    sound = f"(SELECT * FROM typed_{table.name} WHERE _rule IS NULL)"
    if not _find_twice(connection, key, sound):
        return
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ruled AS SELECT _seq, _text = last_value(_text) OVER w AS is_same,"
        f" _seq = max(_seq) OVER w AS is_last FROM"
        f" (SELECT *, {sql.row_text(table)} AS _text FROM {sound} SEMI JOIN twice USING ({key}))"
        f" WINDOW w AS (PARTITION BY {key} ORDER BY _seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    )
    connection.execute(
        f"UPDATE there_{table.name} t SET _rule = CASE WHEN is_same THEN {_SAME} ELSE {code} END FROM ruled r"
        " WHERE t._seq = r._seq AND NOT is_last"
    )


def _find_twice(connection: duckdb.DuckDBPyConnection, key: str, rows: str) -> bool:
    """Creates `twice`, the keys that several rows have, and says whether there is any."""
    # Numbers are sorted in less time than texts are grouped; the few that are equal are looked at again.
    alike = f"SELECT _hash, lag(_hash) OVER (ORDER BY _hash) AS _before FROM (SELECT hash({key}) AS _hash FROM {rows})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS SELECT _hash FROM ({alike}) WHERE _hash = _before")
    if not sql.has_rows(connection, "alike"):
        return False
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT {key} FROM {rows} WHERE hash({key}) IN (FROM alike)"
        " GROUP BY ALL HAVING count(*) > 1"
    )
    return sql.has_rows(connection, "twice")
