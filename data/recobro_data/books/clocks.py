"""Wall clocks of zones for moments that lie in arrays, from the tables of the engine that dates those of a lake."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
#: Days from 1970-01-01 on of which a zone's clock is known; later and earlier ones go by the nearest.
_DAYS: Final = 47_483
_AHEAD: Final = "epoch_us(timezone($zone, make_timestamptz({0}))) - ({0})"
_BY_DAY: Final = f"select {_AHEAD.format('i * 86400000000')} as ahead from range(0, {_DAYS}) days(i) order by i"
_CHANGES: Final = f"""
select min(day + minute * 60000000) as moment
from (select unnest($days::bigint[]) as day), range(1, 1441) minutes(minute)
where {_AHEAD.format("day + minute * 60000000")} <> {_AHEAD.format("day")}
group by day order by day
"""


def wall_clock(zone: str, moments: Ints) -> Ints:
    """Microseconds on the zone's clock at moments that are microseconds since 1970-01-01 UTC."""
    changes, ahead = _shifts(zone)
    return moments + ahead[np.searchsorted(changes, moments, side="right")]


@lru_cache(maxsize=1024)
def _shifts(zone: str) -> tuple[Ints, Ints]:
    """The moments at which a zone's clock is changed, and how far it is ahead before the first and from each on."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as engine:
        ahead = engine.execute(_BY_DAY, {"zone": zone}).fetchnumpy()["ahead"]
        days = np.flatnonzero(np.diff(ahead))
        asked = {"zone": zone, "days": (days * DAY_US).tolist()}
        changes = engine.execute(_CHANGES, asked).fetchnumpy()["moment"]
    return changes.astype(np.int64), ahead[np.append(days, len(ahead) - 1)].astype(np.int64)
