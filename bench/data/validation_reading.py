"""Merely reading the files of `bench-validation` with DuckDB: every value once, nothing kept."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench.data.measuring import THREADS
from bench.data.validation_rows import TABLES, path_of


def read_all(folder: Path, out: Path) -> None:
    """Look at each value of each table."""
    del out
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for table in TABLES:
            connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM '{path_of(folder, table)}'").fetchall()
