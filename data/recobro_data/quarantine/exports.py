"""Rejected rows as files that a spreadsheet opens, and that can be loaded again once they are corrected."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from recobro_data.ingest import sql
from recobro_data.quarantine.corrections import FORMS, WHY, guarded_cell, text_cell
from recobro_data.quarantine.index import PLACE
from recobro_data.quarantine.sheets import write_workbook

ExportForm = Literal["csv", "xlsx"]

#: Behind the columns of the row: its place, what is wrong, and the line itself where it could not be read as a row.
_BESIDE: Final = (*PLACE, *WHY, FORMS, "_text")
_CHUNK: Final = 10_000


def write_export(path: Path, connection: duckdb.DuckDBPyConnection, table: str, *, order: str) -> int:
    """Writes a table's rows of the relation `chosen`, in the form that the path ends with. Gives their number.

    Raises:
        UsageError: more than a sheet of a workbook holds.
    """
    header = _header(connection, table)
    rows = _Counted(_records(connection, table, header, order=order))
    if path.suffix == ".xlsx":
        write_workbook(path, table, ([text_cell(cell) for cell in row] for row in rows))
    else:
        _write_csv(path, ([guarded_cell(cell) for cell in row] for row in rows))
    return rows.count - 1


class _Counted:
    """Rows that are counted as they are taken."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    # Excel takes a file without the mark for one of its own code page.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _header(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns of the rows' own headers, each once, in the order in which they came."""
    keys = f'SELECT DISTINCT json_keys("row") FROM chosen WHERE "table" = {sql.text(table)} ORDER BY 1'
    names = dict.fromkeys(name for (names,) in connection.execute(keys).fetchall() for name in names)
    return [name for name in names if name != "_line" and name not in _BESIDE]


def _records(
    connection: duckdb.DuckDBPyConnection, table: str, header: list[str], *, order: str
) -> Iterator[Sequence[str]]:
    yield [*header, *_BESIDE]
    chosen = f'SELECT "row", load_id, file, line, rule, message, _forms FROM chosen WHERE "table" = {sql.text(table)}'
    cursor = connection.execute(f"{chosen} {order}")
    while chunk := cursor.fetchmany(_CHUNK):
        for whole, *beside in chunk:
            yield _record(header, json.loads(whole), beside)


def _record(header: list[str], row: dict[str, str], beside: list[Any]) -> list[str]:
    values = [row.get(name, "") for name in header]
    text = row.get("_line", "") if "fields" in beside else ""
    return [str(value or "") for value in (*values, *beside, text)]
