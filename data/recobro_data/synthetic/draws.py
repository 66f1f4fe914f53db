"""Random numbers that depend on nothing but their name: seed, stream, day and id.

A draw never shifts because another was made or left out. So one debtor's life does not depend on how many others there
are, and two policies played over the same days see the same luck (common random numbers).
"""

from __future__ import annotations

from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_WORD: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


class Draws:
    """Draws of one seed, by a counter-based generator (SplitMix64's finaliser over a hashed counter).

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, stream: str, ids: NDArray[Any], day: int = 0) -> Floats:
        """One number in (0, 1) for each id, of the named stream on that day (days since 1970-01-01)."""
        start = _mixed_int(_mixed_int(self.seed & _WORD ^ crc32(stream.encode()) << 32) + day * _GOLDEN)
        mixed = _mixed(ids.astype(np.uint64) * np.uint64(_GOLDEN) + np.uint64(start))
        return np.asarray(((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)

    def normal(self, stream: str, ids: NDArray[Any], day: int = 0) -> Floats:
        """One standard normal number for each id."""
        return np.asarray(ndtri(self.uniform(stream, ids, day)), dtype=np.float64)

    def whole(self, stream: str, ids: NDArray[Any], *, low: int, high: int, day: int = 0) -> Ints:
        """One whole number for each id, evenly from `low` to `high`, both included."""
        return low + (self.uniform(stream, ids, day) * (high - low + 1)).astype(np.int64)

    def among(self, stream: str, ids: NDArray[Any], weights: tuple[float, ...], day: int = 0) -> Ints:
        """One position in `weights` for each id, each as often as its weight says."""
        edges = np.cumsum(weights)[:-1] / sum(weights)
        return np.searchsorted(edges, self.uniform(stream, ids, day), side="right").astype(np.int64)


def _mixed_int(word: int) -> int:
    word &= _WORD
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD
    return word ^ word >> 31


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ words >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ words >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return words ^ words >> np.uint64(31)
