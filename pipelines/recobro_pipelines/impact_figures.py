"""The figures of a comparison with the control group, ready for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_models.mean_difference import (
    FEWEST,
    Difference,
    Outcomes,
    compare_means,
    control_needed,
    slope_of,
    visible_effect,
)
from recobro_pipelines.ratios import ratio

#: The effect that `control_needed` is told for: this share of what a debtor pays.
_WANTED_SHARE: Final = 0.1
_UNKNOWN: Final = {"estimate": None, "low": None, "high": None}


def outcomes_of(rows: pd.DataFrame, paid: str = "paid") -> Outcomes:
    """What a comparison reads of participants."""
    numbers = pd.factorize(rows["debtor_id"])[0].astype(np.int64)
    amounts, expected = (rows[name].to_numpy(np.float64) for name in (paid, "expected"))
    return Outcomes(amounts, expected, rows["is_control"].to_numpy(bool), numbers)


def added(of: Outcomes) -> dict[str, Any]:
    """What the debtors worked paid beyond the control group; too small a group is told with the size it must have."""
    n_worked, n_control = int((~of.is_control).sum()), int(of.is_control.sum())
    told: dict[str, Any] = {"n_worked": n_worked, "n_control": n_control}
    if min(n_worked, n_control) < 2:
        return told | {"paid_per_debtor": None, "control_paid_per_debtor": None} | _too_small(None)
    paid, control_paid = (float(of.paid[here].mean()) for here in (~of.is_control, of.is_control))
    told |= {"paid_per_debtor": ratio(paid, 1, 2), "control_paid_per_debtor": ratio(control_paid, 1, 2)}
    found, is_adjusted = compare_means(of)
    needed = control_needed(of, _WANTED_SHARE * paid) if paid > 0 else None
    if not of.is_enough:
        return told | _too_small(needed)
    return {
        **told, "added_per_debtor": _figure(found), "added": _figure(found, n_worked), "is_adjusted": is_adjusted,
        "visible_per_debtor": ratio(visible_effect(found.error), 1, 2), "control_needed": needed,
    }  # fmt: skip


def by_channel(rows: pd.DataFrame, channels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What a first contact on each channel added within the horizon, against the control group.

    The policy chose the channel, so each first contact counts as much as it was unlikely: it stands for the lawful
    options of all debtors, of which nearly all weight lies on those that were drawn. `n_effective` is how many equally
    weighted debtors would say as much; a channel with fewer than `FEWEST` is left untold.

    Args:
        rows: participants whose horizon is over, with `channel`, `propensity`, `paid_in_horizon`.
        channels: which to tell.

    Source: Horvitz and Thompson 1952; Hájek 1971 (weights that add up to 1); Kish 1965 (effective size).
    """
    control = rows[rows["is_control"]]
    if len(control) < FEWEST:
        return {}
    slope = slope_of(outcomes_of(rows, "paid_in_horizon"))
    values = (rows["paid_in_horizon"] - slope * rows["expected"]).to_numpy(np.float64)
    alone = values[rows["is_control"].to_numpy(bool)]
    apart = (float(alone.mean()), float(alone.std(ddof=1)) / len(alone) ** 0.5)
    found = {}
    for channel in channels:
        here = ((rows["channel"] == channel) & (rows["propensity"] > 0)).to_numpy(bool)
        if here.any():
            weight = 1 / rows["propensity"].to_numpy(np.float64)[here]
            found[channel] = _weighted(values[here], weight, apart)
    return found


def _weighted(values: Any, weight: Any, apart: tuple[float, float]) -> dict[str, Any]:
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    told = {"basis": "propensity", "n": len(values), "n_effective": round(effective, 1)}
    if effective < FEWEST:
        return told | {"added_per_debtor": _UNKNOWN}
    mean = float(np.average(values, weights=weight))
    error = hypot(float(np.sqrt((weight**2 * (values - mean) ** 2).sum())) / float(weight.sum()), apart[1])
    gain = mean - apart[0]
    return told | {"added_per_debtor": _figure(Difference(gain, error, gain - 1.96 * error, gain + 1.96 * error))}


def _figure(found: Difference, times: int = 1) -> dict[str, float | None]:
    return {name: ratio(times * getattr(found, name), 1, 2) for name in ("estimate", "low", "high")}


def _too_small(needed: int | None) -> dict[str, Any]:
    return {
        "why": "control_too_small", "added_per_debtor": _UNKNOWN, "added": _UNKNOWN, "is_adjusted": False,
        "visible_per_debtor": None, "control_needed": needed,
    }  # fmt: skip
