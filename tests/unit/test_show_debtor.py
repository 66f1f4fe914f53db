"""One debtor on a terminal: chances with their intervals, accounts where there are several, in three languages."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from recobro_data.vocabulary import ARMS, CHANNELS, LANGUAGES, LEFT_ALONE
from recobro_pipelines import debtor_words
from recobro_pipelines.debtor_words import code_word
from recobro_pipelines.show_debtor import show_debtor

CURVE: dict[str, Any] = {
    "p_unpaid": 0.986, "p_unpaid_low": 0.972, "p_unpaid_high": 0.993, "p_roll": 0.9, "p_30_past_due": 1.0,
    "p_90_past_due": 0.25, "risk_band": "E", "expected_paid_on": "2026-11-02", "expected_paid_from": "2026-10-19",
    "expected_paid_until": None,
}  # fmt: skip
ACCOUNT = {"account_id": "loan", "n_open": 2, "days_past_due": 40, "balance_due": 1500.0, "disputed_amount": 20.0}
RISK = {"horizon_days": 30, "curve": [{"day": 7, "p_paid": 0.01}], "reasons": [], "accounts": [ACCOUNT | CURVE]} | CURVE


def told(**risk: Any) -> dict[str, Any]:
    left = {"because": "promise_open", "until": "2026-10-20", "rule": "promises"}
    hour = {"channel": "call", "weekday": 2, "hour": 9, "p_reach": 0.3}
    return {
        "debtor_id": "D1", "portfolio_id": "book", "plan_id": "p1", "recommendation": {"left_alone": left},
        "risk": RISK | risk, "best_hours": [hour],
    }  # fmt: skip


def page(language: str = "en", **risk: Any) -> str:
    file = io.StringIO()
    show_debtor(Console(file=file, width=120, highlight=False), told(**risk), language)
    return file.getvalue()


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "Riesgo banda E: sin pagar a 30 días 98.6% (97.2% a 99.3%)"),
        ("pt", "Risco faixa E: sem pagar em 30 dias 98.6% (97.2% a 99.3%)"),
        ("en", "Risk band E: unpaid after 30 days 98.6% (97.2% to 99.3%)"),
    ],
)
def test_the_chance_is_told_with_its_interval_in_the_readers_language(language: str, line: str) -> None:
    assert line in page(language).splitlines()


def test_of_a_plan_without_intervals_the_chance_is_told_alone() -> None:
    assert "unpaid after 30 days 98.6%\n" in page(p_unpaid_low=None, p_unpaid_high=None)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "Promesa si se le contacta: llamada 20%, WhatsApp 4%; de cumplirla: 55%"),
        ("pt", "Promessa se for contatado: ligação 20%, WhatsApp 4%; de cumpri-la: 55%"),
        ("en", "Promise if reached: call 20%, WhatsApp 4%; of keeping it: 55%"),
    ],
)
def test_what_a_contact_may_end_in_is_told(language: str, line: str) -> None:
    file, promise = io.StringIO(), {"p_promise": {"call": 0.2, "whatsapp": 0.04}, "p_kept": 0.55}
    show_debtor(Console(file=file, width=120, highlight=False), told() | {"promise": promise}, language)
    assert line in file.getvalue().splitlines()


def test_of_a_plan_without_promises_nothing_is_said_of_them() -> None:
    assert "Promise" not in page()


def test_a_depth_that_is_reached_already_is_no_news() -> None:
    assert "  within 30 days: roll to the next stage 90.0%, 90+ days past due 25.0%\n" in page()


def test_in_the_last_stage_there_is_nothing_to_roll_to() -> None:
    assert "within 30 days" not in page(p_roll=None, p_90_past_due=1.0)


@pytest.mark.parametrize(
    ("days", "line"),
    [
        ({}, "payment expected: 2 Nov 2026 (19 Oct 2026 to after 180 days)"),
        ({"expected_paid_on": None}, "payment expected: after 180 days (from 19 Oct 2026)"),
        ({"expected_paid_on": None, "expected_paid_from": None}, "payment expected: after 180 days"),
    ],
)
def test_days_beyond_the_curve_are_said_to_be(days: dict[str, Any], line: str) -> None:
    assert f"  {line}\n" in page(**days)


def test_one_account_is_the_debtor_s_own_figures_and_not_repeated() -> None:
    assert "Accounts" not in page()


def test_several_accounts_are_told_one_by_one() -> None:
    other = ACCOUNT | CURVE | {"account_id": "phone", "balance_due": 80.0}
    lines = page(accounts=[ACCOUNT | CURVE, other]).split("Accounts")[1].splitlines()
    assert [line.split()[:5] for line in lines if "98.6%" in line] == [
        ["loan", "2", "40", "1,500.00", "20.00"],
        ["phone", "2", "40", "80.00", "20.00"],
    ]


def test_who_is_left_alone_is_told_until_when() -> None:
    told = page("pt")
    assert "Hoje não se aciona: promessa em aberto até 20 out 2026\n" in told
    assert "  Uma promessa que não venceu (promises)\n" in told


@pytest.mark.parametrize("code", [*CHANNELS, *LEFT_ALONE, *ARMS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_contract_has_words(code: str, language: str) -> None:
    assert "_" not in code_word(code, language)


def test_a_sentence_says_the_same_numbers_in_every_language() -> None:
    named = {
        key: [set(re.findall(r"{(\w+)}", text)) for text in texts] for key, texts in debtor_words.SENTENCES.items()
    }
    assert [key for key, numbers in named.items() if numbers[1:] != numbers[:-1]] == []


def test_an_unknown_language_is_told_in_spanish() -> None:
    assert page("fr") == page("es")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "  llamada: la hora no cambia nada"),
        ("pt", "  ligação: o horário não muda nada"),
        ("en", "  call: the hour makes no difference"),
    ],
)
def test_hours_that_make_no_difference_are_said_to(language: str, line: str) -> None:
    file = io.StringIO()
    show_debtor(Console(file=file, width=120), told() | {"contact_hours": {"call": "no difference"}}, language)
    assert line in file.getvalue().splitlines()


def test_hours_that_differ_need_no_word() -> None:
    file = io.StringIO()
    show_debtor(Console(file=file, width=120), told() | {"contact_hours": {"call": "differ"}}, "en")
    assert "hour makes" not in file.getvalue()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "propose to pay on 16 Oct 2026"), ("es", "la oferta suma 5.00 PEN")]
)
def test_what_to_say_is_told_where_the_plan_has_it(language: str, words: str) -> None:
    hours = {"window_start": "2026-10-14T17:00:00-05:00", "window_end": "2026-10-14T18:00:00-05:00"}
    item = {
        "rank": 1, "channel": "call", **hours, "expected_value": 9.0, "currency": "PEN", "arm": "best",
        "propensity": 1.0, "p_pay_no_action": 0.1, "p_pay": 0.2, "p_reach": 0.3, "reasons": [], "alternatives": [],
        "promise_on": "2026-10-16", "message": "[Only if]\n\n{{name}}",
        "offer": {"expected_value": 5.0, "basis": "assumed"},
    }  # fmt: skip
    file = io.StringIO()
    show_debtor(Console(file=file, width=120, highlight=False), told() | {"recommendation": item}, language)
    assert words in file.getvalue()
    assert "[Only if] {{name}}" in file.getvalue()
