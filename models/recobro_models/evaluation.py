"""Measures of a probability against what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from recobro_models.resampling import log_loss_of_each

Floats = NDArray[np.float64]


def measure(happened: ArrayLike, p: ArrayLike) -> dict[str, float]:
    """The usual measures by name; NaN where undefined (one outcome only).

    `n`, `rate`, `auc`, `gini`, `ks`, `average_precision`, `brier`, `log_loss`, `calibration_error`.
    `calibration_error` is the mean gap between predicted and seen rate over ten groups of equal size.
    """
    y, p = np.asarray(happened, np.float64), np.clip(np.asarray(p, np.float64), 1e-12, 1 - 1e-12)
    both = y.size > 0 and y.min() != y.max()
    auc = float(roc_auc_score(y, p)) if both else float("nan")
    table = calibration_table(y, p)
    gap = float(np.average(np.abs(table["predicted"] - table["seen"]), weights=table["n"])) if y.size else float("nan")
    return {
        "n": float(y.size),
        "rate": float(y.mean()) if y.size else float("nan"),
        "auc": auc,
        "gini": 2 * auc - 1,
        "ks": _ks(y, p) if both else float("nan"),
        "average_precision": float(average_precision_score(y, p)) if both else float("nan"),
        "brier": float(np.mean((p - y) ** 2)) if y.size else float("nan"),
        "log_loss": float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p))) if y.size else float("nan"),
        "calibration_error": gap,
    }


def calibration_table(
    happened: ArrayLike, p: ArrayLike, *, groups: int = 10, weight: ArrayLike | None = None
) -> pd.DataFrame:
    """One row a tenth of the rows by probability: `n`, mean `predicted`, `seen` rate.

    Rows of equal probability stay together, so that their order changes nothing; groups are then of unequal size. With
    a `weight` both means are weighted; `n` counts rows.
    """
    frame = pd.DataFrame({"p": np.asarray(p, np.float64), "y": np.asarray(happened, np.float64)})
    frame["w"] = 1.0 if weight is None else np.asarray(weight, np.float64)
    place = frame["p"].rank(method="average")
    group = np.minimum((place - 1) * groups // max(len(frame), 1), groups - 1)
    sums = frame.assign(p=frame["p"] * frame["w"], y=frame["y"] * frame["w"]).groupby(group)
    table = sums.agg(n=("y", "size"), predicted=("p", "sum"), seen=("y", "sum"), w=("w", "sum")).reset_index(drop=True)
    return table.assign(predicted=table["predicted"] / table["w"], seen=table["seen"] / table["w"]).drop(columns="w")


def paired_log_loss_gain(
    happened: ArrayLike, p_new: ArrayLike, p_old: ArrayLike, *, groups: ArrayLike
) -> tuple[float, float]:
    """Mean gain in log loss of new over old, and its standard error with rows of one group (debtor) kept together."""
    y = np.asarray(happened, np.float64)
    gain = log_loss_of_each(y, np.asarray(p_old, np.float64)) - log_loss_of_each(y, np.asarray(p_new, np.float64))
    sums = pd.Series(gain - gain.mean()).groupby(np.asarray(groups)).sum().to_numpy()
    return float(gain.mean()), float(np.sqrt(np.sum(sums**2)) / max(len(gain), 1))


def _ks(y: Floats, p: Floats) -> float:
    false_rate, true_rate, _ = roc_curve(y, p)
    return float(np.max(true_rate - false_rate))
