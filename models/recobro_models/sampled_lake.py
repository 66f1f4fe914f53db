"""A lake's debtors drawn by hash, each with all rows: what models learn from where there are more than they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis

from recobro_data.lake import Lake

#: Hexadecimal digits of a debtor's MD5 that draw, behind those that choose the partition.
_SKIPPED: Final = 8
_DIGITS: Final = 8


@dataclass(frozen=True)
class SampledLake:
    """The rows of `share` of the debtors; the same debtors on every day, machine and engine."""

    lake: Lake
    share: float

    @property
    def partitions(self) -> int:
        """Those of the whole lake."""
        return self.lake.partitions

    def rows(self, table: str) -> int:
        """About how many there are."""
        return round(self.lake.rows(table) * self.share)

    def read(self, backend: Any, table: str, partition: int | None = None) -> ibis.Table:
        """The table as `Lake.read` gives it, of the drawn debtors alone."""
        rows = self.lake.read(backend, table, partition)
        drawn = rows.debtor_id.hexdigest("md5").substr(_SKIPPED, _DIGITS)
        return rows.filter(drawn < f"{round(self.share * 16**_DIGITS):0{_DIGITS}x}")


def sample_lake(lake: Lake, *, most_debtors: int) -> Any:
    """A lake of about `most_debtors` at most: the lake itself where it has no more.

    Example:
        >>> from pathlib import Path
        >>> empty = Lake(Path("nowhere"))
        >>> sample_lake(empty, most_debtors=1) is empty
        True
    """
    debtors = lake.rows("debtors")
    return lake if debtors <= most_debtors else SampledLake(lake, most_debtors / debtors)
