"""Money of the books: rounded to the cent as a person would, and ordered sums that need no luck."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.books.numbers import in_order
from recobro_data.books.standing import money

CENTS = st.integers(0, 10**12)
#: Exact as binary fractions, so that half a cent is half a cent.
RATES = st.sampled_from([1.0, 0.5, 0.25, 0.125, 3.75, 4.0])


@given(cents=st.lists(CENTS, min_size=1), rate=RATES)
def test_half_a_cent_is_rounded_up(cents: list[int], rate: float) -> None:
    found = money(np.array(cents, np.int64), np.full(len(cents), rate))
    exact = [(Decimal(n) * Decimal(rate)).quantize(Decimal(1), ROUND_HALF_UP) / 100 for n in cents]
    assert found.tolist() == [float(amount) for amount in exact]


@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5), st.text(max_size=3)), unique=True))
def test_rows_are_ordered_by_keys_and_then_by_id(rows: list[tuple[int, int, str]]) -> None:
    minor, major = (np.array([row[place] for row in rows], np.int64) for place in (1, 0))
    order = in_order((minor, major), pa.chunked_array([[row[2] for row in rows]], pa.string()))
    assert [rows[place] for place in order] == sorted(rows, key=lambda row: (*row[:2], row[2].encode()))
