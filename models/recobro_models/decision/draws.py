"""Chance without state: a debtor's draw follows from a hash of who, what and when, and can be drawn again."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def draw(ids: ArrayLike, *what: object) -> NDArray[np.float64]:
    """A number in [0, 1) for each id, the same for the same id and `what` (purpose, salt, day)."""
    key = hashlib.sha256("\x1f".join(map(str, what)).encode()).hexdigest()[:16]
    hashes = pd.util.hash_array(np.asarray(ids, dtype=object), hash_key=key, categorize=False)
    return (hashes >> np.uint64(11)).astype(np.float64) / float(1 << 53)
