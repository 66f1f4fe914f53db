"""How payments come together: what a copula drew is found again from the payments alone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from tests.unit.model_samples import build_charges

from recobro_models.correlation import Correlation

P_PAID = 0.4


def drawn(debtor: float, portfolio: float, *, days: int = 8, debtors: int = 400, seed: int = 2) -> pd.DataFrame:
    """Three charges a debtor and day, each paid within 30 days with the same chance, together as the copula says."""
    draw = np.random.default_rng(seed)
    of_day, of_debtor = draw.standard_normal((days, 1, 1)), draw.standard_normal((days, debtors, 1))
    own = draw.standard_normal((days, debtors, 3))
    place = np.sqrt(portfolio) * of_day + np.sqrt(debtor) * of_debtor + np.sqrt(1 - portfolio - debtor) * own
    paid = (place < ndtri(P_PAID)).ravel()
    as_of = pd.Timestamp(2026, 1, 1) + pd.to_timedelta(30 * np.repeat(np.arange(days), debtors * 3), unit="D")
    ids = np.tile(np.repeat([f"D{at}" for at in range(debtors)], 3), days)
    labels = {"followed_days": np.where(paid, 10, 40), "was_paid": paid}
    return build_charges(len(paid), debtor_id=ids, as_of=as_of, **labels)


def p_paid(rows: pd.DataFrame, days: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """All that is paid is paid on the tenth day."""
    return np.tile(np.where(np.array(days) >= 10, P_PAID, 0.0), (len(rows), 1))


@pytest.mark.parametrize("debtor", [0.0, 0.3, 0.8])
def test_the_correlation_of_a_debtors_charges_is_found(debtor: float) -> None:
    assert Correlation.seen(drawn(debtor, 0.0), p_paid).debtor == pytest.approx(debtor, abs=0.04)


@pytest.mark.parametrize("portfolio", [0.0, 0.1])
def test_many_days_that_move_apart_or_do_not_move_the_portfolios_share(portfolio: float) -> None:
    rows = drawn(0.2, portfolio, days=40, debtors=80)
    assert Correlation.seen(rows, p_paid).portfolio == pytest.approx(portfolio, abs=0.04)


def test_of_one_day_the_portfolios_share_is_the_usual() -> None:
    assert Correlation.seen(drawn(0.2, 0.0, days=1), p_paid).portfolio == pytest.approx(Correlation().portfolio)


def test_days_that_do_not_move_hardly_lower_the_usual_while_they_are_few() -> None:
    near = drawn(0.2, 0.0, days=4)
    near["as_of"] = pd.Timestamp(2026, 1, 1) + (near["as_of"] - pd.Timestamp(2026, 1, 1)) / 30
    assert Correlation.seen(near, p_paid).portfolio > 0.9 * Correlation().portfolio


@pytest.mark.parametrize("strays", [0.0, 0.4])
def test_how_far_weeks_stray_is_learnt_from_many_of_them(strays: float) -> None:
    rows = drawn(0.1, 0.0, days=40)
    sometimes = np.random.default_rng(3).normal(0, strays, 40)[pd.factorize(rows["as_of"])[0]]
    # Of a day that strays, so many more or fewer of its payments come in the second week; the others come later.
    late = np.random.default_rng(4).random(len(rows)) > 0.5 * (1 + np.clip(sometimes, -1, 1))
    rows.loc[rows["was_paid"] & late, "followed_days"] = 30
    found = Correlation.seen(
        rows, lambda asked, days: np.tile(np.array([0, 0.5, 0.5, 0.5, 1]) * P_PAID, (len(asked), 1))
    )
    assert found.week == pytest.approx(strays, abs=0.08)


@pytest.mark.parametrize("n", [0, 1])
def test_without_charges_to_compare_the_usual_holds(n: int) -> None:
    assert Correlation.seen(drawn(0.5, 0.0).iloc[:n], p_paid) == Correlation()


def test_charges_that_were_not_followed_long_enough_say_nothing() -> None:
    rows = drawn(0.3, 0.0)
    cut = build_charges(900, debtor_id=rows["debtor_id"].to_numpy()[:900], followed_days=3, was_paid=False)
    cut = cut.assign(as_of=rows["as_of"].to_numpy()[:900])
    assert Correlation.seen(pd.concat([rows, cut]), p_paid) == Correlation.seen(rows, p_paid)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = drawn(0.3, 0.05)
    again = Correlation.seen(rows.sample(frac=1, random_state=1), p_paid)
    assert again.debtor == pytest.approx(Correlation.seen(rows, p_paid).debtor, abs=1e-4)


def test_it_is_read_back_as_it_was() -> None:
    found = Correlation(0.25, 0.01)
    assert Correlation.from_json(json.loads(json.dumps(found.to_json()))) == found
