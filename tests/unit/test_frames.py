"""Columns of frames as arrays."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recobro_data.frames import as_texts, find_places, names_of, read_days, read_flags, read_floats

UGLY = pd.Index([7, 7, -1])


def test_columns_are_read_in_the_order_of_their_names() -> None:
    rows = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 2.5]}, index=UGLY)
    found = read_floats(rows, names_of(["b", "a"]))
    np.testing.assert_array_equal(found, [[0.5, 1.0], [np.nan, 2.0], [2.5, 3.0]])


@pytest.mark.parametrize("kind", ["Int64", "Float64", object])
def test_a_number_that_is_not_known_is_nan_whatever_the_column_holds(kind: Any) -> None:
    rows = pd.DataFrame({"a": pd.Series([1, None, 3], dtype=kind).set_axis(UGLY)})
    np.testing.assert_array_equal(read_floats(rows, names_of(["a"]))[:, 0], [1.0, np.nan, 3.0])


def test_a_column_that_is_not_there_is_told_by_its_name() -> None:
    with pytest.raises(KeyError, match="missing"):
        read_floats(pd.DataFrame({"a": [1.0]}), names_of(["a", "missing"]))


@pytest.mark.parametrize(
    "given",
    [
        pd.Series(["2026-03-01", None]),
        pd.Series([date(2026, 3, 1), None]),
        pd.Series(pd.to_datetime(["2026-03-01T23:59", None])),
    ],
    ids=["texts", "dates", "timestamps"],
)
def test_days_are_read_whatever_holds_them(given: pd.Series[Any]) -> None:
    found = read_days(given)
    assert found[0] == np.datetime64("2026-03-01", "D")
    assert np.isnat(found[1])


@pytest.mark.parametrize("unknown", [True, False])
@pytest.mark.parametrize("kind", ["boolean", object])
def test_a_flag_that_is_not_known_is_what_is_said_for_it(kind: Any, unknown: bool) -> None:
    column = pd.Series([True, None, False], dtype=kind).set_axis(UGLY)
    assert read_flags(column, unknown=unknown).tolist() == [True, unknown, False]


def test_places_are_those_of_equal_values_and_of_no_row() -> None:
    column = pd.Series(["b", None, "x", "a"], index=[3, 3, 1, 0])
    assert find_places(column, np.array(["a", "b"], dtype=object)).tolist() == [1, -1, -1, 0]


def test_texts_put_into_a_frame_stay_with_their_row_and_are_not_typed_anew() -> None:
    rows = pd.DataFrame({"a": [1, 2, 3]}, index=UGLY)
    told = rows.assign(text=as_texts(["x", None, "z"], rows))
    assert told["text"].to_numpy().tolist() == ["x", None, "z"]
    assert told["text"].dtype == object


def test_one_text_stands_on_every_row() -> None:
    rows = pd.DataFrame({"a": [1, 2, 3]}, index=UGLY)
    assert as_texts("x", rows).tolist() == ["x", "x", "x"]
