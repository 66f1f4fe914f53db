"""Which features move a model, and in which direction: a summary of SHAP values over many rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Of the features that hardly move anything nothing can be said.
_LEAST_MOVE = 1e-12


def build_importance(contributions: Floats, names: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
    """One row a feature, the strongest first: `feature`, `mean_abs_shap` (log-odds), `direction`.

    `direction` is the rank correlation of a feature's value with its contribution: 1 where a higher value always raises
    the output, -1 where it always lowers it, near 0 where it does both, NaN where values have no order (categories) or
    the column is not among `rows`.

    Args:
        contributions: SHAP values, one row a row of `rows`, one column a name.
        names: the features, in the order of the columns.
        rows: the values they were computed from.
    """
    strength = np.abs(contributions).mean(axis=0) if len(contributions) else np.zeros(len(names))
    directions = [_direction(rows, name, contributions[:, place]) for place, name in enumerate(names)]
    found = pd.DataFrame({"feature": list(names), "mean_abs_shap": strength, "direction": directions})
    return found.sort_values(["mean_abs_shap", "feature"], ascending=[False, True], ignore_index=True)


def _direction(rows: pd.DataFrame, name: str, contribution: Floats) -> float:
    if name not in rows.columns or not pd.api.types.is_numeric_dtype(rows[name]):
        return float("nan")
    values = rows[name].to_numpy(np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    ranks = [pd.Series(column[known]).rank().to_numpy(np.float64) for column in (values, contribution)]
    if known.sum() < 2 or min(np.ptp(rank) for rank in ranks) < _LEAST_MOVE:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
