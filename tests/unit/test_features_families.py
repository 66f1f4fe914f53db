"""One worked example a family of features, the values computed by hand, as of 1 July 2026."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import pytest
from tests.unit.table_samples import Record, Shelf, attempt, charge, debtor, open_backend, payment, promise

from recobro_models.features import build_charge_features, build_debtor_features
from recobro_models.features.families import DEBTOR_FAMILIES

AS_OF = "2026-07-01"

#: 0, 19, 5, 16 and -2 days late (the last in two parts); two are 21 and 11 days past due, one falls due in 9 days.
PAYER = [
    *(charge(f"c{month}", f"2026-0{month}-10", issued_on=f"2026-0{month}-01") for month in range(1, 7)),
    charge("c7", "2026-07-10", issued_on="2026-06-25"),
    charge("c8", "2026-06-20", "40"),
    payment("p1", "2026-01-10", charge_id="c1"),
    payment("p2", "2026-03-01", charge_id="c2"),
    payment("p3", "2026-03-15", charge_id="c3"),
    payment("p4", "2026-04-26", charge_id="c4"),
    payment("p5", "2026-05-05", "40", charge_id="c5"),
    payment("p6", "2026-05-08", "60", charge_id="c5"),
]

#: What charges that fell due 172, 141, 113, 82, 52, 21 and 11 days ago weigh, and those of them that were late.
LATE_WEIGHT = sum(round(2**20 * 0.5 ** (days / 90)) for days in (141, 113, 82, 21, 11)) / 2**20
DUE_WEIGHT = LATE_WEIGHT + sum(round(2**20 * 0.5 ** (days / 90)) for days in (172, 52)) / 2**20

#: 35 of 115 came by the due day; windows of 90 and 365 days begin on 2 April 2026 and 1 July 2025.
CALENDAR = [
    charge("big", "2025-06-30", "1000"),
    charge("c", "2026-06-01", "115", issued_on="2025-06-01"),
    payment("before", "2025-06-30", "1000", charge_id="big"),
    *(
        payment(f"on-{day}", day, amount, charge_id="c")
        for day, amount in {"2025-07-01": "5", "2026-04-01": "10", "2026-04-02": "20", "2026-06-15": "30.50"}.items()
    ),
    payment("last", "2026-06-28", "49.50", charge_id="c"),
]

CONTACTED = [
    charge("c", "2026-06-01"),
    attempt("a1", "2026-06-30T16:59:59+00:00", "right_party"),
    attempt("a2", "2026-06-30T17:00:00+00:00", "no_answer"),
    attempt("a3", "2026-06-24T22:00:00+00:00", "refusal"),
    attempt("a4", "2026-06-24T04:59:59+00:00", "promise"),
    attempt("a5", "2026-06-01T15:00:00+00:00", "read", channel="whatsapp"),
    attempt("a6", "2026-05-31T15:00:00+00:00", "delivered", channel="sms"),
    attempt("a7", "2026-01-02T15:00:00+00:00", "wrong_party", channel="visit"),
    attempt("a8", "2026-01-01T15:00:00+00:00", "right_party", channel="visit"),
    attempt("unknown", "2026-07-01T05:00:00+00:00", "right_party"),
    payment("after-a5", "2026-06-05", "1"),
]

PROMISER = [
    charge("c", "2026-01-01", "1000"),
    promise("kept", "2026-02-01T10:00:00-05:00", "2026-02-10"),
    promise("broken", "2026-03-01T10:00:00-05:00", "2026-03-10"),
    promise("partly", "2026-04-01T10:00:00-05:00", "2026-04-10"),
    promise("open", "2026-06-30T10:00:00-05:00", "2026-07-05"),
    promise("first-day", "2025-07-01T10:00:00-05:00", "2025-07-05"),
    promise("too-old", "2025-06-30T10:00:00-05:00", "2025-07-05"),
    payment("p1", "2026-02-05"),
    payment("p2", "2026-04-05", "30"),
]

#: The family, its history, and its columns with the values a person would compute.
CASES: dict[str, tuple[list[Record], dict[str, Any]]] = {
    "payment_history": (
        PAYER,
        {"n_charges_365d": 7, "n_settled_365d": 5, "mean_days_late_365d": 38 / 5, "mean_days_late_90d": 14 / 2}
        | {"spread_days_late_365d": sqrt(357.2 / 4), "worst_days_late_365d": 21, "last_days_late": 11}
        | {"late5_share_365d": 5 / 7, "late15_share_365d": 3 / 7, "late30_share_365d": 0}
        | {"n_of_last6": 6, "n_late5_of_last6": 5, "n_late15_of_last6": 3, "in_parts_share_365d": 1 / 5}
        | {"mean_charge_amount": 740 / 8, "tenure_days": 172, "mean_days_late_30d": None}
        | {"mean_days_late_180d": 38 / 5, "mean_days_late_all": 38 / 5, "trend_days_late_90d": 14 / 2 - 38 / 5}
        | {"spread_days_late_90d": sqrt(162), "late5_share_90d": 3 / 4, "late5_share_all": 5 / 7}
        | {"late5_share_year_ago": None, "smoothed_late5_share": (LATE_WEIGHT + 0.2) / (DUE_WEIGHT + 2)}
        | {"n_of_last10": 7, "n_late5_of_last3": 2, "n_late5_of_last10": 5, "mean_days_late_of_last3": 32 / 3}
        | {"mean_days_late_of_last10": 72 / 7, "worst_days_late_of_last3": 21, "utilisation_365d": 140 / 640},
    ),
    "open_position": (
        PAYER,
        {"n_open": 3, "n_overdue": 2, "open_amount": 240, "overdue_amount": 140, "oldest_days_past_due": 21},
    ),
    "payment_pattern": (
        CALENDAR,
        {"n_payments_90d": 3, "days_since_last_payment": 3, "paid_amount_90d": 100, "month_end_share_365d": 4 / 5}
        | {"mid_month_share_365d": 1 / 5, "late_money_share_365d": 80 / 115}
        | {"payday_early_week_share_365d": 2 / 5, "payday_late_week_share_365d": 1 / 5},
    ),
    "contact_history": (
        CONTACTED,
        {"n_attempts_7d": 3, "n_attempts_14d": 4, "n_attempts_30d": 5, "n_attempts_180d": 7}
        | {"n_reached_180d": 4, "n_refusals_180d": 1, "n_reached_before_365d": 3, "n_paid_after_reached_365d": 1}
        | {"days_since_last_attempt": 1, "days_since_last_reached": 1, "n_call_tried_180d": 4}
        | {"n_call_reached_180d": 3, "n_call_morning_tried_180d": 1, "n_call_morning_reached_180d": 1}
        | {"n_call_afternoon_tried_180d": 1, "n_call_afternoon_reached_180d": 0, "n_call_evening_tried_180d": 2}
        | {"n_call_evening_reached_180d": 2, "n_sms_tried_180d": 1, "n_sms_reached_180d": 0}
        | {"n_whatsapp_tried_180d": 1, "n_whatsapp_reached_180d": 1, "n_email_tried_180d": 0}
        | {"n_email_reached_180d": 0, "n_visit_tried_180d": 1, "n_visit_reached_180d": 0}
        | {"n_visit_morning_tried_180d": 1, "n_visit_morning_reached_180d": 0, "n_visit_afternoon_tried_180d": 0}
        | {"n_visit_afternoon_reached_180d": 0, "n_visit_evening_tried_180d": 0, "n_visit_evening_reached_180d": 0}
        | {"n_call_before_10_tried_365d": 0, "n_call_before_10_reached_365d": 0, "n_call_from_10_tried_365d": 1}
        | {"n_call_from_10_reached_365d": 1, "n_call_from_12_tried_365d": 1, "n_call_from_12_reached_365d": 0}
        | {"n_call_from_14_tried_365d": 0, "n_call_from_14_reached_365d": 0, "n_call_from_17_tried_365d": 1}
        | {"n_call_from_17_reached_365d": 1, "n_call_from_19_tried_365d": 1, "n_call_from_19_reached_365d": 1}
        | {"n_sms_tried_365d": 1, "n_sms_reached_365d": 0, "n_whatsapp_tried_365d": 1, "n_whatsapp_reached_365d": 1}
        | {"n_email_tried_365d": 0, "n_email_reached_365d": 0, "n_visit_tried_365d": 2, "n_visit_reached_365d": 1},
    ),
    "promise_history": (PROMISER, {"n_promises_365d": 5, "n_kept_365d": 1, "n_broken_365d": 3, "has_open_promise": 1}),
}
NOBODY = [charge("c", "2026-06-01")]
LATE_FEES = [
    debtor(region="LIM", kind="company", portfolio_id="north"),
    charge("a", "2026-06-06", "200", issued_on="2026-05-07", product="loan"),
    *(charge(name, "2026-07-31", "50", issued_on="2026-06-01") for name in ("b", "c")),
    payment("p", "2026-06-10", "50"),
]
#: A year's credit that the next charges use up.
CREDIT = [charge("c1", "2026-01-10"), charge("c2", "2026-06-10"), payment("p", "2026-01-10", "150.10")]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with open_backend() as backend:
        histories = {family: records for family, (records, _) in CASES.items()}
        yield Shelf(backend, histories | {"nobody": NOBODY, "charge": LATE_FEES, "credit": CREDIT})


def debtor_features(shelf: Shelf, history: str) -> dict[str, Any]:
    [row] = shelf.rows(history, AS_OF, build_debtor_features)
    return row


def charge_features(shelf: Shelf) -> dict[str, dict[str, Any]]:
    rows = shelf.rows("charge", AS_OF, lambda books: build_charge_features(books, build_debtor_features(books)))
    return {row["charge_id"]: row for row in rows}


@pytest.mark.parametrize("family", CASES)
def test_a_family_gives_the_values_computed_by_hand(shelf: Shelf, family: str) -> None:
    found, expected = debtor_features(shelf, family), CASES[family][1]
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("family", DEBTOR_FAMILIES, ids=lambda family: family.name)
def test_the_worked_example_of_a_family_has_all_its_columns(family: Any) -> None:
    assert set(CASES[family.name][1]) == set(family.columns)


def test_what_nobody_did_counts_zero_and_is_otherwise_unknown(shelf: Shelf) -> None:
    found = debtor_features(shelf, "nobody")
    counts = {value for name, value in found.items() if name.startswith(("n_", "has_"))}
    assert counts == {0, 1}
    assert (found["days_since_last_payment"], found["days_since_last_reached"], found["has_open_promise"]) == (
        None,
        None,
        0,
    )


def test_a_lasting_credit_is_one_payment_on_the_day_it_was_made(shelf: Shelf) -> None:
    found = debtor_features(shelf, "credit")
    assert (found["days_since_last_payment"], found["n_payments_90d"], found["open_amount"]) == (172, 0, 49.9)


def test_a_charge_has_its_own_columns_beside_its_debtors(shelf: Shelf) -> None:
    found = charge_features(shelf)["a"]
    expected = {"charge_amount": 200, "charge_days_past_due": 25, "charge_term_days": 30, "charge_paid_share": 0.25}
    expected |= {
        "charge_age_days": 55,
        "n_older_open": 0,
        "due_weekday": 5,
        "due_day_of_month": 6,
        "product": "loan",
        "portfolio": "north",
    }
    expected |= {"region": "LIM", "kind": "company", "n_open": 3, "open_amount": 250}
    assert {name: found[name] for name in expected} == expected


def test_charges_that_fall_due_on_one_day_have_the_same_older_ones(shelf: Shelf) -> None:
    assert {name: row["n_older_open"] for name, row in charge_features(shelf).items()} == {"a": 0, "b": 1, "c": 1}
