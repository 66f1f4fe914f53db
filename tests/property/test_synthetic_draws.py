"""Draws depend on their name alone, and so do the portfolios made of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_data.synthetic import simulate, write_tables
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.ledger import Ledger
from recobro_data.synthetic.log import Log
from recobro_data.synthetic.people import CHANNELS
from recobro_data.synthetic.world import World

SEEDS = st.integers(min_value=-(2**70), max_value=2**70)
IDS = st.lists(st.integers(min_value=0, max_value=2**40), min_size=1, max_size=30)


@given(seed=SEEDS, ids=IDS, day=st.integers(0, 40_000))
def test_a_draw_lies_strictly_between_nought_and_one(seed: int, ids: list[int], day: int) -> None:
    drawn = Draws(seed).uniform("any", np.array(ids), day)
    assert ((drawn > 0) & (drawn < 1)).all()


@given(seed=SEEDS, ids=IDS, day=st.integers(0, 40_000))
def test_a_draw_does_not_depend_on_its_neighbours(seed: int, ids: list[int], day: int) -> None:
    together = Draws(seed).uniform("any", np.array(ids), day)
    alone = [Draws(seed).uniform("any", np.array([each]), day)[0] for each in ids]
    assert together.tolist() == alone


@pytest.mark.parametrize("other", [("b", 1, 5), ("a", 2, 5), ("a", 1, 6)])
def test_draws_of_another_stream_seed_or_day_have_nothing_in_common(other: tuple[str, int, int]) -> None:
    ids = np.arange(20_000)
    first, second = Draws(1).uniform("a", ids, 5), Draws(other[1]).uniform(other[0], ids, other[2])
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_draws_are_spread_evenly() -> None:
    drawn = np.sort(Draws(3).uniform("a", np.arange(50_000), 7))
    assert np.abs(drawn - np.linspace(0, 1, len(drawn))).max() < 0.01


@given(low=st.integers(-50, 50), span=st.integers(0, 60), seed=SEEDS)
def test_whole_numbers_keep_to_their_bounds(low: int, span: int, seed: int) -> None:
    drawn = Draws(seed).whole("any", np.arange(200), low=low, high=low + span)
    assert drawn.min() >= low
    assert drawn.max() <= low + span


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_tables_and_another_does_not(seed: int) -> None:
    first, again, other = simulate(15, 2, seed=seed), simulate(15, 2, seed=seed), simulate(15, 2, seed=seed + 1)
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    assert not first.tables["charges"]["amount"].equals(other.tables["charges"]["amount"])


def test_the_same_seed_gives_the_same_bytes(tmp_path) -> None:
    first = write_tables(simulate(60, 5, seed=4), tmp_path / "first", disputes=True)
    again = write_tables(simulate(60, 5, seed=4), tmp_path / "again", disputes=True)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


@settings(max_examples=5, deadline=None)
@given(few=st.integers(1, 40), more=st.integers(41, 80))
def test_a_debtor_is_the_same_person_however_many_others_there_are(few: int, more: int) -> None:
    small, large = simulate(few, 2, seed=8), simulate(more, 2, seed=8)
    pd.testing.assert_frame_equal(small.tables["debtors"], large.tables["debtors"].head(few))
    columns = ["group", "will", *(f"persuasion_{channel}" for channel in CHANNELS)]
    pd.testing.assert_frame_equal(small.truth.people[columns], large.truth.people[columns].head(few))


@given(amounts=st.lists(st.integers(1, 9_000), min_size=1, max_size=12), oldest=st.booleans())
@settings(deadline=None)
def test_money_paid_leaves_a_ledger_exactly_once(amounts: list[int], oldest: bool) -> None:
    ledger = Ledger(WORLD.schedule)
    account, months = np.zeros(4, dtype=np.int64), np.arange(4)
    ledger.issue(account, months, np.full(4, 100.0))
    for cents in amounts:
        month = ledger.oldest_month[:1].astype(np.int64) if oldest else np.array([-1])
        room = ledger.balance[0, month[0]] if oldest else ledger.owed[0]
        before, paid = ledger.owed[0], cents / 100
        ledger.pay(account[:1], month, np.array([paid]))
        assert ledger.owed[0] == pytest.approx(before - min(paid, room), abs=0.005)


def test_an_empty_log_has_empty_columns_of_its_types() -> None:
    columns = Log(day=int, amount=float).columns()
    assert {name: str(values.dtype) for name, values in columns.items()} == {"day": "int64", "amount": "float64"}


WORLD: World = simulate(2, 4, seed=1).truth.world
