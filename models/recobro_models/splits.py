"""Splits in time that can not let the future into training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from recobro_data.errors import LeakError


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


def split_in_time(days: Sequence[date], *, label_days: int, n_test: int = 2, n_calibrate: int = 2) -> TimeSplit:
    """The newest `n_test` days test, the newest `n_calibrate` before a gap calibrate, what lies before a gap fits.

    The gap is as long as the label window. The split has been checked.
    """
    ordered = sorted(days)
    gap = timedelta(days=label_days)
    test = tuple(ordered[max(len(ordered) - n_test, 0) :])
    before_test = [day for day in ordered if not test or day + gap <= test[0]]
    calibrate = tuple(before_test[max(len(before_test) - n_calibrate, 0) :])
    fit = tuple(day for day in before_test if not calibrate or day + gap <= calibrate[0])
    split = TimeSplit(fit, calibrate, test, label_days)
    split.check()
    return split
