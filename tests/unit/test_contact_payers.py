"""Kinds of payers, learnt from the days on which they owed and paid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import ugly_index

from recobro_models.contact_payers import Payers
from recobro_models.features.paying_days import CELLS, PAYING_DAYS

#: Rates of paying on a day, unreminded and in the days after a contact.
FORGETS, CAN_NOT, PAYS = (0.02, 0.40), (0.02, 0.02), (0.30, 0.30)
#: A charge of two weeks of which nobody was reminded.
LATE, NEVER = np.array([14.0]), np.array([np.nan])


def days(rates: tuple[float, float], n: int, seed: int) -> np.ndarray:
    """Days owed and days paid of debtors with these rates, by (debtor, column)."""
    rng = np.random.default_rng(seed)
    reminded = np.array(["unreminded" not in cell for cell in CELLS])
    owed = rng.integers(2, 12, (n, len(CELLS)))
    return np.hstack([owed, rng.binomial(owed, np.where(reminded, rates[1], rates[0]))])


def frame(*parts: np.ndarray) -> pd.DataFrame:
    whole = np.vstack(parts)
    ids = [f"d{place}" for place in range(len(whole))]
    return pd.DataFrame(whole, columns=list(PAYING_DAYS), index=ugly_index(len(whole))).assign(debtor_id=ids)


@lru_cache(maxsize=1)
def known() -> tuple[Payers, pd.DataFrame]:
    """Kinds learnt from a book of three kinds, 300 each, and the book."""
    book = frame(*(days(rates, 300, seed) for seed, rates in enumerate((FORGETS, CAN_NOT, PAYS))))
    return Payers.fit(book), book


def added(rates: tuple[float, float]) -> float:
    """Mean change in the month's chance of paying that a contact brings those with these rates."""
    rows = frame(days(rates, 50, 9))
    return float(known()[0].predict(rows, np.repeat(LATE, 50), np.repeat(NEVER, 50)).columns[:, 2].mean())


def test_a_contact_moves_one_who_forgets_and_not_one_who_can_not_pay() -> None:
    assert added(FORGETS) > 0.3
    assert abs(added(CAN_NOT)) < 0.05


def test_a_contact_does_not_move_one_who_pays_anyway() -> None:
    assert abs(added(PAYS)) < 0.05


def test_who_was_reminded_a_moment_ago_is_not_moved_by_being_reminded_again() -> None:
    rows = frame(days(FORGETS, 50, 9))
    again = known()[0].predict(rows, np.repeat(LATE, 50), np.zeros(50)).added_soon
    np.testing.assert_array_equal(again, 0.0)


def test_the_chance_of_paying_untouched_is_that_of_the_rates() -> None:
    rows = frame(days(PAYS, 50, 9))
    chance = 1 / (1 + np.exp(-known()[0].predict(rows, np.repeat(LATE, 50), np.repeat(NEVER, 50)).columns[:, 0]))
    assert chance.mean() == pytest.approx(1 - np.exp(-7 * 0.3), abs=0.05)


def test_little_seen_is_a_hint_and_much_is_a_habit() -> None:
    much = frame(days(FORGETS, 50, 9))
    little = much.assign(**dict.fromkeys(PAYING_DAYS, 0))
    some, none = (
        known()[0].predict(rows, np.repeat(LATE, 50), np.repeat(NEVER, 50)).added_month.mean()
        for rows in (much, little)
    )
    assert 0 < none < some


def test_a_debtor_alone_is_told_the_same_to_the_last_bit() -> None:
    payers, book = known()
    late, since = np.arange(900.0) % 80 - 15, np.arange(900.0) % 23
    whole = payers.predict(book, late, since)
    alone = payers.predict(book.iloc[[617]], late[[617]], since[[617]])
    np.testing.assert_array_equal(alone.columns, whole.columns[[617]])
    assert alone.added_month[0] == whole.added_month[617]


def test_the_order_of_columns_and_what_else_a_frame_holds_change_nothing() -> None:
    payers, book = known()
    rows = book.iloc[:30][book.columns[::-1]].assign(other=1.0)
    told = [payers.predict(one, np.repeat(LATE, 30), np.repeat(NEVER, 30)).columns for one in (rows, book.iloc[:30])]
    np.testing.assert_array_equal(*told)


@pytest.mark.parametrize("late", [np.nan, -400.0, 5000.0])
def test_any_day_past_due_gives_numbers(late: float) -> None:
    payers, book = known()
    found = payers.predict(book.iloc[:3], np.full(3, late), np.array([np.nan, 0.0, 4000.0]))
    assert np.isfinite(np.column_stack([found.columns, found.added_soon, found.added_month])).all()


def test_where_nobody_paid_nothing_is_known() -> None:
    book = frame(days((0.0, 0.0), 40, 1))
    assert Payers.fit(book) == Payers.none()
    assert not Payers.fit(book).is_known


def test_a_frame_without_the_days_teaches_nothing() -> None:
    assert Payers.fit(known()[1][["debtor_id"]]) == Payers.none()


def test_kinds_read_from_their_json_are_the_same() -> None:
    payers = known()[0]
    assert Payers.from_json(payers.to_json()) == payers
