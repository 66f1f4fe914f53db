"""What is known of every day beforehand: working days, paydays, clocks, and what the schedule has in store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic.countries import Country, utc_offsets, working_days
from recobro_data.synthetic.draws import Bools, Floats, Ints
from recobro_data.synthetic.lending import NEVER_DAY, Schedule
from recobro_data.synthetic.paying import payday_rates, paydays

#: Days that calendars reach beyond `as_of`.
DAYS_AHEAD: Final = 200
EVENTS: Final = ("issued", "cancelled", "disputed", "settled")
_NOTHING: Final = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """What every day is known to be. Rows: places, kinds of payday, kinds, zones; columns: days from `first_day` on.

    `events` has, for each kind of event, the charges (account, month) that it is planned to befall on a day.
    """

    first_day: int
    works: Bools
    paydays: Bools
    payday_rates: Floats
    offsets: Ints
    events: dict[str, dict[int, tuple[Ints, Ints]]]

    def charges_on(self, event: str, day: int) -> tuple[Ints, Ints]:
        """Accounts and months of the charges that this is planned to befall on that day."""
        return self.events[event].get(day, _NOTHING)


def build_calendar(country: Country, schedule: Schedule, *, days: tuple[int, int]) -> Calendar:
    """The calendar from the first of `days` to `DAYS_AHEAD` beyond the second."""
    first, length = days[0], days[1] - days[0] + DAYS_AHEAD
    return Calendar(
        first_day=first,
        works=working_days(country, first, length),
        paydays=paydays(first, length),
        payday_rates=payday_rates(first, length),
        offsets=utc_offsets(country, first, length),
        events={event: _by_day(getattr(schedule, event), schedule.planned) for event in EVENTS},
    )


def _by_day(days: NDArray[np.int32], planned: Bools) -> dict[int, tuple[Ints, Ints]]:
    accounts, months = np.nonzero(planned & (days < NEVER_DAY))
    on = days[accounts, months]
    order = np.argsort(on, kind="stable")
    accounts, months, on = accounts[order], months[order], on[order]
    known, starts = np.unique(on, return_index=True)
    spans = zip(known, starts, np.append(starts, len(on))[1:], strict=True)
    return {int(day): (accounts[start:end], months[start:end]) for day, start, end in spans}
