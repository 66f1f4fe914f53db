"""Columns of a model's matrix: categories as small whole numbers, and rates of the segments, learnt once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import RecobroError
from recobro_data.frames import names_of
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
        plain, coded, computed = self._places
        at = frame.columns.get_indexer(self._given)
        if (at < 0).any():
            found = ", ".join(sorted(set(frame.columns) - set(self.columns))[:5]) or "no other columns"
            expected = f"column {self._given[at < 0][0]!r}"
            raise RecobroError(expected, found, "Build the features with the model's own version.")
        matrix = np.empty((len(frame), len(self.columns)))
        numbers = frame.take(at[: len(plain)], axis=1)
        if all(dtype.kind in "iufb" for dtype in set(numbers.dtypes)):
            # One look at many columns costs what a look at one does.
            matrix[:, list(plain.values())] = numbers.to_numpy(np.float64, na_value=np.nan)
            plain = {}
        for name, place in {**plain, **coded}.items():
            matrix[:, place] = self._floats(frame[name], name)
        if self.rates is not None:
            matrix[:, computed] = np.column_stack(self.rates.predict(frame))
        return matrix

    def matrix_of(self, records: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """`matrix` of a few rows that are records, without a frame; None is not known.

        Raises:
            RecobroError: a record lacks a column that the model was fitted with.
        """
        plain, coded, computed = self._places
        matrix = np.empty((len(records), len(self.columns)))
        try:
            for row, record in zip(matrix, records, strict=True):
                row[list(plain.values())] = [record[name] for name in plain]
                row[list(coded.values())] = [self.codes[name].get(record[name], np.nan) for name in coded]
        except KeyError as error:
            found = ", ".join(sorted(set(record) - set(self.columns))[:5]) or "no other columns"
            raise RecobroError(f"column {error}", found, "Build the features with the model's own version.") from None
        if self.rates is not None:
            matrix[:, computed] = np.column_stack(self.rates.predict_of(records))
        return matrix

    @cached_property
    def _given(self) -> pd.Index[str]:
        """Names of a frame's columns: of the numbers, then of the categories."""
        plain, coded, _ = self._places
        return names_of((*plain, *coded))

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, int], list[int]]:
        """Where the numbers and the categories of a frame lie in the matrix, and what follows from both."""
        computed = () if self.rates is None else RATE_COLUMNS
        given = {name: at for at, name in enumerate(self.columns) if name not in computed}
        plain = {name: at for name, at in given.items() if name not in self.codes}
        coded = {name: at for name, at in given.items() if name in self.codes}
        return plain, coded, [self.columns.index(name) for name in computed]

    def _floats(self, column: pd.Series[float], name: str) -> NDArray[np.float64]:
        if name in self.codes:
            numbers, known = pd.factorize(column.to_numpy(object))
            codes = [self.codes[name].get(one, np.nan) for one in known]
            return np.array([*codes, np.nan], np.float64)[numbers]
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
