"""A load that is killed leaves the lake as it was before, or as it is after, and the next one works."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.unit import killed_loads
from tests.unit.lake_samples import files_under, load, settings_in, write_source

from recobro_data.ingest.manifest import load_manifest
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings

_CHILD = """
import os, signal, sys
from pathlib import Path
from recobro_data.load import load_source
from recobro_data.settings import Settings
home, source, step = sys.argv[1:]
def say(what):
    if what == step:
        os.kill(os.getpid(), signal.SIGKILL)
load_source(source, Settings(home=Path(home)), say=say, validate=lambda *given: given[-1] / "none.html")
"""
#: Moments spread over the whole length of a load, the last ones closer together: there it comes into force.
_SHARES = [*(share / 8 for share in range(8)), 0.92, 0.94, 0.96, 0.98, 0.99]

#: A loaded workspace, its version, that of the next load; and for each kill how it ended, where, and the version there.
Killed = tuple[Settings, str, str, list[list[str]]]


def rows(amount: int) -> dict[str, list[tuple[str, ...]]]:
    """A source in which every table's every row depends on `amount`, with bad rows too."""
    return {
        "debtors": [(f"d{i}", "PE" if amount < 20 else "CO") for i in range(4)],
        "charges": [(f"c{i}", f"d{i}", "", "2026-01-01", f"{amount + i}") for i in range(4)]
        + [("bad", "d1", "", "", "")],
        "payments": [(f"p{i}", f"c{i}", "", "2026-01-01", f"{amount}") for i in range(4)],
    }


def amounts(lake: Lake) -> set[int]:
    return {int(row[0]) for row in duckdb.sql(f"SELECT amount FROM read_parquet({lake.paths('payments')})").fetchall()}


def kept(settings: Settings, name: str) -> str:
    """The one file that a load keeps of the rows of a table as they came."""
    packed = f"{name}.csv.zst"
    return packed if (settings.lake_dir / packed).is_file() else f"{name}.parquet"


def named_files(settings: Settings) -> set[str]:
    """Every file of the lake that its manifest accounts for."""
    manifest = load_manifest(settings.lake_dir)
    assert manifest is not None
    raw = {kept(settings, f"raw/{name}/{table}") for name in manifest.loads for table in rows(0)}
    return {*manifest.paths(), *manifest.superseded, *manifest.history(), *raw, "manifest.json"}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """A loaded workspace, its version, that of the next load, and what killing that load at each moment came to."""
    folder = tmp_path_factory.mktemp("killed")
    settings = settings_in(folder / "home")
    load(settings, **rows(10))
    before = Lake(settings.lake_dir).version
    source = write_source(folder / "next", **rows(20))
    after = settings_in(Path(shutil.copytree(settings.home, folder / "after")))
    load_source(source, after, validate=lambda *given: given[-1] / "none.html")
    run = [sys.executable, killed_loads.__file__, str(settings.home), source, *map(str, _SHARES)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return settings, before, Lake(after.lake_dir).version, lines


def test_a_load_killed_at_any_moment_leaves_the_lake_as_before_or_as_after(
    killed: Killed,
) -> None:
    _, before, after, lines = killed
    assert len(lines) == len(_SHARES)
    assert {ending for ending, *_ in lines} == {"signal"}
    assert {version for _, _, version in lines} == {before, after}
    assert lines[0][2] == before


def test_after_any_kill_the_next_load_works_and_nothing_is_left_over(
    killed: Killed,
) -> None:
    settings, _, after, lines = killed
    for _, home, _ in lines:
        again = settings_in(Path(home))
        report = load_source(str(settings.home.parent / "next"), again, validate=lambda *given: given[-1] / "none.html")
        assert (Lake(again.lake_dir).version, amounts(Lake(again.lake_dir))) == (after, {20})
        assert files_under(again.lake_dir) == named_files(again)
        assert all(place.is_file() or any(place.iterdir()) for place in again.lake_dir.rglob("*"))
        assert not [name for name in files_under(again.quarantine_dir) if name.endswith((".new", ".part"))]
        assert report.quarantine is not None


@pytest.mark.parametrize("step", ["writing payments", "publishing"])
def test_a_load_killed_at_a_step_leaves_the_lake_as_before(tmp_path: Path, step: str) -> None:
    settings = Settings(home=tmp_path / "home")
    load(settings, **{name: table[:4] for name, table in rows(10).items()})
    before = Lake(settings.lake_dir).version
    source = write_source(tmp_path / "next", **{name: table[:4] for name, table in rows(20).items()})
    child = subprocess.run([sys.executable, "-c", _CHILD, str(settings.home), source, step], check=False)
    assert child.returncode == -signal.SIGKILL
    assert (Lake(settings.lake_dir).version, amounts(Lake(settings.lake_dir))) == (before, {10})


def test_the_quarantine_of_a_killed_load_goes_with_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    source = write_source(tmp_path / "source", **rows(10))
    subprocess.run([sys.executable, "-c", _CHILD, str(settings.home), source, "publishing"], check=False)
    assert len(list(settings.quarantine_dir.glob("*.ndjson"))) == 1
    report = load(settings, **rows(10))
    assert list(settings.quarantine_dir.glob("*.ndjson")) == [report.quarantine]
