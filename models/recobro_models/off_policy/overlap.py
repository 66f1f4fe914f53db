"""How far a log and a target policy decide alike: the weights, what they are worth, and when they are worth too little.

A weight's mean is 1 among the target's choices that the log takes at times, and 0 among those that it never takes. So
the mean weight tells which share of the choices the log can speak about, without knowing what else it might have done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.errors import SourceRefusedError
from recobro_data.vocabulary import CHANNELS
from recobro_models.off_policy.estimators import effective_size
from recobro_models.off_policy.log import Log
from recobro_models.off_policy.policies import NOBODY, Choices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Of the attempts, the share that may lack a propensity: a few lost values are no reason to give up.
_MOST_UNLOGGED: Final = 0.01
#: Unweighted decisions that each of the target's choices must be worth, and the share of them that must be supported.
FEWEST_EFFECTIVE: Final = 50.0
LEAST_SUPPORT: Final = 0.8
#: A choice that the target makes more rarely than this decides nothing.
_RARE: Final = 0.005
_ONE: Final = np.int64(1)
_LEAVE_ALONE: Final = "leave_alone"


@dataclass(frozen=True)
class Overlap:
    """How far the log supports the target's choices; `by_choice` has a row a channel and one for leaving alone."""

    effective_size: float
    max_weight: float
    supported_share: float
    by_choice: Mapping[str, Mapping[str, float]]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        rows = {name: {key: round(value, 4) for key, value in row.items()} for name, row in self.by_choice.items()}
        return {
            "effective_sample_size": round(self.effective_size, 1), "max_weight": round(self.max_weight, 2),
            "supported_share": round(self.supported_share, 4), "by_choice": rows,
        }  # fmt: skip


def check_propensities(log: Log) -> None:
    """That the log says with what probability it tried whom it tried.

    Raises:
        SourceRefusedError: nobody was tried, propensities are missing, or some are no probability.
    """
    p = log.rows["propensity"].to_numpy(np.float64)
    tried, unlogged = log.is_tried, np.isnan(p)
    wanted = "attempts with the propensity with which their policy chose them"
    if not tried.any():
        raise SourceRefusedError(wanted, "no attempt on these days", "Choose other days with --from and --to.")
    missing = float(unlogged[tried].mean())
    if missing > _MOST_UNLOGGED:
        found = f"none on {missing:.0%} of {int(tried.sum()):,} attempts"
        raise SourceRefusedError(
            wanted, found, "Log `propensity` with every attempt; nothing else can stand in for it."
        )
    odd = ~unlogged & ~((p > 0) & (p <= 1))
    if odd.any():
        found = f"{int(odd.sum()):,} outside, such as {p[odd][0]:g}"
        raise SourceRefusedError(
            "propensities above 0 and up to 1", found, "Mend them at the source and load it again."
        )


def weigh(log: Log, target: Choices, left_alone: Floats) -> Floats:
    """By decision: the probability of what was done under the target over that under the log.

    Where the target names no hour, its hour is drawn evenly from the open ones that the log uses on that channel.

    Args:
        log: with the propensities of its attempts.
        target: what the target decides.
        left_alone: the log's probability of leaving alone.
    """
    taken, hour = (log.rows[name].to_numpy(np.int64) for name in ("taken", "taken_hour"))
    propensity = log.rows["propensity"].to_numpy(np.float64)
    same = taken == target.channel
    rests = same & (taken == NOBODY)
    acts = same & (taken != NOBODY) & ~np.isnan(propensity)
    at = np.maximum(taken, 0)
    open_hours = log.hours[np.arange(len(at)), at] & log.used_hours[at]
    within = (open_hours >> np.maximum(hour, 0)) & _ONE
    evenly = within / np.maximum(np.bitwise_count(open_hours), 1)
    p_hour = np.where(target.hour == NOBODY, evenly, target.hour == hour)
    weight = np.zeros(len(taken))
    weight[rests] = 1 / left_alone[rests]
    weight[acts] = p_hour[acts] / propensity[acts]
    return weight


def measure_overlap(target: Choices, weight: Floats) -> Overlap:
    """How far the log supports each of the target's choices."""
    by_choice = {}
    for place in (*range(len(CHANNELS)), NOBODY):
        here = target.channel == place
        if here.any():
            name = _LEAVE_ALONE if place == NOBODY else CHANNELS[place]
            by_choice[name] = _support(weight[here])
    n = len(weight)
    supported = sum(row["chosen"] * min(row["mean_weight"], 1.0) for row in by_choice.values()) / n
    return Overlap(effective_size(weight), float(weight.max(initial=0.0)), supported, by_choice)


def _support(weight: Floats) -> dict[str, float]:
    return {
        "chosen": float(len(weight)),
        "agreed": float((weight > 0).sum()),
        "mean_weight": float(weight.mean()),
        "error": float(weight.std() / np.sqrt(len(weight))),
        "max_weight": float(weight.max()),
        "effective_sample_size": effective_size(weight),
    }


def check_overlap(overlap: Overlap, policy: str) -> None:
    """That the log took the target's choices often enough to tell what they bring.

    Raises:
        SourceRefusedError: it took some of them never, too rarely, or only for some debtors.
    """
    n = sum(row["chosen"] for row in overlap.by_choice.values())
    for name, row in overlap.by_choice.items():
        if row["chosen"] < _RARE * n:
            continue
        would = "leave alone" if name == _LEAVE_ALONE else f"contact by {name}"
        wanted = f"a log that at times decides as {policy} does"
        asked = f"of the {row['chosen']:,.0f} debtor-days that it would {would}"
        if row["agreed"] == 0:
            raise SourceRefusedError(wanted, f"none {asked} on which the log did", _advice(name))
        if row["mean_weight"] + 2 * row["error"] < LEAST_SUPPORT:
            found = f"support for {row['mean_weight']:.0%} {asked}"
            raise SourceRefusedError(wanted, found, _advice(name))
        if row["effective_sample_size"] < FEWEST_EFFECTIVE:
            found = f"evidence worth {row['effective_sample_size']:.0f} decisions {asked}"
            raise SourceRefusedError(wanted, found, f"It takes {FEWEST_EFFECTIVE:.0f}. {_advice(name)}")


def _advice(name: str) -> str:
    if name == _LEAVE_ALONE:
        return "Take a longer window or more capacity, or leave more debtors alone by draw (`policy.exploration`)."
    return f"Take a longer window, or set `--capacity {name}=0`, or explore more (`policy.exploration`)."
