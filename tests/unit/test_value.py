"""What an option is worth: reached, times moved, times what is owed and paid, less what the attempt costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from tests.unit.model_samples import build_owing, build_settings, channel_at

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.value import MAX_P_PAY, Values, value_options
from recobro_models.promises import Promises

CALL = channel_at("call")


def value(shift: int = 0, weekday: int = 2, effect: ContactEffect | None = None, **given: Any) -> Values:
    """Two debtors, the second as `given`."""
    debtors = build_owing(2)
    for name, of_second in given.items():
        debtors[name] = [debtors[name].iloc[0], of_second]
    models = (ContactTimes.prior(), effect or ContactEffect.prior())
    return value_options(debtors, np.array([0, shift]), weekday, models, build_settings())


def test_recovery_is_the_chance_of_moving_the_debtor_times_what_he_owes_and_pays() -> None:
    found, effect = value(), ContactEffect.prior()
    p_reach = ContactTimes.prior().base[CALL, 2, 19]
    moved = effect.predict_effect(build_owing(1), "call", np.array([0.6]))[0]
    paid = effect.predict_paid_share(build_owing(1))[0] * 200.0
    assert found.p_reach[0, CALL, 19] == pytest.approx(p_reach)
    assert found.recovery[0, CALL, 19] == pytest.approx(p_reach * moved * paid)


def test_value_is_recovery_less_the_cost_of_the_attempt() -> None:
    found, settings = value(), build_settings()
    for place, channel in enumerate(CHANNELS):
        np.testing.assert_allclose(found.recovery[:, place] - found.value[:, place], settings.channels[channel].cost)


def test_hours_stand_on_the_clock_of_the_team() -> None:
    found = value(shift=-2)
    np.testing.assert_allclose(found.p_reach[1, CALL, 10:24], found.p_reach[0, CALL, 8:22])


def test_the_weekday_of_the_work_date_is_the_one_that_counts() -> None:
    wednesday, saturday = value(weekday=2), value(weekday=5)
    assert (saturday.p_reach[0, CALL] > wednesday.p_reach[0, CALL]).all()


def test_owing_more_is_worth_more_and_owing_nothing_costs_only() -> None:
    more, none = value(amount_to_collect=400.0), value(amount_to_collect=0.0)
    np.testing.assert_allclose(more.recovery[1], 2 * more.recovery[0])
    assert (none.value[1] <= 0).all()


def test_nobody_is_lifted_beyond_nearly_sure() -> None:
    found = value(effect=ContactEffect.prior(), p_pay_no_action=0.999)
    assert (found.effect[1] == 0).all()
    assert (found.effect[0] + 0.6 <= MAX_P_PAY).all()


def test_an_effect_below_nothing_takes_at_most_the_chance_that_was_there() -> None:
    annoying = ContactEffect.prior()
    annoying.scale[:] = -50.0
    found = value(effect=annoying, p_pay_no_action=0.1)
    assert found.effect[1] == pytest.approx(-0.1)
    assert (found.recovery[0] < 0).all()


class KeptLater(Promises):
    """A tenth of those who are reached promise for a later day and keep it."""

    def predict_kept_later(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        return np.full((len(rows), len(CHANNELS)), 0.1)


def with_promises(p_pay_no_action: float, promises: Promises | None) -> Values:
    debtors = build_owing(1, p_pay_no_action=p_pay_no_action)
    models = (ContactTimes.prior(), ContactEffect.prior())
    return value_options(debtors, np.zeros(1, np.int64), 2, models, build_settings(), promises=promises)


@pytest.mark.parametrize("before", [0.0, 0.2, 0.6, 0.9])
def test_a_promise_kept_later_adds_what_neither_waiting_nor_the_contact_brings_anyway(before: float) -> None:
    without, found = with_promises(before, None), with_promises(before, KeptLater())
    rest = 1 - before - without.effect[0]
    assert found.effect[0] == pytest.approx(without.effect[0] + 0.1 * rest)
    assert (found.recovery >= without.recovery).all()


def test_promises_lift_nobody_beyond_nearly_sure() -> None:
    assert (with_promises(MAX_P_PAY, KeptLater()).effect == 0).all()


def test_nobody_is_worth_nothing() -> None:
    models = (ContactTimes.prior(), ContactEffect.prior())
    found = value_options(build_owing(0), np.empty(0, np.int64), 2, models, build_settings())
    assert found.value.shape == (0, 5, 24)
