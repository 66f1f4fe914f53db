"""Who the debtors of each population are, and that habits shift only where they should."""

from __future__ import annotations

import numpy as np
import pytest

from recobro_data.errors import UsageError
from recobro_data.synthetic import simulate
from recobro_data.synthetic.populations import POPULATIONS, SHIFT_DAYS


@pytest.mark.parametrize(
    ("population", "portfolios", "kinds"),
    [
        ("retail", {"consumo"}, {"person"}),
        ("telecom", {"servicios"}, {"person", "company"}),
        ("firms", {"consumo", "servicios"}, {"company"}),
        ("shifting", {"consumo", "servicios"}, {"person", "company"}),
    ],
)
def test_a_population_has_its_own_debtors(population: str, portfolios: set[str], kinds: set[str]) -> None:
    debtors = simulate(300, 2, seed=5, population=population).tables["debtors"]
    assert set(debtors["portfolio_id"]) == portfolios
    assert set(debtors["kind"]) == kinds


def test_habits_shift_on_their_day_and_not_before() -> None:
    steady, shifting = (simulate(300, 4, seed=5, population=name) for name in ("mixed", "shifting"))
    attempts = [portfolio.tables["contact_attempts"] for portfolio in (steady, shifting)]
    before = [rows[rows["attempted_at"].dt.date < days_before(steady.as_of)] for rows in attempts]
    np.testing.assert_array_equal(before[0]["outcome"], before[1]["outcome"])
    assert len(attempts[0]) != len(attempts[1]) or (attempts[0]["outcome"] != attempts[1]["outcome"]).any()


def days_before(as_of: object) -> object:
    return (np.datetime64(str(as_of)) - SHIFT_DAYS).astype(object)


def test_where_habits_shift_people_answer_other_channels() -> None:
    steady, shifting = (simulate(300, 4, seed=5, population=name).truth for name in ("mixed", "shifting"))
    ids = [f"D{number:07d}" for number in range(300)]
    means = [truth.p_reach(ids, "whatsapp", 2, 10).mean() for truth in (steady, shifting)]
    assert means[1] > means[0] + 0.03


def test_an_unknown_population_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=", ".join(POPULATIONS)):
        simulate(10, 2, seed=1, population="martians")
