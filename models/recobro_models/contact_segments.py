"""Segments of debtors: how far each lies from the portfolio's rates, and what it adds to an hour.

Each is drawn to nothing as far as chance alone could part the segments of its kind (empirical Bayes), so a kind of
segment that tells nothing costs nothing. No protected attribute is one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_base import IN_PERSON, Slots, logistic
from recobro_models.contact_habits import BIN_OF_HOUR, BINS

Floats = NDArray[np.float64]

#: Columns of a debtor that make a kind of segment, in the order in which they are fitted.
SEGMENTS: Final = ("portfolio_id", "kind", "country", "region", "language")
#: More segments of one kind than this are too many to be of use.
_MOST: Final = 500


@dataclass(frozen=True)
class Segments:
    """Log-odds by kind of segment and its name: `levels` by channel, `hours` by bin of the day (in person)."""

    levels: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    hours: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)

    @classmethod
    def fit(cls, attempts: pd.DataFrame, slots: Slots, z: Floats) -> Segments:
        """What the segments add to log-odds `z` of the attempts; a column that is not there is no segment."""
        levels: dict[str, dict[str, list[float]]] = {}
        hours: dict[str, dict[str, list[float]]] = {}
        in_person = np.isin(slots.place, [CHANNELS.index(name) for name in IN_PERSON])
        for column in (name for name in SEGMENTS if name in attempts):
            code, names = pd.factorize(attempts[column].astype(object), sort=True)
            if 1 < len(names) <= _MOST:
                everybody = code >= 0
                tilts = _tilts((code, slots.place, everybody), slots, z, (len(names), len(CHANNELS)))
                z = z + np.where(everybody, tilts[code, slots.place], 0.0)
                levels |= _named(column, names, tilts)
                bins, there = BIN_OF_HOUR[slots.hour], everybody & in_person
                tilts = _tilts((code, bins, there), slots, z, (len(names), len(BINS)))
                z = z + np.where(there, tilts[code, bins], 0.0)
                hours |= _named(column, names, tilts)
        return cls(levels, hours)

    def predict_tilts(self, rows: pd.DataFrame, channel: str) -> Floats:
        """Log-odds that the segments of each row's debtor add on the channel: (row, bin); unknown segments add 0."""
        found = np.zeros((len(rows), len(BINS)))
        for told, at in ((self.levels, [CHANNELS.index(channel)] * len(BINS)), (self.hours, list(range(len(BINS))))):
            if told is self.hours and channel not in IN_PERSON:
                continue
            for column in (name for name in told if name in rows):
                names = list(told[column])
                values = np.vstack([np.array(list(told[column].values()))[:, at], np.zeros(len(BINS))])
                found += values[pd.Index(names, dtype=object).get_indexer(rows[column].astype(object))]
        return found

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Segments:
        """What `to_json` wrote."""
        return cls(told["levels"], told["hours"])


def _tilts(where: tuple[Any, Any, NDArray[np.bool_]], slots: Slots, z: Floats, shape: tuple[int, int]) -> Floats:
    """Log-odds by (segment, group), each drawn to 0 by its noise; 0 throughout where chance explains all of it."""
    segment, group, there = where
    cell, p = segment[there] * shape[1] + group[there], logistic(z[there])
    n = shape[0] * shape[1]
    rest, counts = slots.reached[there] - p, slots.weight[there]
    score, weight = np.bincount(cell, counts * rest, n), np.bincount(cell, counts * p * (1 - p), n)
    # The sum of squared scores beyond their own noise is what the segments differ by (method of moments).
    between = max(float(np.sum(score**2 - weight)) / max(float(np.sum(weight**2)), 1e-12), 0.0)
    tilts: Floats = between * score / (between * weight + 1)
    return tilts.reshape(shape)


def _named(column: str, names: Any, tilts: Floats) -> dict[str, dict[str, list[float]]]:
    """The tilts of a kind of segment by name; nothing where there are none."""
    if not tilts.any():
        return {}
    return {column: {str(name): row for name, row in zip(names, tilts.round(6).tolist(), strict=True)}}
