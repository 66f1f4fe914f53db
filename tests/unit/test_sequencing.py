"""What strategy and history leave of the lawful options. Wednesday 14 October 2026; calls and WhatsApp from 8 to 20."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
    channel_at,
)
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.eligibility import Eligibility, check_eligibility
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.sequencing import Course, plot_course

Tried = tuple[str, str, str, int, str]
YESTERDAY, CALL, WHATSAPP = "2026-10-13", channel_at("call"), channel_at("whatsapp")
BUSY = build_settings(channels={"visit": {"capacity_per_day": 5}})


def lawful(channels: tuple[str, ...] = ("call", "whatsapp"), **given: Any) -> Eligibility:
    debtors = build_owing(1, **given)
    points = build_points(debtors["debtor_id"], channels)
    return check_eligibility(build_portfolio(debtors, points), build_calendar(BUSY))


def worth_of(call: float = 10.0, whatsapp: float = 5.0, **hours: float) -> NDArray[np.float64]:
    """Every hour of a channel alike, but for `h10=…`, an hour of all channels."""
    worth = np.ones((1, len(CHANNELS), HOURS))
    worth[:, CALL], worth[:, WHATSAPP] = call, whatsapp
    for hour, value in hours.items():
        worth[:, :, int(hour[1:])] = value
    return worth


def course(
    one: str = "", *tried: Tried, rest: str = "", worth: Any = None, eligibility: Any = None, **given: Any
) -> Course:  # fmt: skip
    """The course of one debtor, `D00000`."""
    tactics = build_tactics(build_owing(1, **given), build_strategies(one, rest), *tried)
    eligibility = eligibility or lawful()
    return plot_course(worth_of() if worth is None else worth, eligibility, tactics, WORK_DATE)


def channels_of(found: Course) -> list[str]:
    return [CHANNELS[place] for place in np.flatnonzero(found.eligibility.allowed[0].any(axis=1))]


def hours_of(found: Course, channel: str = "call") -> list[int]:
    return np.flatnonzero(found.eligibility.allowed[0, channel_at(channel)]).tolist()


def told(found: Course) -> tuple[Any, Any, Any]:
    own = found.eligibility
    return own.because[0], own.rule[0], own.until[0]


def test_without_history_and_with_every_channel_all_that_is_lawful_stays() -> None:
    found = course()
    assert (found.eligibility.allowed == lawful().allowed).all()
    assert found.prefers[found.eligibility.allowed].all()
    assert found.took[0] is None


def test_a_channel_that_the_strategy_lacks_is_left_out_and_told_where_it_was_the_best() -> None:
    found = course("channels: [whatsapp]")
    assert (channels_of(found), found.took[0]) == (["whatsapp"], "limiting_strategy_channels")
    assert course("channels: [call]").took[0] is None


def test_whoever_has_no_channel_of_the_strategy_is_left_alone_for_it() -> None:
    assert told(course("channels: [email]")) == ("no_channel", "strategy.all.channels", None)


def test_the_hour_of_yesterdays_call_in_vain_is_left_out_on_every_channel() -> None:
    found = course("", ("D00000", "call", YESTERDAY, 10, "no_answer"), worth=worth_of(h10=15.0))
    assert hours_of(found) == hours_of(found, "whatsapp") == [hour for hour in range(8, 20) if hour != 10]
    assert found.took[0] == "limiting_same_hour"


@pytest.mark.parametrize(("value", "stays"), [(20.0, False), (20.1, True)])
def test_the_same_hour_is_tried_again_only_where_it_is_far_better(value: float, stays: bool) -> None:
    found = course("", ("D00000", "call", YESTERDAY, 10, "no_answer"), worth=worth_of(h10=value))
    assert (10 in hours_of(found)) == stays


@pytest.mark.parametrize(
    "tried", [("D00000", "call", "2026-10-12", 10, "no_answer"), ("D00000", "call", YESTERDAY, 10, "right_party")]
)
def test_an_hour_further_back_or_at_which_the_debtor_was_reached_stays(tried: Tried) -> None:
    assert 10 in hours_of(course("", tried))


def test_the_only_open_hour_stays_though_it_was_in_vain() -> None:
    points = build_points(["D00000"], ("call",), prefer_from="10:00", prefer_to="11:00")
    only = check_eligibility(build_portfolio(build_owing(1), points), build_calendar(BUSY))
    assert hours_of(course("", ("D00000", "call", YESTERDAY, 10, "no_answer"), eligibility=only)) == [10]


def test_hours_in_vain_are_those_of_the_debtors_clock() -> None:
    east = replace(lawful(), shift=np.array([2], np.int64))
    found = course("", ("D00000", "call", YESTERDAY, 12, "no_answer"), eligibility=east)
    assert 10 not in hours_of(found)
    assert 12 in hours_of(found)


def test_a_channel_that_bounced_gives_way_to_the_next() -> None:
    found = course("", ("D00000", "call", "2026-10-05", 10, "failed"))
    assert (channels_of(found), found.took[0]) == (["whatsapp"], "limiting_failed_channel")


def test_a_channel_that_bounced_is_used_again_after_its_days_or_when_it_worked_since() -> None:
    failed = ("D00000", "call", "2026-10-05", 10, "failed")
    assert "call" in channels_of(course("", failed, rest="sequencing: {failed_days: 8}"))
    assert "call" in channels_of(course("", failed, ("D00000", "call", "2026-10-07", 10, "no_answer")))


def test_the_only_channel_stays_though_it_bounced() -> None:
    only = lawful(("call",))
    assert channels_of(course("", ("D00000", "call", YESTERDAY, 9, "failed"), eligibility=only)) == ["call"]


def test_too_few_days_since_the_last_attempt_leave_the_debtor_alone_until_there_are_enough() -> None:
    tried = ("D00000", "whatsapp", "2026-10-12", 9, "delivered")
    rule = "strategy.all.min_days_between"
    assert told(course("min_days_between: 3", tried)) == ("frequency_limit", rule, date(2026, 10, 15))
    assert told(course("min_days_between: 2", tried)) == (None, None, None)


def test_an_attempt_that_bounced_does_not_count_for_the_days_between() -> None:
    assert channels_of(course("min_days_between: 9", ("D00000", "call", YESTERDAY, 9, "failed"))) == ["whatsapp"]


@pytest.mark.parametrize("given", [{"promise_due_amount": 50.0}, {"promise_broken_on": pd.Timestamp("2026-10-11")}])
def test_a_promise_that_is_due_or_was_just_broken_is_followed_up_whatever_the_days_between(given: Any) -> None:
    tried = ("D00000", "whatsapp", YESTERDAY, 9, "promise")
    assert channels_of(course("min_days_between: 9", tried, **given)) == ["call", "whatsapp"]


def test_a_promise_broken_long_ago_waits_as_all_others() -> None:
    tried = ("D00000", "whatsapp", YESTERDAY, 9, "promise")
    assert channels_of(course("min_days_between: 9", tried, promise_broken_on=pd.Timestamp("2026-10-10"))) == []


@pytest.mark.parametrize(("call", "chosen"), [(6.0, False), (6.3, True)])
def test_a_call_is_chosen_only_where_it_adds_more_than_the_margin_but_may_be_drawn(call: float, chosen: bool) -> None:
    found = course("digital_first: 0.25", worth=worth_of(call=call))
    assert bool(found.prefers[0, CALL].any()) == chosen
    assert found.eligibility.allowed[0, CALL].any()
    assert found.took[0] == (None if chosen else "limiting_message_first")


@pytest.mark.parametrize(("whatsapp", "channels"), [(-1.0, ("call", "whatsapp")), (5.0, ("call",))])
def test_a_call_is_chosen_where_no_message_is_worth_anything(whatsapp: float, channels: tuple[str, ...]) -> None:
    found = course("digital_first: 9", eligibility=lawful(channels), worth=worth_of(whatsapp=whatsapp))
    assert found.prefers[0, CALL].any()


def test_a_vulnerable_debtor_is_written_to_and_neither_called_nor_drawn() -> None:
    found = course(do_not_contact_reason="vulnerable")
    assert (channels_of(found), found.took[0]) == (["whatsapp"], "limiting_vulnerable")
    assert found.draws.tolist() == [False]


def test_a_vulnerable_debtor_is_left_longer_in_peace() -> None:
    tried = ("D00000", "whatsapp", "2026-10-08", 9, "delivered")
    found = course("", tried, do_not_contact_reason="vulnerable")
    assert told(found) == ("frequency_limit", "strategy.vulnerable.min_days_between", date(2026, 10, 15))


def test_a_vulnerable_debtor_with_a_telephone_alone_is_left_alone() -> None:
    found = course(do_not_contact_reason="vulnerable", eligibility=lawful(("call",)))
    assert told(found) == ("no_channel", "strategy.vulnerable.channels", None)


def test_what_the_law_demands_stands_above_every_strategy() -> None:
    owed = replace(lawful(), duty_rule=np.array(["CL.duty"], dtype=object))
    found = course("channels: []\nmin_days_between: 9", eligibility=owed)
    assert channels_of(found) == ["call", "whatsapp"]


def test_the_control_group_is_narrowed_as_all_others_and_keeps_its_reason() -> None:
    plain = lawful()
    apart = replace(
        plain, allowed=np.zeros_like(plain.allowed), withheld=plain.allowed,
        because=np.array(["control_group"], dtype=object),
    )  # fmt: skip
    found = course("channels: [email]", eligibility=apart)
    assert not found.eligibility.withheld.any()
    assert found.eligibility.because[0] == "control_group"


def test_the_first_strategy_that_fits_holds() -> None:
    rest = "  - {id: never, stages: [early], segment: {bands: [C]}, channels: []}\n"
    text = "segment: {kinds: [company], amount_from: 100, amount_below: 300, portfolios: [book]}\nchannels: [email]"
    other = "  - {id: rest, stages: [pre_due, due_today, early, mid, late, very_late]}"
    strategies = build_strategies(text, rest + other)
    debtors = build_owing(
        5, kind=["company", "company", "company", "person", "company"],
        amount_to_collect=[100.0, 300.0, 200.0, 200.0, 200.0], p_unpaid=[0.2, 0.2, 0.2, 0.36, 0.9],
        portfolio_id=["book", "book", "other", "book", "book"],
    )  # fmt: skip
    tactics = build_tactics(debtors, strategies)
    assert [tactics.strategy_of(at).id for at in range(5)] == ["all", "never", "never", "rest", "all"]
