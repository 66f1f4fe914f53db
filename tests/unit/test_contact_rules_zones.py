from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recobro_data.contact_rules.zones import intersect, join, to_instants

SANTIAGO = "America/Santiago"
AUTUMN, SPRING = date(2026, 4, 4), date(2026, 9, 6)  # midnight comes twice as 23:00, and never as 00:00


def clock(day: date, start: int, end: int) -> tuple[str, str] | None:
    found = to_instants(day, (start * 60, end * 60), SANTIAGO)
    return found and tuple(datetime.fromtimestamp(one, UTC).strftime("%d %H:%M") for one in found)  # type: ignore[return-value]


def test_an_hour_that_comes_twice_is_open_at_its_end_only_the_first_time() -> None:
    assert clock(AUTUMN, 22, 23) == ("05 01:00", "05 02:00")


def test_an_hour_that_comes_twice_starts_the_second_time() -> None:
    assert clock(AUTUMN, 23, 24) == ("05 03:00", "05 04:00")


def test_an_hour_that_never_comes_is_never_open() -> None:
    assert clock(SPRING, 0, 1) is None


def test_a_day_of_23_hours_is_one() -> None:
    start, end = to_instants(SPRING, (0, 1440), SANTIAGO) or (0, 0)
    assert (end - start) / 3600 == 23


@pytest.mark.parametrize(
    ("spans", "joined"),
    [([(5, 7), (0, 2)], ((0, 2), (5, 7))), ([(0, 2), (2, 4)], ((0, 4),)), ([(0, 9), (1, 2)], ((0, 9),)), ([], ())],
)
def test_spans_that_touch_are_one(spans: list[tuple[int, int]], joined: tuple[tuple[int, int], ...]) -> None:
    assert join(spans) == joined


def test_what_lies_in_both_is_kept() -> None:
    assert intersect(((0, 5), (8, 12)), ((3, 9), (12, 14))) == ((3, 5), (8, 9))
