"""SHAP values summed over what rows go through: those of every row and stretch, weighted and added up."""

from __future__ import annotations

from functools import cache

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recobro_models.explanation.summed_shap import Stretches, summed_contributions
from recobro_models.explanation.tree_shap import build_factors, tree_contributions
from recobro_models.explanation.tree_text import Trees, read_trees

Floats = NDArray[np.float64]
#: Columns of the rows, and of what they go through.
_OWN, _COLUMNS = 3, 5
_LEAVES = {"shallow": 4, "deep": 63}


@cache
def grow(kind: str) -> Trees:
    draw = np.random.default_rng(4)
    rows = np.round(draw.normal(size=(900, _COLUMNS)), 1)
    rows[draw.random(rows.shape) < 0.1] = np.nan
    label = draw.random(900) < 1 / (1 + np.exp(-np.nan_to_num(rows[:, 0] * rows[:, 4] + rows[:, 3] - rows[:, 2])))
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3}
    booster = lightgbm.train(parameters | {"num_leaves": _LEAVES[kind]}, lightgbm.Dataset(rows, label), 8)
    return read_trees(booster.model_to_string())


def draw_stretches(n_rows: int, lengths: list[int], seed: int) -> tuple[Floats, Stretches]:
    """Rows, and as many kinds of what they go through as there are lengths."""
    draw = np.random.default_rng(seed)
    own, columns = draw.normal(size=(n_rows, _OWN)), draw.normal(size=(sum(lengths), _COLUMNS - _OWN)).round(1)
    kind, weights = draw.integers(0, len(lengths), n_rows), draw.normal(size=(n_rows, max(lengths)))
    return own, Stretches(columns, np.concatenate([[0], np.cumsum(lengths)]), kind, weights)


def add_up(trees: Trees, own: Floats, stretches: Stretches) -> Floats:
    """The same one row and stretch after the other."""
    told = np.zeros((len(own), _COLUMNS))
    for row, kind in enumerate(stretches.kind):
        through = stretches.columns[slice(*stretches.bounds[kind : kind + 2])]
        matrix = np.hstack([np.repeat(own[[row]], len(through), axis=0), through])
        told[row] = stretches.weights[row, : len(through)] @ tree_contributions(trees, matrix)
    return told


@pytest.mark.parametrize("kind", _LEAVES)
@settings(max_examples=15, deadline=None)
@given(n_rows=st.integers(1, 90), lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_the_sum_is_that_of_each_row_and_stretch(kind: str, n_rows: int, lengths: list[int], seed: int) -> None:
    own, stretches = draw_stretches(n_rows, lengths, seed)
    told = summed_contributions(grow(kind), own, stretches, factors=build_factors(grow(kind)))
    np.testing.assert_allclose(told, add_up(grow(kind), own, stretches), atol=1e-12)


def test_a_row_has_the_very_sum_among_thousands_that_it_has_alone_on_any_number_of_threads() -> None:
    trees, (own, stretches) = grow("deep"), draw_stretches(2500, [3, 5], seed=1)
    factors = build_factors(trees)
    together = summed_contributions(trees, own, stretches, threads=3, factors=factors)
    only = stretches._replace(kind=stretches.kind[[2100]], weights=stretches.weights[[2100]])
    alone = summed_contributions(trees, own[[2100]], only, threads=1, factors=factors)
    np.testing.assert_array_equal(alone[0], together[2100])


def test_no_row_has_no_sum() -> None:
    own, stretches = draw_stretches(0, [2], seed=1)
    assert summed_contributions(grow("deep"), own, stretches, factors=build_factors(grow("deep"))).shape == (0, 5)
