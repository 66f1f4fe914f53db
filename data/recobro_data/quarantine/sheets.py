"""Rows of text as a workbook of one sheet: whatever a cell looks like, it is text, and stays so when somebody edits it.

Source: ECMA-376, Office Open XML; the limits are Excel's.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from recobro_data.errors import UsageError

#: Of a sheet: rows with the header, columns, and UTF-16 units of a cell.
MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
LONGEST: Final = 32_767

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
    f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
    f' Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Style 1 is text (format 49); the prefix keeps it text after somebody has edited it.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
#: What XML can not hold is written by its number, and so is what looks as if it were.
_UNWRITABLE: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(path: Path, name: str, rows: Iterable[Sequence[str]]) -> None:
    """Writes a workbook with a sheet of that name; rows are taken one by one.

    Raises:
        UsageError: more rows or columns than a sheet has, or a text that is longer than a cell holds.
    """
    sheet = escape(name, {'"': "&quot;"})
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, text in {**_PARTS, "xl/workbook.xml": f"{book}</sheets></workbook>"}.items():
            packed.writestr(part, _HEAD + text)
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            for piece in _pieces(name, rows):
                stream.write(piece.encode())


def _pieces(name: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    columns = f'<cols><col min="1" max="{MOST_COLUMNS}" width="14" style="1"/></cols>'
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}">{columns}<sheetData>'
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise _too_much(f"{MOST_ROWS:,} rows", f"more in {name}")
        if len(row) > MOST_COLUMNS:
            raise _too_much(f"{MOST_COLUMNS:,} columns", f"{len(row):,} in {name}")
        filled = ((f"{column_letters(place)}{number}", text) for place, text in enumerate(row) if text)
        cells = "".join(_cell(reference, text, name) for reference, text in filled)
        yield f'<row r="{number}">{cells}</row>'
    yield "</sheetData></worksheet>"


def _cell(reference: str, text: str, name: str) -> str:
    if 2 * len(text) > LONGEST and (units := len(text.encode("utf-16-le")) // 2) > LONGEST:
        raise _too_much(f"{LONGEST:,} characters a cell", f"{units:,} in {reference} of {name}")
    written = escape(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    return f'<c r="{reference}" s="1" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'


def column_letters(place: int) -> str:
    """The letters of a column, counted from 0.

    Example:
        >>> column_letters(0), column_letters(26), column_letters(16_383)
        ('A', 'AA', 'XFD')
    """
    before, last = divmod(place, 26)
    return (column_letters(before - 1) if before else "") + chr(ord("A") + last)


def _too_much(expected: str, found: str) -> UsageError:
    return UsageError(f"at most {expected} for a workbook", found, "Export it as CSV: --format csv.")
