"""Columns of frames as arrays: for few rows what pandas does to look a column up costs more than what is done with it.

One look at many columns costs what a look at one does, as long as pandas need not make an index of their names each
time: so names are given as `names_of` makes them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api.internals import create_dataframe_from_blocks

Floats = NDArray[np.float64]


def names_of(columns: Iterable[str]) -> pd.Index[str]:
    """Names of columns for `read_floats`."""
    return pd.Index(list(columns), dtype=object)


def read_floats(rows: pd.DataFrame, names: pd.Index[str]) -> Floats:
    """Those columns by (row, name); NaN where a value is not known.

    Example:
        >>> rows = pd.DataFrame({"a": [1, 2], "b": [0.5, None], "c": ["x", "y"]})
        >>> read_floats(rows, names_of(["b", "a"])).tolist()
        [[0.5, 1.0], [nan, 2.0]]

    Raises:
        KeyError: a column is not there.
    """
    at = rows.columns.get_indexer(names)
    if (at < 0).any():
        raise KeyError(names[at < 0][0])
    found: Floats = rows.take(at, axis=1).to_numpy(np.float64, na_value=np.nan)
    return found


def read_days(column: pd.Series[Any]) -> NDArray[np.datetime64]:
    """Days of a column of dates or timestamps without a zone; NaT where none is known.

    Example:
        >>> read_days(pd.Series(["2026-03-01", None])).tolist()
        [datetime.date(2026, 3, 1), None]
    """
    moments = column if column.dtype.kind == "M" else pd.to_datetime(column)
    days: NDArray[np.datetime64] = moments.to_numpy().astype("M8[D]")
    return days


def read_flags(column: pd.Series[Any], *, unknown: bool) -> NDArray[np.bool_]:
    """True or false of each row; where that is not known, what is said for it.

    Example:
        >>> read_flags(pd.Series([True, None, False]), unknown=True).tolist()
        [True, True, False]
    """
    if column.dtype == np.bool_:
        return column.to_numpy()
    values = column.to_numpy(object)
    return np.where(pd.isna(values), unknown, values).astype(bool)


def build_frame(columns: Mapping[str, NDArray[Any]], index: pd.Index[Any] | None = None) -> pd.DataFrame:
    """A frame of columns of one length, at least one; days are timestamps in it, texts are objects.

    It is made of whole blocks, one for each type: what pandas does to put one column in costs more than all that is
    asked of a few rows.

    Example:
        >>> build_frame({"a": np.array([1, 2]), "b": np.array(["x", "y"], dtype=object)}).to_dict("list")
        {'a': [1, 2], 'b': ['x', 'y']}
    """
    by_type: dict[str, list[int]] = {}
    values = list(columns.values())
    for place, one in enumerate(values):
        by_type.setdefault(one.dtype.str, []).append(place)
    blocks = [(_as_block([values[at] for at in places]), np.array(places)) for places in by_type.values()]
    rows = pd.RangeIndex(len(values[0])) if index is None else index
    return create_dataframe_from_blocks(blocks, index=rows, columns=_known_names(tuple(columns)))


def _as_block(columns: list[NDArray[Any]]) -> NDArray[Any]:
    block = np.array(columns)
    if block.dtype.kind == "M":
        return block.astype("M8[s]")
    return block.astype(object) if block.dtype.kind == "U" else block


@lru_cache(maxsize=64)
def _known_names(columns: tuple[str, ...]) -> pd.Index[str]:
    return names_of(columns)


def as_texts(values: ArrayLike, like: pd.DataFrame) -> pd.Series[str]:
    """Texts as a column to put into a frame, which would look through all of them to type them anew."""
    return pd.Series(np.broadcast_to(np.asarray(values, dtype=object), len(like)), index=like.index, dtype=object)


def find_places(values: ArrayLike, among: ArrayLike) -> NDArray[np.int64]:
    """Where each value lies in `among`, which holds each but once; -1 where it does not.

    Example:
        >>> find_places(["b", "x"], ["a", "b"]).tolist()
        [1, -1]
    """
    wanted, known = (np.asarray(one, dtype=object).tolist() for one in (values, among))
    places = dict(zip(known, range(len(known)), strict=True))
    return np.fromiter(map(places.get, wanted, repeat(-1)), np.int64, len(wanted))
