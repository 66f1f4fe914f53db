"""The nightly run: loads what is configured, repeats nothing, and survives being killed at any moment."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_runner import AS_OF, DEMO, Prepared, prepare, recobro, warm

from recobro_data.synthetic import simulate, write_tables

pytestmark = pytest.mark.slow

#: Stages that look for new rows every time.
TAKING_IN = ("ingest", "events")
#: Another configuration than the published plan's, so that a run has something new to publish.
OTHER = {"RECOBRO_POLICY_EXPLORATION": "0.2"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nights") / "home"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows that the demo loads."""
    n_debtors, months, seed = (int(word) for word in DEMO[2::2])
    folder = tmp_path_factory.mktemp("source")
    write_tables(simulate(n_debtors, months, seed=seed), folder, disputes=True)
    return folder


@pytest.fixture(scope="module")
def nights(source: Path, home: Path) -> list[dict[str, Any]]:
    """Two nights in a row over a configured source, in a workspace that held nothing; no day is said."""
    environ = {"RECOBRO_INGEST_SOURCE": str(source)}
    return [recobro(home, "nightly", "--json", environ=environ).told for _ in range(2)]


def test_the_configured_source_is_loaded(source: Path, nights: list[dict[str, Any]]) -> None:
    loaded = {name: counts["loaded"] for name, counts in nights[0]["stages"]["ingest"]["tables"].items()}
    assert loaded == {path.stem: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in source.iterdir()}


def test_the_day_comes_from_the_rows_that_the_night_itself_loaded(nights: list[dict[str, Any]]) -> None:
    assert nights[0]["as_of"] == nights[1]["as_of"] == nights[0]["stages"]["plan"]["result"]["work_date"]


def test_the_first_night_does_every_stage(nights: list[dict[str, Any]]) -> None:
    stages = {name: told["done_before"] for name, told in nights[0]["stages"].items() if name not in TAKING_IN}
    assert stages == {"train": False, "plan": False, "kpis": False, "monitor": False}


def test_the_second_night_repeats_nothing(nights: list[dict[str, Any]]) -> None:
    assert all(told["done_before"] for name, told in nights[1]["stages"].items() if name not in TAKING_IN)
    assert all(counts["loaded"] == 0 for counts in nights[1]["stages"]["ingest"]["tables"].values())


def test_the_second_night_names_the_same_plan(nights: list[dict[str, Any]]) -> None:
    first, second = (night["stages"]["plan"]["result"]["plan_id"] for night in nights)
    assert first == second


def test_the_same_rows_elsewhere_make_the_list_that_the_demo_published(
    prepared: Prepared, home: Path, nights: list[dict[str, Any]]
) -> None:
    lists = [recobro(place, "worklist", "--format", "json").told for place in (home, prepared.planned)]
    here, there = ([item | {"item_id": None, "plan_id": None} for item in listed] for listed in lists)
    assert len(here) > 100
    assert here == there


def _after(seconds: float) -> Callable[[Path], bool]:
    began = time.monotonic()
    return lambda home: time.monotonic() - began > seconds


def _new_version(home: Path) -> bool:
    """A model of this run is on disk: more of them than the demo's three."""
    return len(list((home / "mlflow" / "artifacts").rglob("model.json"))) > 3


def _trained(home: Path) -> bool:
    """The journal says that training is finished; planning is under way."""
    return any((home / "data" / "runs").glob("nightly-*.json"))


def _publishing(home: Path) -> bool:
    """The store's write-ahead log holds part of a plan."""
    log = home / "data" / "recobro.db-wal"
    return log.exists() and log.stat().st_size > 0


MOMENTS: list[tuple[str, Callable[[], Callable[[Path], bool]]]] = [
    ("plan", lambda: _after(0.5)),
    ("plan", lambda: _publishing),
    ("train", lambda: _new_version),
    ("nightly", lambda: _after(2)),
    ("nightly", lambda: _trained),
]


def kill_when(process: BaseProcess, home: Path, due: Callable[[Path], bool]) -> None:
    """End a run as a power cut does."""
    while process.is_alive() and not due(home):
        time.sleep(0.02)
    process.kill()
    process.join(30)


@pytest.fixture(scope="module")
def killed(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A workspace in which run after run was killed, and the list as it read before and after each."""
    home = prepared.copy_of("planned", tmp_path_factory.mktemp("killed"))
    lists = [recobro(home, "worklist", "--format", "csv").out]
    for command, due in MOMENTS:
        kill_when(warm(home, home.parent, command, "--as-of", AS_OF, environ=OTHER), home, due())
        lists.append(recobro(home, "worklist", "--format", "csv").out)
    return home, lists


@pytest.mark.parametrize("place", range(len(MOMENTS)), ids=lambda place: f"{MOMENTS[place][0]}-{place}")
def test_a_killed_run_leaves_a_published_list_whole(killed: tuple[Path, list[str]], place: int) -> None:
    before, after = killed[1][place], killed[1][place + 1]
    assert len(before.splitlines()) > 100
    # A run killed on its last step has published: then the new list is there, whole, and never a part of it.
    assert after == before or abs(len(after.splitlines()) - len(before.splitlines())) < 30


def test_after_every_kill_the_next_night_starts_where_the_last_was_cut_and_ends(
    killed: tuple[Path, list[str]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(killed[0], tmp_path / "home"))
    night = recobro(home, "nightly", "--as-of", AS_OF, "--json", environ=OTHER).told
    assert (night["stages"]["train"]["done_before"], night["stages"]["plan"]["done_before"]) == (True, False)
    listed = recobro(home, "worklist", "--format", "json").told
    assert {item["plan_id"] for item in listed} == {night["stages"]["plan"]["result"]["plan_id"]}
