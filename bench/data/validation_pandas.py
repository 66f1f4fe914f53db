"""Frames of the files of `bench-validation`, as a peer on pandas has them quickest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench.data.measuring import THREADS
from bench.data.validation_rows import TABLES, path_of

#: No line break, tab or other control character.
VISIBLE: Final = r"^[^\x00-\x1f\x7f]*\Z"
#: The same where only the very end is the end.
VISIBLE_RUST: Final = r"^[^\x00-\x1f\x7f]*$"
CURRENCY: Final = r"^[A-Z]{3}$"


def read(folder: Path, table: str) -> pd.DataFrame:
    """A table, its dates as numbers that pandas computes with."""
    pa.set_cpu_count(THREADS)
    frame: pd.DataFrame = pq.read_table(path_of(folder, table)).to_pandas(date_as_object=False)
    return frame


def read_all(folder: Path, out: Path) -> None:
    """Every table, merely read."""
    del out
    for table in TABLES:
        read(folder, table)


def with_known(frame: pd.DataFrame, known: dict[str, pd.Series]) -> pd.DataFrame:
    """The frame with `COLUMN is known`: false where a value is not among the known ones."""
    return frame.assign(
        **{f"{name} is known": frame[name].isna() | frame[name].isin(ids) for name, ids in known.items()}
    )
