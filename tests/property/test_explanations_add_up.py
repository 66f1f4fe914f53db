"""What explains a curve adds up to what the curve says, whatever the charge and the days asked for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_models.calibration import log_odds
from recobro_models.explanation.additive import CurveExplainer
from recobro_models.payment_curve import PaymentCurve


@cache
def charges() -> pd.DataFrame:
    """Charges of all ages, a few columns drawn, some values missing, paid sooner by some."""
    n, draw = 1500, np.random.default_rng(3)
    late = draw.random(n).round(1)
    late[::7] = np.nan
    given_columns = {
        "charge_days_past_due": draw.integers(-20, 90, n), "late15_share_365d": late,
        "n_overdue": draw.integers(0, 4, n), "mean_days_late_365d": draw.normal(5, 9, n),
        "product": draw.choice(["loan", "card"], n),
    }  # fmt: skip
    return build_charges(n, **given_columns)


@cache
def curves() -> dict[str, PaymentCurve]:
    daily = np.where(np.nan_to_num(charges()["late15_share_365d"]) > 0.5, 0.01, 0.05)
    rows, later = watch(charges(), daily, 45), watch(charges(), daily * 2, 45, seed=7)
    learned, counted = PaymentCurve.fit(rows, parameters=FEW_TREES), PaymentCurve.fit_baseline(rows)
    return {"learned": learned, "recalibrated": learned.calibrated(later), "counted": counted}


KINDS = ("learned", "recalibrated", "counted")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    days=st.integers(1, 180),
    late=st.lists(st.integers(-400, 4000), min_size=1, max_size=5),
    share=st.sampled_from([0.0, 0.3, 1.0, np.nan]),
)
def test_contributions_and_reference_are_the_log_odds_of_staying_unpaid(
    kind: str, days: int, late: list[int], share: float
) -> None:
    curve, rows = curves()[kind], build_charges(len(late), charge_days_past_due=late)
    rows["late15_share_365d"] = share
    explainer = CurveExplainer(curve)
    predicted = log_odds(curve.predict_unpaid(rows, np.array(days)))
    added = explainer.contributions(rows, days).sum(axis=1) + explainer.reference(days)
    np.testing.assert_allclose(added, predicted, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_in_each_interval_contributions_make_the_chance_of_a_day_that_the_curve_predicts(kind: str) -> None:
    curve, rows = curves()[kind], charges().iloc[:40].assign(watched_days=30, is_paid=False)
    explainer = CurveExplainer(curve)
    intervals, values = explainer.by_interval(rows, 30)
    predicted = curve.predict_watched(rows)["p"].groupby(level=0).first()
    assert len(predicted) == len(intervals.row)
    np.testing.assert_allclose(explainer.day_log_odds(values.sum(axis=1)), log_odds(predicted.to_numpy()), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_charge_alone_is_explained_as_among_others(kind: str) -> None:
    explainer = CurveExplainer(curves()[kind])
    together = explainer.contributions(charges().iloc[:9], 30)
    np.testing.assert_allclose(explainer.contributions(charges().iloc[[4]], 30)[0], together[4], atol=1e-12)


def test_more_charges_than_are_explained_at_once_each_keep_their_own() -> None:
    explainer, rows = CurveExplainer(curves()["learned"]), charges().iloc[:30]
    many = explainer.contributions(pd.concat([rows] * 140), 3)
    np.testing.assert_allclose(many[-30:], explainer.contributions(rows, 3), atol=1e-12)


def test_no_charge_has_no_contributions() -> None:
    explainer = CurveExplainer(curves()["learned"])
    assert explainer.contributions(charges().iloc[:0], 30).shape == (0, len(explainer.columns))


def test_the_average_charge_of_a_calibrated_curve_is_what_it_compares_with() -> None:
    explainer, rows = CurveExplainer(curves()["recalibrated"]), charges()
    told = explainer.contributions(rows, 30).sum(axis=1)
    assert abs(told.mean()) < 0.1 * told.std()
