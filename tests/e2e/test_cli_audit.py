"""`recobro audit` and `recobro keys rotate` as an operator uses them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_runner import is_one_sentence, recobro

from recobro_data.store import Store, open_store
from recobro_data.store.audit import Entry

pytestmark = pytest.mark.slow


def build_entry(day: int, who: str = "k1", subject: str | None = None) -> Entry:
    return Entry(
        at=datetime(2026, 3, day, 12, tzinfo=UTC), who=who, method="GET", route="/v1/debtors/{debtor_id}/risk",
        portfolios=("north",), subject=subject, status=200, n_rows=1, request_id=f"r{day}",
    )  # fmt: skip


def opened(home: Path) -> Store:
    return open_store(f"sqlite:///{home / 'data' / 'recobro.db'}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose API was asked three times."""
    home = tmp_path_factory.mktemp("audited")
    with opened(home) as store:
        store.audit.append(
            [build_entry(1), build_entry(2, "oidc:ana"), build_entry(3, subject=store.audit.subject_of("d1"))]
        )
    return home


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["r1", "r2", "r3"]),
        (["--from", "2026-03-02"], ["r2", "r3"]),
        (["--to", "2026-03-02"], ["r1", "r2"]),
        (["--key", "oidc:ana"], ["r2"]),
        (["--debtor", "d1"], ["r3"]),
        (["--limit", "1"], ["r3"]),
    ],
)
def test_the_log_is_shown_oldest_first_and_can_be_narrowed(home: Path, words: list[str], found: list[str]) -> None:
    assert [row["request_id"] for row in recobro(home, "audit", "show", *words, "--json").told] == found


def test_a_whole_log_is_told_with_its_head(home: Path) -> None:
    told: dict[str, Any] = recobro(home, "audit", "verify", "--json").told
    assert (told["rows"], told["whole"], told["broken_at"]) == (3, True, None)
    assert recobro(home, "audit", "verify", "--head", told["head"]).status == 0


def test_a_log_without_the_head_that_was_noted_ends_with_one(home: Path) -> None:
    run = recobro(home, "audit", "verify", "--head", "0" * 64)
    assert (run.status, is_one_sentence(run.err), "without the head" in run.err) == (1, True, True)


def test_a_log_that_was_changed_ends_with_one_and_names_the_row(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.audit.append([build_entry(1), build_entry(2)])
    with sqlite3.connect(tmp_path / "data" / "recobro.db") as connection:
        connection.execute("DROP TRIGGER audit_log_no_UPDATE")
        connection.execute("UPDATE audit_log SET who = 'nobody' WHERE seq = 2")
    connection.close()
    run = recobro(tmp_path, "audit", "verify")
    assert (run.status, "another at row 2" in run.err) == (1, True)


def test_a_rotated_key_opens_with_both_secrets(tmp_path: Path) -> None:
    first = recobro(tmp_path, "keys", "add", "dialler", "--expires", "90d", "--rate", "60", "--json").told["key"]
    second = recobro(tmp_path, "keys", "rotate", first.split("_")[1], "--json").told["key"]
    with opened(tmp_path) as store:
        keys = [store.key_of(given) for given in (first, second)]
    assert [key.rate_per_minute for key in keys if key] == [60, 60]


@pytest.mark.parametrize(
    "words",
    [("keys", "rotate", "x", "--overlap", "soon"), ("keys", "add", "--expires", "never"), ("keys", "rotate", "x")],
)
def test_words_that_are_no_time_or_no_key_are_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    run = recobro(tmp_path, *words)
    assert (run.status, is_one_sentence(run.err)) == (2, True)
