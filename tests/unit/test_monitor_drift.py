from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_pipelines.drift import Bins, measure_drift, stability_index

counts = st.lists(st.integers(0, 10_000), min_size=4, max_size=4).map(lambda found: np.array(found, np.float64))
columns = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=60).map(
    lambda found: pd.Series(found, dtype="float64", index=range(9, 9 + len(found)))
)


@given(counts, counts)
def test_the_index_is_never_negative_and_the_same_both_ways(then: np.ndarray, now: np.ndarray) -> None:
    there, back = stability_index(then, now), stability_index(now, then)
    assert there >= 0
    assert there == pytest.approx(back)


def test_the_index_is_the_sum_that_the_literature_gives() -> None:
    seen = stability_index(np.array([500_000.0, 500_000.0]), np.array([700_000.0, 300_000.0]))
    assert seen == pytest.approx(0.2 * np.log(1.4) - 0.2 * np.log(0.6), rel=1e-4)


@given(columns)
def test_every_value_of_any_day_falls_in_a_bin(values: pd.Series) -> None:
    for then in (values, pd.Series([1.0, 2.0])):
        assert Bins.learn(then).count(values).sum() == len(values)


@given(columns)
def test_a_column_that_did_not_move_is_steady(values: pd.Series) -> None:
    assert measure_drift(values, values.sample(frac=1, random_state=1))["level"] == "steady"


def test_a_column_that_doubled_has_moved() -> None:
    then = pd.Series(np.arange(1000.0), index=np.arange(1000) * 3 + 7)
    assert measure_drift(then, then * 2 + 500)["level"] == "moved"


def test_values_that_went_missing_count_as_a_move() -> None:
    then = pd.Series(np.arange(1000.0))
    assert measure_drift(then, then.where(then % 2 == 0))["level"] == "moved"


def test_a_word_never_seen_before_counts_as_a_move() -> None:
    then, now = pd.Series(["a"] * 500 + ["b"] * 500), pd.Series(["a"] * 500 + ["c"] * 500)
    assert measure_drift(then, now)["level"] == "moved"


def test_chance_alone_moves_no_column() -> None:
    draws = np.random.default_rng(7)
    moved = [measure_drift(*(pd.Series(draws.normal(size=2000)) for _ in range(2)))["level"] for _ in range(50)]
    assert set(moved) == {"steady"}


def test_nothing_on_one_of_the_days_tells_nothing() -> None:
    assert measure_drift(pd.Series([1.0, 2.0]), pd.Series([], dtype="float64"))["index"] is None
