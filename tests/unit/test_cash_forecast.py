"""Cash by week: what is expected is exact, its bounds are as wide as payments come together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges

from recobro_models.cash_forecast import forecast_cash
from recobro_models.correlation import Correlation
from recobro_models.payment_curve import PaymentCurve

APART = Correlation(0.0, 0.0, 0.0)


def curve(correlation: Correlation = APART) -> PaymentCurve:
    return replace(PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[])), correlation=correlation)


def owed(n: int, **given: object) -> pd.DataFrame:
    """Charges of 100 each, a few days late, as of one day, of as many debtors."""
    plain = {"charge_amount": 100.0, "charge_days_past_due": np.arange(n) % 20, "as_of": pd.Timestamp(2026, 3, 2)}
    return build_charges(n, **(plain | given))


def test_what_is_expected_is_each_amount_times_its_chance_in_the_week() -> None:
    charges = owed(7, charge_paid_share=np.arange(7) / 10)
    paid = curve().predict_p_paid_by_day(charges, (7, 14, 21))
    money = 100 * (1 - np.arange(7) / 10)
    by_hand = [money @ paid[:, 0], money @ (paid[:, 1] - paid[:, 0]), money @ (paid[:, 2] - paid[:, 1])]
    found = forecast_cash(curve(), charges, weeks=3)
    assert found["expected"].tolist() == pytest.approx(by_hand, abs=0.01)
    assert found["expected_so_far"].iloc[-1] == pytest.approx(money @ paid[:, 2], abs=0.01)


def test_weeks_follow_each_other_from_the_as_of_day() -> None:
    found = forecast_cash(curve(), owed(1), weeks=2)
    assert found["week"].tolist() == [1, 2]
    assert [f"{day:%m-%d}" for day in [*found["starts_on"], *found["ends_on"]]] == ["03-02", "03-09", "03-08", "03-15"]


def test_of_charges_that_are_paid_each_by_itself_the_spread_is_the_binomial() -> None:
    charges = owed(400)
    p = curve().predict_p_paid_by_day(charges, (7,))[:, 0]
    error = 100 * np.sqrt(np.sum(p * (1 - p)))
    found = forecast_cash(curve(), charges, weeks=1).iloc[0]
    assert found["high_95"] - found["low_95"] == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert found["high_80"] - found["low_80"] == pytest.approx(2 * 1.2816 * error, rel=0.1)


@pytest.mark.parametrize(
    "together",
    [Correlation(0.8, 0.0, 0.0), Correlation(0.0, 0.1, 0.0), Correlation(0.0, 0.0, 0.3)],
    ids=["a debtor's", "all", "a week's"],
)
def test_payments_that_come_together_widen_the_bounds_and_leave_what_is_expected(together: Correlation) -> None:
    charges = owed(400, debtor_id=np.repeat([f"D{at}" for at in range(80)], 5))
    apart, found = (forecast_cash(curve(how), charges, weeks=4) for how in (APART, together))
    assert found["expected"].tolist() == apart["expected"].tolist()
    assert (found["high_95"] - found["low_95"]).iloc[0] > 1.3 * (apart["high_95"] - apart["low_95"]).iloc[0]


def test_the_debtors_correlation_does_nothing_where_each_has_one_charge() -> None:
    apart, found = (forecast_cash(curve(how), owed(300), weeks=1) for how in (APART, Correlation(0.9, 0.0, 0.0)))
    widths = [(one["high_95"] - one["low_95"]).iloc[0] for one in (apart, found)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_bounds_hold_as_often_as_they_say() -> None:
    how, charges = Correlation(0.4, 0.02, 0.0), owed(300, debtor_id=np.repeat([f"D{at}" for at in range(100)], 3))
    told = forecast_cash(curve(how), charges, weeks=4)
    draw, inside = np.random.default_rng(9), []
    from scipy.special import ndtri

    ends = ndtri(curve().predict_p_paid_by_day(charges, (7, 14, 21, 28)))
    for _ in range(300):
        place = np.sqrt(0.02) * draw.standard_normal() + np.sqrt(0.4) * np.repeat(draw.standard_normal(100), 3)
        week = ((place + np.sqrt(0.58) * draw.standard_normal(300))[:, None] > ends).sum(axis=1)
        money = 100 * np.bincount(week, minlength=5)[:4]
        inside.append((told["low_80"] <= money) & (money <= told["high_80"]))
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)


def test_the_same_seed_gives_the_same_bounds_and_another_nearly_the_same() -> None:
    first, again, other = (forecast_cash(curve(), owed(200), weeks=2, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert other["high_80"].to_numpy() == pytest.approx(first["high_80"].to_numpy(), rel=0.05)
    assert (other["low_95"] != first["low_95"]).any() or (other["high_95"] != first["high_95"]).any()


def test_amounts_can_be_given_in_one_currency() -> None:
    plain = forecast_cash(curve(), owed(10), weeks=1)
    assert forecast_cash(curve(), owed(10), weeks=1, amounts=np.full(10, 300.0))["expected"].iloc[0] == pytest.approx(
        3 * plain["expected"].iloc[0], abs=0.03
    )


def test_nothing_owed_brings_nothing() -> None:
    found = forecast_cash(curve(), owed(0), weeks=2)
    assert found[["expected", "low_95", "high_95", "expected_so_far"]].to_numpy().tolist() == [[0.0] * 4] * 2
