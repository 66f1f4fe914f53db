"""What was watched: every watched day counts once, a payment on its day, and no day more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model_samples import build_charges

from recobro_models.watched_days import AS_WORKED, WatchedDays, numbered_debtors

_charges = st.lists(st.tuples(st.integers(-60, 200), st.integers(1, 90), st.booleans()), min_size=1, max_size=8)


def watched(charges: list[tuple[int, int, bool]]) -> WatchedDays:
    late, days, paid = (list(column) for column in zip(*charges, strict=True))
    return WatchedDays.of(build_charges(len(late), charge_days_past_due=late, watched_days=days, is_paid=paid))


@given(charges=_charges)
def test_as_many_days_count_as_were_watched(charges: list[tuple[int, int, bool]]) -> None:
    found = watched(charges)
    assert np.bincount(found.intervals.row, found.days).tolist() == [days for _, days, _ in charges]
    assert (found.days <= found.intervals.length).all()


@given(charges=_charges)
def test_each_payment_counts_once_in_the_last_interval_of_its_charge(charges: list[tuple[int, int, bool]]) -> None:
    found = watched(charges)
    assert np.bincount(found.intervals.row, found.paid).tolist() == [int(paid) for *_, paid in charges]
    last = np.flatnonzero(np.append(np.diff(found.intervals.row), 1))
    assert set(np.flatnonzero(found.paid)) <= set(last)


@given(charges=_charges)
def test_trials_are_the_watched_days_with_a_payment_on_a_day_of_its_own(charges: list[tuple[int, int, bool]]) -> None:
    found = watched(charges)
    position, outcome, weight = found.as_trials()
    assert np.bincount(position, weight).tolist() == found.days.tolist()
    assert np.bincount(position, outcome * weight).tolist() == found.paid.tolist()


def test_charges_can_be_followed_beyond_their_watching() -> None:
    rows = build_charges(
        1, charge_days_past_due=[0], watched_days=[2], is_paid=[False], followed_days=[9], was_paid=[True]
    )
    assert (WatchedDays.of(rows).days.sum(), WatchedDays.of(rows).paid.sum()) == (2, 0)
    assert (WatchedDays.of(rows, AS_WORKED).days.sum(), WatchedDays.of(rows, AS_WORKED).paid.sum()) == (9, 1)


@pytest.mark.parametrize("times", [1, 4])
def test_the_same_payments_seen_again_and_again_count_as_repetition(times: int) -> None:
    paid = np.repeat(np.random.default_rng(4).random(2000) < 0.3, times)
    rows = build_charges(2000 * times, charge_days_past_due=np.full(2000 * times, 5))
    rows = rows.assign(watched_days=1, is_paid=paid, debtor_id=np.repeat([f"D{at}" for at in range(2000)], times))
    found = WatchedDays.of(rows)
    seen = found.repetition(np.full(len(found.days), 0.3), numbered_debtors(rows))
    assert seen == pytest.approx(0.7 * times if times > 1 else 1, rel=0.1)
