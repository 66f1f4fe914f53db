"""What the notebooks count with."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from sklearn.metrics import roc_auc_score

from recobro_data.synthetic import simulate, write_tables

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def load(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(NOTEBOOKS))
        return importlib.import_module(f"workings.{name}")


measures = load("measures")


def people_and_hours(*, by_hour: float, by_person: float, seed: int = 3) -> pd.DataFrame:
    """Attempts of 60 people, half of them always tried early; the index is deliberately useless."""
    rng = np.random.default_rng(seed)
    debtor = np.repeat(np.arange(60), 30)
    early_person = debtor % 2 == 0
    hour = np.where(rng.random(len(debtor)) < np.where(early_person, 0.8, 0.2), 9, 18)
    p = 0.2 + by_hour * (hour == 18) + by_person * ~early_person
    reached = rng.random(len(debtor)) < p
    return pd.DataFrame({"debtor_id": debtor, "hour": hour, "reached": reached}, index=rng.permutation(len(debtor)) * 7)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(first: int, second: int) -> None:
    hits, n = sorted((first, second))
    low, high = measures.wilson(hits, n)
    assert 0 <= low <= (hits / n if n else 0) + 1e-12
    assert (hits / n if n else 1) - 1e-12 <= high <= 1


def test_an_interval_is_the_published_one() -> None:
    # Newcombe (1998), table I: 81 of 263 and 15 of 148, without continuity correction.
    low, high = measures.wilson([81, 15], [263, 148])
    assert np.round(low, 4).tolist() == [0.2553, 0.0624]
    assert np.round(high, 4).tolist() == [0.3662, 0.1605]


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40))
def test_the_auc_is_that_of_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    happened, score = map(list, zip(*rows, strict=True))
    if len(set(happened)) < 2:
        assert np.isnan(measures.auc(happened, score))
    else:
        assert measures.auc(happened, score) == pytest.approx(roc_auc_score(happened, score))


def test_a_share_done_is_the_plain_share_where_everybody_is_watched_to_the_end() -> None:
    end, done = np.array([1, 2, 2, 3]), np.array([True, True, False, True])
    table = measures.share_done(np.zeros(4), np.where(done, end, 9), done, np.arange(4))
    assert table["share"].tolist() == [0.0, 0.25, 0.5, 0.75]


def test_a_row_watched_no_longer_counts_only_while_it_was() -> None:
    table = measures.share_done([0, 0, 2], [1, 2, 2], [False, True, True], np.arange(3))
    assert table["n"].tolist() == [2, 2, 2]
    assert table["share"].tolist() == [0.0, 0.0, 1.0]


def test_an_hour_that_matters_is_told_from_chance() -> None:
    assert measures.p_by_chance(people_and_hours(by_hour=0.2, by_person=0.0), "hour") < 0.01


def test_who_is_called_when_is_not_mistaken_for_an_hour_that_matters() -> None:
    rows = people_and_hours(by_hour=0.0, by_person=0.4)
    assert measures.p_if_equal(rows, "hour") < 0.001
    assert measures.p_by_chance(rows, "hour") > 0.05


def test_the_interval_of_an_auc_is_wider_when_rows_go_together() -> None:
    rows = people_and_hours(by_hour=0.0, by_person=0.3).assign(
        happened=lambda t: t["reached"], score=lambda t: t["hour"]
    )
    together = measures.auc_interval(rows.assign(score=rows["debtor_id"] % 2))
    apart = measures.auc_interval(rows.assign(score=rows["debtor_id"] % 2, debtor_id=np.arange(len(rows))))
    assert np.diff(together) > 0
    assert together[0] < measures.auc(rows["reached"], rows["debtor_id"] % 2) < together[1]
    assert np.diff(apart) < 0.1


def test_the_chance_under_equal_rates_is_that_of_scipy() -> None:
    rows = people_and_hours(by_hour=0.02, by_person=0.02)
    expected = chi2_contingency(pd.crosstab(rows["hour"], rows["reached"]), correction=False).pvalue
    assert measures.p_if_equal(rows, "hour") == pytest.approx(expected)


def test_no_later_row_changes_what_was_known_on_a_day(tmp_path: Path) -> None:
    portfolio, lateness = load("portfolio"), load("lateness")
    write_tables(simulate(40, 5, seed=11), tmp_path, disputes=True)
    whole = portfolio.load_portfolio(tmp_path)
    day = whole.as_of - timedelta(days=50)
    for name, column in {"payments": "paid_on", "charges": "issued_on", "disputes": "opened_on"}.items():
        rows = pd.read_csv(tmp_path / f"{name}.csv", dtype=str)
        rows[rows[column] < day.isoformat()].to_csv(tmp_path / f"{name}.csv", index=False)
    with whole.books(day) as books, portfolio.load_portfolio(tmp_path).books(day) as cut:
        known = lateness.known_on(books)
        assert len(known) > 40
        pd.testing.assert_frame_equal(known, lateness.known_on(cut))
