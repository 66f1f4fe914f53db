"""Reasons: topics by weight, told with the debtor's own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges

from recobro_models.event_grid import INTERVAL_FEATURES
from recobro_models.explanation.catalogue import CATALOGUE, RISK_CODES, tell
from recobro_models.explanation.reasons import risk_reasons
from recobro_models.explanation.topics import topics_of
from recobro_models.payment_curve import RISK_FEATURES

COLUMNS = (*RISK_FEATURES, *INTERVAL_FEATURES)


def reasons(weights: dict[str, float], *, most: int = 4, **given: Any) -> list[dict[str, Any]]:
    """The reasons of one charge whose columns contribute so much."""
    contributions = np.array([[weights.get(name, 0.0) for name in COLUMNS]])
    values = {name: [value] for name, value in ({"currency": "PEN"} | given).items()}
    return risk_reasons(contributions, COLUMNS, build_charges(1, **values), most=most)[0]


def codes(weights: dict[str, float], **given: Any) -> list[str]:
    return [reason["code"] for reason in reasons(weights, **given)]


def test_the_weightiest_topic_is_told_first_whatever_its_sign() -> None:
    weights = {"oldest_days_past_due": 0.5, "n_payments_90d": -0.9, "n_overdue": 0.2}
    given = {"oldest_days_past_due": 40, "n_overdue": 2}
    told = reasons(weights, **given)
    assert [reason["code"] for reason in told] == ["payment_days", "past_due", "owes_overdue"]
    assert [reason["contribution"] for reason in told] == [-0.9, 0.5, 0.2]


def test_columns_of_one_topic_are_told_together() -> None:
    (told,) = reasons({"late5_share_365d": 0.3, "n_late15_of_last6": 0.4}, n_of_last6=6, n_late15_of_last6=3)
    assert told["contribution"] == pytest.approx(0.7)
    assert told["value"] == 3


def test_at_most_so_many_are_told_and_trifles_are_not() -> None:
    weights = {"n_payments_90d": 1.0, "n_overdue": 0.5, "charge_amount": 0.3, "workday_share": 0.2, "region": 0.004}
    assert len(reasons(weights, n_overdue=1, most=3)) == 3
    assert "segment" not in codes(weights, n_overdue=1, most=9)


def test_how_the_curve_is_cut_is_no_reason() -> None:
    assert codes({"interval_days": 3.0, "days_ahead": -2.0, "n_overdue": 0.5}, n_overdue=2) == ["owes_overdue"]


def test_a_debtor_without_history_is_told_so_once() -> None:
    weights = {"late5_share_365d": 0.2, "mean_days_late_365d": 0.3, "n_charges_365d": 0.1, "n_overdue": 0.4}
    told = reasons(weights, n_of_last6=0, mean_days_late_365d=np.nan, n_overdue=1)
    assert [(reason["code"], reason["contribution"]) for reason in told] == [
        ("short_history", 0.6),
        ("owes_overdue", 0.4),
    ]


def test_nothing_that_contributes_is_no_reason() -> None:
    assert reasons({}) == []


#: Weights and numbers, and the code they are told by.
CASES: list[tuple[dict[str, float], dict[str, Any], str]] = [
    ({"n_late15_of_last6": 1}, {"n_of_last6": 6, "n_late15_of_last6": 3}, "late_charges"),
    ({"n_late15_of_last6": 1}, {"n_of_last6": 6, "n_late5_of_last6": 2}, "slightly_late_charges"),
    ({"n_late15_of_last6": -1}, {"n_of_last6": 6}, "punctual"),
    ({"n_late15_of_last6": 1}, {"n_of_last6": 6, "worst_days_late_365d": 44.0}, "worst_delay"),
    ({"n_late15_of_last6": 1}, {"n_of_last6": 6}, "punctual"),
    ({"n_late15_of_last6": 1}, {"n_of_last6": 0}, "short_history"),
    ({"mean_days_late_365d": 1}, {"mean_days_late_365d": 4.0}, "pays_late_on_average"),
    ({"mean_days_late_365d": 1}, {"mean_days_late_365d": -4.0}, "pays_early_on_average"),
    ({"mean_days_late_365d": 1}, {"mean_days_late_365d": np.nan}, "short_history"),
    ({"oldest_days_past_due": 1}, {"oldest_days_past_due": 9}, "past_due"),
    ({"oldest_days_past_due": 1}, {"oldest_days_past_due": -9}, "not_due_yet"),
    ({"oldest_days_past_due": 1}, {"oldest_days_past_due": 0}, "due_today"),
    ({"n_charges_365d": 1}, {"n_charges_365d": 5}, "short_history"),
    ({"n_charges_365d": 1}, {"n_charges_365d": 6}, "history"),
    ({"due_weekday": 1}, {}, "calendar"),
    ({"month_end_share_365d": 1}, {"month_end_share_365d": 0.5, "mid_month_share_365d": 0.2}, "pays_at_month_end"),
    ({"month_end_share_365d": 1}, {"month_end_share_365d": 0.1, "mid_month_share_365d": 0.2}, "pays_mid_month"),
    ({"month_end_share_365d": 1}, {"month_end_share_365d": np.nan}, "payment_days"),
    ({"month_end_share_365d": 1}, {"month_end_share_365d": np.nan, "days_since_last_payment": np.nan}, "never_paid"),
    ({"open_amount": 1}, {"n_overdue": 2}, "owes_overdue"),
    ({"open_amount": 1}, {"n_overdue": 0}, "owes_nothing_overdue"),
    ({"days_since_last_payment": 1}, {"days_since_last_payment": 9.0}, "last_payment"),
    ({"days_since_last_payment": 1}, {"days_since_last_payment": np.nan}, "never_paid"),
    ({"n_promises_365d": 1}, {"n_promises_365d": 0}, "no_promises"),
    ({"n_promises_365d": 1}, {"n_promises_365d": 2, "n_broken_365d": 1}, "promises_broken"),
    ({"n_promises_365d": 1}, {"n_promises_365d": 2, "n_kept_365d": 2}, "promises_kept"),
    ({"has_open_promise": 1}, {"n_promises_365d": 1, "has_open_promise": 1}, "promise_open"),
    ({"n_refusals_180d": 1}, {"n_attempts_180d": 4}, "answers"),
    ({"n_refusals_180d": 1}, {"n_attempts_180d": 0}, "never_contacted"),
    ({"charge_paid_share": 1}, {"charge_paid_share": 0.25}, "paid_in_part"),
]


@pytest.mark.parametrize(
    ("weights", "given", "code"), CASES, ids=[f"{code} {place}" for place, (*_, code) in enumerate(CASES)]
)
def test_the_sentence_follows_the_numbers(weights: dict[str, float], given: dict[str, Any], code: str) -> None:
    assert codes(weights, **given) == [code]


@pytest.mark.parametrize("column", [name for name in COLUMNS if topics_of(name)])
@pytest.mark.parametrize("weight", [-1.0, 1.0])
def test_every_reason_can_be_said_in_every_language(column: str, weight: float) -> None:
    (reason,) = reasons({column: weight})
    assert reason["code"] in RISK_CODES
    for language in CATALOGUE[reason["code"]]:
        (told,) = tell([reason], language)
        assert "{" not in told["text"]


def test_numbers_are_said_as_the_debtor_has_them() -> None:
    (reason,) = reasons({"n_late15_of_last6": 1}, n_of_last6=6, n_late15_of_last6=3)
    (told,) = tell([reason], "es")
    assert "3 de sus últimas 6 cuotas" in told["text"]


def test_each_row_gets_its_own_reasons() -> None:
    contributions = np.zeros((2, len(COLUMNS)))
    contributions[0, COLUMNS.index("oldest_days_past_due")] = 1
    contributions[1, COLUMNS.index("n_payments_90d")] = 1
    rows = pd.concat([build_charges(1, currency=["PEN"], oldest_days_past_due=[5])] * 2)
    assert [told[0]["code"] for told in risk_reasons(contributions, COLUMNS, rows)] == ["past_due", "payment_days"]
