"""The rule of three criteria: age of the debt, amount, days since the last attempt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model_samples import ugly_index

from recobro_models.decision.three_criteria import rank_three_criteria

ALIKE = {"portfolio_id": "book", "days_past_due": 10, "amount_to_collect": 100.0, "days_since_last_attempt": 5.0}


def score(*changes: dict[str, Any]) -> list[float]:
    frame = pd.DataFrame([ALIKE | change for change in changes], index=ugly_index(len(changes)))
    return rank_three_criteria(frame).tolist()


@pytest.mark.parametrize(
    ("column", "less", "more"),
    [("days_past_due", 5, 50), ("amount_to_collect", 10.0, 900.0), ("days_since_last_attempt", 1.0, 30.0)],
)
def test_more_of_any_criterion_ranks_higher(column: str, less: float, more: float) -> None:
    low, high = score({column: less}, {column: more})
    assert low < high


def test_one_never_tried_has_waited_longest() -> None:
    never, long = score({"days_since_last_attempt": np.nan}, {"days_since_last_attempt": 900.0})
    assert never > long


def test_the_three_criteria_weigh_the_same() -> None:
    old, rich, patient, plain = score(
        {"days_past_due": 90}, {"amount_to_collect": 900.0}, {"days_since_last_attempt": 90.0}, {}
    )
    assert old == pytest.approx(rich)
    assert rich == pytest.approx(patient)
    assert plain < old


def test_equals_share_their_place() -> None:
    assert len(set(score({}, {}, {}))) == 1


def test_portfolios_are_ranked_apart() -> None:
    small = [{"portfolio_id": "small", "amount_to_collect": amount} for amount in (1.0, 2.0)]
    large = [{"portfolio_id": "large", "amount_to_collect": amount} for amount in (1000.0, 2000.0)]
    scores = score(*small, *large)
    assert scores[:2] == scores[2:]


@given(st.lists(st.tuples(st.integers(-5, 200), st.floats(0, 1e6), st.none() | st.floats(0, 400)), min_size=1))
def test_scores_lie_above_nothing_and_at_most_at_one(rows: list[tuple[int, float, float | None]]) -> None:
    names = ("days_past_due", "amount_to_collect", "days_since_last_attempt")
    scores = score(*(dict(zip(names, row, strict=True)) for row in rows))
    assert all(0 < one <= 1 for one in scores)
