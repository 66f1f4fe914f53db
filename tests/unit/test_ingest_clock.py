"""The clock of contact attempts: calls in the night are told, and what would put them right."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from recobro_data.ingest.clock import Clock, clock_of, read_clock


def counted(*hours: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount(np.repeat(hours, 50), minlength=24).astype(np.int64)


def read(at: str, zone: str = "PE") -> Clock | None:
    """200 calls at one instant of the day, of debtors of one country."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE d AS SELECT i AS debtor_id, '{zone}' AS country FROM range(200) t(i)")
        connection.execute(f"CREATE TABLE a AS SELECT i AS debtor_id, 'call' AS channel, "
                           f"TIMESTAMPTZ '2026-03-02 {at}+00' AS attempted_at FROM range(200) t(i)")  # fmt: skip
        return read_clock(connection, "a", "d")


def test_calls_by_day_have_a_right_clock() -> None:
    assert clock_of(counted(9, 12, 18)) == Clock(150, 0.0, 0)


def test_calls_at_three_in_the_morning_are_told_with_what_would_mend_them() -> None:
    found = clock_of(counted(1, 2, 3, 4))
    assert found is not None
    assert (found.night_share, found.shift_hours) == (1.0, 7)
    assert "7 h later" in found.says


@pytest.mark.parametrize("country", ["PE", "ES"])
def test_the_hour_is_that_of_the_debtors_country(country: str) -> None:
    found = read("08:30:00", country)
    assert found is not None
    assert (found.night_share == 1.0) == (country == "PE")


def test_few_calls_tell_nothing_of_a_clock() -> None:
    assert clock_of(counted(3)) is None
