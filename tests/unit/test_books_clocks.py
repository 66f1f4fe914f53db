"""Wall clocks of moments that lie in arrays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from recobro_data.books.clocks import DAY_US, HOUR_US, wall_clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def told(zone: str, moment: datetime) -> int:
    """Microseconds on the clock of the zone, as the standard library reads it."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return (local - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "zone", ["America/Lima", "America/Santiago", "America/Sao_Paulo", "Europe/Madrid", "Australia/Lord_Howe", "UTC"]
)
def test_moments_are_told_on_the_zone_s_clock(zone: str) -> None:
    seed = SystemRandom().randrange(2**32)
    random = Random(seed)
    moments = [datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**9)) for _ in range(2000)]
    asked = np.array([(moment - EPOCH) // timedelta(microseconds=1) for moment in moments])
    assert wall_clock(zone, asked).tolist() == [told(zone, moment) for moment in moments], seed


def test_the_clock_is_changed_at_the_very_minute() -> None:
    change = (datetime(2024, 3, 31, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    before, after = wall_clock("Europe/Madrid", np.array([change - 1, change]))
    assert (after - before, after // HOUR_US % 24) == (HOUR_US + 1, 3)


def test_moments_beyond_the_known_days_go_by_the_nearest() -> None:
    far = np.array([-400, 60_000]) * DAY_US
    assert wall_clock("America/Lima", far).tolist() == (far - 5 * HOUR_US).tolist()


def test_no_moments_are_no_times() -> None:
    assert not len(wall_clock("America/Lima", np.empty(0, np.int64)))
