"""A debtor taken out of the rows as they came."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.leftovers import RAW
from recobro_data.ingest.manifest import sync_file, sync_folder
from recobro_data.ingest.person import Person
from recobro_data.tables import TABLES, Table


def remove_from_raw(connection: duckdb.DuckDBPyConnection, folder: Path, person: Person) -> int:
    """Takes the debtor out of the rows as they came, file by file, each there whole or not at all. Gives the rows."""
    removed = 0
    for name, table in TABLES.items():
        files = sorted((folder / RAW).glob(f"*/{name}.parquet"))
        for file in files:
            removed += _remove_raw_rows(connection, file, _is_own(connection, file, table, person))
    return removed


def _remove_raw_rows(connection: duckdb.DuckDBPyConnection, file: Path, own: str) -> int:
    rows = sql.number(connection, f"SELECT count(*) FROM {sql.scan([file])} WHERE {own}")
    if rows:
        beside = file.with_name(f".{file.name}.new")
        kept = f"SELECT * FROM {sql.scan([file])} WHERE NOT coalesce({own}, false)"
        connection.execute(f"COPY ({kept}) TO {sql.text(beside)} (FORMAT parquet, COMPRESSION zstd)")
        sync_file(beside)
        beside.replace(file)
        sync_folder(file.parent)
    return rows


def _is_own(connection: duckdb.DuckDBPyConnection, file: Path, table: Table, person: Person) -> str:
    """SQL of the rows that were loaded for the debtor; raw copies that do not tell are asked by their own columns."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {sql.scan([file])}").fetchall()
    columns = {row[0] for row in described}
    own = {"debtor_id": [person.debtor_id], "charge_id": sorted(person.charges), "account_id": sorted(person.accounts)}
    if "_debtor_id" in columns:
        return f"_debtor_id = {sql.text(person.debtor_id)}"
    asked = [
        f"{sql.name(column)} IN {sql.texts(ids)}"
        for column, ids in own.items()
        if column in columns and column in table.names and ids
    ]
    return f"({' OR '.join(asked) or 'false'})"
