"""What aggregates over numbered rows give for each debtor, computed on arrays sorted by debtor.

They are written in Ibis, and an engine gives the same values (a test holds the two equal). But it evaluates the
condition of each aggregate anew, and looks up the group of each row; here a condition is computed once however many
columns share it, a debtor is a stretch of rows, and there is nothing to compile or to plan.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

import ibis
import ibis.expr.operations as ops
import numpy as np
from numpy.typing import NDArray

from recobro_data.books.columns import Bools, Column, both, build_row_column, read_column
from recobro_data.errors import UsageError

_T = TypeVar("_T")
#: Numbers of debtors.
Debtors = NDArray[np.int32]


@dataclass(frozen=True)
class _Stretches:
    """Rows in order of debtors: who there is, and where the rows of each begin and end."""

    debtors: Debtors
    starts: NDArray[np.int64]
    n_rows: int

    @classmethod
    def of(cls, debtor: Debtors) -> _Stretches:
        starts = np.flatnonzero(np.diff(debtor, prepend=-2))
        return cls(debtor[starts], starts, len(debtor))

    def combine(self, how: np.ufunc, values: NDArray[Any], *, dtype: type | None = None) -> NDArray[Any]:
        if not len(self.starts):
            return np.empty(0, dtype or values.dtype)
        found: NDArray[Any] = how.reduceat(values, self.starts, dtype=dtype)
        return found

    def count(self, there: Bools | None) -> NDArray[np.int64]:
        if there is None:
            return np.diff(self.starts, append=self.n_rows)
        return self.combine(np.add, there.view(np.int8), dtype=np.int64)


class Computed:
    """Aggregates by debtor over tables of numbered rows; each part of an expression is computed once.

    Args:
        tables: by their name in `numbered_rows`, columns as arrays of Arrow or numpy.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._tables = tables
        self._numbers: dict[str, int] = {}
        self._found: dict[Hashable, Any] = {}

    def debtors(self, source: ibis.Table) -> Debtors:
        """Who has rows in `source`, in order."""
        return self._stretches(source.op()).debtors

    def columns(self, debtors: Debtors, source: ibis.Table, columns: Mapping[str, ibis.Value]) -> dict[str, Column]:
        """Aggregates of `source` for each of `debtors` (in order); null and 0 for those who have no rows in it.

        Raises:
            UsageError: an expression is none of those that can be computed here.
        """
        _, places, rows = np.intersect1d(debtors, self.debtors(source), assume_unique=True, return_indices=True)
        return {
            name: _spread(self._column(value.op()).take(rows), places, len(debtors)) for name, value in columns.items()
        }

    def _once(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        if key not in self._found:
            self._found[key] = compute()
        found: _T = self._found[key]
        return found

    def _column(self, op: Any) -> Column:
        return self._once(op, lambda: self._compute(op))

    def _compute(self, op: Any) -> Column:
        match op:
            case ops.Field():
                return self._field(op.rel, op.name)
            case ops.Literal():
                is_text = op.dtype.is_string()
                return Column(
                    np.asarray(self._numbers.setdefault(op.value, len(self._numbers)) if is_text else op.value)
                )
            case ops.CountStar() | ops.Sum() | ops.Mean() | ops.Min() | ops.Max():
                return self._reduced(op)
        parts = (part if isinstance(part, tuple) else (part,) for part in op.args)
        args = [self._column(arg) for part in parts for arg in part if isinstance(arg, ops.Value)]
        found = build_row_column(op, args)
        if found is None:
            raise UsageError(
                "a feature of expressions that can be computed on arrays", f"`{type(op).__name__}`",
                "Write it with others, or add this one to `recobro_data.books.columns`.",
            )  # fmt: skip
        return found

    def _field(self, rel: Any, name: str) -> Column:
        match rel:
            case ops.Project():
                return self._column(rel.values[name])
            case ops.Filter():
                return self._field(rel.parent, name).take(self._kept(rel))
        column = self._once((rel.name, name), lambda: read_column(self._tables[rel.name][name], self._numbers))
        order = self._once((rel.name, "order"), lambda: self._order(rel.name))
        return column if order is None else column.take(order)

    def _order(self, table: str) -> NDArray[np.int64] | None:
        """The order of rows by debtor; `None` where they are in it, as they mostly are."""
        debtor = read_column(self._tables[table]["debtor_no"], {}).values
        return np.argsort(debtor, kind="stable") if (np.diff(debtor) < 0).any() else None

    def _kept(self, rel: ops.Filter) -> NDArray[np.int64]:
        wanted = (self._column(predicate).is_true for predicate in rel.predicates)
        return self._once(rel, lambda: np.flatnonzero(reduce(np.logical_and, wanted)))

    def _stretches(self, rel: Any) -> _Stretches:
        return self._once((rel, "stretches"), lambda: _Stretches.of(self._field(rel, "debtor_no").values))

    def _there(self, arg: ops.Value | None, where: ops.Value | None) -> tuple[Hashable, Bools | None]:
        """The rows that an aggregate looks at (`None`: all), and what they are known by."""
        valid = None if arg is None else self._column(arg).valid
        key = ("there", where, None if valid is None else arg)
        wanted = None if where is None else self._column(where).is_true
        return key, self._once(key, lambda: valid if wanted is None else wanted if valid is None else valid & wanted)

    def _reduced(self, op: Any) -> Column:
        if isinstance(op, ops.CountStar):
            return Column(self._count(op.arg, None, op.where))
        [rel] = op.arg.relations
        stretches, values = self._stretches(rel), self._column(op.arg).values
        is_there = self._count(rel, op.arg, op.where) > 0
        _, rows = self._there(op.arg, op.where)
        if isinstance(op, ops.Min | ops.Max):
            return Column(_extreme(stretches, values, rows, is_least=isinstance(op, ops.Min)), is_there)
        total = self._once(("total", op.arg, op.where), lambda: _total(stretches, values, rows))
        if isinstance(op, ops.Mean):
            total = total / np.maximum(self._count(rel, op.arg, op.where), 1)
        return Column(total, is_there)

    def _count(self, rel: Any, arg: ops.Value | None, where: ops.Value | None) -> NDArray[np.int64]:
        key, rows = self._there(arg, where)
        return self._once(("count", rel, key), lambda: self._stretches(rel).count(rows))


def _total(stretches: _Stretches, values: NDArray[Any], rows: Bools | None) -> NDArray[Any]:
    if values.dtype == bool:
        return stretches.count(both(values, rows))
    if rows is None:
        return stretches.combine(np.add, values)
    # A product costs a fifth of a choice, but only what is finite is 0 times itself.
    return stretches.combine(np.add, values * rows if np.isfinite(values).all() else np.where(rows, values, 0))


def _extreme(stretches: _Stretches, values: NDArray[Any], rows: Bools | None, *, is_least: bool) -> NDArray[Any]:
    if rows is not None:
        limits = np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)
        values = np.where(rows, values, limits.max if is_least else limits.min)
    return stretches.combine(np.minimum if is_least else np.maximum, values)


def _spread(found: Column, places: NDArray[np.int64], length: int) -> Column:
    values, valid = np.zeros(length, found.values.dtype), np.zeros(length, bool)
    values[places], valid[places] = found.values, True if found.valid is None else found.valid
    values[~valid] = 0
    return Column(values, valid)
