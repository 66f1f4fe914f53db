from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model_samples import ugly_index

from recobro_data.errors import LeakError
from recobro_models.splits import TimeSplit, is_withheld, part_rows, snapshot_days, split_in_time, watched_until
from recobro_models.watched_days import AS_WORKED, FIRST_PAYMENT

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))

_days = st.lists(st.dates(date(2020, 1, 1), date(2022, 1, 1)), max_size=30)
_counts = st.integers(0, 4)


@pytest.mark.parametrize(
    ("split", "says"),
    [
        (TimeSplit((JAN,), (FEB,), (), 32), "labels to end before the calibration begins on 2026-02-01, found a label"),
        (TimeSplit((), (FEB,), (MAR,), 29), "labels to end before the test begins on 2026-03-01, found a label window"),
        (TimeSplit((FEB,), (), (MAR,), 29), "a label window of 29 days from 2026-02-01"),
        (TimeSplit((FEB,), (JAN,), (), 1), "before the calibration begins on 2026-01-01"),
        (TimeSplit((JAN, MAR), (), (FEB,), 1), "a label window of 1 days from 2026-03-01"),
        (TimeSplit((JAN,), (JAN,), (), 1), "Leave a gap as long as the label window between the parts"),
    ],
)
def test_a_split_that_leaks_is_refused(split: TimeSplit, says: str) -> None:
    with pytest.raises(LeakError, match=says):
        split.check()


@pytest.mark.parametrize(
    "split",
    [TimeSplit((JAN,), (FEB,), (MAR,), 28), TimeSplit((), (), (), 30), TimeSplit((JAN,), (), (MAR,), 59)],
)
def test_a_label_window_may_end_as_the_next_part_begins(split: TimeSplit) -> None:
    split.check()


@given(days=_days, label_days=st.integers(1, 120), n_test=_counts, n_calibrate=_counts)
def test_every_split_leaves_a_gap_as_long_as_the_label_window(
    days: list[date], label_days: int, n_test: int, n_calibrate: int
) -> None:
    split = split_in_time(days, label_days=label_days, n_test=n_test, n_calibrate=n_calibrate)
    gap = timedelta(days=label_days)
    for earlier, later in ((split.fit, split.calibrate), (split.calibrate, split.test), (split.fit, split.test)):
        assert all(day + gap <= next_day for day in earlier for next_day in later)


@given(days=_days, label_days=st.integers(1, 120), n_test=_counts, n_calibrate=_counts)
def test_a_split_takes_no_day_twice_and_no_more_days_than_asked(
    days: list[date], label_days: int, n_test: int, n_calibrate: int
) -> None:
    split = split_in_time(days, label_days=label_days, n_test=n_test, n_calibrate=n_calibrate)
    taken = [*split.fit, *split.calibrate, *split.test]
    assert sorted(taken) == taken
    assert all(taken.count(day) <= days.count(day) for day in taken)
    assert (len(split.test), len(split.calibrate) <= n_calibrate) == (min(n_test, len(days)), True)


def test_the_newest_days_test_and_the_next_newest_before_the_gap_calibrate() -> None:
    days = [date(2026, 1, 1) + timedelta(days=10 * step) for step in range(9)]
    split = split_in_time(days[::-1], label_days=15, n_test=2, n_calibrate=1)
    assert (split.fit, split.calibrate, split.test) == (tuple(days[:4]), (days[5],), tuple(days[7:]))


def test_without_days_to_calibrate_on_all_before_the_gap_fit() -> None:
    assert split_in_time([JAN, FEB, MAR], label_days=20, n_test=1, n_calibrate=0) == TimeSplit(
        (JAN, FEB), (), (MAR,), 20
    )


@given(
    first=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    last=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    every=st.integers(1, 90),
)
def test_snapshot_days_go_back_from_the_last_in_equal_steps(first: date, last: date, every: int) -> None:
    days = snapshot_days(first, last, every_days=every)
    assert {(later - earlier).days for earlier, later in pairwise(days)} <= {every}
    assert not days or (days[-1] == last and 0 <= (days[0] - first).days < every)
    assert bool(days) == (first <= last)


def charges_as_of(*days: date) -> pd.DataFrame:
    """A charge of each of 400 debtors on each day, paid on the 50th day after it."""
    columns = {"debtor_id": [f"D{at}" for at in range(400)], "watched_days": 50, "is_paid": True}
    frames = [pd.DataFrame(columns).assign(as_of=pd.Timestamp(day)) for day in days]
    return pd.concat(frames).set_index(ugly_index(400 * len(days)))


def test_about_a_tenth_of_the_debtors_is_withheld_whatever_the_company() -> None:
    debtors = [f"D{at}" for at in range(2000)]
    withheld = is_withheld(debtors)
    assert 150 < withheld.sum() < 250
    assert [bool(is_withheld([debtor])[0]) for debtor in debtors[:50]] == list(withheld[:50])


def test_every_charge_of_a_withheld_debtor_is_unseen_or_left_out() -> None:
    parts = part_rows(charges_as_of(JAN, FEB, MAR), TimeSplit((JAN,), (FEB,), (MAR,), 28))
    assert is_withheld(parts.unseen["debtor_id"]).all()
    assert not is_withheld(pd.concat([parts.fit, parts.calibrate, parts.test])["debtor_id"]).any()
    assert len(parts.tested) == 400


def test_what_a_part_knows_ends_where_the_next_one_begins() -> None:
    parts = part_rows(charges_as_of(JAN, FEB, MAR), TimeSplit((JAN,), (FEB,), (MAR,), 28))
    assert [(part["watched_days"].unique().tolist(), part["is_paid"].any()) for part in
            (parts.fit, parts.calibrate, parts.test)] == [([31], False), ([28], False), ([50], True)]  # fmt: skip


@pytest.mark.parametrize("columns", [AS_WORKED, FIRST_PAYMENT])
def test_other_watching_is_cut_like_watching_until_reached(columns: tuple[str, str]) -> None:
    days, paid = columns
    rows = charges_as_of(JAN).assign(**{days: 50, paid: True})
    cut = watched_until(rows, FEB)
    assert cut[[days, paid]].drop_duplicates().to_numpy().tolist() == [[31, False]]
    assert list(cut.index) == list(rows.index)


def test_without_charges_every_part_is_empty() -> None:
    parts = part_rows(charges_as_of(JAN).iloc[:0], TimeSplit((JAN,), (FEB,), (MAR,), 28))
    assert [len(part) for part in (parts.fit, parts.calibrate, parts.test, parts.unseen)] == [0, 0, 0, 0]
