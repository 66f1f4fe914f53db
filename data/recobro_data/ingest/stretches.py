"""A CSV that is not clean, cut into stretches of sound rows, which an engine reads at once, and single odd records.

A line that holds exactly one well-formed row is that row wherever a row may start, so a stretch of such lines needs no
further look. At any other line `csv_rows` decides, as it would for the whole file: both ways give the same rows with
the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Final

from recobro_data.ingest.csv_rows import Record, read_one

_BLOCK: Final = 1 << 22
_END: Final = rb"(?:\r\n|\n|\r)"
_BLANK: Final = re.compile(_END + b"++")
_LINE: Final = re.compile(rb"[^\r\n]*+" + _END)
_MARK: Final = b"\xef\xbb\xbf"
#: One character of UTF-8 beyond ASCII: without overlong forms, surrogates and what lies past the last plane.
_BEYOND: Final = (
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)


@dataclass(frozen=True)
class Stretch:
    """Rows without fault in UTF-8, each ended by a line feed; they start on `line` and take a line each.

    A row with line ends in its fields is a stretch of its own.
    """

    data: bytes
    line: int
    rows: int


def read_stretches(
    stream: IO[bytes], delimiter: str, *, is_sound: bool, block: int = _BLOCK
) -> Iterator[Stretch | Record]:
    """The header as a record, then every row once, alone or in a stretch.

    `is_sound`: all bytes are known to be UTF-8; `block`: how many of them are read at once.
    """
    window, width = _Window(stream, block), 0
    patterns: tuple[re.Pattern[bytes], ...] = ()
    while window.fill():
        found = _stretch(window, patterns) or _odd(window, delimiter, width)
        if found is None or (isinstance(found, Record) and not (found.fields or found.fault)):
            continue
        if isinstance(found, Record) and not width and found.fields:
            width = len(found.fields)
            patterns = _patterns(delimiter, width, is_sound)
        yield found


def _patterns(delimiter: str, width: int, is_sound: bool) -> tuple[re.Pattern[bytes], ...]:
    """A stretch of rows of one line each, and one row whose fields may hold line ends."""
    single = _row(delimiter, width, rb"\r\n", is_sound)
    return re.compile(b"(?:" + single + b")++"), re.compile(_row(delimiter, width, b"", is_sound))


def _row(delimiter: str, width: int, never: bytes, is_sound: bool) -> bytes:
    mark = re.escape(delimiter.encode())
    high = b"" if is_sound else rb"\x80-\xff"
    beyond = b"" if is_sound else b"|" + _BEYOND
    quoted = rb'"(?:[^"\x00' + never + high + rb']++|""' + beyond + rb')*+"'
    # An empty line is no row, not even of one field.
    many = b"*+" if width > 1 else b"++"
    open_ = rb'[^"\r\n\x00' + mark + high + b"]" + (many if is_sound else b"")
    plain = open_ if is_sound else b"(?:" + open_ + b"++" + beyond + b")" + many
    field = b"(?:" + quoted + b"|" + plain + b")"
    return field + (mark + field) * (width - 1) + _END


class _Window:
    """A part of the file in memory: `data` from `at` on is not yet taken, up to `whole` it consists of whole lines."""

    def __init__(self, stream: IO[bytes], block: int) -> None:
        self._stream, self._block = stream, block
        self.data, self.at, self.whole, self.line, self.ended = b"", 0, 0, 1, False
        while len(self.data) < len(_MARK) and not self.ended:
            self.extend()
        self.at = len(_MARK) if self.data.startswith(_MARK) else 0

    def fill(self) -> bool:
        """Sees to it that there is a whole line; False at the end of the file."""
        while self.at >= self.whole and not self.ended:
            self.extend()
        return self.at < self.whole

    def extend(self) -> None:
        """Reads on; the end of the file ends its last line."""
        block = self._stream.read(self._block)
        self.data, self.at = self.data[self.at :] + block, 0
        self.ended = not block
        if self.ended:
            self.data += b"" if self.data.endswith((b"\n", b"\r")) or not self.data else b"\n"
            self.whole = len(self.data)
        else:
            self.whole = (self.data.rfind(b"\n") + 1) or (self.data.rfind(b"\r", 0, -1) + 1)

    def take(self, end: int, lines: int) -> None:
        """Goes on behind what was found."""
        self.at, self.line = end, self.line + lines


def _stretch(window: _Window, patterns: tuple[re.Pattern[bytes], ...]) -> Stretch | None:
    blank = _BLANK.match(window.data, window.at, window.whole)
    if blank:
        window.take(blank.end(), len(_LINE.findall(blank[0])))
    for pattern in patterns:
        if found := pattern.match(window.data, window.at, window.whole):
            return _taken(window, found, is_single=pattern is patterns[0])
    return None


def _taken(window: _Window, found: re.Match[bytes], *, is_single: bool) -> Stretch:
    data, line = found[0], window.line
    if is_single:
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        window.take(found.end(), rows := data.count(b"\n"))
        return Stretch(data, line, rows)
    window.take(found.end(), len(_LINE.findall(data)))
    return Stretch(data.rstrip(b"\r\n") + b"\n", line, 1)


def _odd(window: _Window, delimiter: str, width: int) -> Record | None:
    """The record at the window's start as `csv_rows` takes it; None where the window must hold more to tell."""
    if window.at >= window.whole:
        return None
    lines = _Lines(window)
    record, count = read_one(lines, delimiter, width)
    if lines.is_exhausted and not window.ended:
        window.extend()
        return None
    line = window.line
    window.take(lines.ends[count - 1], count)
    return replace(record, line=line)


class _Lines:
    """The lines of a window as text, with where each ends."""

    def __init__(self, window: _Window) -> None:
        self._window, self._next = window, window.at
        self.ends: list[int] = []
        self.is_exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        found = _LINE.match(self._window.data, self._next, self._window.whole)
        if found is None:
            self.is_exhausted = True
            raise StopIteration
        self._next = found.end()
        self.ends.append(self._next)
        return found[0].decode("utf-8", "surrogateescape")
