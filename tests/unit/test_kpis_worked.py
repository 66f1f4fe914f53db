"""KPIs worked out by hand: each history is a portfolio of its own, so that it is seen alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from tests.unit.table_samples import (
    Record,
    attempt,
    charge,
    debtor,
    lake_tables,
    open_backend,
    payment,
    promise,
    put_together,
)

from recobro_data.books import place_in_time
from recobro_data.settings import Stages
from recobro_pipelines.kpi_sums import Period, sum_piece
from recobro_pipelines.kpis import kpis_from_sums

PERIOD = Period.before(date(2026, 3, 15))
COSTS = {"call": 0.3, "whatsapp": 0.05}
D1 = debtor(portfolio_id="p")


def person(name: str) -> Record:
    return debtor(name, portfolio_id="p")


def owed(charge_id: str, due_on: str, amount: str = "100", **given: Any) -> Record:
    return charge(charge_id, due_on, amount, issued_on="2026-01-01", **given)


AGED: list[Record] = [
    D1,
    charge("late", "2026-02-10", "90", issued_on="2026-02-01"),
    charge("ahead", "2026-03-31", "60", issued_on="2026-03-01"),
]

#: What must change nothing: it happened, or became known, on the day or after it.
LATER: list[Record] = [
    payment("later", "2026-03-15", "10", charge_id="late"),
    payment("told-later", "2026-02-15", "10", charge_id="late", recorded_at="2026-03-15T09:00:00-05:00"),
    charge("today", "2026-03-15", "500", issued_on="2026-03-15"),
    attempt("today", "2026-03-15T00:30:00-05:00", "promise"),
    promise("today", "2026-03-15T00:30:00-05:00", "2026-03-16"),
]

HISTORIES: dict[str, list[Record]] = {
    "aged": AGED,
    "aged_and_more": [*AGED, *LATER],
    "paid": [
        D1,
        charge("a", "2026-02-01", "100", issued_on="2026-01-10"),
        payment("x", "2026-01-30", "100"),
        charge("b", "2026-03-01", "300", issued_on="2026-02-10"),
        payment("y", "2026-02-20", "300"),
    ],
    "month": [
        D1,
        owed("old", "2026-01-10"),
        payment("x", "2026-02-10", "40", charge_id="old"),
        charge("new", "2026-02-20", "50", issued_on="2026-02-05"),
        charge("next", "2026-03-20", "30", issued_on="2026-02-20"),
    ],
    "rolling": [
        *(person(name) for name in ("worse", "cured", "helped", "fine")),
        owed("w", "2026-01-20", debtor_id="worse"),
        owed("c", "2026-01-20", debtor_id="cured"),
        payment("pc", "2026-02-05", charge_id="c"),
        owed("h", "2026-01-20", "300", debtor_id="helped"),
        payment("ph", "2026-02-07", "300", charge_id="h"),
        attempt("ah", "2026-02-06T10:00:00-05:00", "right_party", debtor_id="helped"),
        owed("f", "2026-04-20", debtor_id="fine"),
    ],
    "written_off": [D1, owed("old", "2026-01-10", cancelled_on="2026-02-10")],
    "worked": [
        *(person(name) for name in ("tried", "untried", "settled")),
        owed("t", "2026-01-20", debtor_id="tried"),
        owed("u", "2026-01-20", debtor_id="untried"),
        owed("s", "2026-01-20", debtor_id="settled"),
        payment("ps", "2026-01-20", charge_id="s"),
        payment("pt", "2026-03-10", "60", charge_id="t"),
        attempt("1", "2026-03-02T18:10:00-05:00", "no_answer", debtor_id="tried"),
        attempt("2", "2026-03-03T18:10:00-05:00", "wrong_party", debtor_id="tried"),
        attempt("3", "2026-03-09T19:10:00-05:00", "promise", debtor_id="tried", cost="0.40"),
        attempt("4", "2026-03-09T09:00:00-05:00", "read", debtor_id="tried", channel="whatsapp"),
        attempt("5", "2026-01-05T18:00:00-05:00", "refusal", debtor_id="tried"),
        promise("kept", "2026-03-09T19:10:00-05:00", "2026-03-12", "60", debtor_id="tried"),
        promise("broken", "2026-02-01T10:00:00-05:00", "2026-02-10", "40", debtor_id="tried"),
        promise("open", "2026-03-11T10:00:00-05:00", "2026-03-20", "40", debtor_id="tried"),
    ],
}


def sums_of(records: list[Record]) -> dict[str, pd.DataFrame]:
    in_soles = [(table, row | {"currency": "PEN"} if table == "charges" else row) for table, row in records]
    with open_backend() as backend:
        return sum_piece(place_in_time(lake_tables(in_soles), backend), backend, PERIOD, (COSTS, Stages()))


@pytest.fixture(scope="module")
def sums() -> dict[str, pd.DataFrame]:
    return sums_of(put_together(HISTORIES))


@pytest.fixture(scope="module")
def kpis(sums: dict[str, pd.DataFrame]) -> dict[str, Any]:
    found = kpis_from_sums(sums, PERIOD, {})
    return {name.removesuffix(":p"): scope for name, scope in found["portfolios"].items()} | {"all": found["all"]}


#: The history, the KPI and its value; how it comes to that stands beside it.
CASES: list[tuple[str, str, Any]] = [
    ("aged", "balance", 150.0),
    ("aged", "dso_days", 42.0),  # 150 owed / 150 issued x 42 days of history
    ("aged", "best_possible_dso_days", 16.8),  # 60 not due / 150 x 42
    ("aged", "past_due_share_by_amount", 0.6),
    ("aged", "past_due_share_by_debtor", 1.0),
    ("aged", "age_days_by_amount", 33.0),
    ("aged", "age_days_by_count", 33.0),
    ("paid", "mean_days_to_pay", 12.5),  # (100 x 20 + 300 x 10) / 400
    ("paid", "past_due_share_by_amount", None),
    ("paid", "dso_days", 0.0),
    ("month", "collection_effectiveness_index", 0.266667),  # (100 + 80 - 140) / (100 + 80 - 30)
    ("month", "recovery_rate", 0.4),
    ("rolling", "cure_rate", 0.666667),
    ("rolling", "self_cured_share", 0.5),
    ("rolling", "roll_rate_by_count", {"current": 0.0, "1-30": 0.333333, "31-60": None, "61-90": None}),
    ("rolling", "roll_rate_by_balance", {"current": 0.0, "1-30": 0.2, "31-60": None, "61-90": None}),
    ("written_off", "cure_rate", 0.0),
    ("written_off", "recovery_rate", None),
    ("written_off", "collection_effectiveness_index", None),
    ("worked", "worked_share", 0.5),
    ("worked", "attempts_per_debtor_worked", 4.0),
    ("all", "attempts_per_debtor_worked", 4.0),  # where nobody was tried nothing is added
    ("worked", "contact_cost", 1.05),  # two calls at 0.30, one at its own 0.40, a message at 0.05
    ("worked", "recovered", 60.0),
    ("worked", "cost_per_unit_recovered", 0.0175),
    ("worked", "kept_promise_rate_by_amount", 0.6),
]


@pytest.mark.parametrize(("history", "name", "value"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_a_kpi_is_what_is_worked_out_by_hand(kpis: dict[str, Any], history: str, name: str, value: Any) -> None:
    assert kpis[history][name] == value


@pytest.mark.parametrize(
    ("name", "n", "rate"),
    [
        ("contact_rate", 4, 0.5),
        ("right_party_contact_rate", 2, 0.5),
        ("promise_rate", 2, 0.5),
        ("kept_promise_rate", 2, 0.5),
    ],
)
def test_a_rate_tells_on_how_many_rows_it_stands(kpis: dict[str, Any], name: str, n: int, rate: float) -> None:
    assert (kpis["worked"][name]["n"], kpis["worked"][name]["rate"]) == (n, rate)


def test_calls_are_counted_by_the_debtors_hour_over_ninety_days(kpis: dict[str, Any]) -> None:
    hours = kpis["worked"]["contact_rate_by_hour"]
    assert {hour: (seen["n"], seen["rate"]) for hour, seen in hours.items()} == {"18": (3, 0.333333), "19": (1, 1.0)}


@pytest.mark.parametrize(
    ("name", "group", "value", "n"),
    [
        ("contact_rate_by_channel_and_hour", "call", "19", 1),
        ("contact_rate_by_kind_and_hour", "person", "18", 3),
    ],
)
def test_hours_are_told_by_channel_and_kind(kpis: dict[str, Any], name: str, group: str, value: str, n: int) -> None:
    seen = kpis["worked"][name][group][value]
    assert seen["n"] == n
    assert seen["low"] <= seen["rate"] <= seen["high"]


def test_a_debtor_whose_debt_was_written_off_is_no_cure(kpis: dict[str, Any]) -> None:
    assert kpis["written_off"]["roll_rates"]["by_count"]["1-30"]["cancelled"] == 1.0


def test_every_row_of_the_roll_matrix_adds_up_to_one(kpis: dict[str, Any]) -> None:
    rows = [row for row in kpis["all"]["roll_rates"]["by_balance"].values() if None not in row.values()]
    assert [round(sum(row.values()), 4) for row in rows] == [1.0] * len(rows) != []


def test_the_balance_at_a_months_end_is_what_the_books_held_then(kpis: dict[str, Any]) -> None:
    month = kpis["month"]["months"][-1]
    assert (month["month"], month["balance"], month["overdue"], month["collected"]) == ("2026-02", 140.0, 110.0, 40.0)


def test_a_charge_counts_as_owed_until_the_month_it_was_cancelled_in(kpis: dict[str, Any]) -> None:
    assert [row["balance"] for row in kpis["written_off"]["months"]] == [100.0, 0.0]


def test_nothing_dated_or_recorded_on_the_day_or_later_changes_a_kpi(kpis: dict[str, Any]) -> None:
    assert kpis["aged_and_more"] == kpis["aged"]


def test_pieces_add_up_to_the_whole_whatever_the_order_of_rows_and_pieces(
    sums: dict[str, pd.DataFrame], kpis: dict[str, Any]
) -> None:
    names = list(HISTORIES)
    halves = [sums_of(put_together({name: HISTORIES[name] for name in part})[::-1]) for part in (names[3:], names[:3])]
    joined = {name: pd.concat([half[name] for half in halves], ignore_index=True) for name in sums}
    assert kpis_from_sums(joined, PERIOD, {})["all"] == kpis["all"]


def in_currencies(sums: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same with the first portfolio in US dollars, on an index that is no range."""
    first = sums["position"]["portfolio_id"].min()
    frames = {name: frame.set_index(frame.index[::-1] * 7 + 3) for name, frame in sums.items()}
    return {
        name: frame.assign(currency=frame["currency"].where(frame["portfolio_id"] != first, "USD"))
        for name, frame in frames.items()
    }


def test_money_of_several_currencies_without_rates_is_not_told(sums: dict[str, pd.DataFrame]) -> None:
    found = kpis_from_sums(in_currencies(sums), PERIOD, {})["all"]
    assert (found["currency"], found["balance"], found["dso_days"]) == (None, None, None)


def test_counts_are_told_whatever_the_currencies(sums: dict[str, pd.DataFrame], kpis: dict[str, Any]) -> None:
    found = kpis_from_sums(in_currencies(sums), PERIOD, {})["all"]
    assert found["cure_rate"] == kpis["all"]["cure_rate"] == 0.285714


def test_money_of_several_currencies_is_converted_with_the_rates(sums: dict[str, pd.DataFrame]) -> None:
    found = kpis_from_sums(in_currencies(sums), PERIOD, {"USD": 4.0})["all"]
    assert found["balance"] == kpis_from_sums(sums, PERIOD, {})["all"]["balance"] + 3 * 150.0
