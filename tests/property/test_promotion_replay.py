"""The replay of promotion rules: no rule beats hindsight, and each does what its name says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_data.errors import RecobroError
from recobro_models.promotion import RULES
from recobro_models.promotion_replay import CHOICES, replay_rules

NAMES = [rule.__name__ for rule in RULES]


def build_history(losses: list[list[float]], said: list[list[bool]]) -> pd.DataFrame:
    """Month `m` has versions 1 to m + 1; the newest is its challenger, of whom the rules said `said[m]`."""
    rows: list[dict[str, Any]] = []
    for month, (by_version, held) in enumerate(zip(losses, said, strict=True)):
        for place, loss in enumerate(by_version):
            newest = place == len(by_version) - 1
            row = {"month": f"2026-{month + 1:02}", "version": place + 1, "log_loss": loss, "is_challenger": newest}
            rows.append(row | (dict(zip(NAMES, held, strict=True)) if newest else {}))
    return pd.DataFrame(rows).sample(frac=1, random_state=1)


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    months = draw(st.integers(1, 5))
    loss = st.integers(1, 200).map(lambda hundredths: hundredths / 100)
    losses = [draw(st.lists(loss, min_size=month + 1, max_size=month + 1)) for month in range(months)]
    said = draw(st.lists(st.lists(st.booleans(), min_size=len(NAMES), max_size=len(NAMES)),
                         min_size=months, max_size=months))  # fmt: skip
    return build_history(losses, said)


@settings(max_examples=40)
@given(histories())
def test_no_rule_does_better_than_the_best_in_hindsight(history: pd.DataFrame) -> None:
    told = replay_rules(history)
    assert set(told["rule"]) == set(CHOICES)
    assert (told["regret"] >= 0).all()
    assert (told["worst"] >= told["regret"] - 1e-12).all()
    assert np.allclose(told["log_loss"] - told["best"], told["regret"])


@settings(max_examples=40)
@given(histories())
def test_a_rule_promotes_at_most_as_often_as_always_and_at_least_as_often_as_never(history: pd.DataFrame) -> None:
    promoted = replay_rules(history).set_index("rule")["promoted"]
    assert promoted["never_again"] == 0
    assert (promoted <= promoted["always_the_newest"]).all()
    assert promoted["always_the_newest"] == history["month"].nunique() - 1


def test_regret_is_what_the_choice_lost_against_hindsight() -> None:
    yes, no = [True] * len(NAMES), [False] * len(NAMES)
    told = replay_rules(build_history([[0.5], [0.4, 0.6], [0.5, 0.3, 0.2]], [yes, no, yes])).set_index("rule")
    # All rules: version 1, still 1, then 3. Always: 1, 2, 3. Never: 1, 1, 1.
    assert told.loc["all_rules", "regret"] == 0
    assert round(told.loc["always_the_newest", "regret"], 9) == round(0.2 / 3, 9)
    assert round(told.loc["never_again", "regret"], 9) == 0.1
    assert told.loc["never_again", "worst"] == pytest.approx(0.3)


def test_without_a_month_that_was_followed_there_is_nothing_to_replay() -> None:
    with pytest.raises(RecobroError, match=r"found none\. Train as of several past days"):
        replay_rules(build_history([[0.5]], [[True] * len(NAMES)]).iloc[:0])
