"""A debtor taken out of the rows as they came.

Rows kept one by one tell the debtor they were loaded for; files kept whole are asked by the ids that their rows name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.csv_files import scan_csv
from recobro_data.ingest.dialect import find_header
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.leftovers import RAW
from recobro_data.ingest.manifest import sync_file, sync_folder
from recobro_data.ingest.person import Person
from recobro_data.tables import TABLES, Table


def remove_from_raw(connection: duckdb.DuckDBPyConnection, folder: Path, person: Person) -> int:
    """Takes the debtor out of the rows as they came, file by file, each there whole or not at all. Gives the rows."""
    person = _with_former(connection, folder, person)
    return sum(
        _remove_raw_rows(connection, file, table, person) for table in TABLES.values() for file in _files(folder, table)
    )


def _files(folder: Path, table: Table) -> Iterator[Path]:
    yield from sorted((folder / RAW).glob(f"*/{table.name}.parquet"))
    yield from sorted((folder / RAW).glob(f"*/{table.name}.csv.*"))
    yield from sorted((folder / RAW).glob(f"*/{table.name}/*.parquet"))


def _rows(file: Path, table: Table) -> str:
    """SQL of the rows of a file under the names they came with."""
    if file.suffix == ".parquet":
        return sql.scan([file])
    delimiter, names = find_header(file, table.name)
    return scan_csv(file, delimiter, names)


def _with_former(connection: duckdb.DuckDBPyConnection, folder: Path, person: Person) -> Person:
    """With the charges and accounts that were the debtor's once and are nobody else's: the lake has forgotten them."""
    charges, accounts = set(person.charges), set(person.accounts)
    for file in _files(folder, table := TABLES["charges"]):
        columns = _columns(connection, source := _rows(file, table))
        for column, ids in (("charge_id", charges), ("account_id", accounts)):
            if {"debtor_id", column} <= columns:
                rows = connection.execute(
                    f"SELECT DISTINCT {_id(column)} FROM {source}"
                    f" WHERE {_id('debtor_id')} = {sql.text(person.debtor_id)} AND {_id(column)} NOT IN"
                    f" (SELECT {column} FROM lake_charges WHERE debtor_id <> {sql.text(person.debtor_id)})"
                )
                ids |= {row[0] for row in rows.fetchall() if row[0]}
    return replace(person, charges=frozenset(charges), accounts=frozenset(accounts))


def _remove_raw_rows(connection: duckdb.DuckDBPyConnection, file: Path, table: Table, person: Person) -> int:
    """Takes the debtor's rows out of a file; what is left of a CSV is Parquet."""
    source = _rows(file, table)
    own = _is_own(connection, source, table, person)
    rows = sql.number(connection, f"SELECT count(*) FROM {source} WHERE {own}")
    if rows:
        target = file if file.suffix == ".parquet" else file.with_name(f"{table.name}.parquet")
        beside = target.with_name(f".{target.name}.new")
        kept = f"SELECT * FROM {source} WHERE NOT coalesce({own}, false)"
        connection.execute(f"COPY ({kept}) TO {sql.text(beside)} (FORMAT parquet, COMPRESSION zstd)")
        sync_file(beside)
        beside.replace(target)
        # Cut off here, both are there: the next run takes the debtor out of the CSV again.
        if file != target:
            file.unlink()
        sync_folder(file.parent)
    return rows


def _is_own(connection: duckdb.DuckDBPyConnection, source: str, table: Table, person: Person) -> str:
    """SQL of the rows that are the debtor's."""
    columns = _columns(connection, source)
    own = {"debtor_id": [person.debtor_id], "charge_id": sorted(person.charges), "account_id": sorted(person.accounts)}
    own["payment_id"] = sorted(person.payments)
    if "_debtor_id" in columns:
        return f"_debtor_id = {sql.text(person.debtor_id)}"
    asked = [
        f"{_id(column)} IN {sql.texts(ids)}"
        for column, ids in own.items()
        if column in columns and column in table.names and ids
    ]
    return f"({' OR '.join(asked) or 'false'})"


def _columns(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {row[0] for row in described}


def _id(column: str) -> str:
    """An id as the lake has it, which may have been a number."""
    return f"trim({sql.name(column)}::VARCHAR, {sql.text(BLANKS)})"
