"""What an item says: text, day of a promise, offer and agent; and the reason that the strategy gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_portfolio,
    build_settings,
)
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.settings import Settings
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.day import decide_day
from recobro_models.decision.eligibility import check_eligibility
from recobro_models.decision.reasons import Limits, promise_reasons
from recobro_models.decision.strategies import Strategies
from recobro_models.decision.value import value_options
from recobro_models.decision.wording import Wording
from recobro_models.decision.worklist import UNSAID, Scored, Signature, build_items

OFFER = "offers:\n  - {id: now, kind: discount, countries: [CO], discount: 0.1, lift: 0.9}\n"
Tried = tuple[str, str, str, int, str]


def decide(
    debtors: pd.DataFrame, strategies: Strategies | None, *tried: Tried, settings: Settings | None = None,
    channels: tuple[str, ...] = ("call", "whatsapp"),
) -> Scored:  # fmt: skip
    settings = settings or build_settings()
    points = build_points(debtors["debtor_id"], channels)
    eligibility = check_eligibility(build_portfolio(debtors, points), build_calendar(settings))
    models = (ContactTimes.prior(), ContactEffect.prior())
    values = value_options(debtors, eligibility.shift, WORK_DATE.weekday(), models, settings)
    tactics = None if strategies is None else build_tactics(debtors, strategies, *tried)
    return decide_day(debtors, eligibility, values, settings, WORK_DATE, tactics=tactics)


def say(one: str = "", rest: str = "", *, settings: Settings | None = None, **given: Any) -> dict[str, Any]:
    scored = decide(build_owing(1, **given), build_strategies(one, rest), settings=settings)
    return Wording(scored, settings or build_settings(), WORK_DATE).fields(0)


@pytest.mark.parametrize(
    ("given", "template", "begins"),
    [
        ({"stage": "mid"}, "standard.message.mid.plain.es", "{{creditor}} para {{name}}: Tiene un pago pendiente"),
        ({"language": "pt"}, "standard.message.early.plain.pt", "{{creditor}} para {{name}}: Sua parcela"),
        ({"language": "fr"}, "standard.message.early.plain.es", "{{creditor}} para {{name}}: Su cuota"),
        ({"do_not_contact_reason": "vulnerable"}, "standard.message.early.gentle.es", "{{creditor}}: hola, {{name}}."),
        ({"promise_due_amount": 10.0}, "standard.message.promise_due.plain.es",
         "{{creditor}} para {{name}}: Le recordamos el pago"),
    ],
)  # fmt: skip
def test_the_text_is_that_of_stage_channel_tone_and_language(given: Any, template: str, begins: str) -> None:
    said = say("channels: [whatsapp]", **given)
    assert said["template"] == template
    assert said["message"].startswith(begins)


def test_the_day_of_a_promise_is_the_likeliest_payday_or_the_day_of_the_promise_itself() -> None:
    habit = {"month_end_share_365d": 0.9, "mid_month_share_365d": 0.05}
    assert say(rest="promise_days: 20", **habit)["promise_on"] == "2026-10-28"
    assert say(promise_due_amount=10.0, **habit)["promise_on"] == "2026-10-14"


def test_an_offer_that_is_worth_it_stands_in_the_item_and_its_text() -> None:
    said = say("offers: [now]", OFFER, country="CO", timezone="America/Bogota", zone="America/Bogota")
    assert said["offer"]["id"] == "now"
    assert said["offer"]["expected_value"] > 0
    assert "10 % de descuento" in said["message"]


@pytest.mark.parametrize("given", [{"country": "PE"}, {"country": "CO", "promise_due_amount": 5.0}])
def test_no_offer_is_made_where_it_may_not_be_or_a_promise_is_due(given: dict[str, Any]) -> None:
    said = say("offers: [now]", OFFER, **given)
    assert said["offer"] is None
    assert "descuento" not in said["message"]


def test_without_strategies_nothing_is_said() -> None:
    assert Wording(decide(build_owing(1), None), build_settings(), WORK_DATE).fields(0) == UNSAID


def test_calls_are_shared_out_and_messages_are_not() -> None:
    settings = build_settings(shares={"agents": ("ana", "luis")})
    calls = decide(build_owing(6), build_strategies("channels: [call]"), settings=settings)
    wording = Wording(calls, settings, WORK_DATE)
    agents = [wording.fields(at)["agent_id"] for at in range(6)]
    assert sorted(agents) == ["ana"] * 3 + ["luis"] * 3
    assert wording.told()["shares"]["call"]["is_fair"]
    assert say("channels: [whatsapp]", settings=settings)["agent_id"] is None


def test_the_order_of_the_debtors_changes_nobodys_agent() -> None:
    settings = build_settings(shares={"agents": 3})
    debtors = build_owing(9, amount_to_collect=100.0 * (1 + np.arange(9)))
    found = []
    for frame in (debtors, debtors.iloc[::-1]):
        wording = Wording(decide(frame, build_strategies("channels: [call]"), settings=settings), settings, WORK_DATE)
        found.append({frame["debtor_id"].iat[at]: wording.fields(at)["agent_id"] for at in range(9)})
    assert found[0] == found[1]


def test_the_version_of_the_strategies_stands_in_the_summary() -> None:
    strategies = build_strategies()
    assert Wording(decide(build_owing(1), strategies), build_settings(), WORK_DATE).told() == {
        "strategy": strategies.version, "shares": {}
    }  # fmt: skip


def test_what_is_said_stands_on_the_item() -> None:
    settings = build_settings()
    scored = decide(build_owing(1), build_strategies())
    wording = Wording(scored, settings, WORK_DATE)
    [item] = build_items(scored, Signature("p", WORK_DATE, "r", "c", "e", "l"), settings, {0: []}, says=wording.fields)
    assert {name: item[name] for name in UNSAID} == wording.fields(0)


@pytest.mark.parametrize(
    ("one", "given", "tried", "limiting"),
    [
        ("channels: [whatsapp]", {}, (), ("limiting_strategy_channels", {"channel": "call"})),
        ("", {"do_not_contact_reason": "vulnerable"}, (), ("limiting_vulnerable", {"channel": "call"})),
        ("digital_first: 99", {}, (), ("limiting_message_first", {"channel": "call"})),
        ("", {}, (("D00000", "call", "2026-10-05", 9, "failed"),), ("limiting_failed_channel", {"channel": "call"})),
    ],
)
def test_the_rule_that_took_the_best_option_is_told_as_limiting(
    one: str, given: Any, tried: tuple[Tried, ...], limiting: Any
) -> None:
    # A message costs so much that a call is the best option.
    dear = build_settings(channels={"whatsapp": {"cost": 1.5}})
    reason = Limits(decide(build_owing(1, **given), build_strategies(one), *tried, settings=dear)).reason(0)
    assert (reason["code"], reason["numbers"]) == limiting


def test_the_hour_that_was_tried_in_vain_is_told_on_the_debtors_clock() -> None:
    free = decide(build_owing(1), build_strategies(), channels=("call",))
    best = int(free.decision.choice[0]) % 24
    tried = ("D00000", "call", "2026-10-13", best, "no_answer")
    reason = Limits(decide(build_owing(1), build_strategies(), tried, channels=("call",))).reason(0)
    assert (reason["code"], reason["numbers"]) == ("limiting_same_hour", {"hour": best})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"promise_due_amount": 80.0}, "promise_due_today"),
        ({"promise_broken_on": pd.Timestamp("2026-10-12")}, "promise_just_broken"),
    ],
)
def test_a_promise_that_is_followed_up_is_told_as_a_reason(given: Any, code: str) -> None:
    [reason] = promise_reasons(decide(build_owing(1, **given), build_strategies()))[0]
    assert reason["code"] == code


def test_no_promise_is_told_of_whoever_has_none_to_follow_up() -> None:
    assert promise_reasons(decide(build_owing(1), build_strategies())) == {}
