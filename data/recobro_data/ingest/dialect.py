"""How one CSV file is written: its encoding and its delimiter, both decided from the file alone.

A file is UTF-8 where most of what is not ASCII can be read so; bad bytes then cost their own line. Otherwise it is
Windows-1252, of which Latin-1 is a part, if every byte has a meaning there and few of them are those that no Spanish or
Portuguese word has and stray bytes mostly are (FE, FF). A mark at the start of the file settles it.
"""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import pyarrow as pa

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.csv_rows import read_records
from recobro_data.ingest.formats import BLANKS
from recobro_data.tables import TABLES

#: A packed file may grow this many times, once it has grown past `FREE_BYTES`; tables of text stay far below.
MOST_TIMES: Final = 200
FREE_BYTES: Final = 1 << 30
#: No line of a table is longer, and none is held in memory beyond it.
LONGEST_LINE: Final = 1 << 24

BLOCK: Final = 1 << 20
_DELIMITERS: Final = (",", ";", "\t", "|")
_MEANINGLESS: Final = b"\x81\x8d\x8f\x90\x9d"
_STRAY: Final = b"\xfe\xff"


@dataclass(frozen=True)
class Text:
    """A CSV file in UTF-8: the file itself, or its copy in UTF-8. `is_sound`: every byte of it can be read."""

    path: Path
    encoding: str
    lines: int
    is_sound: bool


def load_text(path: Path, folder: Path) -> Text:
    """The file as UTF-8, in `folder` where it has another encoding.

    Raises:
        SourceRefusedError: it unpacks into more than any table, or has a line longer than any row.
    """
    text = _survey(path)
    if text.encoding == "utf-8":
        return text
    target = folder / "text.csv"
    _write_utf8(path, text.encoding, target)
    lines = _survey(target).lines
    return Text(target, text.encoding, lines, is_sound=True)


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked."""
    if path.suffix == ".zst":
        return cast(IO[bytes], pa.CompressedInputStream(str(path), "zstd"))
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _survey(path: Path) -> Text:
    count = _Count()
    with open_bytes(path) as stream:
        for block in _blocks(stream, path):
            count.add(block)
    return Text(path, count.encoding(), count.lines + (not count.ended), count.foreign == 0)


def _blocks(stream: IO[bytes], path: Path) -> Iterator[bytes]:
    most, packed = max(FREE_BYTES, MOST_TIMES * path.stat().st_size), path.suffix == ".gz"
    whole = since_line = 0
    while block := stream.read(BLOCK):
        whole += len(block)
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        since_line = since_line + len(block) if last < 0 else len(block) - last - 1
        if packed and whole > most:
            found = f"{path.name} that unpacks into more than {MOST_TIMES} times its size"
            raise SourceRefusedError("a packed table", found, "Unpack it and look at what it is.")
        if since_line > LONGEST_LINE:
            found = f"a line of more than {LONGEST_LINE >> 20} MiB in {path.name}"
            raise SourceRefusedError("a table of text, one row a line", found, "Export the table again as CSV.")
        yield block


class _Count:
    """Lines, and what the bytes beyond ASCII are: `known` characters of UTF-8, `foreign` bytes."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._first, self._pending = b"", False
        self.lines, self.known, self.foreign, self.meaningless, self.stray = 0, 0, 0, 0, 0
        self.ended = True

    def add(self, block: bytes) -> None:
        self._first = self._first or block[:4]
        self.lines += block.count(b"\n")
        self.ended = block.endswith(b"\n")
        if block.isascii() and not self._pending:
            return
        text = self._decoder.decode(block)
        self._pending = bool(self._decoder.getstate()[0])
        plain = len(text.encode("utf-8", "ignore").decode())
        self.foreign += len(text) - plain
        self.known += plain - len(text.encode("ascii", "ignore"))
        self.meaningless += len(block) - len(block.translate(None, _MEANINGLESS))
        self.stray += len(block) - len(block.translate(None, _STRAY))

    def encoding(self) -> str:
        """What the file is written in, once all of it was added."""
        self.foreign += len(self._decoder.decode(b"", final=True))
        if self._first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        marked = self._first.startswith(codecs.BOM_UTF8)
        is_text = not self.meaningless and self.stray * 10 <= self.foreign
        return "cp1252" if is_text and self.foreign > self.known and not marked else "utf-8"


def _write_utf8(path: Path, encoding: str, target: Path) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with open_bytes(path) as stream, target.open("wb") as copy:
        while block := stream.read(BLOCK):
            copy.write(decoder.decode(block).encode("utf-8", "replace"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))


def find_header(path: Path, table: str) -> tuple[str, list[str]]:
    """The delimiter and the names of the first row: the delimiter under which most of them are known, then most."""
    with open_bytes(path) as stream:
        head = stream.read(BLOCK).decode("utf-8-sig", "surrogateescape")
    found = {delimiter: _first_row(head, delimiter) for delimiter in _DELIMITERS}
    declared = set(TABLES[table].names)
    best = max(found, key=lambda one: (len(declared.intersection(found[one])), len(found[one])))
    return best, found[best]


def _first_row(head: str, delimiter: str) -> list[str]:
    first = next(read_records(iter(io.StringIO(head, newline="")), delimiter), None)
    return [field.strip(BLANKS) for field in first.fields] if first else []
