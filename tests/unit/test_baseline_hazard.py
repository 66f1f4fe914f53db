"""The hazard of a portfolio too small to learn from: an assumption, moved by payments over days watched."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.unit.model_samples import build_charges, watch

from recobro_models.baseline_hazard import BaselineHazard
from recobro_models.payment_curve import PaymentCurve


def chance_of_a_day(curve: PaymentCurve, days_past_due: int) -> float:
    return float(1 - curve.predict_unpaid(build_charges(1, charge_days_past_due=[days_past_due]), np.array(1))[0])


def prior() -> PaymentCurve:
    return PaymentCurve.fit_baseline(build_charges(0, watched_days=[], is_paid=[]))


def test_before_anything_is_seen_most_pay_around_the_due_date() -> None:
    days = (-40, -8, -2, 0, 3, 10, 20, 45, 75, 200)
    chances = [chance_of_a_day(prior(), day) for day in days]
    assert int(np.argmax(chances)) == days.index(0)
    assert chances[:4] == sorted(chances[:4])
    assert chances[3:] == sorted(chances[3:], reverse=True)


@pytest.mark.parametrize(("n", "nearest"), [(5, "prior"), (2000, "data")])
def test_the_prior_gives_way_as_data_comes_in(n: int, nearest: str) -> None:
    rows = watch(build_charges(n, charge_days_past_due=np.full(n, 10)), 0.25, 5)
    moved, before = chance_of_a_day(PaymentCurve.fit_baseline(rows), 10), chance_of_a_day(prior(), 10)
    assert before < moved < 0.26
    assert (abs(moved - 0.25) < abs(moved - before)) == (nearest == "data")


def test_buckets_that_nobody_was_watched_in_keep_the_prior() -> None:
    rows = watch(build_charges(500, charge_days_past_due=np.full(500, 10)), 0.25, 4)
    assert chance_of_a_day(PaymentCurve.fit_baseline(rows), 70) == pytest.approx(chance_of_a_day(prior(), 70))


def test_it_is_read_back_from_its_files() -> None:
    files = json.loads(json.dumps(BaselineHazard.prior().to_files()))
    assert BaselineHazard.from_files(files).payments.tolist() == BaselineHazard.prior().payments.tolist()
