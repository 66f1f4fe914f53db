"""Columns as numpy arrays that may have nulls, and what Ibis's expressions of single rows make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Bools = NDArray[np.bool_]

#: 1970-01-01 was a Thursday, three days after a Monday.
_FIRST_WEEKDAY: Final = 3


@dataclass(frozen=True)
class Column:
    """Values, of which only those that are `valid` are there (`None`: all); in place of the others stands anything."""

    values: NDArray[Any]
    valid: Bools | None = None

    @property
    def is_true(self) -> Bools:
        """Where the values are there and true."""
        return both(self.values, self.valid)

    def take(self, rows: NDArray[np.int64]) -> Column:
        """The values of those rows, in that order."""
        return Column(self.values[rows], None if self.valid is None else self.valid[rows])

    def to_arrow(self, dtype: pa.DataType) -> pa.Array:
        """The values as Arrow has them."""
        return pa.array(self.values, mask=None if self.valid is None else ~self.valid).cast(dtype)


def read_column(values: Any, numbers: dict[str, int]) -> Column:
    """A column of an array of Arrow or numpy; of texts their numbers, new ones are added to `numbers`."""
    if isinstance(values, Column):
        return values
    if isinstance(values, np.ndarray):
        return Column(values)
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    valid = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = array.dictionary_encode()
    if not pa.types.is_dictionary(array.type):
        filled = array if valid is None else array.fill_null(False if pa.types.is_boolean(array.type) else 0)
        return Column(filled.to_numpy(zero_copy_only=False), valid)
    words = [numbers.setdefault(word, len(numbers)) for word in array.dictionary.to_pylist()]
    return Column(np.array(words or [-1])[array.indices.fill_null(0).to_numpy(zero_copy_only=False)], valid)


def find_row_function(op: Any) -> Callable[..., Column] | None:
    """What makes an operation on single rows of the columns of its arguments; `None` where it is not known here."""
    if isinstance(op, ops.Comparison) and op.left.dtype.is_string() and not isinstance(op, ops.Equals):
        return None
    if isinstance(op, ops.DateDelta) and op.part.value != "day":
        return None
    if isinstance(op, ops.Cast):
        dtype = op.to.to_numpy()
        return lambda arg: Column(arg.values.astype(dtype), arg.valid)
    strict = _STRICT.get(type(op))
    return _LENIENT.get(type(op)) if strict is None else partial(_null_with_any, strict)


def _null_with_any(compute: Callable[..., NDArray[Any]], *args: Column) -> Column:
    valid: Bools | None = None
    for arg in args:
        valid = valid if arg.valid is None else both(arg.valid, valid)
    return Column(compute(*[arg.values for arg in args]), valid)


def _and(left: Column, right: Column) -> Column:
    is_true = left.is_true & right.is_true
    if left.valid is None and right.valid is None:
        return Column(is_true)
    return Column(is_true, is_true | _is_false(left) | _is_false(right))


def _or(left: Column, right: Column) -> Column:
    is_true = left.is_true | right.is_true
    if left.valid is None and right.valid is None:
        return Column(is_true)
    return Column(is_true, is_true | (_is_false(left) & _is_false(right)))


def _coalesce(first: Column, *others: Column) -> Column:
    if first.valid is None or not others:
        return first
    rest = _coalesce(*others)
    values = np.where(first.valid, first.values, rest.values)
    return Column(values, None if rest.valid is None else first.valid | rest.valid)


def _greatest(first: Column, *others: Column) -> Column:
    if not others:
        return first
    rest = _greatest(*others)
    greater = Column(np.maximum(first.values, rest.values))
    if first.valid is None and rest.valid is None:
        return greater
    # A null is passed over, so what is there without the other stands as it is.
    return _coalesce(_null_with_any(np.maximum, first, rest), first, rest)


def _null_if(arg: Column, other: Column) -> Column:
    return Column(arg.values, both((arg.values != other.values) | ~_valid(other), arg.valid))


def round_as_engine(values: NDArray[Any], digits: NDArray[Any] | int) -> NDArray[Any]:
    """Halves are rounded away from 0, as the engine does."""
    scale = 10.0**digits
    scaled = values * scale
    whole = np.trunc(scaled)
    rounded: NDArray[Any] = (whole + (np.abs(scaled - whole) >= 0.5) * np.sign(scaled)) / scale
    return rounded


def _day(day: NDArray[Any]) -> NDArray[Any]:
    if not len(day):
        return np.empty(0, np.int64)
    # There are far fewer days than rows.
    calendar = np.arange(day.min(), day.max() + 1)
    numbers = (calendar - calendar.astype("datetime64[M]")).astype(np.int64) + 1
    of_row: NDArray[Any] = numbers[(day - calendar[0]).astype(np.int64)]
    return of_row


def _weekday(day: NDArray[Any]) -> NDArray[Any]:
    return (day.astype("datetime64[D]").astype(np.int64) + _FIRST_WEEKDAY) % 7


def _days_between(_part: NDArray[Any], later: NDArray[Any], earlier: NDArray[Any]) -> NDArray[Any]:
    days: NDArray[Any] = (later - earlier).astype(np.int64)
    return days


def _if_else(condition: Column, then: Column, other: Column) -> Column:
    is_true = condition.is_true
    values = np.where(is_true, then.values, other.values)
    if then.valid is None and other.valid is None:
        return Column(values)
    return Column(values, np.where(is_true, _valid(then), _valid(other)))


def both(left: Bools, right: Bools | None) -> Bools:
    """Where both are true; `None` is true everywhere."""
    return left if right is None else left & right


def _valid(column: Column) -> Bools:
    return np.ones(column.values.shape, bool) if column.valid is None else column.valid


def _is_false(column: Column) -> Bools:
    return both(~column.values, column.valid)


#: Null where any argument is.
_STRICT: Final[Mapping[type, Callable[..., NDArray[Any]]]] = MappingProxyType(
    {
        ops.Less: np.less, ops.LessEqual: np.less_equal, ops.Greater: np.greater, ops.GreaterEqual: np.greater_equal,
        ops.Equals: np.equal, ops.Between: lambda value, least, most: (value >= least) & (value <= most),
        ops.InValues: lambda value, *options: np.isin(value, options), ops.Add: np.add, ops.Subtract: np.subtract,
        ops.Multiply: np.multiply, ops.Divide: np.true_divide, ops.Power: np.power, ops.Sqrt: np.sqrt,
        ops.Round: round_as_engine, ops.ExtractDay: _day, ops.DayOfWeekIndex: _weekday, ops.Not: np.logical_not,
        ops.DateDelta: _days_between,
    }
)  # fmt: skip
_LENIENT: Final[Mapping[type, Callable[..., Column]]] = MappingProxyType(
    {
        ops.And: _and, ops.Or: _or, ops.Coalesce: _coalesce, ops.Greatest: _greatest, ops.NullIf: _null_if,
        ops.IfElse: _if_else,
        ops.IsNull: lambda arg: Column(~_valid(arg)), ops.NotNull: lambda arg: Column(_valid(arg)),
    }
)  # fmt: skip
