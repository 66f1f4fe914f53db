from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_models.event_grid import GRID, INTERVAL_FEATURES, as_days, cut_intervals, interval_features

_depths = st.one_of(st.integers(-400, 1500), st.integers(-3_700_000, 3_700_000))
_charges = st.lists(st.tuples(_depths, st.integers(0, 200)), max_size=12)


def cut(charges: list[tuple[int, int]]) -> Any:
    pairs = np.array(charges, np.int64).reshape(-1, 2)
    return cut_intervals(pairs[:, 0], pairs[:, 1])


@given(charges=_charges)
def test_intervals_tile_the_days_ahead_without_gap_or_overlap(charges: list[tuple[int, int]]) -> None:
    intervals = cut(charges)
    for place, (_, n_days) in enumerate(charges):
        mine = intervals.row == place
        firsts, lasts = intervals.first_day[mine], intervals.last_day[mine]
        assert list(firsts[:1]) == [1] * (n_days > 0)
        assert list(firsts[1:]) == list(lasts[:-1] + 1)
        assert (firsts <= n_days).all()
        assert (lasts[-1:] >= n_days).all()


@given(charges=_charges)
def test_an_interval_knows_the_days_past_due_of_its_first_day(charges: list[tuple[int, int]]) -> None:
    intervals = cut(charges)
    depth = np.array([charges[row][0] for row in intervals.row], np.int64)
    np.testing.assert_array_equal(intervals.days_past_due, depth + intervals.first_day - 1)


@given(charges=_charges)
def test_an_interval_ends_at_an_end_of_the_grid_and_holds_no_other(charges: list[tuple[int, int]]) -> None:
    intervals = cut(charges)
    ends = intervals.days_past_due + intervals.length - 1
    assert np.isin(ends, GRID).all()
    assert (np.searchsorted(GRID, intervals.days_past_due) == np.searchsorted(GRID, ends)).all()


@given(charges=_charges, data=st.data())
def test_a_charge_alone_gets_the_intervals_it_has_among_others(charges: list[tuple[int, int]], data: Any) -> None:
    place = data.draw(st.integers(0, max(len(charges) - 1, 0)))
    among, alone = cut(charges), cut(charges[place : place + 1])
    np.testing.assert_array_equal(among.last_day[among.row == place], alone.last_day)


def test_around_the_due_day_every_day_is_an_interval_of_its_own() -> None:
    intervals = cut([(-1, 7)])
    assert list(zip(intervals.first_day, intervals.last_day, strict=True)) == [
        *((day, day) for day in range(1, 7)),
        (7, 8),
    ]


@pytest.mark.parametrize(
    ("as_of", "days_past_due", "expected"),
    [
        # Thursday 1 January; the day past due -1 is an interval of its own.
        (date(2026, 1, 1), -1, [-1, 1, 1, 1, 3, 1, 14, 0, 1]),
        # Saturday 28 February, day 22 to 29 past due: until Saturday 7 March five of eight days are workdays.
        (date(2026, 2, 28), 22, [22, 8, 1, 5 / 8, 5, 28, 0, 0, 3 / 8]),
        # Sunday 15 March is a payday itself.
        (date(2026, 3, 15), 0, [0, 1, 1, 0, 6, 15, 0, 1, 0]),
        # Monday 16 February of a leap year, 13 days before its last.
        (date(2032, 2, 16), 1, [1, 1, 1, 1, 0, 16, 13, 1, 0]),
    ],
)
def test_the_calendar_of_an_interval(as_of: date, days_past_due: int, expected: list[float]) -> None:
    found = interval_features(cut([(days_past_due, 1)]), as_days(as_of, 1))
    assert dict(zip(INTERVAL_FEATURES, found[0], strict=True)) == dict(zip(INTERVAL_FEATURES, expected, strict=True))


def test_a_later_interval_looks_at_the_calendar_of_its_own_first_day() -> None:
    found = interval_features(cut([(0, 3)]), as_days(date(2026, 1, 30), 1))
    weekday, day = (INTERVAL_FEATURES.index(name) for name in ("start_weekday", "start_day_of_month"))
    assert found[:, [weekday, day]].tolist() == [[4, 30], [5, 31], [6, 1]]


def test_each_charge_looks_at_the_calendar_of_its_own_as_of_day() -> None:
    as_of = np.array(["2026-01-30", "2026-02-01"], "datetime64[D]")
    found = interval_features(cut([(0, 1), (0, 1)]), as_of)
    assert found[:, INTERVAL_FEATURES.index("start_day_of_month")].tolist() == [30, 1]


@given(start=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days_past_due=st.integers(-40, 120))
def test_days_after_a_payday_are_counted_as_a_calendar_counts_them(start: date, days_past_due: int) -> None:
    intervals = cut([(days_past_due, 1)])
    days = [start + timedelta(days=n) for n in range(int(intervals.length[0]))]
    after_15th = [any((day - timedelta(days=back)).day == 15 for back in range(3)) for day in days]
    after_last = [any((day - timedelta(days=back - 1)).day == 1 for back in range(3)) for day in days]
    found = dict(zip(INTERVAL_FEATURES, interval_features(intervals, as_days(start, 1))[0], strict=True))
    shares = found["after_mid_month_share"], found["after_month_end_share"]
    assert shares == pytest.approx((np.mean(after_15th), np.mean(after_last)))


@given(charges=_charges)
def test_columns_of_an_interval_stay_in_their_bounds(charges: list[tuple[int, int]]) -> None:
    intervals = cut(charges)
    found = interval_features(intervals, as_days(date(2026, 5, 5), len(charges)))
    lowest, highest = [-120, 1, 1, 0, 0, 1, 0, 0, 0], [1500, 366, 200, 1, 6, 31, 15, 1, 1]
    assert ((found >= lowest) & (found <= highest)).all()
