"""Which attempts a payment followed: the same debtor, within the week, the day of the attempt among its days."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.books.followed import is_followed

_DAYS = st.integers(1, 400)
_ROWS = st.lists(st.tuples(st.integers(0, 3), _DAYS, st.booleans()), max_size=30)


def attempts(*rows: tuple[int, int, bool]) -> dict[str, np.ndarray]:
    return dict(zip(("debtor_no", "days_ago", "reached"), np.array(rows or np.empty((0, 3)), np.int64).T, strict=True))


def payments(*rows: tuple[int, int]) -> dict[str, np.ndarray]:
    return dict(zip(("debtor_no", "days_ago"), np.array(rows or np.empty((0, 2)), np.int64).T, strict=True))


@pytest.mark.parametrize(
    ("paid_days_ago", "follows"), [(31, False), (30, True), (24, True), (23, False)], ids=str
)  # fmt: skip
def test_a_payment_follows_from_the_day_of_the_attempt_to_the_seventh(paid_days_ago: int, follows: bool) -> None:
    assert is_followed(attempts((1, 30, True)), payments((1, paid_days_ago))).tolist() == [follows]


def test_another_debtors_payment_follows_nothing() -> None:
    assert is_followed(attempts((1, 30, True)), payments((2, 28), (0, 28))).tolist() == [False]


def test_an_attempt_that_reached_nobody_is_followed_by_nothing() -> None:
    assert is_followed(attempts((1, 30, False)), payments((1, 28))).tolist() == [False]


@given(_ROWS, st.lists(st.tuples(st.integers(0, 3), _DAYS), max_size=30))
def test_it_is_what_looking_at_every_pair_would_find(
    tries: list[tuple[int, int, bool]], paid: list[tuple[int, int]]
) -> None:
    slowly = [
        reached and ago <= 365 and any(who == debtor and ago - 7 < day <= min(ago, 365) for who, day in paid)
        for debtor, ago, reached in tries
    ]
    assert is_followed(attempts(*tries), payments(*paid)).tolist() == slowly
