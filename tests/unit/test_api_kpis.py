"""`GET /v1/kpis`: what was measured, as far as a key sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import build_caller

from recobro_data.store import Store, open_store
from recobro_serving.schemas_kpis import Kpis


def scope(balance: float) -> dict[str, Any]:
    months = [{"month": f"2026-0{month}", "balance": balance + month} for month in (1, 2)]
    return {
        "currency": "PEN", "balance": balance, "dso_days": None, "months": months,
        "by_stage": {"early": {"balance": balance}}, "by_channel": {"call": {"attempts": 3}},
        "by_agent": {"ana": {"attempts": 2}, "luis": {"attempts": 1}},
    }  # fmt: skip


def measured(total: float) -> dict[str, Any]:
    return {"data": "d1", "all": scope(total), "portfolios": {"north": scope(total / 2), "south": scope(total / 4)}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('kpis') / 'recobro.db'}") as store:
        for day, total in ((1, 100.0), (2, 200.0), (3, 400.0)):
            store.kpis.keep(date(2026, 3, day), measured(total))
        yield store


def ask(store: Store, *portfolios: str, **query: str) -> list[dict[str, Any]]:
    answer = build_caller(store, portfolios or ("*",)).get("/v1/kpis", params=query)
    assert answer.status_code == 200, answer.text
    return [row.model_dump() for row in Kpis.model_validate(answer.json()).items]


def test_without_more_words_the_last_day_of_all_is_told(store: Store) -> None:
    [row] = ask(store)
    assert (row["as_of"], row["portfolio_id"], row["balance"]) == (date(2026, 3, 3), None, 400.0)


def test_a_bound_key_gets_its_own_portfolios_and_never_the_total(store: Store) -> None:
    assert [(row["portfolio_id"], row["balance"]) for row in ask(store, "north")] == [("north", 200.0)]


@pytest.mark.parametrize("by", ["portfolio", "stage", "channel", "agent", "month"])
def test_no_question_shows_a_bound_key_another_portfolio(store: Store, by: str) -> None:
    rows = ask(store, "south", by=by)
    assert {row["portfolio_id"] for row in rows} == {"south"}


def test_days_are_told_from_one_to_another(store: Store) -> None:
    rows = ask(store, **{"from": "2026-03-01", "to": "2026-03-02"})
    assert [row["balance"] for row in rows] == [100.0, 200.0]


def test_by_portfolio_each_has_a_row(store: Store) -> None:
    assert [row["portfolio_id"] for row in ask(store, by="portfolio")] == ["north", "south"]


def test_by_agent_each_has_a_row(store: Store) -> None:
    assert {row["agent_id"]: row["attempts"] for row in ask(store, by="agent")} == {"ana": 2, "luis": 1}


def test_by_month_the_last_measure_tells_the_months_asked_for(store: Store) -> None:
    assert [row["month"] for row in ask(store, by="month", **{"from": "2026-02-15"})] == ["2026-02"]


def test_what_is_measured_again_takes_the_place_of_what_was(store: Store) -> None:
    store.kpis.keep(date(2026, 3, 3), measured(400.0))
    assert len(store.kpis.between(date(2026, 3, 3), date(2026, 3, 3))) == 3


@pytest.mark.parametrize("query", [{"from": "2026-03-02", "to": "2026-03-01"}, {"by": "colour"}, {"form": "x"}])
def test_what_can_not_be_understood_is_a_problem(store: Store, query: dict[str, str]) -> None:
    assert build_caller(store).get("/v1/kpis", params=query).status_code == 422


def test_before_anything_was_measured_the_answer_names_the_command(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        answer = build_caller(store).get("/v1/kpis")
    assert (answer.status_code, "recobro plan" in answer.json()["detail"]) == (503, True)
