"""Cells in error (#N/A, #REF!) of a sheet, which the reader of workbooks gives as empty: an error is not nothing."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_BLOCK: Final = 1 << 20
_CELL: Final = re.compile(
    rb'<(?:\w+:)?c\s([^<>]*?\bt="e"[^<>]*)>(?:(?!<(?:\w+:)?c\s).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL
)
_REFERENCE: Final = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_ATTRIBUTE: Final = re.compile(r'([\w:]+)="([^"]*)"')


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Line and place (from 0) of every cell in error, with what it shows."""
    errors: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(path) as packed:
        part = _part_of(packed, sheet)
        if part is None:
            return errors
        with packed.open(part) as stream:
            for block in _whole_cells(stream):
                errors |= dict(_found(block))
    return errors


def _whole_cells(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end where a cell does. Most hold no error, which a plain search tells at once."""
    rest = b""
    while block := stream.read(_BLOCK):
        block = rest + block
        end = max(block.rfind(b"</c>"), block.rfind(b":c>")) + 1
        rest = block[end:]
        if b't="e"' in block:
            yield block[:end]
    if b't="e"' in rest:
        yield rest


def _found(block: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for cell in _CELL.finditer(block):
        if reference := _REFERENCE.search(cell[1]):
            shown = html.unescape(cell[2].decode("utf-8", "replace"))
            yield (int(reference[2]), _place(reference[1].decode())), shown or "#ERROR"


def _place(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _part_of(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of a workbook that holds a sheet."""
    book = next((name for name in packed.namelist() if posixpath.basename(name) == "workbook.xml"), None)
    if book is None:
        return None
    folder = posixpath.dirname(book)
    links = f"{folder}/_rels/workbook.xml.rels"
    targets = {one.get("Id"): one.get("Target", "") for one in _elements(packed, links, "Relationship")}
    for one in _elements(packed, book, "sheet"):
        link = next((value for name, value in one.items() if name.endswith(":id")), None)
        if one.get("name") == sheet and link in targets:
            part = posixpath.normpath(posixpath.join("/", folder, targets[link])).lstrip("/")
            return part if part in packed.namelist() else None
    return None


def _elements(packed: zipfile.ZipFile, part: str, tag: str) -> Iterator[dict[str, str]]:
    if part not in packed.namelist():
        return
    text = packed.read(part).decode("utf-8", "replace")
    for found in re.finditer(rf"<(?:\w+:)?{tag}\s([^<>]*)>", text):
        yield {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
