"""Columns of canonical tables from the simulation's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recobro_data.synthetic.draws import Ints
from recobro_data.synthetic.lending import NEVER_DAY


def frame_of(**columns: Any) -> pd.DataFrame:
    """A data frame of Arrow columns."""
    return pd.DataFrame(pa.table(columns).to_pandas())


def debtor_ids(who: NDArray[Any]) -> Any:
    """The ids of debtors by number."""
    return numbered("D", who, 7)


def numbered(letter: str, numbers: NDArray[Any], width: int) -> Any:
    """A letter and a number of that many digits."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(letter, digits, "")


def joined(left: Any, right: Any) -> Any:
    """Both texts with a dash between them."""
    return pc.binary_join_element_wise(left, right, "-")


def named(names: tuple[str, ...], positions: Ints) -> Any:
    """The name at each position; null where it is negative."""
    return pc.take(pa.array(names, pa.string()), pa.array(positions, mask=positions < 0))


def account_ids(account: Ints) -> Any:
    """The ids of accounts by number."""
    return numbered("A", account, 8)


def dates(days: NDArray[Any]) -> Any:
    """Each day as ISO text; null where it is never."""
    return _texts(days, lambda text: text)


def short_dates(days: NDArray[Any]) -> Any:
    """Each day as six digits, for use in ids."""
    return _texts(days, lambda text: text[2:].replace("-", ""))


def _texts(days: NDArray[Any], form: Callable[[str], str]) -> Any:
    """Each day as text; null where it is never."""
    known = days < NEVER_DAY
    if not known.any():
        return pa.nulls(len(days), pa.string())
    low, high = int(days[known].min()), int(days[known].max())
    names = [form(str(text)) for text in np.datetime_as_string(np.arange(low, high + 1).astype("M8[D]"))]
    return named(tuple(names), np.where(known, days.astype(np.int64) - low, -1))
