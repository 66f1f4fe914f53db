"""What people type wrong, or too early: one sentence, the contract's exit status, and nothing written."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.e2e.cli_runner import Prepared, is_one_sentence, prepare, recobro

from recobro_data.lock import workspace_lock
from recobro_data.settings import load_settings


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
    (("models", "promote", "risk", "9"), {}, "`recobro models list`"),
    (("models", "rollback", "foo"), {}, "one of risk, contact, effect"),
    (("worklist", "--channel", "fax"), {}, "call, sms, whatsapp, email, visit"),
]


@pytest.mark.parametrize(("words", "environ", "says"), USAGE, ids=[" ".join(words) for words, _, _ in USAGE])
def test_wrong_words_are_status_2_and_one_sentence(
    tmp_path: Path, words: tuple[str, ...], environ: Mapping[str, str], says: str
) -> None:
    run = recobro(tmp_path / "home", *words, environ=environ)
    assert (run.status, run.out, is_one_sentence(run.err), says in run.err) == (2, "", True, True), run.err


EARLY = [
    (("train",), 1, "`recobro ingest SOURCE`"),
    (("plan",), 1, "`recobro ingest SOURCE`"),
    (("nightly",), 1, "`recobro ingest SOURCE`"),
    (("worklist",), 1, "`recobro plan`"),
    (("explain", "D1"), 1, "`recobro plan`"),
]


@pytest.mark.parametrize(("words", "status", "says"), EARLY, ids=[words[0] for words, _, _ in EARLY])
def test_a_command_that_comes_too_early_names_the_one_to_run_first(
    tmp_path: Path, words: tuple[str, ...], status: int, says: str
) -> None:
    run = recobro(tmp_path / "home", *words)
    assert (run.status, is_one_sentence(run.err), says in run.err) == (status, True, True), run.err


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
