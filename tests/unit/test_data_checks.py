"""Data checks: what keeps a challenger out because of the rows it learnt from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges, ugly_index, watch

from recobro_models.data_checks import check_learning
from recobro_models.payment_curve import RISK_FEATURES
from recobro_models.splits import Parts, part_rows, split_in_time

DAYS = [date(2026, 1, 1) + timedelta(days=20 * step) for step in range(10)]
SPLIT = split_in_time(DAYS, label_days=30)


@pytest.fixture
def parts() -> Parts:
    """Charges of ordinary months."""
    return part_rows(charges_with(), SPLIT)


def charges_with(**given: object) -> pd.DataFrame:
    frames = [
        watch(build_charges(400, as_of=pd.Timestamp(day), n_open=np.arange(400.0), **given), 0.03, 30, seed=place)
        for place, day in enumerate(DAYS)
    ]
    return pd.concat(frames).set_index(ugly_index(4000))


def test_ordinary_months_pass_every_check(parts: Parts) -> None:
    assert check_learning(parts, RISK_FEATURES) == ()


def test_a_hole_of_months_among_the_newest_days_is_told_with_its_dates(parts: Parts) -> None:
    later = parts.test.assign(as_of=parts.test["as_of"] + pd.Timedelta(days=90))
    (told,) = check_learning(replace(parts, test=later), RISK_FEATURES)
    assert told == "holes: no payment is known from 2026-05-31 to 2026-09-09"


def test_books_that_fell_silent_are_told(parts: Parts) -> None:
    silent = parts.test.assign(is_paid=False, watched_days=60)
    assert check_learning(replace(parts, test=silent), RISK_FEATURES)[0].startswith(
        "holes: no payment is known from 2026-05"
    )


@pytest.mark.parametrize(("value", "word"), [(np.nan, "empty"), (1.0, "constant")])
def test_a_column_that_died_is_told(parts: Parts, value: float, word: str) -> None:
    dead = replace(parts, test=parts.test.assign(n_open=value))
    assert check_learning(dead, RISK_FEATURES) == (f"columns: n_open became {word}",)


def test_a_column_that_was_always_empty_is_no_finding(parts: Parts) -> None:
    assert check_learning(replace(parts, fit=parts.fit.assign(n_open=np.nan)), RISK_FEATURES) == ()


def test_mostly_new_categories_are_told_and_a_few_are_not(parts: Parts) -> None:
    renamed = parts.test.assign(product="new")
    assert check_learning(replace(parts, test=renamed), RISK_FEATURES) == (
        "categories: 100% of the newest rows have a product that was never learnt from",
    )
    few = parts.test.assign(product=parts.test["product"].where(np.arange(len(parts.test)) % 3 > 0, "new"))
    assert check_learning(replace(parts, test=few), RISK_FEATURES) == ()


def test_the_answer_among_the_features_is_told(parts: Parts) -> None:
    told = replace(parts, fit=parts.fit.assign(n_open=parts.fit["is_paid"].astype(float)))
    assert check_learning(told, RISK_FEATURES) == ("leaks: n_open predicts alone (AUC 1.000)",)


def test_of_a_handful_of_rows_nothing_is_said(parts: Parts) -> None:
    few = Parts(
        *(rows.head(20).assign(n_open=np.nan) for rows in (parts.fit, parts.calibrate, parts.test, parts.unseen))
    )
    assert check_learning(few, RISK_FEATURES) == ()
