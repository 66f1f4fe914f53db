"""Who gets the capacity: at most one action a debtor, capacities by slot and by channel, the most value.

Dual decomposition: a price on every slot (channel and hour) and on every channel's day; given prices, each debtor takes
the option worth most beyond its price. Any prices give an upper bound on what is possible, so the plan knows how far
from the best it can be. Prices come from projected subgradient steps (Held, Wolfe and Crowder 1974); then debtors are
served in the order of what they are worth beyond the prices, and what is left is filled without prices.

Deterministic: one thread, ties go to the earlier debtor (by position) and the earlier slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A capacity that nothing reaches.
UNLIMITED = 2**40


@dataclass(frozen=True)
class Capacity:
    """Attempts the team can make, by slot (channel, hour) and by channel in the day; `UNLIMITED` where not given."""

    by_slot: Ints
    by_channel: Ints


@dataclass(frozen=True)
class Allocation:
    """choice: slot number (channel * hours + hour) by debtor, -1 for none. `bound` is at least any possible `value`.

    slot_price and channel_price: what one more attempt would bring; 0 where there is room left.
    """

    choice: Ints
    value: float
    bound: float
    slot_price: Floats
    channel_price: Floats

    @property
    def gap(self) -> float:
        """How far, at most, the plan's value lies below the best one, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def allocate_capacity(value: Floats, capacity: Capacity, *, n_steps: int = 200) -> Allocation:
    """Choose at most one slot for each debtor.

    Args:
        value: (debtor, channel * hours) expected value of each option; -inf where it is not allowed.
        capacity: what the team can do.
        n_steps: price steps.
    """
    n_slots = value.shape[1]
    n_channels, n_hours = capacity.by_slot.shape
    by_slot = capacity.by_slot.reshape(-1).astype(np.int64)
    by_channel = capacity.by_channel.astype(np.int64)
    channel_of = np.repeat(np.arange(n_channels), n_hours)
    if n_slots != len(channel_of):
        raise ValueError(f"value has {n_slots} slots, capacity {len(channel_of)}")
    slot_price, channel_price, bound = _find_prices(value, by_slot, by_channel, channel_of, n_steps)
    price = slot_price + channel_price[channel_of]
    _, best = _best_options(value, price)
    order = np.argsort(-best, kind="stable")
    choice = _serve(value, price, by_slot, by_channel, channel_of, order)
    taken = choice >= 0
    total = float(value[np.flatnonzero(taken), choice[taken]].sum())
    used = np.bincount(choice[taken], minlength=n_slots)
    # Where room is left one more attempt brings nothing, whatever price the last step stopped at.
    slot_price = np.where(used < by_slot, 0.0, slot_price).reshape(n_channels, n_hours)
    channel_price = np.where(np.bincount(channel_of, used, minlength=n_channels) < by_channel, 0.0, channel_price)
    return Allocation(choice, total, max(bound, total), slot_price, channel_price)


def _find_prices(
    value: Floats, by_slot: Ints, by_channel: Ints, channel_of: Ints, n_steps: int
) -> tuple[Floats, Floats, float]:
    """Prices with the smallest bound seen."""
    slot_price, channel_price = np.zeros(len(by_slot)), np.zeros(len(by_channel))
    best = (slot_price.copy(), channel_price.copy(), np.inf)
    positive = value[np.isfinite(value) & (value > 0)]
    scale = float(np.median(positive)) if positive.size else 1.0
    for step in range(n_steps):
        price = slot_price + channel_price[channel_of]
        chosen, gain = _best_options(value, price)
        finite_slot, finite_channel = by_slot < UNLIMITED, by_channel < UNLIMITED
        bound = (
            gain.sum() + (slot_price * by_slot)[finite_slot].sum() + (channel_price * by_channel)[finite_channel].sum()
        )
        if bound < best[2]:
            best = (slot_price.copy(), channel_price.copy(), float(bound))
        used = np.bincount(chosen[chosen >= 0], minlength=len(by_slot))
        over = _overload(used, by_slot)
        over_channel = _overload(np.bincount(channel_of, used, minlength=len(by_channel)), by_channel)
        if (over <= 0).all() and (over_channel <= 0).all() and not slot_price.any() and not channel_price.any():
            break
        size = scale / (1 + step) ** 0.7
        slot_price = np.maximum(slot_price + size * np.clip(over, -1, 3), 0)
        channel_price = np.maximum(channel_price + size * np.clip(over_channel, -1, 3), 0)
    return best


def _overload(used: NDArray[Any], capacity: Ints) -> Floats:
    """By how much what would be used exceeds each capacity, as a share of it."""
    return np.where(capacity < UNLIMITED, (used - capacity) / np.maximum(capacity, 1), -1.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _best_options(value: Floats, price: Floats) -> tuple[Ints, Floats]:
    """The option worth most beyond its price, and that worth; -1 and 0 where none is worth anything."""
    n, m = value.shape
    chosen = np.full(n, -1, np.int64)
    gain = np.zeros(n)
    for i in range(n):
        for k in range(m):
            worth = value[i, k] - price[k]
            if worth > gain[i]:
                gain[i] = worth
                chosen[i] = k
    return chosen, gain


@njit(cache=True)  # type: ignore[untyped-decorator]
def _serve(value: Floats, price: Floats, by_slot: Ints, by_channel: Ints, channel_of: Ints, order: Ints) -> Ints:
    """Serve debtors in order: first at the prices, then what is left without them."""
    choice = np.full(value.shape[0], -1, np.int64)
    left_slot, left_channel = by_slot.copy(), by_channel.copy()
    for charge_price in (1.0, 0.0):
        for i in order:
            if choice[i] >= 0:
                continue
            best, at = 0.0, -1
            for k in range(value.shape[1]):
                if left_slot[k] > 0 and left_channel[channel_of[k]] > 0 and value[i, k] > 0:
                    worth = value[i, k] - charge_price * price[k]
                    if worth > best:
                        best, at = worth, k
            if at >= 0:
                choice[i] = at
                left_slot[at] -= 1
                left_channel[channel_of[at]] -= 1
    return choice
