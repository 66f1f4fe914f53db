"""The options that a plan chose from, kept as a compact file so that they can be shared out again.

One row a debtor in the plan's order, as Parquet: loading it executes no code, and a debtor can be taken out of it. Of
120 options a debtor only those that are lawful are kept, each with its slot and what it counts for in the decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import RecobroError
from recobro_models.decision.lawful import HOURS, N_SLOTS, Mask
from recobro_models.decision.worklist import Scored

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

#: What is kept of a debtor: whose, and what teams and shares are told apart by.
KEPT: Final = (
    "debtor_id", "portfolio_id", "country", "region", "zone", "stage", "language", "policy", "currency",
)  # fmt: skip
#: Debtors written at once.
_BLOCK: Final = 50_000
_DRAWN_ALONE: Final = np.uint8(128)
_FORM: Final = b"recobro.options.1"


@dataclass(frozen=True)
class Options:
    """What a plan chose from, aligned by the debtor's position.

    debtors: the columns of `KEPT`, as far as the plan knew them.
    allowed, withheld: (debtor, channel, hour) as of `Eligibility`. prefers, priority: the same shape; which options may
    be chosen as the best, and what each counts for, in the decision's money.
    money: what a unit of the debtor's currency counts for. choice, way: the slot that was decided and which team
    carries it out, -1 for none. draws: whether options may be drawn at random.
    duty_rule, duty_until: the rule by which the law demands a contact and its latest day, None where none does.
    """

    debtors: pd.DataFrame
    allowed: Mask
    withheld: Mask
    prefers: Mask
    priority: Floats
    money: Floats
    choice: Ints
    way: Ints
    draws: Mask
    duty_rule: NDArray[np.object_]
    duty_until: NDArray[np.object_]

    @classmethod
    def of(cls, scored: Scored, money: Floats) -> Options:
        """The options of a decided day."""
        eligibility, decision = scored.eligibility, scored.decision
        kept = scored.debtors[[name for name in KEPT if name in scored.debtors.columns]]
        draws = np.ones(len(kept), bool) if scored.course is None else scored.course.draws
        prefers = scored.choosable & np.isfinite(scored.priority)
        return cls(
            kept, eligibility.allowed, eligibility.withheld, prefers, scored.priority, money,
            decision.choice, decision.way, draws, eligibility.duty_rule, eligibility.duty_until,
        )  # fmt: skip

    def of_portfolios(self, portfolios: Collection[str]) -> Options:
        """The options of some portfolios' debtors alone."""
        here = self.debtors["portfolio_id"].isin(portfolios).to_numpy()
        return Options(**{one.name: getattr(self, one.name)[here] for one in fields(self)})

    def save(self, path: Path) -> None:
        """Write them, whole or not at all."""
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        try:
            first = self._block(0)
            with pq.ParquetWriter(beside, first.schema, compression="zstd") as writer:
                for block in self._blocks(first):
                    writer.write_table(block)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Options:
        """Read what `save` wrote.

        Raises:
            RecobroError: it is damaged or of another form.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise RecobroError(f"options in {path.name}", str(error).splitlines()[0], _AGAIN) from error
        if (table.schema.metadata or {}).get(b"form") != _FORM:
            raise RecobroError(f"options in {path.name}", "another form", _AGAIN)
        return _read(table)

    def _blocks(self, first: pa.Table) -> Iterator[pa.Table]:
        yield first
        for start in range(_BLOCK, len(self.debtors), _BLOCK):
            yield self._block(start)

    def _block(self, start: int) -> pa.Table:
        import pyarrow as pa

        here = slice(start, start + _BLOCK)
        kept = (self.allowed[here] | self.withheld[here]).reshape(-1, N_SLOTS)
        offsets = pa.array(np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32))
        # The bit that no slot's number has marks what may be drawn alone.
        slots = np.nonzero(kept)[1].astype(np.uint8)
        slots[~self.prefers[here].reshape(-1, N_SLOTS)[kept]] |= _DRAWN_ALONE
        worth = self.priority[here].reshape(-1, N_SLOTS)[kept]
        texts = {name: self.debtors[name].iloc[here].astype(object) for name in self.debtors.columns}
        columns = {
            **{name: pa.array(column.where(column.notna(), None), pa.string()) for name, column in texts.items()},
            "duty_rule": pa.array(self.duty_rule[here], pa.string()),
            "money": pa.array(self.money[here].astype(np.float64)),
            "duty_until": pa.array(self.duty_until[here], pa.date32()),
            "choice": pa.array(self.choice[here].astype(np.int16)),
            "way": pa.array(self.way[here].astype(np.int16)),
            "draws": pa.array(self.draws[here]),
            "is_withheld": pa.array(self.withheld[here].any(axis=(1, 2))),
            "slots": pa.ListArray.from_arrays(offsets, pa.array(slots)),
            "worth": pa.ListArray.from_arrays(offsets, pa.array(worth.astype(np.float32))),
        }
        return pa.table(columns).replace_schema_metadata({b"form": _FORM})


_AGAIN: Final = "Plan again: a plan's options are kept for a few plans and can be done without."


def _read(table: pa.Table) -> Options:
    n = table.num_rows
    lists = table["slots"].combine_chunks()
    row = np.repeat(np.arange(n), np.diff(lists.offsets.to_numpy()))
    slot = lists.values.to_numpy()
    at = (row, (slot & ~_DRAWN_ALONE).astype(np.int64))
    open_, prefers = np.zeros((n, N_SLOTS), bool), np.zeros((n, N_SLOTS), bool)
    priority = np.full((n, N_SLOTS), -np.inf, np.float32)
    open_[at], prefers[at] = True, slot < _DRAWN_ALONE
    priority[at] = table["worth"].combine_chunks().values.to_numpy()
    apart = table["is_withheld"].to_numpy()[:, None]
    shape = (n, N_SLOTS // HOURS, HOURS)
    return Options(
        debtors=table.select([name for name in KEPT if name in table.column_names]).to_pandas(),
        allowed=(open_ & ~apart).reshape(shape),
        withheld=(open_ & apart).reshape(shape),
        prefers=prefers.reshape(shape),
        priority=priority.reshape(shape),
        **{name: table[name].to_numpy() for name in ("money", "draws")},
        **{name: table[name].to_numpy().astype(np.int64) for name in ("choice", "way")},
        **{name: np.array(table[name].to_pylist(), object) for name in ("duty_rule", "duty_until")},
    )


def drop_old_options(folder: Path, keep: int) -> None:
    """Remove the files of all but the newest `keep` plans."""
    newest = sorted(folder.glob("*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in newest[keep:]:
        path.unlink(missing_ok=True)
