"""What would let a model see what it is asked about: found before any training starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import LeakError
from recobro_models.splits import Parts, label_columns

#: No feature of debt or behaviour known to us orders charges as well as this on its own; the answer itself does.
MAX_LONE_AUC: Final = 0.98
_FEWEST_ROWS: Final = 200
_ORDER: Final = ("fit", "calibrate", "test")


def check_parts(parts: Parts, *, known_until: date) -> None:
    """Refuse parts that share what they must not share.

    Raises:
        LeakError: a label ends after the next part begins or after `known_until`, or a withheld debtor was learnt from.
    """
    for earlier, later in combinations(_ORDER, 2):
        _check_time(getattr(parts, earlier), getattr(parts, later), later)
    _check_time(parts.calibrate, parts.unseen, "test")
    for name in (*_ORDER, "unseen"):
        _check_known(getattr(parts, name), known_until)
    for name in _ORDER:
        _check_debtors(getattr(parts, name), parts.unseen, name)


def check_frozen(rows: pd.DataFrame, rebuilt: pd.DataFrame) -> None:
    """Compare what models learn from with the same charges rebuilt from data that ends at their as-of day.

    Args:
        rows: labelled charges as of one day, with their features.
        rebuilt: open charges of the same debtors as of that day, from tables that hold nothing later.

    Raises:
        LeakError: a feature differs, so a later row changed it; or a charge is not there without later rows.
    """
    pairs = rows.merge(rebuilt, on="charge_id", how="left", suffixes=("", " rebuilt"), indicator=True)
    lost = pairs[pairs["_merge"] != "both"]
    if len(lost):
        raise LeakError("charges known at the start of their as-of day", f"{lost['charge_id'].iloc[0]}, which was not",
                        "Build rows from the books as of that day only.")  # fmt: skip
    names = [name for name in rows.columns if name in rebuilt.columns and name not in ("charge_id", "as_of")]
    moved = [name for name in names if _differs(pairs[name], pairs[f"{name} rebuilt"])]
    if moved:
        raise LeakError("features that no later row changes", f"{', '.join(moved)}, which the future changed",
                        "Compute them from the tables as known at the start of the day.")  # fmt: skip


def find_lone_predictors(rows: pd.DataFrame, features: Sequence[str]) -> dict[str, float]:
    """Numeric features that predict alone better than any honest one: name to AUC of being paid.

    A missing value counts as a value of its own: that a date is there at all may be the answer.
    """
    paid = rows["is_paid"].to_numpy(bool)
    if len(rows) < _FEWEST_ROWS or paid.all() or not paid.any():
        return {}
    numeric = [name for name in features if pd.api.types.is_numeric_dtype(rows[name])]
    aucs = {name: _lone_auc(rows[name].to_numpy(np.float64, na_value=np.nan), paid) for name in numeric}
    return {name: auc for name, auc in aucs.items() if auc > MAX_LONE_AUC}


def _lone_auc(values: NDArray[np.float64], paid: NDArray[np.bool_]) -> float:
    """Area under the curve from ranks (Mann and Whitney 1947), whichever way it points."""
    ends = (-np.inf, np.inf) if np.isnan(values).any() else (0.0,)
    n_pairs = paid.sum() * (~paid).sum()
    above = [pd.Series(np.where(np.isnan(values), end, values)).rank().to_numpy()[paid].sum() for end in ends]
    aucs = [float(ranks - paid.sum() * (paid.sum() + 1) / 2) / n_pairs for ranks in above]
    return max(max(auc, 1 - auc) for auc in aucs)


def _check_time(earlier: pd.DataFrame, later: pd.DataFrame, name: str) -> None:
    if not (len(earlier) and len(later)):
        return
    end, begins = _label_end(earlier), later["as_of"].min()
    if end > begins:
        raise LeakError(f"labels to end before the {name} begins on {begins.date()}", f"one that ends on {end.date()}",
                        "Cut the labels where the next part begins.")  # fmt: skip


def _check_known(rows: pd.DataFrame, known_until: date) -> None:
    if len(rows) and _label_end(rows) > pd.Timestamp(known_until):
        raise LeakError(f"labels recorded before {known_until}", f"one that ends on {_label_end(rows).date()}",
                        "Label with what was known at the start of the day of training.")  # fmt: skip


def _check_debtors(rows: pd.DataFrame, unseen: pd.DataFrame, name: str) -> None:
    both = set(rows["debtor_id"]) & set(unseen["debtor_id"]) if len(rows) and len(unseen) else set()
    if both:
        raise LeakError("withheld debtors in no other part", f"{min(both)} in {name}",
                        "Part the rows with `part_rows`.")  # fmt: skip


def _label_end(rows: pd.DataFrame) -> pd.Timestamp:
    """The day after the last one that a label knows of."""
    ends = [(rows["as_of"] + pd.to_timedelta(rows[days], unit="D")).max() for days, _ in label_columns(rows)]
    return max(ends)


def _differs(one: pd.Series[float], other: pd.Series[float]) -> bool:
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
        here, there = (column.to_numpy(np.float64, na_value=np.nan) for column in (one, other))
        return not np.allclose(here, there, rtol=1e-6, atol=1e-9, equal_nan=True)
    return not (one.astype(str).where(one.notna(), "") == other.astype(str).where(other.notna(), "")).all()
