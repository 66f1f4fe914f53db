from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.vocabulary import CHANNELS, LANGUAGES
from recobro_models.explanation.catalogue import CATALOGUE, RISK_CODES, tell

SAMPLES = {"channel": "call", "currency": "PEN", "until": "2026-04-09"}


def placeholders(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def reason(code: str, **numbers: Any) -> dict[str, Any]:
    """A stored reason with a number in each of its places."""
    given_numbers = {name: SAMPLES.get(name, 3) for name in placeholders(CATALOGUE[code]["es"])} | numbers
    return {"code": code, "value": 3, "contribution": 0.5, "numbers": given_numbers}


def text(code: str, language: str, **numbers: Any) -> str:
    [told] = tell([reason(code, **numbers)], language)
    return str(told["text"])


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_reason_has_a_sentence_in_each_language(code: str) -> None:
    assert set(CATALOGUE[code]) == set(LANGUAGES)
    assert all(sentence.strip() for sentence in CATALOGUE[code].values())


@pytest.mark.parametrize("code", CATALOGUE)
def test_the_sentences_of_a_reason_have_the_same_places(code: str) -> None:
    assert len({tuple(placeholders(sentence)) for sentence in CATALOGUE[code].values()}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CATALOGUE)
def test_every_reason_is_told_with_the_debtors_numbers(code: str, language: str) -> None:
    told = text(code, language)
    assert "{" not in told
    assert ("3" in told) == any(name not in SAMPLES for name in placeholders(CATALOGUE[code]["es"]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_has_a_name_in_each_language(channel: str, language: str) -> None:
    assert "{" not in text("limiting_channel", language, channel=channel)


def test_a_reason_as_told_has_the_fields_of_the_contract() -> None:
    [told] = tell([reason("past_due")], "en")
    assert set(told) == {"code", "text", "value", "contribution"}


@pytest.mark.parametrize("language", ["fr", "", "ES", "es-PE"])
def test_an_unknown_language_is_told_in_spanish(language: str) -> None:
    assert text("past_due", language) == text("past_due", "es")


def test_a_reason_without_numbers_is_told() -> None:
    bare = {"code": "never_paid", "value": None, "contribution": 0.1, "numbers": None}
    assert tell([bare], "en")[0]["text"] == "No payment is on record yet"


@pytest.mark.parametrize(("language", "word"), [("es", "cuotas"), ("pt", "parcelas"), ("en", "charges")])
def test_the_sentence_of_late_charges_counts_them_among_the_last_six(language: str, word: str) -> None:
    told = text("late_charges", language, n_late15_of_last6=3, n_of_last6=6)
    assert sorted(re.findall(r"\b\d+\b", told)) == ["15", "3", "6"]
    assert word in told


@pytest.mark.parametrize(
    ("value", "language", "told"),
    [
        (1234567.4, "es", "1,234,567"),
        (1234567.4, "pt", "1.234.567"),
        (1234, "en", "1,234"),
        (12.34, "pt", "12,3"),
        (12.0, "es", "12"),
        (0.034, "en", "0.034"),
        (9.96, "en", "10"),
        (-3, "es", "-3"),
    ],
)
def test_numbers_are_written_as_the_language_does(value: float, language: str, told: str) -> None:
    expected = CATALOGUE["criterion_amount"][language].format(amount_to_collect=told, currency="PEN")
    assert text("criterion_amount", language, amount_to_collect=value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-3, max_value=1e15))
def test_no_number_is_told_with_an_exponent(value: float) -> None:
    assert "e" not in text("criterion_amount", "en", amount_to_collect=value).split(": ")[1].lower().removesuffix(
        " pen"
    )


def test_the_risk_model_has_its_own_codes() -> None:
    assert set(RISK_CODES) <= set(CATALOGUE)
