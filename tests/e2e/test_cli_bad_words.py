"""What people type wrong, or too early: one sentence, the contract's exit status, and nothing written."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e.cli_runner import Prepared, Run, is_one_sentence, prepare, recobro

from recobro_data.lock import workspace_lock
from recobro_data.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


USAGE: list[tuple[tuple[str, ...], Mapping[str, str], str]] = [
    (("plan", "--as-of", "yesterday-ish"), {}, "a date such as"),
    (("nightly", "--as-of", "2026-02-30"), {"RECOBRO_INGEST_SOURCE": "anywhere"}, "a date such as"),
    (("generate", "--seed", "abc", "--out", "x"), {}, "--seed"),
    (("bogus",), {}, "no such command 'bogus'"),
    (("config",), {"RECOBRO_POLICY_HORIZON_DAYS": "900"}, "RECOBRO_POLICY_HORIZON_DAYS"),
    (("keys", "revoke", "nonsense"), {}, "`recobro keys list`"),
    (("keys", "add", "me", "--scope", "everything"), {}, "everything"),
    (("models", "rollback", "foo"), {}, "one of risk, contact, effect"),
    (("worklist", "--channel", "fax"), {}, "call, sms, whatsapp, email, visit"),
]


@pytest.fixture(scope="module")
def usage(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two at a time: each run is mostly its start."""
    home = tmp_path_factory.mktemp("usage") / "home"
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda case: recobro(home, *case[0], environ=case[1]), USAGE))


@pytest.mark.parametrize("place", range(len(USAGE)), ids=[" ".join(words) for words, _, _ in USAGE])
def test_wrong_words_are_status_2_and_one_sentence(usage: list[Run], place: int) -> None:
    run, says = usage[place], USAGE[place][2]
    assert (run.status, run.out, is_one_sentence(run.err), says in run.err) == (2, "", True, True), run.err


def test_a_model_version_that_does_not_exist_is_not_promoted(prepared: Prepared) -> None:
    run = recobro(prepared.planned, "models", "promote", "risk", "9")
    assert (run.status, is_one_sentence(run.err), "`recobro models list`" in run.err) == (2, True, True), run.err


EARLY = [
    (("train",), "`recobro ingest SOURCE`"),
    (("plan",), "`recobro ingest SOURCE`"),
    (("nightly",), "`recobro ingest SOURCE`"),
    (("worklist",), "`recobro plan`"),
    (("explain", "D1"), "`recobro plan`"),
]


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("early")
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda case: recobro(folder / case[0][0], *case[0]), EARLY))


@pytest.mark.parametrize("place", range(len(EARLY)), ids=[words[0] for words, _ in EARLY])
def test_a_command_that_comes_too_early_is_status_1_and_names_the_one_to_run_first(
    early: list[Run], place: int
) -> None:
    run, says = early[place], EARLY[place][1]
    assert (run.status, is_one_sentence(run.err), says in run.err) == (1, True, True), run.err


def test_a_plan_without_a_model_is_status_4(prepared: Prepared, tmp_path: Path) -> None:
    run = recobro(prepared.copy_of("loaded", tmp_path), "plan", "--as-of", "2026-10-14")
    assert (run.status, is_one_sentence(run.err), "`recobro train`" in run.err) == (4, True, True), run.err


def test_an_unknown_debtor_is_status_1(prepared: Prepared) -> None:
    run = recobro(prepared.planned, "explain", "D-nobody")
    assert (run.status, is_one_sentence(run.err), "'D-nobody'" in run.err) == (1, True, True), run.err


def test_a_day_without_a_plan_is_status_1(prepared: Prepared) -> None:
    run = recobro(prepared.planned, "worklist", "--date", "2020-01-01")
    assert (run.status, is_one_sentence(run.err), "2020-01-01" in run.err) == (1, True, True), run.err


def test_a_port_in_use_is_status_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = recobro(tmp_path / "home", "serve", "--port", port)
    assert (run.status, is_one_sentence(run.err), port in run.err) == (1, True, True), run.err


def test_an_unknown_key_in_the_file_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "recobro.toml").write_text("[policy]\nhorizon = 30\n")
    run = recobro(tmp_path, "config")
    assert (run.status, is_one_sentence(run.err), "`policy.horizon` in recobro.toml" in run.err) == (2, True, True)


@pytest.mark.parametrize("command", ["ingest", "plan"])
def test_a_workspace_that_another_run_holds_is_status_75(prepared: Prepared, tmp_path: Path, command: str) -> None:
    home = prepared.copy_of("loaded", tmp_path)
    words = (command, prepared.source) if command == "ingest" else (command, "--as-of", "2026-10-14")
    with workspace_lock(load_settings(home, {}).settings):
        run = recobro(home, *words)
    assert (run.status, is_one_sentence(run.err), "held by process" in run.err) == (75, True, True), run.err


def test_a_list_is_not_written_into_a_folder_that_is_not_there(prepared: Prepared, tmp_path: Path) -> None:
    run = recobro(prepared.planned, "worklist", "--format", "csv", "-o", tmp_path / "none" / "list.csv")
    assert (run.status, is_one_sentence(run.err), str(tmp_path / "none") in run.err) == (2, True, True), run.err


def test_the_demo_refuses_a_workspace_with_other_data_and_touches_nothing(prepared: Prepared, tmp_path: Path) -> None:
    home = prepared.copy_of("loaded", tmp_path)
    before = {path: path.read_bytes() for path in (home / "data" / "lake").rglob("*") if path.is_file()}
    run = recobro(home, "demo")
    after = {path: path.read_bytes() for path in (home / "data" / "lake").rglob("*") if path.is_file()}
    assert (run.status, is_one_sentence(run.err), after == before) == (2, True, True), run.err
    assert not (home / "data" / "demo.json").exists()
