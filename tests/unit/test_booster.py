from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.utils.estimator_checks import parametrize_with_checks

from recobro_models.booster import BoostedClassifier

Floats = NDArray[np.float64]

SMALL = {"n_estimators": 25, "min_child_samples": 5, "num_leaves": 8, "threads": 1}


@parametrize_with_checks([BoostedClassifier(n_estimators=15, min_child_samples=1, threads=1)])
def test_the_booster_is_an_estimator_as_scikit_learn_knows_it(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def rows() -> tuple[Floats, NDArray[np.int64]]:
    """Two numbers, one of them missing at times, and a category; the class follows the first and the category."""
    draw = np.random.default_rng(7)
    columns = np.column_stack([draw.normal(size=400), draw.normal(size=400), draw.integers(0, 4, 400)])
    z = 1.5 * columns[:, 0] + (columns[:, 2] == 2)
    columns[::9, 1] = np.nan
    return columns, (draw.random(400) < 1 / (1 + np.exp(-z))).astype(np.int64)


@pytest.fixture(scope="module")
def fitted(rows: tuple[Floats, NDArray[np.int64]]) -> BoostedClassifier:
    return BoostedClassifier(categorical=(2,), **SMALL).fit(*rows)


def test_text_and_back_gives_the_same_probabilities(fitted: BoostedClassifier, rows: tuple[Floats, Any]) -> None:
    again = BoostedClassifier.from_text(fitted.to_text())
    np.testing.assert_array_equal(again.predict_proba(rows[0]), fitted.predict_proba(rows[0]))


def test_text_and_back_gives_the_same_text(fitted: BoostedClassifier) -> None:
    assert BoostedClassifier.from_text(fitted.to_text()).to_text() == fitted.to_text()


def test_the_same_seed_gives_the_same_text(fitted: BoostedClassifier, rows: tuple[Floats, Any]) -> None:
    assert BoostedClassifier(categorical=(2,), **SMALL).fit(*rows).to_text() == fitted.to_text()


def test_another_seed_gives_another_text(fitted: BoostedClassifier, rows: tuple[Floats, Any]) -> None:
    assert BoostedClassifier(categorical=(2,), seed=2, **SMALL).fit(*rows).to_text() != fitted.to_text()


def test_contributions_add_up_to_the_log_odds(fitted: BoostedClassifier, rows: tuple[Floats, Any]) -> None:
    p = fitted.predict_proba(rows[0])[:, 1]
    np.testing.assert_allclose(fitted.contributions(rows[0]).sum(axis=1), np.log(p / (1 - p)), atol=1e-9)


def test_contributions_have_a_column_for_each_feature_and_one_for_the_base(
    fitted: BoostedClassifier, rows: tuple[Floats, Any]
) -> None:
    assert fitted.contributions(rows[0]).shape == (400, 4)


def test_a_row_alone_gets_the_probability_it_has_among_others(
    fitted: BoostedClassifier, rows: tuple[Floats, Any]
) -> None:
    assert fitted.predict_proba(rows[0][17:18])[0, 1] == fitted.predict_proba(rows[0])[17, 1]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_monotone_column_never_moves_against_its_sign(rows: tuple[Floats, Any], sign: int) -> None:
    model = BoostedClassifier(monotone={0: sign}, **SMALL).fit(*rows)
    ladder = np.column_stack([np.linspace(-3, 3, 50), np.zeros(50), np.ones(50)])
    assert (np.diff(model.predict_proba(ladder)[:, 1]) * sign >= 0).all()


def test_an_unknown_category_and_missing_values_get_a_probability(fitted: BoostedClassifier) -> None:
    p = fitted.predict_proba(np.array([[0.0, np.nan, 99.0], [np.nan, np.nan, np.nan]]))
    assert ((p > 0) & (p < 1)).all()


def test_a_row_of_no_weight_is_no_row(rows: tuple[Floats, Any]) -> None:
    weight = (np.arange(400) % 3 > 0).astype(np.float64)
    kept = BoostedClassifier(**SMALL).fit(rows[0][weight > 0], rows[1][weight > 0], weight[weight > 0])
    assert BoostedClassifier(**SMALL).fit(*rows, weight).to_text() == kept.to_text()


def test_three_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="Only binary classification is supported: found 3 classes, not 2"):
        BoostedClassifier().fit(np.zeros((3, 1)), np.array([0, 1, 2]))
