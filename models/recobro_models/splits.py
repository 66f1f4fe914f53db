"""Splits in time and by debtor that can not let the future, or the tested, into training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recobro_data.errors import LeakError
from recobro_models.decision.draws import draw
from recobro_models.watched_days import AS_WORKED, FIRST_PAYMENT, UNTIL_REACHED

#: Share of the debtors whom no payment curve is ever fitted to.
WITHHELD_SHARE: Final = 0.1


@dataclass(frozen=True)
class TimeSplit:
    """As-of days to fit on, to calibrate on and to test on, oldest first, and the length of the label window (days)."""

    fit: tuple[date, ...]
    calibrate: tuple[date, ...]
    test: tuple[date, ...]
    label_days: int

    def check(self) -> None:
        """Refuse a split in which a label window reaches the next part.

        Raises:
            LeakError: the window of the last day of a part is not over when the next part begins.
        """
        parts = (
            (self.fit, self.calibrate, "calibration"),
            (self.calibrate, self.test, "test"),
            (self.fit, self.test, "test"),
        )
        for earlier, later, name in parts:
            if earlier and later and max(earlier) + timedelta(days=self.label_days) > min(later):
                raise LeakError(
                    f"labels to end before the {name} begins on {min(later)}",
                    f"a label window of {self.label_days} days from {max(earlier)}",
                    "Leave a gap as long as the label window between the parts.",
                )


def snapshot_days(first: date, last: date, *, every_days: int) -> tuple[date, ...]:
    """As-of days from `last` backwards in steps of `every_days`, not before `first`, oldest first."""
    n = (last - first).days // every_days
    return tuple(last - timedelta(days=every_days * step) for step in range(n, -1, -1)) if last >= first else ()


def split_in_time(
    days: Sequence[date], *, label_days: int, n_test: int = 2, n_calibrate: int | None = None
) -> TimeSplit:
    """The newest `n_test` days test, the newest `n_calibrate` before a gap calibrate, what lies before a gap fits.

    Where nobody says how many calibrate, it is one day in five and two at least: charges of one day share its season.
    The gap is as long as the label window. The split has been checked.
    """
    if n_calibrate is None:
        n_calibrate = max(2, len(days) // 5)
    ordered = sorted(days)
    gap = timedelta(days=label_days)
    test = tuple(ordered[max(len(ordered) - n_test, 0) :])
    before_test = [day for day in ordered if not test or day + gap <= test[0]]
    calibrate = tuple(before_test[max(len(before_test) - n_calibrate, 0) :])
    fit = tuple(day for day in before_test if not calibrate or day + gap <= calibrate[0])
    split = TimeSplit(fit, calibrate, test, label_days)
    split.check()
    return split


def is_withheld(debtor_ids: ArrayLike, *, share: float = WITHHELD_SHARE) -> NDArray[np.bool_]:
    """Whether each debtor is one of those whom no curve is fitted to: by a hash of the id, the same every night."""
    found: NDArray[np.bool_] = draw(debtor_ids, "withheld from fitting") < share
    return found


@dataclass(frozen=True)
class Parts:
    """Labelled charges by what they are for.

    fit, calibrate: of debtors who may be learnt from, their labels cut where the next part begins.
    test: on the newest days, of the same debtors: out of time.
    unseen: on the newest days, of withheld debtors: out of time and out of debtor.
    """

    fit: pd.DataFrame
    calibrate: pd.DataFrame
    test: pd.DataFrame
    unseen: pd.DataFrame

    @property
    def tested(self) -> pd.DataFrame:
        """All charges of the newest days."""
        return pd.concat([self.test, self.unseen], ignore_index=True)


def part_rows(rows: pd.DataFrame, split: TimeSplit) -> Parts:
    """The risk rows by what they are for; what a part knows ends where the next one begins.

    Args:
        rows: `debtor_id`, `as_of`, `watched_days`, `is_paid`.
    """
    withheld = is_withheld(rows["debtor_id"]) if len(rows) else np.empty(0, bool)
    learnt, kept = rows[~withheld], rows[withheld]
    fit, calibrate = rows_at(learnt, split.fit), rows_at(learnt, split.calibrate)
    if split.calibrate:
        fit = watched_until(fit, split.calibrate[0])
    if split.test:
        calibrate = watched_until(calibrate, split.test[0])
    return Parts(fit, calibrate, rows_at(learnt, split.test), rows_at(kept, split.test))


def rows_at(rows: pd.DataFrame, days: Sequence[date]) -> pd.DataFrame:
    """The rows as of the given days."""
    wanted = pd.to_datetime(pd.Series(list(days), dtype=object))
    return rows[rows["as_of"].isin(wanted)].reset_index(drop=True) if len(rows) else rows


def watched_until(rows: pd.DataFrame, end: date) -> pd.DataFrame:
    """The same charges as if the books had stopped at the start of `end`."""
    cut = rows
    for days, paid in label_columns(rows):
        most = (pd.Timestamp(end) - rows["as_of"]).dt.days
        cut = cut.assign(**{paid: rows[paid] & (rows[days] <= most), days: np.minimum(rows[days], most)})
    return cut


def label_columns(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """The pairs of columns that tell for how many days each charge was seen and whether it was paid on the last one."""
    return [pair for pair in (UNTIL_REACHED, AS_WORKED, FIRST_PAYMENT) if set(pair) <= set(rows.columns)]
