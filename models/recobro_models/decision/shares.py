"""Fair shares: a day's list split between agents, alike in number and in expected value.

Each hour's items are dealt in rounds, the most valuable first, each round to the agents from the one who has least so
far: so in no hour has anybody more than one item more than another. Then pairs of the same hour are swapped between the
agent who has most and the one who has least, as long as that brings the two closer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recobro_models.decision.lawful import Ints

Floats = NDArray[np.float64]

#: Swaps for each agent: what is left after so many is indivisible.
_SWAPS: Final = 50


@dataclass(frozen=True)
class Shares:
    """A split list: the number of each item's agent, and the figures of each agent in order."""

    of: Ints
    n_items: Ints
    value: Floats

    @property
    def deviation(self) -> float:
        """How far the share furthest from the mean is from it, as a share of the mean; 0 where there is none."""
        return _deviation(self.value)

    def told(self, agents: Sequence[str], tolerance: float) -> dict[str, Any]:
        """For a plan's summary; `agents` are their ids in order."""
        own = {
            agent: {"items": int(n), "expected_value": round(float(value), 2)}
            for agent, n, value in zip(agents, self.n_items, self.value, strict=True)
        }
        is_fair = self.deviation <= tolerance
        return {"agents": own, "deviation": round(self.deviation, 6), "tolerance": tolerance, "is_fair": is_fair}


def _deviation(value: Floats) -> float:
    mean = float(value.mean()) if len(value) else 0.0
    return float(np.abs(value - mean).max() / mean) if mean > 0 else 0.0


def share_out(value: Floats, hour: Ints, n_agents: int, *, tolerance: float) -> Shares:
    """Split items between agents; the same items in the same order give the same split.

    Args:
        value: expected value of each item, in one money.
        hour: items of the same number compete for the same hour.
        n_agents: at least 1.
        tolerance: swapping ends where the deviation is no larger.
    """
    of, load = np.zeros(len(value), np.int64), np.zeros(n_agents)
    for one in np.unique(hour):
        _deal(np.flatnonzero(hour == one), value, of, load)
    for _ in range(_SWAPS * n_agents):
        least, most = int(load.argmin()), int(load.argmax())
        pair = _best_swap((value, hour, of), least, most, gap=float(load[most] - load[least]))
        if pair is None or _deviation(load) <= tolerance:
            break
        low, high = pair
        of[low], of[high] = most, least
        load[least] += value[high] - value[low]
        load[most] -= value[high] - value[low]
    sums = np.bincount(of, value, n_agents).astype(np.float64)
    return Shares(of, np.bincount(of, minlength=n_agents).astype(np.int64), sums)


def _deal(items: Ints, value: Floats, of: Ints, load: Floats) -> None:
    """Deal one hour's items; `of` and `load` are filled in."""
    order = items[np.argsort(-value[items], kind="stable")]
    for start in range(0, len(order), len(load)):
        hand = order[start : start + len(load)]
        agents = np.argsort(load, kind="stable")[: len(hand)]
        of[hand] = agents
        load[agents] += value[hand]


def _best_swap(items: tuple[Floats, Ints, Ints], least: int, most: int, *, gap: float) -> tuple[int, int] | None:
    """The pair of one hour (of who has least, who has most) whose exchange leaves the two closest; None: no better."""
    value, hour, of = items
    best, found = gap, None
    for one in np.intersect1d(hour[of == least], hour[of == most]):
        low = np.flatnonzero((of == least) & (hour == one))
        high = np.flatnonzero((of == most) & (hour == one))
        left = np.abs(gap - 2 * (value[high][None, :] - value[low][:, None]))
        at = int(left.argmin())
        if left.flat[at] < best - 1e-9:
            best, found = float(left.flat[at]), (int(low[at // len(high)]), int(high[at % len(high)]))
    return found


def share_items(
    items: Mapping[str, Any], agents: Sequence[str], channels: Sequence[str], *, tolerance: float
) -> tuple[NDArray[np.object_], dict[str, Shares]]:
    """The agent's id of each item (None on a channel that is not shared out), and the shares of each channel.

    Args:
        items: `channel`, `hour`, `value` by item.
        agents: their ids.
        channels: those that people work.
        tolerance: as for `share_out`.
    """
    channel = np.asarray(items["channel"], object)
    ids, shares = np.full(len(channel), None, dtype=object), {}
    for name in channels if agents else ():
        own = np.flatnonzero(channel == name)
        if len(own):
            value, hour = np.asarray(items["value"], np.float64)[own], np.asarray(items["hour"], np.int64)[own]
            shares[name] = share_out(value, hour, len(agents), tolerance=tolerance)
            ids[own] = np.array(agents, dtype=object)[shares[name].of]
    return ids, shares
