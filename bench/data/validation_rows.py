"""A portfolio with bad rows in it, and the files that every contestant of `bench-validation` reads.

One row in a thousand of `charges` and of `payments` breaks one rule each, in turn: a value that is missing, of no kind,
out of its range, in the future, unknown to the table it refers to, or a key said twice with other values.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from bench.data.measuring import THREADS
from bench.data.portfolio import CHARGES, write_portfolio

#: The tables that are checked, after the one they refer to.
TABLES: Final = ("debtors", "charges", "payments")
_ONE_IN: Final = 1000
_BAD_CHARGES: Final = {
    "debtor_id": "'D-nobody'",
    "due_on": "NULL",
    "amount": "-amount",
    "currency": "'soles'",
    "charge_id": "_other",
    "account_id": "account_id || chr(10) || account_id",
}
_BAD_PAYMENTS: Final = {
    "charge_id": "'C-nothing'",
    "paid_on": "DATE '2999-01-01'",
    "amount": "0",
    "payment_id": "_other",
    "account_id": "'L-nothing'",
}


def write_source(folder: Path, n_rows: int) -> None:
    """Write `debtors`, `charges` (about `n_rows`) and `payments`, both with their bad rows."""
    whole = write_portfolio(folder / "whole", -(-n_rows // CHARGES))
    folder.joinpath("source").mkdir()
    whole.joinpath("debtors.parquet").rename(folder / "source" / "debtors.parquet")
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for table, bad in (("charges", _BAD_CHARGES), ("payments", _BAD_PAYMENTS)):
            path = folder / "source" / f"{table}.parquet"
            connection.execute(f"COPY ({_spoiled(whole / f'{table}.parquet', bad)}) TO '{path}' (FORMAT parquet)")


def path_of(folder: Path, table: str) -> str:
    """The file of a table."""
    return str(folder / "source" / f"{table}.parquet")


def write_bad_rows(out: Path, table: str, rows: Sequence[int]) -> None:
    """Leave the numbers of the rejected rows (the first is 0) for the comparison."""
    out.mkdir(parents=True, exist_ok=True)
    numbers = ",".join(str(row) for row in sorted(rows))
    out.joinpath(f"{table}.txt").write_text(numbers)


def _spoiled(path: Path, bad: dict[str, str]) -> str:
    key = next(column for column, value in bad.items() if value == "_other")
    replaced = ", ".join(
        f"CASE WHEN _row % {_ONE_IN * len(bad)} = {_ONE_IN * i + 7} THEN {value} ELSE {column} END AS {column}"
        for i, (column, value) in enumerate(bad.items())
    )
    other = f"lead({key}) OVER (ORDER BY file_row_number)"
    rows = f"SELECT *, file_row_number AS _row, {other} AS _other FROM read_parquet('{path}', file_row_number = true)"
    return f"SELECT * EXCLUDE (_row, _other, file_row_number) REPLACE ({replaced}) FROM ({rows}) ORDER BY _row"
