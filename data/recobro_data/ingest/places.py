"""Where in a directory or a file each canonical table lies. Nothing outside of the directory is ever read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.workbook import folded, sheet_names
from recobro_data.tables import TABLES

_SUFFIXES: Final = (".csv", ".csv.gz", ".parquet", ".xlsx")
_BOOK: Final = ".xlsx"


@dataclass(frozen=True)
class Place:
    """A file, a folder of Parquet parts, or a sheet of a workbook."""

    path: Path
    sheet: str | None = None

    @property
    def name(self) -> str:
        """The place as people call it."""
        return self.path.name if self.sheet is None else f"{self.path.name} ({self.sheet})"

    def parts(self) -> list[Path]:
        """The Parquet parts of a folder, in the order of their names."""
        return sorted(self.path.glob("*.parquet"))


def written_names(path: Path) -> tuple[str, ...]:
    """What the tables of a directory or file are called in it: files without their suffix, and sheets.

    Raises:
        SourceRefusedError: a workbook can not be read.
    """
    files = _files(path) if path.is_dir() else [Place(path)]
    names = [sheet for place in files for sheet in _sheets(place)] + [_stem(place.path) for place in files]
    return tuple(dict.fromkeys(names))


def table_places(folder: Path, written_as: Mapping[str, str]) -> dict[str, Place]:
    """The place of every canonical table that a directory has.

    Raises:
        SourceRefusedError: a table is there twice or lies outside the directory, or a workbook can not be read.
    """
    files = _files(folder)
    names = _names(written_as)
    alone = {table: _named(files, name) for table, name in names.items()}
    taken = {place.path for places in alone.values() for place in places}
    books = [place for place in files if place.path.suffix.casefold() == _BOOK and place.path not in taken]
    sheets = [Place(place.path, sheet) for place in books for sheet in _sheets(place)]
    found = {
        table: [_only_sheet(place, table) for place in alone[table]] + _with_sheet(sheets, name)
        for table, name in names.items()
    }
    return {table: _only(table, places, folder) for table, places in found.items() if places}


def find_places(file: Path, written_as: Mapping[str, str]) -> dict[str, Place]:
    """The tables of a single file: the one it is named after, or those of its sheets; none where it is no table.

    Raises:
        SourceRefusedError: a sheet is there twice, or the workbook can not be read.
    """
    if not _suffix(file):
        return {}
    place, names = Place(file), _names(written_as)
    sheets = [Place(file, sheet) for sheet in _sheets(place)]
    found = {table: _with_sheet(sheets, name) for table, name in names.items()}
    if not any(found.values()):
        found = {table: _named([place], name) for table, name in names.items()}
        found = {table: [_only_sheet(one, table) for one in places] for table, places in found.items()}
    return {table: _only(table, places, file.parent) for table, places in found.items() if places}


def _names(written_as: Mapping[str, str]) -> dict[str, str]:
    return {table: written_as.get(table, table) for table in TABLES}


def _suffix(path: Path) -> str:
    return next((one for one in _SUFFIXES if path.name.casefold().endswith(one)), "")


def _stem(path: Path) -> str:
    return path.name[: len(path.name) - len(_suffix(path))]


def _files(folder: Path) -> list[Place]:
    """What may be a table; files that an open office program leaves beside its own are none."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith(("~$", ".")))
    return [Place(entry) for entry in entries if (_has_parts(entry) if entry.is_dir() else _suffix(entry))]


def _has_parts(folder: Path) -> bool:
    return any(folder.glob("*.parquet"))


def _named(places: Iterable[Place], name: str) -> list[Place]:
    """Places of exactly that name, or else those that differ in case, accents or blanks alone."""
    places = list(places)
    exact = [place for place in places if _stem(place.path) == name]
    return exact or [place for place in places if folded(_stem(place.path)) == folded(name)]


def _with_sheet(sheets: Iterable[Place], name: str) -> list[Place]:
    return [place for place in sheets if folded(place.sheet or "") == folded(name)]


def _sheets(place: Place) -> list[str]:
    return sheet_names(place.path) if place.path.suffix.casefold() == _BOOK and place.path.is_file() else []


def _only_sheet(place: Place, table: str) -> Place:
    """Of a workbook that is named after its table: the sheet of that name, or the only one."""
    sheets = _sheets(place)
    if not sheets:
        return place
    named = [sheet for sheet in sheets if folded(sheet) in (folded(table), folded(_stem(place.path)))]
    if len(named) != 1 and len(sheets) != 1:
        found = f"{place.path.name} with the sheets {', '.join(sheets)}"
        raise SourceRefusedError(f"one sheet for {table}", found, f"Name the sheet that is meant `{table}`.")
    return Place(place.path, (named or sheets)[0])


def _only(table: str, places: list[Place], folder: Path) -> Place:
    if len(places) > 1:
        names = " and ".join(place.name for place in places)
        raise SourceRefusedError(f"one file for {table}", names, "Keep the one that is meant, remove the other.")
    place = places[0]
    for path in (place.path, *(place.parts() if place.path.is_dir() else ())):
        if not path.resolve().is_relative_to(folder.resolve()) and path != folder:
            found = f"{path.name} that leads out of it"
            raise SourceRefusedError(f"a file for {table} inside {folder}", found, "Put the file itself there.")
    return place
