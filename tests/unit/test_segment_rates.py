"""Smoothed rates of late charges: nobody with two charges is believed or ignored, and no row depends on the others."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import build_charges

from recobro_models.segment_rates import SegmentRates


def rows_of(late: Any, n: Any, **given_columns: Any) -> pd.DataFrame:
    """Debtors with `late` of `n` charges late."""
    n = np.asarray(n, np.float64)
    share = np.divide(np.asarray(late, np.float64), n, out=np.full(len(n), np.nan), where=n > 0)
    return build_charges(len(n), late5_share_365d=share, n_charges_365d=n, **given_columns)


def drawn_segments(seed: int = 1) -> pd.DataFrame:
    """Two portfolios with two products each; debtors differ a lot, products differ."""
    draw = np.random.default_rng(seed)
    portfolio, product = np.repeat(["a", "a", "b", "b"], 300), np.repeat(["x", "y", "x", "z"], 300)
    usual = np.repeat([0.1, 0.3, 0.5, 0.6], 300)
    n = draw.integers(1, 13, 1200)
    late = draw.binomial(n, draw.beta(3 * usual, 3 * (1 - usual)))
    return rows_of(late, n, portfolio=portfolio, product=product)


def told(rates: SegmentRates, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    return np.column_stack(rates.predict(rows))


def test_rates_of_large_segments_are_those_seen_in_them() -> None:
    rates = SegmentRates.learn(drawn_segments())
    found = [rates.products["a"]["x"], rates.products["a"]["y"], rates.products["b"]["x"], rates.products["b"]["z"]]
    assert found == pytest.approx([0.1, 0.3, 0.5, 0.6], abs=0.04)


def test_the_weight_of_the_segment_is_the_spread_of_its_debtors() -> None:
    assert SegmentRates.learn(drawn_segments()).weight == pytest.approx(3, abs=0.8)


def test_a_debtor_with_two_charges_lies_between_its_own_share_and_the_segments() -> None:
    rates = SegmentRates(0.2, {"x": 0.2}, {"x": {"x": 0.2}}, weight=4.0)
    segment, pooled = told(rates, rows_of([2.0], [2.0]))[0]
    assert (segment, pooled) == (0.2, pytest.approx((2 + 4 * 0.2) / (2 + 4)))


def test_a_debtor_without_charges_has_the_segments_rate() -> None:
    rates = SegmentRates.learn(drawn_segments())
    segment, pooled = told(rates, rows_of([0.0], [0.0], portfolio="b", product="z"))[0]
    assert segment == pooled == rates.products["b"]["z"]


@pytest.mark.parametrize(
    ("portfolio", "product", "level"), [("a", "new", "portfolio"), ("new", "x", "overall"), (None, None, "overall")]
)
def test_an_unknown_segment_falls_back_one_level(portfolio: str | None, product: str | None, level: str) -> None:
    rates = SegmentRates.learn(drawn_segments())
    expected = {"portfolio": rates.portfolios["a"], "overall": rates.overall}[level]
    assert told(rates, rows_of([0.0], [0.0], portfolio=[portfolio], product=[product]))[0, 0] == expected


def test_a_small_segment_is_drawn_to_its_portfolio() -> None:
    seen = drawn_segments()
    few = rows_of([1.0, 1.0], [1.0, 1.0], portfolio="a", product="rare", debtor_id=["few1", "few2"])
    rates = SegmentRates.learn(pd.concat([seen, few]))
    assert rates.portfolios["a"] < rates.products["a"]["rare"] < 0.6


def test_only_the_newest_row_of_a_debtor_counts() -> None:
    old = rows_of([0.0] * 40, [10.0] * 40, as_of=pd.Timestamp(2025, 1, 1))
    new = rows_of([5.0] * 40, [10.0] * 40, as_of=pd.Timestamp(2026, 1, 1))
    assert SegmentRates.learn(pd.concat([new, old])).overall == pytest.approx(0.5)


def test_nothing_seen_is_the_usual_rate() -> None:
    assert SegmentRates.learn(rows_of([0.0], [0.0])) == SegmentRates()


@settings(max_examples=20, deadline=None)
@given(places=st.lists(st.integers(0, 1199), min_size=1, max_size=30))
def test_a_row_alone_is_the_row_it_is_among_others(places: list[int]) -> None:
    rows, rates = drawn_segments(), SegmentRates.learn(drawn_segments())
    among = told(rates, rows.iloc[places])
    alone = np.vstack([told(rates, rows.iloc[[place]]) for place in places])
    np.testing.assert_array_equal(among, alone)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = drawn_segments()
    assert SegmentRates.learn(rows) == SegmentRates.learn(rows.sample(frac=1, random_state=3))


def test_rates_read_back_are_the_same() -> None:
    rates = SegmentRates.learn(drawn_segments())
    assert SegmentRates.from_json(json.loads(json.dumps(rates.to_json()))) == rates
