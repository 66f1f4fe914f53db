"""Categories as small whole numbers, learnt once and kept with the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import RecobroError


@dataclass(frozen=True)
class Encoding:
    """Columns of a model's matrix in order, and the code of each known category; what is not known is missing."""

    columns: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]]

    @classmethod
    def learn(cls, frame: pd.DataFrame, columns: Sequence[str], categories: Sequence[str]) -> Encoding:
        """Codes of the categories seen in `frame`, by name, so that the order of rows changes nothing."""
        codes = {
            name: {value: code for code, value in enumerate(sorted(frame[name].dropna().astype(str).unique()))}
            for name in categories
        }
        return cls(tuple(columns), codes)

    def matrix(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The columns of `frame` as floats.

        Raises:
            RecobroError: a column the model was fitted with is missing.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            found = ", ".join(sorted(set(frame.columns) - set(self.columns))[:5]) or "no other columns"
            raise RecobroError(f"column {missing[0]!r}", found, "Build the features with the model's own version.")
        return np.column_stack([self._floats(frame[name], name) for name in self.columns])

    def _floats(self, column: pd.Series[float], name: str) -> NDArray[np.float64]:
        if name in self.codes:
            return column.map(self.codes[name]).to_numpy(np.float64, na_value=np.nan)
        return pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the category columns."""
        return tuple(place for place, name in enumerate(self.columns) if name in self.codes)
