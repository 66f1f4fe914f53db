"""The demo and the generator: the same seed gives the same (in another workspace: `test_nightly`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.cli_runner import DEMO, Prepared, Run, prepare, recobro

TABLES = {"charges", "contact_attempts", "contact_points", "debtors", "payments", "promises"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


def worklist_of(run: Run) -> str:
    """What the demo printed from the plan's line to the end of the list."""
    assert run.status == 0, run.err
    return run.out[run.out.index("Plan ") : run.out.index("Next")].split(": ", 1)[1]


@pytest.mark.slow
def test_the_same_seed_prints_the_same_worklist_in_the_same_workspace(prepared: Prepared, tmp_path: Path) -> None:
    again = recobro(prepared.copy_of("planned", tmp_path), *DEMO)
    assert worklist_of(again) == worklist_of(prepared.demo)


def test_the_demo_shows_debtors_with_a_reason_in_words_and_what_to_open_next(prepared: Prepared) -> None:
    assert "D0000" in prepared.demo.out
    assert all(words in prepared.demo.out for words in ("why", "PEN", "recobro explain", "recobro serve"))


def test_the_demo_is_silent_on_stderr_where_it_is_no_terminal(prepared: Prepared) -> None:
    assert prepared.demo.err == ""


def test_generate_writes_exactly_the_six_tables(prepared: Prepared) -> None:
    assert {path.name for path in prepared.source.iterdir()} == {f"{name}.csv" for name in TABLES}


def test_generate_writes_the_same_bytes_for_the_same_seed(prepared: Prepared, tmp_path: Path) -> None:
    run = recobro(tmp_path / "home", "generate", *DEMO[1:], "--out", tmp_path / "again")
    assert run.status == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in prepared.source.iterdir()
    }
