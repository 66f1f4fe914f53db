"""Measures in words: which of two is better, and in which order they stand."""

from __future__ import annotations

import math

import pytest

from recobro_models.measure_words import name_measure, order_measures, tell_better
from recobro_pipelines.versions_told import build_measures


@pytest.mark.parametrize(
    ("name", "a", "b", "better"),
    [
        ("auc", 0.8, 0.9, "b"), ("unseen_brier", 0.1, 0.2, "a"), ("hazard_log_loss", 0.3, 0.2, "b"),
        ("calibration_slope", 1.1, 0.7, "a"), ("calibration_intercept", -0.2, 0.1, "b"), ("auc", 0.8, 0.8, None),
        ("auc", math.nan, 0.8, None), ("brier", 0.1, math.nan, None), ("rate", 0.1, 0.2, None), ("n", 1.0, 2.0, None),
    ],
)  # fmt: skip
def test_the_better_of_two_values_is_told_where_there_is_one(name: str, a: float, b: float, better: str | None) -> None:
    assert tell_better(name, a, b) == better


def test_measures_stand_part_by_part_in_the_order_of_a_readers_questions() -> None:
    names = ["hazard_auc", "unheard_of", "brier", "unseen_auc", "auc", "n", "auc"]
    assert order_measures(names) == ["n", "auc", "brier", "unheard_of", "unseen_auc", "hazard_auc"]


def test_a_measure_that_nobody_gave_a_name_is_told_in_its_own_words() -> None:
    assert name_measure("unseen_top_decile_lift") == "Top decile lift, debtors never learnt from"


def test_measures_are_told_side_by_side_by_what_they_were_taken_on() -> None:
    assert build_measures({"auc": 0.9, "unseen_auc": 0.8, "unseen_n": 30.0}) == [
        {"measure": "Rows", "newest days": None, "debtors never learnt from": 30.0},
        {"measure": "AUC", "newest days": 0.9, "debtors never learnt from": 0.8},
    ]
