"""What the machine or somebody else breaks during a load: one clear sentence, and nothing changed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import walk_stack
from typing import Any

import duckdb
import pytest
from tests.unit.lake_samples import files_under, load, no_report, settings_in, write_source

from recobro_data.errors import RecobroError, SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.lock import workspace_lock
from recobro_data.settings import Engine, Settings


def rows(amount: int, number: int = 9) -> dict[str, list[tuple[str, ...]]]:
    return {
        "debtors": [(f"d{i}", "PE") for i in range(number)],
        "charges": [(f"c{i}", f"d{i}", "", "2026-01-01", f"{amount + i}") for i in range(number)],
        "payments": [(f"p{i}", f"c{i}", "", "2026-01-01", f"{amount}") for i in range(number)],
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path / "home")
    load(settings, **rows(10))
    return settings


def content(settings: Settings) -> dict[str, bytes]:
    return {name: (settings.lake_dir / name).read_bytes() for name in files_under(settings.lake_dir)}


def refused(settings: Settings, error: type[RecobroError], says: str) -> str:
    """Loads other rows, which must fail with that sentence and change nothing; gives the sentence."""
    before = content(settings)
    with pytest.raises(error, match=says) as caught:
        load(settings, **rows(20))
    assert content(settings) == before
    assert all(place.is_file() or any(place.iterdir()) for place in settings.lake_dir.rglob("*"))
    return str(caught.value)


class Faulty:
    """Counts the steps that reach the disk, the last from each place of the code, and fails the one it is told to."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at, self.steps = fails_at, 0
        self.last_from: dict[tuple[tuple[str, int], ...], int] = {}

    def count(self, error: Exception) -> None:
        self.steps += 1
        calls = [(frame.f_code.co_filename, line) for frame, line in walk_stack(None)]
        self.last_from[tuple(call for call in calls if "recobro_data" in call[0])] = self.steps
        if self.steps == self.fails_at:
            raise error

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            self.count(OSError(errno.EIO, "Input/output error"))
            return real(*given, **named)

        return step

    def connect(self, folder: Path, settings: Settings) -> Any:
        return FaultyConnection(_connect(folder, settings), self)


class FaultyConnection:
    """A connection whose writing of files may fail as the engine's does."""

    def __init__(self, real: duckdb.DuckDBPyConnection, faulty: Faulty) -> None:
        self._real, self._faulty = real, faulty

    def execute(self, query: str, *given: Any) -> Any:
        if query.startswith("COPY"):
            self._faulty.count(duckdb.IOException("IO Error: Could not write file"))
        return self._real.execute(query, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_connect = sql.connect
_WRITING = ("os.fsync", "os.replace", "os.rename", "os.mkdir", "shutil.rmtree")


def load_with(faulty: Faulty, settings: Settings, source: str) -> str | None:
    """Loads with one step failing; the sentence it gave, None where it succeeded."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _WRITING:
            module, attribute = name.split(".")
            real = getattr({"os": os, "shutil": shutil}[module], attribute)
            patch.setattr(name, faulty.wrap(real))
        patch.setattr("recobro_data.ingest.sql.connect", faulty.connect)
        try:
            load_source(source, settings, validate=no_report)
        except RecobroError as error:
            return str(error)
    return None


@pytest.mark.slow
def test_whichever_step_fails_the_lake_is_whole_and_the_next_load_works(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home", partitions=1)
    first, second = (write_source(tmp_path / str(amount), **rows(amount)) for amount in (10, 20))
    counted = Faulty()
    load_source(first, settings, validate=no_report)
    before = Lake(settings.lake_dir).version
    assert load_with(counted, settings, second) is None
    after = Lake(settings.lake_dir).version
    for step in sorted(counted.last_from.values()):
        if Lake(settings.lake_dir).version == after:
            load_source(first, settings, validate=no_report)
        said = load_with(Faulty(step), settings, second)
        assert said is None or said.startswith("Expected "), said
        assert Lake(settings.lake_dir).version in (before, after)
    assert (counted.steps > 40, len(counted.last_from) > 20) == (True, True)


def mounted(folder: Path, *options: str) -> bool:
    """Whether a small file system could be mounted there: it takes rights that not every machine gives."""
    run = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return shutil.which("mount") is not None and subprocess.run(run, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder, "size=1m"):
        pytest.skip("this machine lets nobody mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_changes_nothing(small_disk: Path) -> None:
    settings = settings_in(small_disk / "home")
    load_source(write_source(small_disk.parent / "first", **rows(10)), settings, validate=no_report)
    before = content(settings)
    source = write_source(small_disk.parent / "large", **rows(20, number=60_000))
    with pytest.raises(RecobroError, match=r"room to write in .*Free some space"):
        load_source(source, settings, validate=no_report)
    assert content(settings) == before
    load_source(write_source(small_disk.parent / "first", **rows(11)), settings, validate=no_report)


def test_a_folder_that_can_not_be_written_is_said(settings: Settings) -> None:
    subprocess.run(["mount", "--bind", str(settings.home), str(settings.home)], check=False, capture_output=True)
    read_only = ["mount", "-o", "remount,ro,bind", str(settings.home)]
    if subprocess.run(read_only, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        refused(settings, RecobroError, r"a folder that can be written at .*Let this user write there")
        (settings.home.parent / "locked").mkdir()
        with pytest.raises(RecobroError, match="a workspace that can be written"), workspace_lock(settings):
            pass
    finally:
        subprocess.run(["umount", "-l", str(settings.home)], check=True)


def test_too_little_memory_is_said_with_what_to_set(settings: Settings, tmp_path: Path) -> None:
    source = write_source(tmp_path / "large", **rows(20, number=50_000))
    tight = settings.model_copy(update={"engine": Engine(partitions=3, threads=1, memory_limit="12MB")})
    before = content(settings)
    with pytest.raises(RecobroError, match=r"enough memory, found .*Raise `memory_limit` in \[engine\] \(now 12MB\)"):
        load_source(source, tight, validate=no_report)
    assert content(settings) == before


def test_a_source_that_vanishes_half_way_is_refused(settings: Settings, tmp_path: Path) -> None:
    source = Path(write_source(tmp_path / "next", **rows(20)))
    before = content(settings)

    def vanish(what: str) -> None:
        if what == "reading payments":
            (source / "payments.csv").unlink()

    with pytest.raises(SourceRefusedError, match=r"payments.*nothing was loaded"):
        load_source(str(source), settings, say=vanish, validate=no_report)
    assert content(settings) == before


@pytest.mark.parametrize("damage", ["", "{", '{"format": 2}', "[]", '{"format": 2, "load_id": "x", "tables": 7}'])
def test_a_damaged_manifest_is_said_and_left_as_it_is(settings: Settings, damage: str) -> None:
    (settings.lake_dir / "manifest.json").write_text(damage)
    refused(settings, RecobroError, r"a lake with a whole manifest, found .*manifest\.json damaged.*from a backup")
    with pytest.raises(RecobroError, match="a lake with a whole manifest"):
        Lake(settings.lake_dir)


def test_a_manifest_of_a_newer_recobro_is_said(settings: Settings) -> None:
    path = settings.lake_dir / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    assert "Update recobro" in refused(settings, RecobroError, "format 99 in ")
    with pytest.raises(RecobroError, match="Update recobro"):
        Lake(settings.lake_dir)


def test_a_missing_file_of_the_lake_is_named(settings: Settings) -> None:
    lake = Lake(settings.lake_dir)
    missing = Path(lake.paths("charges")[0])
    missing.unlink()
    assert missing.name in refused(settings, RecobroError, "every file that the manifest of .* names")
    with pytest.raises(RecobroError, match=missing.name):
        lake.paths("charges")
