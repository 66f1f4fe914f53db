"""A row's sum is the same alone and among others, and in the order in which it is written."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_models.rowwise import weigh

_NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rows, columns, each = draw(st.integers(1, 9)), draw(st.integers(1, 30)), draw(st.integers(1, 5))
    told = draw(arrays.arrays(np.float64, (rows, columns), elements=_NUMBERS))
    return told, draw(arrays.arrays(np.float64, (columns, each), elements=_NUMBERS))


@settings(deadline=None)  # The first sum is compiled.
@given(_tables())
def test_a_row_alone_has_the_last_bit_that_it_has_among_others(tables: tuple[np.ndarray, np.ndarray]) -> None:
    rows, weights = tables
    alone = np.vstack([weigh(rows[at : at + 1], weights) for at in range(len(rows))])
    assert alone.tobytes() == weigh(rows, weights).tobytes()


@settings(deadline=None)  # The first sum is compiled.
@given(_tables())
def test_columns_are_summed_one_after_the_other(tables: tuple[np.ndarray, np.ndarray]) -> None:
    rows, weights = tables
    slowly = np.zeros((len(rows), weights.shape[1]))
    for at in range(rows.shape[1]):
        slowly = slowly + rows[:, at, None] * weights[at]
    assert slowly.tobytes() == weigh(rows, weights).tobytes()


@settings(deadline=None)  # The first sum is compiled.
@given(_tables())
def test_how_the_columns_lie_in_memory_changes_nothing(tables: tuple[np.ndarray, np.ndarray]) -> None:
    rows, weights = tables
    assert weigh(np.asfortranarray(rows), weights[:, 0]).tobytes() == weigh(rows, weights)[:, 0].tobytes()
