"""The lake's one page: which files are in force. Replacing it is what makes a load one step."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

NAME: Final = "manifest.json"
_FORMAT: Final = 1
_LANE: Final = 1 << 64


@dataclass(frozen=True)
class Part:
    """One file: its path in the lake, its rows, the digest of their content (two sums, so order is nothing)."""

    path: str
    rows: int
    digest: tuple[int, int]
    newest: str | None

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Part:
        """A part as the manifest writes it."""
        return cls(given["path"], given["rows"], (given["digest"][0], given["digest"][1]), given["newest"])


@dataclass(frozen=True)
class Manifest:
    """What is in force, which files the generation before it still had, and every load that changed something."""

    load_id: str
    partitions: int
    tables: dict[str, dict[int, Part]] = field(default_factory=dict)
    superseded: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self._parts())

    @property
    def version(self) -> str:
        """Digest of the content alone: how it is parted, when and in which order it came changes nothing."""
        content = {
            name: [sum(part.rows for part in parts.values()), *_total(parts)]
            for name, parts in sorted(self.tables.items())
            if parts
        }
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    def paths(self) -> set[str]:
        """Every file in force."""
        return {part.path for part in self._parts()}

    def newest(self) -> dict[str, date]:
        """The newest fact of each table that has one."""
        dates = {name: [part.newest for part in parts.values() if part.newest] for name, parts in self.tables.items()}
        return {name: date.fromisoformat(max(found)) for name, found in dates.items() if found}

    def _parts(self) -> Iterator[Part]:
        for parts in self.tables.values():
            yield from parts.values()


def _total(parts: dict[int, Part]) -> list[int]:
    return [sum(part.digest[lane] for part in parts.values()) % _LANE for lane in (0, 1)]


def load_manifest(folder: Path) -> Manifest | None:
    """The manifest in force, or None where nothing was ever loaded."""
    path = folder / NAME
    if not path.is_file():
        return None
    given = json.loads(path.read_text(encoding="utf-8"))
    tables = {
        name: {int(number): Part.from_json(part) for number, part in parts.items()}
        for name, parts in given["tables"].items()
    }
    superseded, loads = tuple(given["superseded"]), tuple(given["loads"])
    return Manifest(given["load_id"], given["partitions"], tables, superseded, loads)


def publish_manifest(folder: Path, manifest: Manifest) -> None:
    """Puts a manifest in force: on disk whole, then in place in one step."""
    text = json.dumps({"format": _FORMAT, "version": manifest.version, **asdict(manifest)}, indent=1)
    write_whole(folder / NAME, text)


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all, even after a power cut."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
