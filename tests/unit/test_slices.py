"""Measures slice by slice, with intervals by debtor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve
from tests.unit.model_samples import build_charges, ugly_index

from recobro_data.settings import Stages
from recobro_models.calibration import log_odds
from recobro_models.slices import OTHERS, SIZES, build_slices, measure_slices, stage_names
from recobro_models.weighted_measures import MEASURES

Floats = NDArray[np.float64]


def drawn(n: int = 1500, *, seed: int = 5) -> tuple[pd.DataFrame, Floats, NDArray[np.bool_]]:
    """Rows of a third as many debtors, with ties, weights and money, and probabilities that are right."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 2, n).round(2).clip(0.01, 0.99)
    debtors = [f"D{number:04d}" for number in rng.integers(0, n // 3, n)]
    columns = {"debtor_id": debtors, "weight": rng.uniform(1, 3, n), "money": rng.lognormal(5, 1, n)}
    return pd.DataFrame(columns, index=ugly_index(n)), p, rng.random(n) < p


def values(found: pd.DataFrame, column: str = "value") -> dict[str, float]:
    return dict(zip(found["measure"], found[column], strict=True))


def test_without_drawing_the_measures_are_those_of_scikit_learn() -> None:
    rows, p, y = drawn()
    weight = {"sample_weight": rows["weight"].to_numpy()}
    false_rate, true_rate, _ = roc_curve(y, p, **weight)
    auc = roc_auc_score(y, p, **weight)
    expected = {"auc": auc, "gini": 2 * auc - 1, "ks": (true_rate - false_rate).max()}
    expected |= {"average_precision": average_precision_score(y, p, **weight), "log_loss": log_loss(y, p, **weight)}
    expected |= {"brier": brier_score_loss(y, p, **weight), "rate": np.average(y, **{"weights": rows["weight"]})}
    found = values(measure_slices(rows, p, y, n_rounds=2))
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_the_calibration_line_is_that_of_a_logistic_regression() -> None:
    rows, p, y = drawn()
    line = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds(p)[:, None], y, sample_weight=rows["weight"])
    found = values(measure_slices(rows, p, y, n_rounds=2))
    assert found["calibration_slope"] == pytest.approx(line.coef_[0, 0], rel=1e-4)
    assert found["calibration_intercept"] == pytest.approx(line.intercept_[0], rel=1e-3, abs=1e-5)


def test_the_top_decile_is_told_by_its_rate_and_its_money() -> None:
    p, y = np.linspace(0.99, 0.01, 100), np.arange(100) % 4 == 0
    rows = pd.DataFrame(
        {"debtor_id": [f"D{at}" for at in range(100)], "money": np.where(np.arange(100) < 10, 8.0, 1.0)}
    )
    found = values(measure_slices(rows, p, y, n_rounds=2))
    assert found["top_decile_lift"] == pytest.approx((3 / 10) / (25 / 100))
    assert found["top_decile_money"] == pytest.approx(3 * 8 / (3 * 8 + 22))


def test_the_calibration_error_is_the_mean_gap_of_groups_by_probability() -> None:
    p, y = np.repeat([0.2, 0.6], 750), np.tile([0, 0, 1], 500)
    rows = pd.DataFrame({"debtor_id": np.arange(1500).astype(str)})
    found = values(measure_slices(rows, p, y, n_rounds=2))
    assert found["calibration_error"] == pytest.approx(((1 / 3 - 0.2) + (0.6 - 1 / 3)) / 2)


def test_rows_in_another_order_have_the_same_measures_and_intervals() -> None:
    rows, p, y = drawn(600)
    order = np.random.default_rng(1).permutation(600)
    slices = {"third": np.arange(600) % 3}
    one = measure_slices(rows, p, y, slices=slices)
    other = measure_slices(rows.iloc[order], p[order], y[order], slices={"third": slices["third"][order]})
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth = values(measure_slices(*drawn(100_000, seed=1), n_rounds=2))
    names = ["auc", "ks", "average_precision", "brier", "log_loss", "calibration_slope", "top_decile_lift"]
    held = dict.fromkeys(names, 0)
    for seed in range(40):
        found = measure_slices(*drawn(1500, seed=100 + seed), n_rounds=100).set_index("measure")
        for name in names:
            held[name] += found.at[name, "low"] <= truth[name] <= found.at[name, "high"]
    assert min(held.values()) >= 31
    assert sum(held.values()) >= 0.88 * 40 * len(names)


def test_each_slice_is_measured_as_if_it_were_alone() -> None:
    rows, p, y = drawn(900)
    third = np.arange(900) % 3
    found = measure_slices(rows, p, y, slices={"third": third}, n_rounds=2)
    alone = measure_slices(rows[third == 1], p[third == 1], y[third == 1], n_rounds=2)
    second = found[(found["slice_kind"] == "third") & (found["slice"] == 1)]
    assert values(second) == pytest.approx(values(alone), rel=1e-12)
    assert set(second["n"]) == {300}


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_outcome_only_leaves_the_ranking_undefined_and_the_errors_known(outcome: int) -> None:
    rows, p, _ = drawn(200)
    found = measure_slices(rows, p, np.full(200, outcome), n_rounds=20).set_index("measure")
    unknown = found.loc[["auc", "gini", "ks", "average_precision", "calibration_slope"], ["value", "low"]]
    assert unknown.isna().to_numpy().all()
    known = found.loc[["brier", "log_loss", "calibration_error", "rate"], ["value", "low", "high"]]
    assert known.notna().to_numpy().all()


def test_outcomes_that_are_parted_cleanly_have_no_calibration_line() -> None:
    rows, p, _ = drawn(200)
    assert np.isnan(values(measure_slices(rows, p, p > 0.3, n_rounds=2))["calibration_slope"])


def test_without_money_its_share_is_unknown() -> None:
    rows, p, y = drawn(200)
    assert np.isnan(values(measure_slices(rows[["debtor_id"]], p, y, n_rounds=2))["top_decile_money"])


def test_no_rows_have_no_slices() -> None:
    found = measure_slices(pd.DataFrame({"debtor_id": []}), [], [], slices={"stage": []})
    assert list(found.columns) == ["slice_kind", "slice", "measure", "value", "low", "high", "n"]
    assert len(found) == 0


def test_charges_are_sliced_by_time_stage_segment_and_size() -> None:
    rows = build_charges(400, charge_days_past_due=np.arange(400) - 100, open_amount=np.arange(400.0))
    slices: dict[str, Any] = build_slices(rows, Stages())
    assert list(slices) == ["as_of", "stage", "portfolio", "product", "debtor_size"]
    assert pd.Series(slices["debtor_size"]).value_counts().to_dict() == dict.fromkeys(SIZES, 100)


def test_stages_are_cut_where_the_settings_say() -> None:
    names = stage_names(np.array([-3, 0, 1, 30, 31, 60, 61, 90, 91]), Stages())
    assert list(names) == ["pre_due", "due_today", "early", "early", "mid", "mid", "late", "late", "very_late"]


def test_the_smallest_segments_are_told_together_and_last() -> None:
    product = [f"p{at:02d}" for at in range(12) for _ in range(20 - at)]
    slices = build_slices(build_charges(len(product), product=product), Stages())
    assert list(pd.Series(slices["product"]).cat.categories) == [*(f"p{at:02d}" for at in range(8)), OTHERS]


def test_every_measure_is_told_of_every_slice() -> None:
    rows, p, y = drawn(300)
    found = measure_slices(rows, p, y, slices={"half": np.arange(300) % 2}, n_rounds=5)
    assert list(found["measure"]) == list(MEASURES) * 3
