"""What was tried of each debtor lately, as far as the next attempt follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import find_places, read_days
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.lawful import HOURS, Ints, Mask

#: Days since something that never was.
NEVER: Final = 100_000


@dataclass(frozen=True)
class History:
    """By the debtor's position.

    days_since: since the last attempt that did not bounce; `NEVER` where there was none.
    failed_days: (debtor, channel), since the channel bounced; `NEVER` where its last attempt did not.
    vain: (debtor, hour of the debtor's clock), hours of the last `vary_days` days at which nobody answered; none where
        the debtor was reached on one of these days.
    """

    days_since: Ints
    failed_days: Ints
    vain: Mask

    @classmethod
    def find(cls, attempts: pd.DataFrame, debtor_ids: NDArray[np.object_], work_date: date, vary_days: int) -> History:
        """From attempts before the work date.

        Args:
            attempts: `debtor_id`, `channel`, `attempted_on`, `hour` (of the debtor's clock), `outcome`, `reached`.
            debtor_ids: whose history is asked for, by position.
            work_date: days are counted to it.
            vary_days: for so many days an hour is remembered.
        """
        row, place = find_places(attempts["debtor_id"], debtor_ids), find_places(attempts["channel"], CHANNELS)
        days = (np.datetime64(work_date, "D") - read_days(attempts["attempted_on"])).astype(np.int64)
        known = (row >= 0) & (place >= 0) & (days >= 0)
        rows = _Attempts(
            row, place, days, attempts["hour"].to_numpy(np.float64, na_value=np.nan),
            attempts["outcome"].to_numpy(object) == "failed", attempts["reached"].to_numpy(bool),
        ).only(known)  # fmt: skip
        n = len(debtor_ids)
        return cls(_days_since(rows, n), _failed_days(rows, n), _vain(rows, n, vary_days))

    def of_rows(self, rows: slice) -> History:
        """The history of some of the debtors."""
        return History(self.days_since[rows], self.failed_days[rows], self.vain[rows])


class _Attempts(NamedTuple):
    """Attempts, a value each: the debtor's position, the channel's place, days ago, hour, and what came of it."""

    row: Ints
    place: Ints
    days: Ints
    hour: NDArray[np.float64]
    failed: Mask
    reached: Mask

    def only(self, kept: Mask) -> _Attempts:
        """Those that are kept."""
        return _Attempts(
            self.row[kept], self.place[kept], self.days[kept], self.hour[kept], self.failed[kept], self.reached[kept]
        )


def _days_since(attempts: _Attempts, n: int) -> Ints:
    found = np.full(n, NEVER, np.int64)
    made = attempts.only(~attempts.failed)
    np.minimum.at(found, made.row, made.days)
    return found


def _failed_days(attempts: _Attempts, n: int) -> Ints:
    last, failed = (np.full((n, len(CHANNELS)), NEVER, np.int64) for _ in range(2))
    for found, which in ((last, ~attempts.failed), (failed, attempts.failed)):
        made = attempts.only(which)
        np.minimum.at(found, (made.row, made.place), made.days)
    # Whoever was got through to on the day it bounced, or later, has a channel that works.
    return np.where(failed < last, failed, NEVER)


def _vain(attempts: _Attempts, n: int, vary_days: int) -> Mask:
    recent = attempts.only((attempts.days <= vary_days) & (attempts.hour >= 0) & (attempts.hour <= HOURS - 1))
    vain = np.zeros((n, HOURS), bool)
    missed = recent.only(~recent.reached)
    vain[missed.row, missed.hour.astype(np.int64)] = True
    vain[recent.row[recent.reached]] = False
    return vain
