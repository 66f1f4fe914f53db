"""SHAP values of a row do not depend on the rows before it, of which only what changed is computed."""

from __future__ import annotations

from functools import cache
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_models.explanation.tree_shap import build_factors, tree_contributions
from recobro_models.explanation.tree_text import Trees, read_trees

_LEAVES = {"shallow": 4, "deep": 63}


@cache
def grow(kind: str) -> Trees:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(900, 20))
    label = draw.random(900) < 1 / (1 + np.exp(-rows[:, 0] * rows[:, 1] - rows[:, 2:].sum(axis=1)))
    parameters: dict[str, Any] = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3}
    booster = lightgbm.train(parameters | {"num_leaves": _LEAVES[kind]}, lightgbm.Dataset(rows, label), 10)
    return read_trees(booster.model_to_string())


_CHANGES = st.lists(st.tuples(st.integers(0, 19), st.floats(-3, 3)), min_size=1, max_size=12)


@pytest.mark.parametrize("kind", _LEAVES)
@settings(max_examples=25, deadline=None)
@given(changes=_CHANGES)
def test_a_row_behind_others_has_the_very_values_it_has_alone(kind: str, changes: list[tuple[int, float]]) -> None:
    trees, row = grow(kind), np.zeros(20)
    factors, rows = build_factors(trees), []
    for column, value in changes:
        row[column] = value
        rows.append(row.copy())
    alone = [tree_contributions(trees, one[None], factors=factors)[0] for one in rows]
    np.testing.assert_array_equal(tree_contributions(trees, np.array(rows), factors=factors), alone)


def test_each_tree_has_as_many_points_as_its_own_longest_way_asks_for() -> None:
    shallow, deep = (set(build_factors(grow(kind))[2].tolist()) for kind in _LEAVES)
    assert (shallow, min(deep) >= 4, max(deep) > 4) == ({4}, True, True)
