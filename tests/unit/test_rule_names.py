"""Rules that a plan names, in words: of the law, of a strategy, of the configuration, of the debtor."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from recobro_data.contact_rules import explain_rule, load_rulebook
from recobro_data.contact_rules.explain import rule_ids
from recobro_data.vocabulary import LANGUAGES, LEFT_ALONE
from recobro_pipelines.limits_told import limits_in_words
from recobro_pipelines.rule_names import rule_in_words
from recobro_pipelines.show_debtor import show_debtor

#: What a day without a law's rule is told by.
CODES = (
    "lawful_hours", "limiting_strategy_channels", "limiting_failed_channel", "limiting_min_days", "limiting_same_hour",
    "limiting_vulnerable", "limiting_message_first", "contact_points", "contact_points.opted_out", "promises",
    "disputes", "policy.pre_due_days", "policy.expected_value", "policy.exploration", "channels.capacity", "control.7",
    *LEFT_ALONE,
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_no_code_of_a_plan_is_told_as_it_is_written(code: str, language: str) -> None:
    assert not {"_", "."} & set(rule_in_words(code, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_of_the_law_is_told_by_what_it_says(language: str) -> None:
    rulebook = load_rulebook()
    for rule in rule_ids(rulebook.entries["CO"]):
        assert rule_in_words(rule, language) == explain_rule(rule, language).removesuffix(".")


def test_a_reason_on_a_debtor_that_ends_contact_is_told_in_words() -> None:
    assert rule_in_words("deceased", "es") != "deceased"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_vulnerable_debtor_is_told_in_a_sentence(language: str) -> None:
    assert len(rule_in_words("vulnerable", language).split()) > 2


def test_a_rule_that_no_file_has_any_more_keeps_its_id() -> None:
    assert rule_in_words("PE.limits.of_old", "en") == "PE.limits.of_old"


def test_a_plan_tells_what_its_rules_say_and_not_their_ids() -> None:
    costs = {"limiting_failed_channel": {"cost": 9.0}, "PE.windows.call": {"cost": 4.0}}
    summary = {"upper_bound": 1.0, "gap": 0.0, "capacity": {}, "rule_costs": costs}
    told = limits_in_words(summary, lambda rule: rule_in_words(rule, "en")).splitlines()
    assert told[1:3] == ["Rules cost at most, each lifted alone:", "  9.00  Channels that bounced lately"]
    assert told[3].startswith("  4.00  ")
    assert "PE." not in told[3]


def explained(rule: str | None, language: str) -> str:
    left: dict[str, Any] = {"because": "no_channel", "until": None, "rule": rule}
    risk = {
        "horizon_days": 30, "curve": [], "reasons": [], "p_unpaid": 0.5, "risk_band": "C",
        "expected_paid_on": None, "expected_paid_from": None, "expected_paid_until": None,
    }  # fmt: skip
    told = {"debtor_id": "D1", "portfolio_id": "b", "plan_id": "p", "recommendation": {"left_alone": left}}
    file = io.StringIO()
    show_debtor(Console(file=file, width=140, highlight=False), told | {"risk": risk, "best_hours": []}, language)
    return file.getvalue()


@pytest.mark.parametrize(("language", "says"), [("es", "Ningún canal"), ("pt", "Nenhum canal"), ("en", "No channel")])
def test_who_is_left_alone_is_told_by_which_rule_in_words(language: str, says: str) -> None:
    assert says in explained("contact_points", language)


def test_who_is_left_alone_by_no_rule_is_told_the_reason_alone() -> None:
    assert "None" not in explained(None, "en")
