"""Forgetting that is killed has either not begun or is finished by the next command, and no load undoes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit import killed_forgettings
from tests.unit.lake_samples import files_under, load, settings_in
from tests.unit.test_forget_debtor import CHARGES, ID, places_with, prepare, tables

from recobro_data.ingest.manifest import load_manifest
from recobro_data.lake import Lake
from recobro_data.lock import workspace_lock
from recobro_data.privacy.forget import finish_forgetting, forget_debtor
from recobro_data.settings import Settings

#: Moments spread over the whole length of a forgetting; at the last the old files are being cleared away.
_SHARES = [*(share / 8 for share in range(8)), 0.94, 0.97]
_WORDS = (ID, *CHARGES, "bad-1", "bad-3")


@dataclass(frozen=True)
class Killed:
    """A workspace whose forgetting was killed, and whether it had begun to take something away."""

    home: Path
    had_begun: bool

    def settings(self, folder: Path) -> Settings:
        return settings_in(Path(shutil.copytree(self.home, folder / self.home.name)))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Killed]:
    """What killing a forgetting at each moment left."""
    home = prepare(settings_in(tmp_path_factory.mktemp("killed") / "home")).home
    run = [sys.executable, killed_forgettings.__file__, str(home), ID, *map(str, _SHARES)]
    root = str(Path(__file__).parents[2])
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)])}
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=environ)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [ending for ending, _ in lines] == ["signal"] * len(_SHARES)
    return [Killed(Path(copy), has_begun(settings_in(Path(copy)))) for _, copy in lines]


def has_begun(settings: Settings) -> bool:
    manifest = load_manifest(settings.lake_dir)
    assert manifest is not None
    return settings.forgetting_path.exists() or manifest.forgotten.holds("debtors", ID)


def is_whole(settings: Settings) -> bool:
    """Whether the debtor is there as before the forgetting."""
    return Lake(settings.lake_dir).rows("debtors") == 3 and len(places_with(settings, ID)) > 10


def test_the_moments_lie_before_within_and_after_the_first_thing_taken_away(killed: list[Killed]) -> None:
    assert not killed[0].had_begun
    assert sum(one.had_begun for one in killed) > len(_SHARES) / 2
    versions = {Lake(settings_in(one.home).lake_dir).rows("debtors") for one in killed}
    assert versions == {2, 3}


def test_the_next_command_finds_nobody_or_everything_forgotten(killed: list[Killed], tmp_path: Path) -> None:
    for one in killed:
        settings = one.settings(tmp_path)
        with workspace_lock(settings):
            assert not settings.forgetting_path.exists()
        left = {word: places_with(settings, word) for word in _WORDS}
        assert is_whole(settings) if not one.had_begun else not any(left.values()), left


def test_the_next_load_brings_back_nobody_who_was_being_forgotten(killed: list[Killed], tmp_path: Path) -> None:
    for one in killed[1::5]:
        settings = one.settings(tmp_path)
        with workspace_lock(settings):
            load(settings, **tables(30))
        assert is_whole(settings) is not one.had_begun
        assert one.had_begun is (places_with(settings, CHARGES[1]) == [])


def test_forgetting_again_leaves_nothing_whenever_it_was_killed(killed: list[Killed], tmp_path: Path) -> None:
    for one in killed[2::4]:
        settings = one.settings(tmp_path)
        forget_debtor(ID, settings)
        assert [place for word in _WORDS for place in places_with(settings, word)] == []
        assert (Lake(settings.lake_dir).rows("debtors"), settings.forgetting_path.exists()) == (2, False)


def test_forgetting_somebody_else_finishes_it_first(killed: list[Killed], tmp_path: Path) -> None:
    settings = next(one for one in killed if one.had_begun).settings(tmp_path)
    forget_debtor("d2", settings)
    assert (places_with(settings, ID), Lake(settings.lake_dir).rows("debtors")) == ([], 1)


def test_one_known_from_quarantine_alone_is_kept_out_although_the_tombstone_was_not_set(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rows = {"charges": [("c1", "d1", "", "2026-01-10", "1")], "payments": [("p1", "c1", "", "2026-01-11", "1")]}
    load(settings, debtors=[("d1", "PE"), (ID, "XX")], **rows)

    def stop(step: str) -> None:
        if step == "lake":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget_debtor(ID, settings, say=stop)
    finish_forgetting(settings)
    assert load(settings, debtors=[("d1", "PE"), (ID, "PE")], **rows).tables["debtors"].unchanged == 2


def test_what_a_killed_load_left_for_people_to_read_goes_too(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, **{name: rows for name, rows in tables().items() if name in ("debtors", "charges", "payments")})
    cut_off = "20260101T000000-0000"
    left = ("quarantine/x.new", "quarantine/x.part", f"quarantine/index/{cut_off}.parquet", f"reports/{cut_off}/a.txt")
    for name in (*left, f"lake/{cut_off}/at-work"):
        place = settings.home / "data" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(ID)
    forget_debtor(ID, settings)
    assert [name for name in files_under(settings.home) if ID in (settings.home / name).read_text("latin-1")] == []
