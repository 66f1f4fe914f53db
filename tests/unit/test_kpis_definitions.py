from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.vocabulary import LANGUAGES
from recobro_pipelines.kpi_definitions import build_kpi_page
from recobro_pipelines.kpi_sums import Period
from recobro_pipelines.kpis import KPI_DEFINITIONS
from recobro_pipelines.ratios import share_with_interval, wilson_interval

_CHECKED_IN = Path(__file__).parents[2] / "docs" / "kpis.md"


def test_the_checked_in_page_is_the_one_the_definitions_give() -> None:
    assert _CHECKED_IN.read_text(encoding="utf-8") == build_kpi_page()


@pytest.mark.parametrize("name", KPI_DEFINITIONS)
def test_every_kpi_is_defined_in_one_sentence_of_each_language(name: str) -> None:
    kpi = KPI_DEFINITIONS[name]
    assert all(text.endswith(".") and ". " not in text for text in kpi.meaning.values())
    assert set(kpi.meaning) == set(kpi.title) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 3, 15), date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 1, 2), date(2025, 12, 1), date(2026, 1, 1)),
    ],
)
def test_the_month_is_the_last_one_that_was_over_when_the_day_began(day: date, start: date, end: date) -> None:
    assert Period.before(day) == Period(day, start, end)


@given(st.data())
def test_a_wilson_interval_lies_within_0_and_1_and_holds_its_rate(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 10_000))
    n_success = data.draw(st.integers(0, n))
    low, high = wilson_interval(n_success, n)
    assert 0 <= low <= n_success / n + 1e-12
    assert n_success / n - 1e-12 <= high <= 1


@given(st.integers(1, 500))
def test_more_rows_make_the_interval_narrower(n: int) -> None:
    narrow, wide = wilson_interval(8 * n, 16 * n), wilson_interval(n, 2 * n)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


@pytest.mark.parametrize(("n", "expected"), [(0, {"n": 0, "rate": None, "low": None, "high": None})])
def test_a_share_of_nothing_is_not_known(n: int, expected: dict[str, Any]) -> None:
    assert share_with_interval(0, n) == expected
