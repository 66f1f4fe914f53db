"""What moves a curve over many charges: a table, and a picture that is the same each time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_models.explanation.summary import build_shap_summary, plot_shap_summary
from recobro_models.payment_curve import PaymentCurve


@cache
def sample() -> tuple[PaymentCurve, pd.DataFrame]:
    """Who was late before pays later."""
    late = (np.arange(900) % 2).astype(float)
    rows = build_charges(900, charge_days_past_due=np.arange(900) % 60, late15_share_365d=late)
    return PaymentCurve.fit(watch(rows, np.where(late > 0, 0.01, 0.05), 45), parameters=FEW_TREES), rows.iloc[:60]


def test_the_table_has_a_row_a_column_and_the_strongest_first() -> None:
    found = build_shap_summary(*sample()).set_index("feature")
    assert found.index[0] == "late15_share_365d"
    assert found["mean_abs_shap"].is_monotonic_decreasing
    assert found.loc["late15_share_365d", "direction"] > 0.8


def test_a_column_that_never_varies_moves_nothing() -> None:
    found = build_shap_summary(*sample()).set_index("feature")
    assert found.loc["n_kept_365d", "mean_abs_shap"] == 0


def test_the_picture_names_the_strongest_column_and_is_the_same_each_time() -> None:
    state = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    first, second = (plot_shap_summary(*sample(), most=4) for _ in range(2))
    assert first == second
    assert "late15_share_365d" in first
    assert (np.random.get_state()[1] == state).all()  # type: ignore[index]
