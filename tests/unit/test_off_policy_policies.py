"""Whom each policy would contact on a day."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.off_policy_samples import CALL, MORNING, WHATSAPP, build_log, limited

from recobro_data.errors import UsageError
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.off_policy.policies import POLICIES, check_policy, choose_by_order, choose_by_value

FIGURES = {
    "balance_due": [10.0, 40.0, 30.0, 20.0], "days_past_due": [3, 1, 4, 2], "p_pay_no_action": [0.1, 0.2, 0.3, 0.4],
    "p_unpaid": [0.9, 0.2, 0.3, 0.4], "days_since_last_attempt": [1.0, 9.0, 30.0, np.nan],
    "amount_to_collect": [10.0, 40.0, 30.0, 20.0],
}  # fmt: skip


def called(policy: str, hour: int = 1) -> list[int]:
    """Positions of those called where the team makes so many calls in each of three hours."""
    log = build_log(4, hours=1 << 10 if hour == 1 else MORNING, **FIGURES)
    return np.flatnonzero(
        choose_by_order(policy, log.rows, log.hours, limited(call=(hour, None))).channel == CALL
    ).tolist()


@pytest.mark.parametrize(
    ("policy", "first"), [("largest-balance", 1), ("oldest", 2), ("p-pay", 3), ("p-unpaid", 0), ("three-criteria", 2)]
)
def test_each_policy_calls_its_own_first_debtor(policy: str, first: int) -> None:
    assert called(policy) == [first]


def test_a_random_policy_calls_the_same_debtor_again_and_others_on_another_day() -> None:
    log = build_log(200)
    one, again = (choose_by_order("random", log.rows, log.hours, limited(call=(None, 50))).channel for _ in range(2))
    other = choose_by_order(
        "random", log.rows.assign(as_of=log.rows["as_of"].iloc[0].replace(day=2)), log.hours, limited(call=(None, 50))
    )
    assert (one == again).all()
    assert (one != other.channel).any()


def test_hours_have_room_for_so_many_each() -> None:
    assert len(called("oldest", 0)) == 0
    log = build_log(20)
    assert (choose_by_order("oldest", log.rows, log.hours, limited(call=(2, None))).channel == CALL).sum() == 6


def test_the_dearest_channel_goes_to_the_first_and_the_next_to_those_behind() -> None:
    log = build_log(4, **FIGURES)
    chosen = choose_by_order("largest-balance", log.rows, log.hours, limited(call=(None, 1), whatsapp=(None, 2)))
    assert chosen.channel.tolist() == [-1, CALL, WHATSAPP, WHATSAPP]
    assert (chosen.hour == -1).all()


def test_nobody_is_contacted_on_a_channel_that_is_not_open() -> None:
    log = build_log(4, **FIGURES)
    log.hours[1, CALL] = 0
    chosen = choose_by_order("largest-balance", log.rows, log.hours, limited(call=(None, 1)))
    assert chosen.channel.tolist() == [-1, -1, CALL, -1]


def test_equal_debtors_are_taken_by_amount_and_then_by_id() -> None:
    log = build_log(3, balance_due=[5.0, 9.0, 9.0])
    assert choose_by_order("oldest", log.rows, log.hours, limited(call=(None, 1))).channel.tolist() == [-1, CALL, -1]


def test_expected_value_takes_the_option_worth_most_on_the_debtors_clock() -> None:
    worth = np.full((2, N_SLOTS), -np.inf)
    worth[0, CALL * 24 + 9], worth[0, WHATSAPP * 24 + 11], worth[1, CALL * 24 + 9] = 1.0, 3.0, -1.0
    chosen = choose_by_value(worth, np.array([2, 0]), limited(call=(None, 9), whatsapp=(None, 9)))
    assert chosen.channel.tolist() == [WHATSAPP, -1]
    assert chosen.hour.tolist() == [13, -1]


def test_an_unknown_policy_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"Expected one of three-criteria, .*, found 'best'"):
        check_policy("best")
    assert len(POLICIES) == 7
