"""What a log leads one to expect: learnt on other debtors, and enough to find what a contact adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.off_policy_samples import CALL, build_log, drawn_log, everyone

from recobro_models.off_policy.expectations import fit_left_alone, fit_outcomes, folds_of, left_alone_of
from recobro_models.off_policy.overlap import weigh
from recobro_models.off_policy.policies import Choices
from recobro_pipelines.evaluate import estimate_rewards


def test_a_debtor_is_told_nothing_that_was_learnt_of_it() -> None:
    log = drawn_log(300)
    own = folds_of(log) == 0
    changed = replace(log, rows=log.rows.assign(any_payment=np.where(own, 1.0, log.rows["any_payment"])))
    before, after = (fit_outcomes(one, log.rows["taken"].to_numpy())["any_payment"][0] for one in (log, changed))
    assert (before[own] == after[own]).all()
    assert (before[~own] != after[~own]).any()


def test_a_debtor_lies_in_one_fold_on_all_days() -> None:
    log = drawn_log(50)
    assert (log.rows.assign(fold=folds_of(log)).groupby("debtor_id")["fold"].nunique() == 1).all()


def test_decisions_by_which_everybody_pays_expect_payment() -> None:
    log = build_log(40, any_payment=1.0, money=100.0)
    taken, target = fit_outcomes(log, np.full(40, CALL))["money"]
    assert taken == pytest.approx(100.0)
    assert target == pytest.approx(100.0)


def test_a_rule_that_leaves_a_kind_of_debtor_alone_is_learnt() -> None:
    called = np.arange(600) % 2 == 0
    log = build_log(
        600, taken=np.where(called, CALL, -1), taken_hour=10, days_past_due=np.where(called, 40, 2), propensity=0.9
    )
    chance = fit_left_alone(log)
    assert chance[called].max() < 0.05
    assert chance[~called].min() > 0.95


@pytest.mark.parametrize("estimator", ["ips", "self_normalised_ips", "doubly_robust"])
def test_what_calling_everybody_adds_is_found(estimator: str) -> None:
    log = drawn_log(1500)
    choices = Choices(*everyone(len(log.rows), CALL))
    _, estimates = estimate_rewards(log, choices, weigh(log, choices, left_alone_of(log)[0]))
    difference = estimates["money"][estimator].difference
    # A third is left alone, and a call adds twenty.
    assert difference.low < 20 / 3 < difference.high
    assert difference.low > 0
