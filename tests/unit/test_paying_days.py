"""Days owed and days paid, by how late the oldest charge is and how lately a contact about it got there."""

from __future__ import annotations

from typing import Any

import numpy as np

from recobro_data.books.columns import Column
from recobro_models.features.paying_days import CELLS, PAYING_DAYS, compute_paying_days, find_cell


def counts(
    *charges: tuple[int, float | None], paid: tuple[int, ...] = (), reached: tuple[int, ...] = (), **given: Any
) -> dict[str, int]:
    """What is not 0 of a debtor with charges of so many days past due, paid off so many days ago (None: still open),
    who paid and was reached so many days ago."""
    late, ago = (np.array(values, object) for values in zip(*charges, strict=True))
    is_off = np.array([one is not None for one in ago])
    rows: dict[str, Any] = {
        "charges": {
            "debtor_no": np.zeros(len(late), np.int32), "days_past_due": late.astype(np.int64),
            "paid_off_days_ago": Column(np.where(is_off, ago, 0).astype(float), is_off), "is_open": ~is_off,
        },
        "payments": {"debtor_no": np.zeros(len(paid), np.int32), "days_ago": np.array(paid, np.int64)},
        "attempts": {
            "debtor_no": np.zeros(len(reached), np.int32), "days_ago": np.array(reached, np.int64),
            "reached": np.full(len(reached), True),
        },
    }  # fmt: skip
    for table, columns in given.items():
        rows[table] |= columns
    found = compute_paying_days(rows, np.array([0], np.int32))
    assert tuple(found) == PAYING_DAYS
    return {name: int(column.values[0]) for name, column in found.items() if column.values[0]}


def test_an_open_charge_counts_from_ten_days_before_it_falls_due_until_yesterday() -> None:
    assert counts((2, None)) == {
        "n_days_owed_due_in_4_10_unreminded_365d": 7, "n_days_owed_due_in_1_3_unreminded_365d": 3,
        "n_days_owed_late_0_3_unreminded_365d": 2,
    }  # fmt: skip


def test_a_charge_that_is_far_ahead_counts_for_nothing() -> None:
    assert counts((-11, None)) == {}


def test_the_day_of_the_payment_is_the_last_that_is_owed_and_one_that_is_paid() -> None:
    found = counts((20, 18), paid=(18,))
    assert found["n_days_owed_late_0_3_unreminded_365d"] == 3
    assert found["n_days_paid_late_0_3_unreminded_365d"] == 1
    assert sum(found.values()) == 7 + 3 + 3 + 1


def test_a_day_counts_once_for_the_oldest_of_several_charges() -> None:
    assert sum(counts((40, None), (10, None), (-5, None)).values()) == 40 + 10


def test_a_contact_parts_the_days_before_it_from_those_after_it() -> None:
    found = counts((10, None), reached=(4,))
    assert found["n_days_owed_late_4_10_reached_0_2_365d"] == 3
    assert found["n_days_owed_late_4_10_reached_3_7_365d"] == 1
    assert found["n_days_owed_late_4_10_unreminded_365d"] == 2


def test_a_contact_from_before_a_charge_was_near_reminds_nobody_of_it() -> None:
    assert counts((5, None), reached=(16,)) == counts((5, None))


def test_an_attempt_that_reached_nobody_changes_nothing() -> None:
    missed = {"reached": np.array([False])}
    assert counts((10, None), reached=(4,), attempts=missed) == counts((10, None))


def test_a_cancelled_charge_counts_for_nothing() -> None:
    assert counts((10, None), charges={"is_open": np.array([False])}) == {}


def test_days_more_than_a_year_ago_are_left_out() -> None:
    assert sum(counts((900, None), paid=(400,)).values()) == 365


def test_a_debtor_without_rows_of_a_kind_stands_at_nothing() -> None:
    rows = {
        "charges": {"debtor_no": [3], "days_past_due": [4], "paid_off_days_ago": [0], "is_open": [True]},
        "payments": {"debtor_no": [], "days_ago": []}, "attempts": {"debtor_no": [], "days_ago": [], "reached": []},
    }  # fmt: skip
    arrays = {name: {key: np.array(one, np.int64) for key, one in table.items()} for name, table in rows.items()}
    arrays["charges"]["paid_off_days_ago"] = Column(np.zeros(1), np.array([False]))  # type: ignore[assignment]
    found = compute_paying_days(arrays, np.array([1, 3, 7], np.int32))
    assert np.sum([column.values for column in found.values()], axis=0).tolist() == [0, 14, 0]


def test_each_day_past_due_and_day_since_a_contact_has_its_cell() -> None:
    days = [(-11, 0), (-10, 0), (0, 999), (4, 3), (61, 60), (61, 72)]
    told = [CELLS[cell] if cell >= 0 else None for cell in (find_cell(*day) for day in days)]
    assert told == [
        None, "due_in_4_10_reached_0_2", "late_0_3_unreminded", "late_4_10_reached_3_7", "late_61_reached_8",
        "late_61_unreminded",
    ]  # fmt: skip
