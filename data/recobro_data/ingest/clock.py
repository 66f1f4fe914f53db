"""Whether the clock of contact attempts is the debtors': calls at three in the morning come from a wrong time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from recobro_data.ingest import sql
from recobro_data.zones import principal_zone

#: Local hours at which nobody's law lets anyone call, and those in which all do: first inclusive, last exclusive.
_NIGHT: Final = (22, 6)
_DAY: Final = (8, 20)
#: Fewer calls and visits than this tell nothing of a clock.
LEAST_ATTEMPTS: Final = 100


@dataclass(frozen=True)
class Clock:
    """How the calls and visits of a load lie in the debtors' day.

    n_attempts: how many there are. night_share: of them, between 22:00 and 6:00 local. shift_hours: by how many hours
    the clock would have to be put on for most of them to lie between 8:00 and 20:00 (0: it is right as it is).
    """

    n_attempts: int
    night_share: float
    shift_hours: int

    @property
    def says(self) -> str:
        """What the share is of, and what would mend it."""
        says = "calls and visits between 22:00 and 6:00 of the debtor's country"
        if not self.shift_hours:
            return says
        way = "later" if self.shift_hours > 0 else "earlier"
        return f"{says}; read {abs(self.shift_hours)} h {way} most would lie in the day: is their time zone right?"


def read_clock(
    connection: duckdb.DuckDBPyConnection, attempts: str = "good_contact_attempts", debtors: str = "known_debtors"
) -> Clock | None:
    """The clock of the attempts in a relation, by the principal zone of each debtor's country; `None` of too few.

    Args:
        attempts: `debtor_id`, `channel`, `attempted_at` (an instant).
        debtors: `debtor_id`, `country`.
    """
    countries = [row[0] for row in connection.execute(f"SELECT DISTINCT country FROM {debtors}").fetchall() if row[0]]
    hours = np.zeros(24, np.int64)
    for country in countries:
        local = f"hour(timezone({sql.text(principal_zone(country))}, attempted_at))"
        found = connection.execute(
            f"SELECT {local}, count(*) FROM {attempts} JOIN {debtors} USING (debtor_id) "
            f"WHERE channel IN ('call', 'visit') AND country = {sql.text(country)} GROUP BY 1"
        ).fetchall()
        for hour, n in found:
            hours[int(hour)] += int(n)
    return clock_of(hours)


def clock_of(hours: NDArray[np.int64]) -> Clock | None:
    """The clock of counts by local hour; `None` of too few.

    >>> clock_of(np.bincount(np.repeat([3, 4], 100), minlength=24)).night_share
    1.0
    """
    n = int(hours.sum())
    if n < LEAST_ATTEMPTS:
        return None
    night = int(hours[_NIGHT[0] :].sum() + hours[: _NIGHT[1]].sum())
    shifts = sorted(range(-12, 13), key=abs)
    in_day = [int(np.roll(hours, shift)[_DAY[0] : _DAY[1]].sum()) for shift in shifts]
    # Of equals the least shift; a clock that mostly lies in the day is right as it is.
    shift = 0 if 2 * in_day[0] >= n else shifts[int(np.argmax(in_day))]
    return Clock(n, night / n, shift)
