from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.vocabulary import CHANNELS, LANGUAGES, LEFT_ALONE
from recobro_pipelines.headlines import tell_headlines
from recobro_pipelines.monitor import WATCHED
from recobro_pipelines.report_words import load_words, money_words, nice_ticks, number_words, say, share_words

THIN = "\u202f"


@pytest.mark.parametrize("code", [*CHANNELS, *LEFT_ALONE, *WATCHED, "p_unpaid"])
def test_every_code_that_the_page_shows_has_words(code: str) -> None:
    assert code not in (say(code, "es"), say(code, "pt"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_the_page_says_the_same_numbers_in_every_language(language: str) -> None:
    def numbers(words: Mapping[str, Any]) -> dict[str, set[str]]:
        return {key: set(re.findall(r"{(\w+)}", text)) for key, text in words.items() if key != "kpis"}

    assert numbers(load_words(language)) == numbers(load_words("en"))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (0, "0"),
        (9.5, f"PEN{THIN}9.50"),
        (9999, f"PEN{THIN}9{THIN}999"),
        (12_345, f"PEN{THIN}12.3{THIN}mil"),
        (999_499, f"PEN{THIN}999{THIN}mil"),
        (999_500, f"PEN{THIN}1.00{THIN}M"),
        (-2_345_000, f"PEN{THIN}-2.35{THIN}M"),
    ],
)
def test_an_amount_is_told_in_three_figures(value: float | None, told: str) -> None:
    assert money_words(value, "PEN", "es") == told


def test_what_is_not_known_is_a_dash() -> None:
    assert (number_words(None), share_words(None)) == ("–", "–")


@given(st.floats(1e-6, 1e12))
def test_ticks_begin_at_0_and_cover_what_is_plotted(most: float) -> None:
    values = nice_ticks(most)
    assert values[0] == 0
    assert values[-1] >= most * (1 - 1e-6)
    assert 2 <= len(values) <= 7


def seen(rate: float, n: int = 900) -> dict[str, float]:
    return {"n": n, "rate": rate, "low": rate - 0.02, "high": rate + 0.02}


def headlines(hours: dict[str, dict[str, float]]) -> list[str]:
    known = {"months": [], "past_due_share_by_amount": None, "overdue_balance": 0, "contact_rate_by_channel": {}}
    ageing = {"91+": {"amount": 0.0}}
    buckets = ("current", "1-30", "31-60", "61-90", "91+")
    rolls = {"roll_rate_by_count": dict.fromkeys(buckets), "debtors_by_bucket": dict.fromkeys(buckets, 0)}
    return tell_headlines({**known, **rolls, "ageing": ageing, "contact_rate_by_hour": hours}, "en")


def test_nothing_is_said_about_what_is_not_known() -> None:
    assert headlines({}) == []


def test_the_best_hour_is_named_where_it_stands_out() -> None:
    told = headlines({"9": seen(0.1), "12": seen(0.11), "18": seen(0.2)})
    assert told[0].startswith("Calls find the debtor most at 18:00")


def test_no_hour_is_named_where_its_interval_holds_the_others() -> None:
    assert headlines({"9": seen(0.1), "12": seen(0.11), "18": seen(0.12)})[0].startswith(
        "No hour of calling stands out"
    )


def test_an_hour_with_few_calls_is_never_the_best() -> None:
    told = headlines({"9": seen(0.1), "12": seen(0.1), "15": seen(0.2), "21": seen(0.9, n=5)})
    assert "15:00" in told[0]
