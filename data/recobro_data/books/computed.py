"""What expressions over numbered rows give, computed on arrays: aggregates for each debtor, and values for each row.

They are written in Ibis, and an engine gives the same values (a test holds the two equal). But it evaluates the
condition of each aggregate anew, and looks up the group of each row; here a condition is computed once however many
columns share it, and a debtor is a stretch of rows. Expressions are read once, into steps that any rows go through.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import ibis
import ibis.expr.operations as ops
import numpy as np
from numpy.typing import NDArray

from recobro_data.books.columns import Bools, Column, both, find_row_function, read_column
from recobro_data.errors import UsageError

#: Numbers of debtors.
Debtors = NDArray[np.integer[Any]]
Ints = NDArray[np.int64]
#: Columns of a table as arrays of Arrow or numpy, or as columns.
Rows = Mapping[str, Any]


@dataclass(frozen=True)
class _Stretches:
    """Rows in order of debtors: who there is, and where the rows of each begin and end."""

    debtors: Debtors
    starts: Ints
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

    def count(self, there: Bools | None) -> Ints:
        if there is None:
            return np.diff(self.starts, append=self.n_rows)
        return self.combine(np.add, there.view(np.int8), dtype=np.int64)


@dataclass(frozen=True)
class _Run:
    """One way of rows through the steps: what each of them `found`, and counts by the stretches and rows counted."""

    tables: Mapping[str, Rows]
    words: dict[str, int]
    found: list[Any] = field(default_factory=list)
    counts: dict[tuple[int, int], Ints] = field(default_factory=dict)

    def count(self, stretches: _Stretches, there: Bools | None) -> Ints:
        key = (id(stretches), id(there))
        if key not in self.counts:
            self.counts[key] = stretches.count(there)
        return self.counts[key]


_Step = Callable[[_Run], Any]


class Computed:
    """Expressions over one table of numbered rows: aggregates by debtor, or values of its rows.

    Args:
        source: made of tables of `numbered_rows`, which are known by their name.
        columns: the expressions by name.

    Raises:
        UsageError: an expression is none of those that can be computed here.
    """

    def __init__(self, source: ibis.Table, columns: Mapping[str, ibis.Value]) -> None:
        self._words: dict[str, int] = {}
        self._steps: list[_Step] = []
        self._places: dict[Hashable, int] = {}
        self._source = self._stretches(source.op())
        self._wanted = {name: self._column(value.op()) for name, value in columns.items()}

    def aggregates(self, tables: Mapping[str, Rows], debtors: Debtors) -> dict[str, Column]:
        """Of each of `debtors` (in order); null and 0 for those who have no rows in the source."""
        run = self._run(tables)
        stretches: _Stretches = run.found[self._source]
        _, places, rows = np.intersect1d(debtors, stretches.debtors, assume_unique=True, return_indices=True)
        return {name: _spread(run.found[at].take(rows), places, len(debtors)) for name, at in self._wanted.items()}

    def values(self, tables: Mapping[str, Rows]) -> dict[str, Column]:
        """Of each row of the source, in the order of debtors."""
        run = self._run(tables)
        return {name: run.found[at] for name, at in self._wanted.items()}

    def _run(self, tables: Mapping[str, Rows]) -> _Run:
        run = _Run(tables, dict(self._words))
        # What stands in place of nulls may be divided by.
        with np.errstate(all="ignore"):
            for step in self._steps:
                run.found.append(step(run))
        return run

    def _step(self, key: Hashable, build: Callable[[], _Step]) -> int:
        """The place of a step, which is added behind those that it needs where it is not there yet."""
        if key not in self._places:
            step = build()
            self._places[key] = len(self._steps)
            self._steps.append(step)
        return self._places[key]

    def _column(self, op: Any) -> int:
        if isinstance(op, ops.Field):
            return self._at(op.rel, op.name)
        return self._step(op, lambda: self._build(op))

    def _build(self, op: Any) -> _Step:
        match op:
            case ops.Literal():
                constant = self._constant(op)
                return lambda _: constant
            case ops.CountStar() | ops.Sum() | ops.Mean() | ops.Min() | ops.Max():
                return self._reduced(op)
            case ops.WindowFunction(func=ops.MinRank(), group_by=(group,), order_by=(key,)):
                of, by = self._column(group), self._column(key.arg)
                return lambda run: Column(_rank(run.found[of].values, run.found[by].values))
        return self._of_row(op)

    def _of_row(self, op: Any) -> _Step:
        parts = (part if isinstance(part, tuple) else (part,) for part in op.args)
        places = [self._column(arg) for part in parts for arg in part if isinstance(arg, ops.Value)]
        compute = find_row_function(op)
        if compute is None:
            raise UsageError(
                "a feature of expressions that can be computed on arrays", f"`{type(op).__name__}`",
                "Write it with others, or add this one to `recobro_data.books.columns`.",
            )  # fmt: skip
        return lambda run: compute(*[run.found[at] for at in places])

    def _constant(self, op: ops.Literal) -> Column:
        if op.dtype.is_string():
            return Column(np.asarray(self._words.setdefault(op.value, len(self._words))))
        return Column(np.asarray(op.value, "M8[D]" if op.dtype.is_date() else None))

    def _field(self, rel: Any, name: str) -> _Step:
        match rel:
            case ops.Project():
                of = self._column(rel.values[name])
                return lambda run: run.found[of]
            case ops.Filter():
                of, rows = self._at(rel.parent, name), self._kept(rel)
                return lambda run: run.found[of].take(run.found[rows])
        order = self._step((rel.name, "order"), lambda: lambda run: _order(run.tables[rel.name]))

        def read(run: _Run) -> Column:
            column = read_column(run.tables[rel.name][name], run.words)
            return column if run.found[order] is None else column.take(run.found[order])

        return read

    def _at(self, rel: Any, name: str) -> int:
        return self._step((rel, name), lambda: self._field(rel, name))

    def _kept(self, rel: ops.Filter) -> int:
        places = [self._column(predicate) for predicate in rel.predicates]
        return self._step(
            rel, lambda: lambda run: np.flatnonzero(reduce(np.logical_and, [run.found[at].is_true for at in places]))
        )

    def _stretches(self, rel: Any) -> int:
        debtor = self._at(rel, "debtor_no")
        return self._step((rel, "stretches"), lambda: lambda run: _Stretches.of(run.found[debtor].values))

    def _there(self, arg: ops.Value | None, where: ops.Value | None) -> int:
        """The rows that an aggregate looks at (`None`: all)."""
        of = None if arg is None else self._column(arg)
        among = None if where is None else self._true(self._column(where))

        def find(run: _Run) -> Bools | None:
            valid = None if of is None else run.found[of].valid
            wanted = None if among is None else run.found[among]
            return valid if wanted is None else wanted if valid is None else valid & wanted

        return self._step(("there", arg, where), lambda: find)

    def _true(self, at: int) -> int:
        return self._step(("true", at), lambda: lambda run: run.found[at].is_true)

    def _reduced(self, op: Any) -> _Step:
        if isinstance(op, ops.CountStar):
            rel, there = self._stretches(op.arg), self._there(None, op.where)
            return lambda run: Column(run.count(run.found[rel], run.found[there]))
        [rows_of] = op.arg.relations
        rel, of, there = self._stretches(rows_of), self._column(op.arg), self._there(op.arg, op.where)
        if isinstance(op, ops.Min | ops.Max):
            least = isinstance(op, ops.Min)
            return lambda run: Column(
                _extreme(run.found[rel], run.found[of].values, run.found[there], is_least=least),
                run.count(run.found[rel], run.found[there]) > 0,
            )
        total = self._step(
            ("total", op.arg, op.where),
            lambda: lambda run: _total(run.found[rel], run.found[of].values, run.found[there]),
        )
        is_mean = isinstance(op, ops.Mean)

        def reduce_rows(run: _Run) -> Column:
            n, found = run.count(run.found[rel], run.found[there]), run.found[total]
            return Column(found / np.maximum(n, 1) if is_mean else found, n > 0)

        return reduce_rows


def find_debtors(rows: Rows) -> Debtors:
    """Who has rows in a table of numbered rows, in order."""
    debtor, order = read_column(rows["debtor_no"], {}).values, _order(rows)
    return _Stretches.of(debtor if order is None else debtor[order]).debtors


def _order(rows: Rows) -> Ints | None:
    """The order of rows by debtor; `None` where they are in it, as they mostly are."""
    debtor = read_column(rows["debtor_no"], {}).values
    return np.argsort(debtor, kind="stable") if (np.diff(debtor) < 0).any() else None


def _rank(group: NDArray[Any], key: NDArray[Any]) -> Ints:
    """How many rows of its group come before each row and its equals."""
    order = np.lexsort((key, group))
    is_first, is_other = np.ones((2, len(order)), bool)
    is_first[1:] = group[order][1:] != group[order][:-1]
    is_other[1:] = is_first[1:] | (key[order][1:] != key[order][:-1])
    places = np.arange(len(order))
    of_key, of_group = (np.maximum.accumulate(np.where(starts, places, 0)) for starts in (is_other, is_first))
    found = np.empty(len(order), np.int64)
    found[order] = of_key - of_group
    return found


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


def _spread(found: Column, places: Ints, length: int) -> Column:
    values, valid = np.zeros(length, found.values.dtype), np.zeros(length, bool)
    values[places], valid[places] = found.values, True if found.valid is None else found.valid
    values[~valid] = 0
    return Column(values, valid)
