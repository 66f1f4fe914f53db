"""Frames of the files of `bench-validation` in Polars."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.data.validation_rows import TABLES, path_of


def read(folder: Path, table: str) -> pl.DataFrame:
    """A table."""
    return pl.read_parquet(path_of(folder, table))


def read_all(folder: Path, out: Path) -> None:
    """Every table, merely read."""
    del out
    for table in TABLES:
        read(folder, table)
