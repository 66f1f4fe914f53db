"""The lake's one page: which files are in force. Replacing it is what makes a load one step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from recobro_data.errors import RecobroError
from recobro_data.ingest.states import LANE, State, Tombstones, Total, version_of

NAME: Final = "manifest.json"
_FORMAT: Final = 2


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
    """What is in force, which files the generation before it still had, and every load that changed something.

    `states` tells what each load left in force (none for loads of a lake written before states were kept), `forgotten`
    whom no load may bring back.
    """

    load_id: str
    partitions: int
    tables: dict[str, dict[int, Part]] = field(default_factory=dict)
    superseded: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    forgotten: Tombstones = field(default_factory=Tombstones)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Manifest:
        """A manifest as it is written."""
        tables = {
            name: {int(number): Part.from_json(part) for number, part in parts.items()}
            for name, parts in given["tables"].items()
        }
        return cls(
            *(str(given["load_id"]), int(given["partitions"]), tables),
            superseded=tuple(given["superseded"]),
            loads=tuple(given["loads"]),
            states=tuple(State.from_json(state) for state in given.get("states", ())),
            forgotten=Tombstones.from_json(given["forgotten"]) if "forgotten" in given else Tombstones(),
        )

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self._parts())

    @property
    def totals(self) -> dict[str, Total]:
        """Rows and digest of each table that has rows."""
        return {name: _total(parts) for name, parts in self.tables.items() if parts}

    @property
    def version(self) -> str:
        """Digest of the content alone: how it is parted, when and in which order it came changes nothing."""
        return version_of(self.totals)

    def paths(self) -> set[str]:
        """Every file in force."""
        return {part.path for part in self._parts()}

    def history(self) -> set[str]:
        """Every file of replaced versions."""
        return {path for state in self.states for path in state.replaced.values()}

    def newest(self) -> dict[str, date]:
        """The newest fact of each table that has one."""
        dates = {name: [part.newest for part in parts.values() if part.newest] for name, parts in self.tables.items()}
        return {name: date.fromisoformat(max(found)) for name, found in dates.items() if found}

    def _parts(self) -> Iterator[Part]:
        for parts in self.tables.values():
            yield from parts.values()


def _total(parts: dict[int, Part]) -> Total:
    lanes = [sum(part.digest[lane] for part in parts.values()) % LANE for lane in (0, 1)]
    return sum(part.rows for part in parts.values()), lanes[0], lanes[1]


def load_manifest(folder: Path) -> Manifest | None:
    """The manifest in force, or None where nothing was ever loaded.

    Raises:
        RecobroError: it is damaged, can not be read, or was written by a newer recobro.
    """
    path = folder / NAME
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if given["format"] <= _FORMAT:
            return Manifest.from_json(given)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'empty'}"
        raise RecobroError(
            "a lake with a whole manifest", f"{path} damaged ({why})", "Put it back from a backup; nothing was changed."
        ) from error
    raise RecobroError(f"a lake of format {_FORMAT} or older", f"format {given['format']} in {path}", "Update recobro.")


def check_files(folder: Path, names: set[str]) -> None:
    """Every named file of the lake is there.

    Raises:
        RecobroError: one is missing.
    """
    missing = sorted(name for name in names if not (folder / name).is_file())
    if missing:
        found = f"nothing at {missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}"
        raise RecobroError(
            f"every file that the manifest of {folder} names",
            found,
            "Read the lake again; where it stays so, put the files back from a backup.",
        )


def publish_manifest(folder: Path, manifest: Manifest) -> None:
    """Puts a manifest in force: on disk whole, then in place in one step."""
    text = json.dumps({"format": _FORMAT, "version": manifest.version, **asdict(manifest)}, indent=1)
    write_whole(folder / NAME, text)


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all, even after a power cut."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Makes a file's content and its name outlast a power cut."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
