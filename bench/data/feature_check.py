"""Whether a peer of `bench-features` computed what recobro did: every column, every debtor, within 1e-6."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from recobro_models.features.families import DEBTOR_FEATURES

#: Of a larger portfolio about so many debtors are compared.
SAMPLE: Final = 200_000
_NEAR: Final = 1e-6


def differing_columns(ours: Path, theirs: Path) -> dict[str, int]:
    """Columns whose values differ, with the number of debtors, from two folders of Parquet files of one as-of day.

    A debtor that only one of them has differs in every column; a column that they lack, wherever ours has a value.
    """
    columns = ", ".join(f"count_if({_differs(name)}) AS {name}" for name in DEBTOR_FEATURES)
    joined = f"({_sampled(ours, ours)}) o FULL JOIN ({_sampled(theirs, ours)}) t USING (debtor_id)"
    counted = duckdb.sql(f"SELECT {columns} FROM {joined}").fetchone()
    assert counted is not None
    return {name: n for name, n in zip(DEBTOR_FEATURES, counted, strict=True) if n}


def _differs(name: str) -> str:
    o, t = f"o.{name}::DOUBLE", f"t.{name}::DOUBLE"
    near = f"abs({o} - {t}) <= {_NEAR} * greatest(1, abs({o}))"
    return f"NOT coalesce({near}, o.{name} IS NULL AND t.{name} IS NULL AND o.debtor_id = t.debtor_id)"


def _sampled(folder: Path, ours: Path) -> str:
    row = duckdb.sql(f"SELECT count(*) FROM '{ours}/*.parquet'").fetchone()
    step = max(1, (row[0] if row else 0) // SAMPLE)
    every_column = f"(SELECT * FROM '{ours}/*.parquet' LIMIT 0) UNION ALL BY NAME SELECT * FROM '{folder}/*.parquet'"
    return f"SELECT * FROM ({every_column}) WHERE hash(debtor_id) % {step} = 0"
