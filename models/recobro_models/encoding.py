"""Columns of a model's matrix: categories as small whole numbers, and rates of the segments, learnt once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import RecobroError
from recobro_models.segment_rates import RATE_COLUMNS, SegmentRates


@dataclass(frozen=True)
class Encoding:
    """Columns of a model's matrix in order, and the code of each known category; what is not known is missing.

    With `rates`, `RATE_COLUMNS` are columns too: no frame has them, they follow from the frame's own.
    """

    columns: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]]
    rates: SegmentRates | None = None

    @classmethod
    def learn(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[str],
        categories: Sequence[str],
        *,
        rates: SegmentRates | None = None,
    ) -> Encoding:
        """Codes of the categories seen in `frame`, by name, so that the order of rows changes nothing."""
        codes = {
            name: {value: code for code, value in enumerate(sorted(frame[name].dropna().astype(str).unique()))}
            for name in categories
        }
        return cls((*columns, *(RATE_COLUMNS if rates else ())), codes, rates)

    def matrix(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The columns of `frame` as floats.

        Raises:
            RecobroError: a column the model was fitted with is missing.
        """
        given = [name for name in self.columns if self.rates is None or name not in RATE_COLUMNS]
        missing = [name for name in given if name not in frame.columns]
        if missing:
            found = ", ".join(sorted(set(frame.columns) - set(self.columns))[:5]) or "no other columns"
            raise RecobroError(f"column {missing[0]!r}", found, "Build the features with the model's own version.")
        whole = frame if self.rates is None else self.rates.added_to(frame)
        plain = [name for name in self.columns if name not in self.codes]
        matrix = np.empty((len(whole), len(self.columns)))
        numbers = whole[plain]
        if all(dtype.kind in "iufb" for dtype in numbers.dtypes):
            # One look at many columns costs what a look at one does.
            matrix[:, [self.columns.index(name) for name in plain]] = numbers.to_numpy(np.float64, na_value=np.nan)
            plain = []
        for at, name in enumerate(self.columns):
            if name in self.codes or name in plain:
                matrix[:, at] = self._floats(whole[name], name)
        return matrix

    def _floats(self, column: pd.Series[float], name: str) -> NDArray[np.float64]:
        if name in self.codes:
            return column.map(self.codes[name]).to_numpy(np.float64, na_value=np.nan)
        return pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the category columns."""
        return tuple(place for place, name in enumerate(self.columns) if name in self.codes)

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        codes = {name: dict(codes) for name, codes in self.codes.items()}
        return {"columns": self.columns, "codes": codes, "rates": self.rates.to_json() if self.rates else None}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Encoding:
        """What `to_json` wrote."""
        rates = SegmentRates.from_json(told["rates"]) if told["rates"] else None
        return cls(tuple(told["columns"]), told["codes"], rates)
