"""SHAP values of boosted trees: the same as LightGBM's own, whatever the trees ask and the rows hold."""

from __future__ import annotations

from functools import cache
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recobro_data.errors import RecobroError
from recobro_models.explanation.tree_shap import tree_contributions
from recobro_models.explanation.tree_text import base_value, read_trees

Floats = NDArray[np.float64]


def draw_rows(n: int, seed: int = 1) -> Floats:
    """Numbers, zeros, missing values and, last, a category of 70 codes."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(n, 6))
    rows[:, 1] = np.round(rows[:, 1])
    rows[draw.random(rows.shape) < 0.15] = np.nan
    return np.column_stack([rows, draw.integers(0, 70, n)])


#: What the trees are grown by, and what is rare in them otherwise.
GROWN: dict[str, dict[str, Any]] = {
    "few leaves": {"num_leaves": 4},
    "many leaves": {"num_leaves": 63},
    "one feature again and again": {"num_leaves": 31, "interaction_constraints": "[0],[2]"},
    "zero is missing": {"num_leaves": 15, "zero_as_missing": True},
    "nothing is missing": {"num_leaves": 15, "use_missing": False},
    "no split at all": {"min_data_in_leaf": 1200},
}


@cache
def grow(kind: str) -> lightgbm.Booster:
    rows = draw_rows(1200)
    known = np.nan_to_num(rows)
    z = known[:, 0] * known[:, 1] + known[:, 2] + (known[:, 6] % 7 == 3) * 2 - np.isnan(rows[:, 3])
    label = np.random.default_rng(2).random(len(rows)) < 1 / (1 + np.exp(-z))
    parameters: dict[str, Any] = {
        "objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, "min_data_per_group": 5,
        "cat_smooth": 1,
    }  # fmt: skip
    data = lightgbm.Dataset(rows, label, categorical_feature=[6])
    return lightgbm.train(parameters | GROWN[kind], data, 12)


def told(booster: lightgbm.Booster, rows: Floats, **given: Any) -> Floats:
    """Values of every column and, last, the base value."""
    trees = read_trees(booster.model_to_string())
    values = tree_contributions(trees, rows, **given)
    return np.column_stack([values, np.full(len(rows), base_value(trees))])


@pytest.mark.parametrize("kind", GROWN)
def test_values_and_base_are_those_of_lightgbm(kind: str) -> None:
    booster, rows = grow(kind), draw_rows(300, seed=5)
    np.testing.assert_allclose(told(booster, rows), booster.predict(rows, pred_contrib=True), atol=1e-12)


ODD = (np.nan, 0.0, -0.0, 1e-36, -1.0, 69.0, 70.0, 1e9, -1e300, np.inf)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(sorted(GROWN)),
    row=st.lists(st.one_of(st.sampled_from(ODD[:7]), st.floats(-3, 3)), min_size=7, max_size=7),
)
def test_odd_values_go_the_way_that_lightgbm_sends_them(kind: str, row: list[float]) -> None:
    rows = np.array([row])
    np.testing.assert_allclose(told(grow(kind), rows), grow(kind).predict(rows, pred_contrib=True), atol=1e-12)


def test_numbers_beyond_all_seen_go_the_way_that_lightgbm_sends_them() -> None:
    rows = np.repeat(draw_rows(1), 3, axis=0)
    rows[:, 0] = ODD[-3:]
    booster = grow("few leaves")
    np.testing.assert_allclose(told(booster, rows), booster.predict(rows, pred_contrib=True), atol=1e-12)


def test_a_row_alone_has_the_values_that_it_has_among_thousands_on_any_number_of_threads() -> None:
    booster, rows = grow("few leaves"), draw_rows(2500, seed=8)
    together = told(booster, rows, threads=3)
    np.testing.assert_array_equal(told(booster, rows[2100:2101], threads=1)[0], together[2100])


def test_no_row_has_no_values() -> None:
    assert told(grow("few leaves"), np.empty((0, 7))).shape == (0, 8)


@pytest.mark.parametrize("n_columns", [6, 8])
def test_rows_of_other_columns_than_the_trees_know_are_refused(n_columns: int) -> None:
    with pytest.raises(RecobroError, match=f"Expected 7 columns, as the trees know, found {n_columns}\\."):
        told(grow("few leaves"), np.zeros((1, n_columns)))


def test_a_category_is_among_what_the_trees_ask() -> None:
    nodes = read_trees(grow("few leaves").model_to_string()).nodes
    assert (nodes["end_word"] > nodes["first_word"]).any()
