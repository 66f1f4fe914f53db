"""CSV row by row, for the files that are not clean: no line is lost and each keeps its number.

A quote that is never closed would swallow the rest of a file. Such a record is taken back: its first line is a bad row,
and reading goes on at the next line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_UNCLOSED: Final = "a quote is opened and never closed"


@dataclass(frozen=True)
class Record:
    """One row as it came: `line` is where it starts, `fault` why it is none, `text` the line itself if so."""

    line: int
    fields: list[str]
    fault: str | None = None
    text: str | None = None


class _Lines:
    """Physical lines that can be given back, counted."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream, self._waiting = stream, deque[str]()
        self.taken: list[str] = []
        self.start = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._stream)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """All but the first line of the record go back."""
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def close_record(self) -> int:
        """Where the record started; the next starts behind it."""
        start, self.start = self.start, self.start + len(self.taken)
        self.taken.clear()
        return start


def read_records(stream: Iterator[str], delimiter: str = ",") -> Iterator[Record]:
    """The header, then every row; lines with nothing on them are no rows.

    Bytes that are not UTF-8 are expected as lone surrogates (`errors="surrogateescape"`).
    """
    lines, width = _Lines(stream), 0
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        fields, fault = _next_fields(reader, width)
        if not lines.taken:
            return
        if fault and len(lines.taken) > 1:
            lines.give_back()
            fault = _UNCLOSED
        if fault:
            reader = csv.reader(lines, strict=True, delimiter=delimiter)
        if fields or fault:
            yield _record(lines, fields, fault)
        lines.close_record()
        width = width or len(fields)


def read_one(stream: Iterator[str], delimiter: str, width: int) -> tuple[Record, int]:
    """The record at the start of the lines, as `read_records` takes it, and how many lines it covers.

    Its `line` is 1. A line with nothing on it is a record without fields and without fault; so is the end of the lines.
    """
    lines = _Lines(stream)
    fields, fault = _next_fields(csv.reader(lines, strict=True, delimiter=delimiter), width)
    if fault and len(lines.taken) > 1:
        lines.give_back()
        fault = _UNCLOSED
    return _record(lines, fields, fault), len(lines.taken)


def _next_fields(reader: Iterator[list[str]], width: int) -> tuple[list[str], str | None]:
    """The fields of the next record and what is wrong with them; width 0 takes any number."""
    try:
        fields = next(reader, [])
    except csv.Error as error:
        return [], f"the line can not be read as CSV ({error})"
    if width and fields and len(fields) != width:
        return fields, f"expected {width} fields as in the header, found {len(fields)}"
    return fields, None


def _record(lines: _Lines, fields: list[str], fault: str | None) -> Record:
    text = "".join(lines.taken)
    if _is_utf8(text):
        return Record(lines.start, fields, fault, text.rstrip("\r\n") if fault else None)
    shown = _shown(text).rstrip("\r\n")
    return Record(lines.start, [_shown(field) for field in fields], fault or "the line is not UTF-8", shown)


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
