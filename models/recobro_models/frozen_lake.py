"""A lake as it would be had nothing happened from a day on: what features are rebuilt from to find leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any, Final

import ibis
import pandas as pd

from recobro_data.lake import Lake
from recobro_models.decision.draws import draw
from recobro_models.leaks import check_frozen
from recobro_models.snapshots import Snapshots

#: Debtors whose features are rebuilt: enough to meet a feature that sees the future, few enough to cost nothing.
_DEBTORS: Final = 200
#: The day on which a fact happened, and the day on which a standing fact ended.
_HAPPENED: Final[Mapping[str, str]] = MappingProxyType(
    {"charges": "issued_on", "payments": "paid_on", "disputes": "opened_on",
     "contact_attempts": "attempted_at", "promises": "made_at"}
)  # fmt: skip
_ENDED: Final[Mapping[str, str]] = MappingProxyType(
    {"charges": "cancelled_on", "payments": "reversed_on", "disputes": "closed_on"}
)


@dataclass(frozen=True)
class FrozenLake:
    """The rows of some debtors in a lake that happened before `day`, whatever the books would make of later ones.

    An instant counts as later only where it is so in every time zone; a standing fact that ended later has not ended.
    """

    lake: Lake
    day: date
    debtors: tuple[str, ...]
    partitions: int = 1

    def rows(self, table: str) -> int:
        """None are too many to be read at once."""
        return min(self.lake.rows(table), 1)

    def read(self, backend: Any, table: str, partition: int | None = None) -> ibis.Table:
        """The table as `Lake.read` gives it, cut."""
        rows = self.lake.read(backend, table, partition)
        rows = rows.filter(rows.debtor_id.isin(self.debtors))
        if table in _HAPPENED:
            rows = rows.filter(self._before(rows[_HAPPENED[table]]))
        if table == "payments":
            rows = rows.filter(rows.recorded_at.isnull() | self._before(rows.recorded_at))
        if table in _ENDED:
            ended = rows[_ENDED[table]]
            rows = rows.mutate(**{_ENDED[table]: ibis.ifelse(ended < self.day, ended, None)})
        return rows

    def _before(self, moment: ibis.Value) -> ibis.BooleanValue:
        if moment.type().is_date():
            return moment < self.day
        # Where clocks are furthest behind, the day begins at noon UTC.
        return moment < ibis.literal(datetime.combine(self.day, time(12), UTC))


def check_snapshots(snapshots: Snapshots, rows: pd.DataFrame, days: Sequence[date]) -> None:
    """The leakage canary: rebuild the features of a few debtors from data that ends at their day, and compare.

    Args:
        snapshots: what built the rows.
        rows: labelled charges with their features, as of many days.
        days: the days the rows are as of; the one in the middle is rebuilt.

    Raises:
        LeakError: a feature knew what came later.
    """
    then = rows[rows["as_of"] == pd.Timestamp(sorted(days)[len(days) // 2])] if len(rows) and days else rows
    if not len(then):
        return
    debtors = then["debtor_id"].drop_duplicates()
    chosen = tuple(debtors.iloc[draw(debtors, "canary").argsort(kind="stable")[:_DEBTORS]])
    day = then["as_of"].iloc[0].date()
    frozen: Any = FrozenLake(snapshots.lake, day, chosen)
    rebuilt = replace(snapshots, lake=frozen).day_rows(day).charges
    check_frozen(then[then["debtor_id"].isin(chosen)], rebuilt)
