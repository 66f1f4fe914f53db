"""`recobro explain`: one debtor, account by account, and with `--against DAY` why now rather than then."""

from __future__ import annotations

import math
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_runner import AS_OF, Prepared, is_one_sentence, prepare, recobro


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture(scope="module")
def debtor(prepared: Prepared) -> str:
    """Who has owed for longest, and so did on the days that are looked back to."""
    items = recobro(prepared.planned, "worklist", "--format", "json").told
    return str(max(items, key=lambda item: item["days_past_due"])["debtor_id"])


@pytest.fixture(scope="module")
def told(prepared: Prepared, debtor: str) -> dict[str, Any]:
    week_before = (date.fromisoformat(AS_OF) - timedelta(days=7)).isoformat()
    return dict(recobro(prepared.planned, "explain", debtor, "--against", week_before, "--json").told)


def log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def test_what_moved_has_both_values_of_each_reason(told: dict[str, Any]) -> None:
    assert told["since"]["days_before"] == 7
    assert all(
        set(reason) == {"code", "text", "value", "value_then", "contribution"} for reason in told["since"]["reasons"]
    )


def test_one_debtor_alone_has_the_chance_that_the_plan_gave(told: dict[str, Any]) -> None:
    assert told["since"]["p_unpaid"] == pytest.approx(told["risk"]["p_unpaid"], abs=2e-6)


def test_the_change_is_that_of_the_log_odds(told: dict[str, Any]) -> None:
    since = told["since"]
    change = log_odds(since["p_unpaid"]) - log_odds(since["p_unpaid_then"])
    assert since["log_odds_change"] == pytest.approx(change, abs=1e-3)


def test_another_day_is_named_and_shown(prepared: Prepared, debtor: str) -> None:
    run = recobro(prepared.planned, "explain", debtor, "--against", "2026-09-14")
    assert run.status == 0, run.err
    assert "Desde el 2026-09-14 sin pagar de" in run.out
    assert "hace 30 días" in run.out


def test_the_reader_may_ask_for_another_language(prepared: Prepared, debtor: str) -> None:
    run = recobro(prepared.planned, "explain", debtor, "--against", "2026-09-14", "--language", "en")
    assert run.status == 0, run.err
    assert ("Since 2026-09-14 unpaid from" in run.out, "30 days ago" in run.out) == (True, True)


def test_the_accounts_owe_together_what_the_debtor_owes(told: dict[str, Any]) -> None:
    owed = sum(account["balance_due"] for account in told["risk"]["accounts"])
    assert owed == pytest.approx(told["recommendation"]["balance_due"], abs=0.01)


def test_a_day_that_is_not_before_the_plan_is_status_2(prepared: Prepared, debtor: str) -> None:
    run = recobro(prepared.planned, "explain", debtor, "--against", AS_OF)
    assert (run.status, is_one_sentence(run.err), f"before {AS_OF}" in run.err) == (2, True, True), run.err


def test_without_a_day_to_compare_with_no_model_is_needed(prepared: Prepared, debtor: str, tmp_path: Path) -> None:
    home = prepared.copy_of("planned", tmp_path)
    shutil.rmtree(home / "mlflow")
    run = recobro(home, "explain", debtor, "--json")
    assert (run.status, run.told["debtor_id"], "since" in run.told) == (0, debtor, False)
