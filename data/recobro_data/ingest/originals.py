"""A file of the source that the lake keeps as it came, packed where it is not, as long as it is what was read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import pyarrow as pa

from recobro_data.ingest.manifest import sync_file

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Original:
    """A CSV of the source as it was at some moment: its size in bytes, its last change in nanoseconds."""

    path: Path
    size: int
    changed_ns: int

    @classmethod
    def seen(cls, path: Path) -> Original:
        """The file as it is now."""
        found = path.stat()
        return cls(path, found.st_size, found.st_mtime_ns)

    @property
    def is_same(self) -> bool:
        """Whether the file is there and still what it was."""
        try:
            return Original.seen(self.path) == self
        except OSError:
            return False


def keep_original(original: Original, folder: Path, table: str) -> bool:
    """Keeps the file as `TABLE.csv.zst`, or as it is where it is packed already (`TABLE.csv.gz`).

    Gives whether it did: nothing is kept of a file that is no longer what was read.
    """
    is_packed = original.path.suffix == ".gz"
    target = folder / f"{table}.csv.{'gz' if is_packed else 'zst'}"
    try:
        stream = original.path.open("rb")
    except OSError:
        return False
    with stream, target.open("wb") if is_packed else _packing(target) as kept:
        shutil.copyfileobj(stream, kept, _BLOCK)
    if original.is_same:
        sync_file(target)
        return True
    target.unlink()
    return False


def _packing(target: Path) -> IO[bytes]:
    return cast(IO[bytes], pa.CompressedOutputStream(str(target), "zstd"))
