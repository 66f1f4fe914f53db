"""Days on which charges were watched and the payments in them: what a hazard is learnt from and measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.event_grid import Intervals, cut_intervals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Columns that tell how long a charge was watched and whether that ended in payment: until somebody reached the debtor
#: (what follows is no longer "nobody acts"), or for as long as the books went on.
UNTIL_REACHED: Final = ("watched_days", "is_paid")
AS_WORKED: Final = ("followed_days", "was_paid")
#: The same of the debtor's first payment of any amount, until somebody reached the debtor.
FIRST_PAYMENT: Final = ("debtor_days", "debtor_paid")


@dataclass(frozen=True)
class WatchedDays:
    """The grid's intervals of charges: `days` watched in each, and whether the last of them brought the payment.

    A day counts if and only if it was watched, so that a charge which stops being watched in the middle of an interval
    says no more and no less than that: whole intervals alone would count the payments of charges that are soon no
    longer watched, and not their unpaid days.
    """

    intervals: Intervals
    days: Ints
    paid: NDArray[np.int8]

    @classmethod
    def of(cls, rows: pd.DataFrame, columns: tuple[str, str] = UNTIL_REACHED) -> WatchedDays:
        """Of charges as of their days: `charge_days_past_due` and the two `columns`."""
        last = rows[columns[0]].to_numpy(np.int64)
        intervals = cut_intervals(rows["charge_days_past_due"].to_numpy(np.int64), last)
        ends = last[intervals.row]
        paid = rows[columns[1]].to_numpy(bool)[intervals.row] & (intervals.last_day >= ends)
        return cls(intervals, np.minimum(intervals.last_day, ends) - intervals.first_day + 1, paid.astype(np.int8))

    def at(self, chosen: NDArray[np.bool_]) -> WatchedDays:
        """The chosen intervals alone, of the same charges."""
        cut = self.intervals
        own = Intervals(cut.row[chosen], cut.first_day[chosen], cut.last_day[chosen], cut.days_past_due[chosen])
        return WatchedDays(own, self.days[chosen], self.paid[chosen])

    def as_trials(self) -> tuple[Ints, NDArray[np.int8], Floats]:
        """Position in the intervals, outcome and weight: an interval's unpaid days, then each payment's day."""
        paid = np.flatnonzero(self.paid)
        position = np.concatenate([np.arange(len(self.paid)), paid])
        outcome = np.concatenate([np.zeros(len(self.paid), np.int8), np.ones(len(paid), np.int8)])
        weight = np.concatenate([self.days - self.paid, np.ones(len(paid), np.int64)])
        return position, outcome, weight.astype(np.float64)

    def repetition(self, hazard: Floats, debtors: Ints) -> float:
        """How many times over the same payments count: the variance of payments less expected by debtor, as a multiple
        of what it were if every day and charge were independent. At least 1.

        One charge is watched from several as-of days and one debtor pays several charges at once, so that payments are
        fewer than they seem (the design effect, Kish 1965).
        """
        expected = self.days * hazard
        beyond = np.bincount(debtors[self.intervals.row], self.paid - expected)
        return float(max(np.sum(beyond**2) / max(expected.sum(), 1e-9), 1.0)) if len(expected) else 1.0


def numbered_debtors(rows: pd.DataFrame) -> Ints:
    """A whole number from 0 on for each row's debtor."""
    numbers: Ints = pd.factorize(rows["debtor_id"])[0].astype(np.int64)
    return numbers
