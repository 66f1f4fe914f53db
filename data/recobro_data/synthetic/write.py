"""Canonical CSVs of a synthetic portfolio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from recobro_data.errors import UsageError
from recobro_data.synthetic.simulation import Portfolio
from recobro_data.tables import TABLES, Kind, Table


def write_tables(portfolio: Portfolio, out: Path, *, disputes: bool) -> list[Path]:
    """Writes one CSV a table into the folder `out`, which is made where it is missing; the same portfolio, same bytes.

    Each file appears whole or not at all. Without `disputes` the six tables that every source has.

    Raises:
        UsageError: `out` is a file, or can not be written to.
    """
    tables = [table for table in TABLES.values() if disputes or table.name != "disputes"]
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [_write(portfolio.tables[table.name], table, out) for table in tables]
    except OSError as error:
        reason = f"`{out}` ({error.strerror or error})"
        raise UsageError("a folder that can be written to", reason, "Name another folder.") from error


def _write(frame: pd.DataFrame, table: Table, out: Path) -> Path:
    path, part = out / f"{table.name}.csv", out / f".{table.name}.csv.part"
    with part.open("wb") as stream:
        stream.write((",".join(table.names) + "\n").encode())
        pacsv.write_csv(_as_text(frame, table), stream, pacsv.WriteOptions(include_header=False, quoting_style="none"))
    part.replace(path)
    return path


def _as_text(frame: pd.DataFrame, table: Table) -> Any:
    return pa.table({column.name: _column(frame[column.name], column.kind) for column in table.columns})


def _column(values: pd.Series[Any], kind: Kind) -> Any:
    if kind == "timestamp":
        moments = pa.array(values.dt.tz_convert(None).to_numpy(dtype="datetime64[s]"))
        return pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ")
    column = pa.array(values, from_pandas=True)
    return column.cast(pa.decimal128(18, 2)) if kind == "money" else column
