"""Leaks: what would let a model see what it is asked about is found before any training starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges, ugly_index, watch

from recobro_data.errors import LeakError
from recobro_models.leaks import check_frozen, check_parts, find_lone_predictors
from recobro_models.splits import Parts, part_rows, split_in_time

DAYS = [date(2026, 1, 1) + timedelta(days=20 * step) for step in range(10)]
SPLIT = split_in_time(DAYS, label_days=30)
KNOWN_UNTIL = DAYS[-1] + timedelta(days=30)


def labelled() -> pd.DataFrame:
    frames = [
        watch(build_charges(300, as_of=pd.Timestamp(day)), 0.03, (KNOWN_UNTIL - day).days, seed=place)
        for place, day in enumerate(DAYS)
    ]
    return pd.concat(frames).set_index(ugly_index(3000))


@pytest.fixture
def parts() -> Parts:
    return part_rows(labelled(), SPLIT)


def test_parts_made_of_a_checked_split_leak_nothing(parts: Parts) -> None:
    check_parts(parts, known_until=KNOWN_UNTIL)


def test_a_label_that_reaches_the_next_part_is_refused(parts: Parts) -> None:
    reaching = parts.fit.assign(watched_days=parts.fit["watched_days"].mask(parts.fit.index == 3, 200))
    with pytest.raises(
        LeakError, match=r"labels to end before the calibrate begins on 2026-04-11, found one that ends"
    ):
        check_parts(replace(parts, fit=reaching), known_until=KNOWN_UNTIL)


def test_a_label_that_nobody_could_know_yet_is_refused(parts: Parts) -> None:
    with pytest.raises(LeakError, match="labels recorded before 2026-07-05, found one that ends on 2026-07-"):
        check_parts(parts, known_until=date(2026, 7, 5))


def test_a_withheld_debtor_among_those_learnt_from_is_refused(parts: Parts) -> None:
    mixed = pd.concat([parts.fit, parts.fit.head(1).assign(debtor_id=parts.unseen["debtor_id"].iloc[0])])
    with pytest.raises(LeakError, match=r"withheld debtors in no other part, found D\d+ in fit"):
        check_parts(replace(parts, fit=mixed), known_until=KNOWN_UNTIL)


def test_labels_of_charges_as_they_were_worked_are_checked_too(parts: Parts) -> None:
    worked = parts.calibrate.assign(followed_days=parts.calibrate["watched_days"] + 100, was_paid=False)
    with pytest.raises(LeakError, match="before the test begins"):
        check_parts(replace(parts, calibrate=worked), known_until=KNOWN_UNTIL)


def test_features_rebuilt_without_later_rows_agree_whatever_their_order() -> None:
    rows = build_charges(50, n_open=np.arange(50.0), mean_days_late_365d=np.nan)
    check_frozen(rows, rows.sample(frac=1, random_state=1).drop(columns="as_of"))


def test_a_feature_that_later_rows_changed_is_named() -> None:
    rows = build_charges(50, n_open=1.0)
    with pytest.raises(
        LeakError, match="features that no later row changes, found n_open, n_overdue, which the future"
    ):
        check_frozen(rows.assign(n_open=2.0, n_overdue=np.nan), rows)


def test_a_category_that_later_rows_changed_is_named() -> None:
    rows = build_charges(5)
    with pytest.raises(LeakError, match="found region"):
        check_frozen(rows, rows.assign(region=["x", "x", "y", "x", "x"]))


def test_a_charge_that_was_not_known_yet_is_named() -> None:
    rows = build_charges(5)
    with pytest.raises(LeakError, match="found C00004, which was not"):
        check_frozen(rows, rows.iloc[:4])


def drawn(n: int = 3000) -> pd.DataFrame:
    """Charges of which those of debtors with a bad past are paid half as often."""
    late = np.random.default_rng(4).random(n)
    return watch(build_charges(n, late15_share_365d=late), 0.12 * (1 - late) + 0.001, 30, seed=2)


def test_the_answer_among_the_features_is_named() -> None:
    rows = drawn()
    noisy = rows["is_paid"].to_numpy() + 0.1 * np.random.default_rng(1).normal(size=len(rows))
    assert set(find_lone_predictors(rows.assign(n_open=noisy), ["n_open", "late15_share_365d"])) == {"n_open"}


def test_a_date_that_is_there_only_where_it_was_paid_is_named() -> None:
    rows = drawn()
    known = np.where(rows["is_paid"], np.random.default_rng(1).random(len(rows)), np.nan)
    assert list(find_lone_predictors(rows.assign(last_days_late=known), ["last_days_late"])) == ["last_days_late"]


def test_a_strong_honest_feature_is_not_named() -> None:
    rows = watch(
        build_charges(3000, late15_share_365d=np.arange(3000) % 2), np.where(np.arange(3000) % 2, 0.004, 0.2), 30
    )
    assert find_lone_predictors(rows, ["late15_share_365d"]) == {}


def test_of_few_rows_nothing_is_said() -> None:
    rows = drawn(100)
    assert find_lone_predictors(rows.assign(n_open=rows["is_paid"].astype(float)), ["n_open"]) == {}
