"""`recobro forget`, and two loads at once, as users meet them: words, exit status, nothing changed where it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.e2e.cli_runner import finish, is_one_sentence, recobro, start
from tests.unit.lake_samples import files_under, load, settings_in, write_source

ROWS = {
    "debtors": [("deb-77", "PE"), ("d1", "PE")],
    "charges": [("chg-77", "deb-77", "", "2026-01-10", "9"), ("c1", "d1", "", "2026-01-10", "9")],
    "payments": [("p1", "chg-77", "", "2026-01-12", "4"), ("p2", "c1", "", "2026-01-12", "4")],
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = settings_in(tmp_path_factory.mktemp("forget") / "home", partitions=8)
    load(settings, **ROWS)
    return settings.home


@pytest.fixture
def home(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(loaded, tmp_path / "home"))


def test_forget_says_what_was_removed_and_again_that_it_was_done_before(home: Path) -> None:
    told = recobro(home, "forget", "deb-77", "--json").told
    assert told["removed"] == {"debtors": 1, "charges": 1, "payments": 1, "raw": 3}
    again = recobro(home, "forget", "deb-77")
    assert (again.status, "was forgotten before" in again.out) == (0, True)
    holding = [name for name in files_under(home) if b"deb-77" in (home / name).read_bytes()]
    assert holding == []


def test_a_load_after_forgetting_says_how_many_rows_it_left_out(home: Path, tmp_path: Path) -> None:
    assert recobro(home, "forget", "deb-77").status == 0
    run = recobro(home, "ingest", write_source(tmp_path / "source", **ROWS), "--json")
    assert run.told["tables"]["charges"] == {"read": 2, "loaded": 0, "replaced": 0, "unchanged": 2, "quarantined": 0}
    assert "3 rows of forgotten debtors left out." in run.err


def test_an_unknown_debtor_is_one_sentence_and_status_1(home: Path) -> None:
    run = recobro(home, "forget", "nobody")
    assert (run.status, is_one_sentence(run.err), run.out) == (1, True, "")


def test_of_two_loads_at_once_one_loads_and_the_other_is_told_to_wait(home: Path, tmp_path: Path) -> None:
    rows = {name: [*table, *((f"n{i}", *table[-1][1:]) for i in range(3000))] for name, table in ROWS.items()}
    source = write_source(tmp_path / "source", **rows)
    both = [start(home, "ingest", source, "--json") for _ in range(2)]
    loaded, waiting = sorted((finish(one) for one in both), key=lambda run: run.status)
    assert (loaded.status, waiting.status) == (0, 75), (loaded.err, waiting.err)
    assert is_one_sentence(waiting.err)
    assert "the workspace free to write" in waiting.err
    assert json.loads(loaded.out)["tables"]["charges"]["loaded"] == 3000


def test_a_damaged_lake_is_one_sentence_and_no_traceback(home: Path) -> None:
    (home / "data" / "lake" / "manifest.json").write_text('{"format": 2, "load')
    run = recobro(home, "forget", "d1")
    assert (run.status, is_one_sentence(run.err)) == (1, True)
    assert "damaged" in run.err
