"""Workbooks: one sheet a table, every cell as canonical text, lines numbered as the spreadsheet shows them.

Cells with a type of their own - numbers, dates, truth values - are canonical whatever the rest of their column looks
like; text that somebody typed is in the column's form, as in a CSV. Formulas give the value they last had.
"""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.dialect import FREE_BYTES, MOST_TIMES
from recobro_data.ingest.error_cells import error_cells
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.raw import Raw, build_batch, checked_header

_BATCH: Final = 20_000
_PROTECTED: Final = b"\xd0\xcf\x11\xe0"
#: Whole numbers beyond it are not exact in a cell.
_LARGEST_EXACT: Final = 1e16


def folded(name: str) -> str:
    """A name without case, accents, blanks and what stands for blanks.

    Example:
        >>> folded(" Contact Attempts") == folded("contact_attempts")
        True
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(
        sign for sign in plain if not unicodedata.combining(sign) and not sign.isspace() and sign not in "_-"
    )


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook in their written order.

    Raises:
        SourceRefusedError: the workbook is protected by a password, damaged, or unpacks into more than any table.
    """
    return list(_opened(path).sheet_names)


def _opened(path: Path) -> Any:
    import python_calamine

    with path.open("rb") as stream:
        if stream.read(len(_PROTECTED)) == _PROTECTED:
            found = f"{path.name} that is protected by a password, or in the format of before 2007"
            raise SourceRefusedError("a workbook that opens", found, "Save it as .xlsx without a password.")
    try:
        _check_size(path)
        return python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> SourceRefusedError:
    found = f"{path.name} that breaks off or is damaged ({error})"
    return SourceRefusedError("a workbook that opens", found, "Save it again as .xlsx; nothing was loaded.")


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        whole = sum(entry.file_size for entry in packed.infolist())
    if whole > max(FREE_BYTES, MOST_TIMES * path.stat().st_size):
        found = f"{path.name} that unpacks into more than {MOST_TIMES} times its size"
        raise SourceRefusedError("a workbook of tables", found, "Unpack it and look at what it is.")


def read_sheet(connection: duckdb.DuckDBPyConnection, table: str, path: Path, *, sheet: str) -> Raw:
    """The rows of a sheet; its header is the first row with anything in it, empty rows are no rows.

    Raises:
        SourceRefusedError: the workbook can not be read, or the header names a column twice.
    """
    import python_calamine

    file = f"{path.name} ({sheet})"
    try:
        rows = _rows(_opened(path).get_sheet_by_name(sheet), error_cells(path, sheet))
        header = checked_header(table, file, _names(next(rows, None)))
        if not header:
            return Raw(table, (), 0)
        count = _fill(connection, _Sheet(table, file, len(header)), rows)
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path, error) from error
    return Raw(table, header, count, marked=True)


@dataclass(frozen=True)
class _Row:
    """A row with anything in it: its line, the text of its cells, and `1` for each that had a type, `0` for text."""

    line: int
    texts: list[str]
    marks: str


@dataclass(frozen=True)
class _Sheet:
    """A sheet on its way into `raw_TABLE`: its place as people call it, and the columns of its header."""

    table: str
    file: str
    width: int


def _names(row: _Row | None) -> list[str]:
    names = [text.strip(BLANKS) for text in row.texts] if row else []
    while names and not names[-1]:
        names.pop()
    return names


def _rows(sheet: Any, errors: Mapping[tuple[int, int], str]) -> Iterator[_Row]:
    """Every row with anything in it; a cell in error is what it shows, a value of no kind."""
    left = sheet.start[1] if sheet.start else 0
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if errors:
            cells = [errors.get((line, left + place), cell) for place, cell in enumerate(cells)]
        texts = [cell if isinstance(cell, str) else _text(cell) for cell in cells]
        if any(text.strip(BLANKS) for text in texts):
            yield _Row(line, texts, "".join("0" if isinstance(cell, str) else "1" for cell in cells))


def _text(cell: Any) -> str:
    """Canonical text of a cell that has a type of its own."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < _LARGEST_EXACT else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
        case time():
            return cell.isoformat("auto" if cell.second or cell.microsecond else "minutes")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _fill(connection: duckdb.DuckDBPyConnection, sheet: _Sheet, rows: Iterator[_Row]) -> int:
    """Creates `raw_TABLE` and gives the number of its rows."""
    columns = ", ".join(f"c{place} VARCHAR" for place in range(sheet.width))
    connection.execute(
        f"CREATE OR REPLACE TABLE raw_{sheet.table} (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR,"
        f" _text VARCHAR, _exact VARCHAR, {columns})"
    )
    count = 0
    while batch := list(islice(rows, _BATCH)):
        connection.register("batch", _arrow(batch, count + 1, sheet))
        connection.execute(f"INSERT INTO raw_{sheet.table} SELECT * FROM batch")
        connection.unregister("batch")
        count += len(batch)
    return count


def _arrow(batch: Sequence[_Row], seq: int, sheet: _Sheet) -> pa.Table:
    faults = [_fault(row, sheet.width) for row in batch]
    shown = ["\t".join(row.texts) if fault else None for row, fault in zip(batch, faults, strict=True)]
    place = {
        "_seq": pa.array(range(seq, seq + len(batch)), pa.int64()),
        "_file": pa.array([sheet.file] * len(batch), pa.string()),
        "_line": pa.array([row.line for row in batch], pa.int64()),
        "_fault": pa.array(faults, pa.string()),
        "_text": pa.array(shown, pa.string()),
        "_exact": pa.array([row.marks for row in batch], pa.string()),
    }
    return build_batch(place, [row.texts for row in batch], sheet.width)


def _fault(row: _Row, width: int) -> str | None:
    beyond = [text for text in row.texts[width:] if text.strip(BLANKS)]
    return f"expected {width} cells as in the header, found {beyond[0]!r} beyond them" if beyond else None
