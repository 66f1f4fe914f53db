"""What was tried of each debtor lately, as far as the next attempt follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
        row = pd.Index(debtor_ids).get_indexer(pd.Index(attempts["debtor_id"]))
        place = pd.Categorical(attempts["channel"], categories=list(CHANNELS)).codes.astype(np.int64)
        days = (pd.Timestamp(work_date) - pd.to_datetime(attempts["attempted_on"])).dt.days.to_numpy(np.int64)
        known = (row >= 0) & (place >= 0) & (days >= 0)
        rows = pd.DataFrame(
            {
                "row": row, "place": place, "days": days, "hour": attempts["hour"].to_numpy(),
                "failed": (attempts["outcome"] == "failed").to_numpy(bool),
                "reached": attempts["reached"].to_numpy(bool),
            }
        )[known]  # fmt: skip
        n = len(debtor_ids)
        return cls(_days_since(rows, n), _failed_days(rows, n), _vain(rows, n, vary_days))

    def of_rows(self, rows: slice) -> History:
        """The history of some of the debtors."""
        return History(self.days_since[rows], self.failed_days[rows], self.vain[rows])


def _days_since(rows: pd.DataFrame, n: int) -> Ints:
    found = np.full(n, NEVER, np.int64)
    made = rows[~rows["failed"]]
    np.minimum.at(found, made["row"].to_numpy(), made["days"].to_numpy())
    return found


def _failed_days(rows: pd.DataFrame, n: int) -> Ints:
    last, failed = (np.full((n, len(CHANNELS)), NEVER, np.int64) for _ in range(2))
    for found, which in ((last, rows[~rows["failed"]]), (failed, rows[rows["failed"]])):
        np.minimum.at(found, (which["row"].to_numpy(), which["place"].to_numpy()), which["days"].to_numpy())
    # Whoever was got through to on the day it bounced, or later, has a channel that works.
    return np.where(failed < last, failed, NEVER)


def _vain(rows: pd.DataFrame, n: int, vary_days: int) -> Mask:
    recent = rows[(rows["days"] <= vary_days) & rows["hour"].between(0, HOURS - 1)]
    vain = np.zeros((n, HOURS), bool)
    missed = recent[~recent["reached"]]
    vain[missed["row"].to_numpy(np.int64), missed["hour"].to_numpy(np.int64)] = True
    vain[recent.loc[recent["reached"], "row"].unique()] = False
    return vain
