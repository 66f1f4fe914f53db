"""What lies in the lake's folder and is named by nobody: old generations, and what a killed load left.

Files of the generation before last go once a load has succeeded; those of the last stay until the next load, for
readers that opened it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recobro_data.ingest.manifest import NAME, Manifest

#: Folder of the rows as they came, one folder a load.
RAW: Final = "raw"
#: Folder of the replaced versions, one folder a load.
HISTORY: Final = "history"
#: A file that lies in a load's folder for as long as the load works.
AT_WORK: Final = "at-work"


def clear_old(folder: Path, manifest: Manifest | None) -> list[str]:
    """Removes what the manifest does not name. Gives the loads that were cut off before they were in force."""
    loads = set(manifest.loads) if manifest else set()
    kept = _kept(manifest)
    (folder / f".{NAME}.new").unlink(missing_ok=True)
    for place in _folders(folder / RAW):
        if place.name not in loads:
            shutil.rmtree(place)
        _clear_hidden(place)
    cut_off = [place.name for place in _folders(folder) if place.name not in (RAW, HISTORY) and _is_cut_off(place)]
    for place in [*_folders(folder), *_folders(folder / HISTORY)]:
        if place.name not in (RAW, HISTORY):
            _keep_only(place, folder, kept)
    return [load_id for load_id in cut_off if load_id not in loads]


def _kept(manifest: Manifest | None) -> set[str]:
    return manifest.paths() | set(manifest.superseded) | manifest.history() if manifest else set()


def _folders(folder: Path) -> list[Path]:
    return [place for place in folder.glob("*") if place.is_dir()]


def _is_cut_off(place: Path) -> bool:
    """Whether the load still counts as at work: whoever ended in peace has taken the mark away."""
    return (place / AT_WORK).exists() or not any(_files(place))


def _clear_hidden(place: Path) -> None:
    for file in place.rglob(".*.new"):
        file.unlink()


def _keep_only(place: Path, folder: Path, kept: set[str]) -> None:
    """Removes the files of a load that are not kept, and folders without any."""
    files = list(_files(place))
    stay = [file for file in files if file.relative_to(folder).as_posix() in kept]
    if not stay:
        shutil.rmtree(place)
    for file in files if stay else ():
        if file not in stay:
            file.unlink()
    for empty in sorted((inner for inner in place.rglob("*") if inner.is_dir()), reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()


def _files(place: Path) -> Iterator[Path]:
    return (file for file in place.rglob("*") if file.is_file())
