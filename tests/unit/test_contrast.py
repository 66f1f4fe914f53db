"""Why now rather than then: what moved between two days, with both days' numbers, adding up to the difference."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import FEW_TREES, build_charges, watch

from recobro_models.calibration import log_odds
from recobro_models.explanation.additive import CurveExplainer
from recobro_models.explanation.catalogue import CATALOGUE, tell
from recobro_models.explanation.contrast import DayTold, build_day_told, contrast_reasons
from recobro_models.explanation.reasons import build_numbers
from recobro_models.explanation.topics import TOPICS
from recobro_models.payment_curve import PaymentCurve

NAMES = tuple(TOPICS)


def day(weights: dict[str, float], *, log_odds: float = 0.0, **given: Any) -> DayTold:
    """A day whose topics weigh so much, of a debtor with those numbers."""
    row = build_charges(1, **{name: [value] for name, value in ({"currency": "PEN"} | given).items()})
    told = np.array([weights.get(name, 0.0) for name in (*NAMES, "untold")])
    return DayTold(log_odds, told, build_numbers(row)[0])


def texts(now: DayTold, then: DayTold | None, language: str = "es", days_before: int = 7) -> list[str]:
    return [reason["text"] for reason in tell(contrast_reasons(now, then, days_before=days_before), language)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Cuotas vencidas: hace 7 días 3, hoy 4"),
        ("pt", "Parcelas vencidas: há 7 dias 3, hoje 4"),
        ("en", "Overdue charges: 7 days ago 3, today 4"),
    ],
)
def test_a_change_is_told_with_both_days_numbers(language: str, text: str) -> None:
    now, then = day({"owed": 0.9}, n_overdue=4), day({"owed": 0.4}, n_overdue=3)
    assert texts(now, then, language) == [text]


def test_a_change_carries_both_numbers_and_the_difference_of_the_weights() -> None:
    now, then = day({"owed": 0.9}, n_overdue=4), day({"owed": 0.4}, n_overdue=3)
    (reason,) = contrast_reasons(now, then, days_before=7)
    assert {name: reason[name] for name in ("code", "value", "value_then", "contribution")} == {
        "code": "n_overdue_moved", "value": 4, "value_then": 3, "contribution": 0.5
    }  # fmt: skip


def test_the_number_that_moved_is_told_before_one_that_did_not() -> None:
    now, then = day({"owed": 1.0}, n_overdue=2, overdue_amount=300.0), day({}, n_overdue=2, overdue_amount=180.0)
    assert texts(now, then) == ["Deuda vencida, en PEN: hace 7 días 180, hoy 300"]


@pytest.mark.parametrize(("weight", "side"), [(0.5, "en su contra"), (-0.5, "a su favor")])
def test_a_number_that_stayed_while_its_weight_moved_says_so(weight: float, side: str) -> None:
    told = texts(day({"owed": weight}, n_overdue=2), day({}, n_overdue=2))
    assert told == [f"Cuotas vencidas: 2, como hace 7 días; hoy pesa más {side}"]


def test_a_number_that_is_not_known_on_one_day_is_a_dash() -> None:
    now, then = day({"last_payment": -1}, days_since_last_payment=3), day({}, days_since_last_payment=np.nan)
    assert texts(now, then) == ["Días desde su último pago: hace 7 días –, hoy 3"]


def test_the_heaviest_move_comes_first_and_trifles_do_not_come() -> None:
    now = day({"owed": 0.3, "contacts": -0.8, "promises": 0.004, "calendar": 0.2}, n_overdue=1, n_attempts_180d=2)
    codes = [reason["code"] for reason in contrast_reasons(now, day({}), days_before=7)]
    assert codes == ["n_attempts_180d_moved", "n_overdue_moved", "calendar_more"]


@pytest.mark.parametrize(("days_before", "text"), [(7, "igual que hace 7 días"), (1, "igual que hace 1 día")])
def test_where_nothing_changed_one_quiet_sentence_says_so(days_before: int, text: str) -> None:
    same = day({"owed": 0.5}, n_overdue=3)
    assert texts(same, same, days_before=days_before) == [f"Sin cambios: {text}"]


def test_where_nothing_was_owed_then_the_sentence_says_so() -> None:
    assert texts(day({"owed": 0.5}), None) == ["Hace 7 días no debía nada"]


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("topic", NAMES)
@pytest.mark.parametrize("weight", [-1.0, 1.0])
def test_every_topic_can_be_told_in_every_language(topic: str, weight: float, language: str) -> None:
    unknown = {"mean_days_late_365d": np.nan, "worst_days_late_365d": np.nan, "days_since_last_payment": np.nan}
    for given_numbers in ({}, unknown, {"month_end_share_365d": np.nan, "mid_month_share_365d": np.nan}):
        now, then = day({topic: weight}, **given_numbers), day({}, **given_numbers)
        (reason,) = contrast_reasons(now, then, days_before=7)
        assert reason["code"] in CATALOGUE
        assert "{" not in tell([reason], language)[0]["text"]


def test_topics_told_by_one_number_are_told_once_with_the_weight_of_both() -> None:
    unknown = {"month_end_share_365d": np.nan, "mid_month_share_365d": np.nan}
    now = day({"payments": 0.2, "payday": 0.3}, n_payments_90d=4, **unknown)
    (reason,) = contrast_reasons(now, day({}, n_payments_90d=2, **unknown), days_before=7)
    assert (reason["code"], reason["contribution"]) == ("n_payments_90d_moved", pytest.approx(0.5))


@cache
def explained() -> tuple[PaymentCurve, CurveExplainer]:
    draw = np.random.default_rng(3)
    late, overdue = draw.random(1200).round(1), draw.integers(0, 5, 1200)
    charges = build_charges(
        1200, charge_days_past_due=draw.integers(-10, 60, 1200), late15_share_365d=late, n_overdue=overdue
    )
    curve = PaymentCurve.fit(watch(charges, 0.01 + 0.05 * (1 - late) / (1 + overdue), 45), parameters=FEW_TREES)
    return curve, CurveExplainer(curve)


@settings(max_examples=20, deadline=None)
@given(
    late=st.tuples(st.integers(-30, 300), st.integers(-30, 300)),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    overdue=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    days=st.integers(1, 90),
)
def test_what_moved_adds_up_to_the_difference_of_the_log_odds(late: Any, share: Any, overdue: Any, days: int) -> None:
    rows = build_charges(2, charge_days_past_due=late, late15_share_365d=share, n_overdue=overdue, currency="PEN")
    curve, explainer = explained()
    now, then = (build_day_told(explainer, rows.iloc[[at]], days) for at in (0, 1))
    odds = log_odds(curve.predict_unpaid(rows, np.array(days)))
    assert (now.weights - then.weights).sum() == pytest.approx(odds[0] - odds[1], abs=1e-6)
    assert now.p_unpaid == pytest.approx(curve.predict_unpaid(rows, np.array(days))[0], abs=1e-9)
