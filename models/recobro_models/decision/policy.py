"""The policy: best options under capacity, a share of draws at random among the lawful, and their true propensities.

Who draws, and what, follows from a hash of the debtor and the day, so that nothing needs to be remembered. What the
others get is decided as if nobody drew, with room kept for the draws, so that it does not depend on them and

    P(option | debtor) = (1 - control) * ((1 - q) * [option is the best one] + q / lawful options)

holds as it stands, but for the rare draw that finds its reserved room full and is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import UNLIMITED, Allocation, Capacity, allocate_capacity
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import HOURS, N_SLOTS, Mask

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Decision:
    """By debtor's position: the slot (channel * 24 + team hour; -1 none), its arm and propensity; and the best plan."""

    choice: Ints
    explored: Mask
    propensity: Floats
    allocation: Allocation
    p_explore: float


def team_capacity(settings: Settings) -> Capacity:
    """The configured capacities."""
    channels = [settings.channels[channel] for channel in CHANNELS]
    by_slot = [[UNLIMITED if own.capacity_per_hour is None else own.capacity_per_hour] * HOURS for own in channels]
    by_channel = [UNLIMITED if own.capacity_per_day is None else own.capacity_per_day for own in channels]
    return Capacity(np.array(by_slot, np.int64), np.array(by_channel, np.int64))


def decide(
    debtor_ids: NDArray[np.object_], allowed: Mask, priority: Floats, settings: Settings, work_date: date
) -> Decision:
    """Choose at most one option for each debtor.

    Args:
        debtor_ids: whose.
        allowed: (debtor, channel, hour).
        priority: the same shape: what the option is worth, in one currency.
        settings: capacities, exploration, control group, salt.
        work_date: day of the draws.
    """
    n = len(debtor_ids)
    options = allowed.reshape(n, N_SLOTS)
    worth = np.where(options, priority.reshape(n, N_SLOTS), -np.inf)
    capacity = team_capacity(settings)
    n_options = options.sum(axis=1)
    wanted = allocate_capacity(worth, capacity)
    n_eligible = max(int((n_options > 0).sum()), 1)
    q = settings.policy.exploration * float((wanted.choice >= 0).sum()) / n_eligible
    reserve = _reserve(options, n_options, q, capacity)
    best = wanted if q == 0 else allocate_capacity(worth, _less(capacity, reserve))
    drawn = _draw_options(debtor_ids, options, n_options, (settings.policy.salt, work_date, q))
    drawn = _within(drawn, reserve)
    is_drawer = (draw(debtor_ids, "explore", settings.policy.salt, work_date) < q) & (n_options > 0)
    choice = np.where(is_drawer, drawn, best.choice)
    at_random = q / np.maximum(n_options, 1)
    propensity = (1 - settings.policy.control_group) * ((1 - q) * (choice == best.choice) + at_random)
    return Decision(choice, is_drawer & (choice >= 0), np.where(choice >= 0, propensity, np.nan), best, q)


def _reserve(options: Mask, n_options: Ints, q: float, capacity: Capacity) -> Capacity:
    """Room for the draws: their expected number and three standard deviations, in each slot and channel."""
    expected = (options / np.maximum(n_options, 1)[:, None]).sum(axis=0).reshape(capacity.by_slot.shape) * q
    by_slot = np.ceil(expected + 3 * np.sqrt(expected)).astype(np.int64)
    by_channel = np.ceil(expected.sum(axis=1) + 3 * np.sqrt(expected.sum(axis=1))).astype(np.int64)
    return Capacity(np.minimum(by_slot, capacity.by_slot), np.minimum(by_channel, capacity.by_channel))


def _less(capacity: Capacity, reserve: Capacity) -> Capacity:
    def left(whole: Ints, kept: Ints) -> Ints:
        return np.where(whole >= UNLIMITED, whole, whole - kept)

    return Capacity(left(capacity.by_slot, reserve.by_slot), left(capacity.by_channel, reserve.by_channel))


def _draw_options(
    debtor_ids: NDArray[np.object_], options: Mask, n_options: Ints, draws: tuple[str, date, float]
) -> Ints:
    """What each drawing debtor draws, -1 for the others."""
    salt, work_date, q = draws
    drawn = np.full(len(debtor_ids), -1, np.int64)
    who = np.flatnonzero((draw(debtor_ids, "explore", salt, work_date) < q) & (n_options > 0))
    number = (draw(debtor_ids[who], "option", salt, work_date) * n_options[who]).astype(np.int64)
    for position, nth in zip(who, number, strict=True):
        drawn[position] = np.flatnonzero(options[position])[nth]
    return drawn


def _within(drawn: Ints, reserve: Capacity) -> Ints:
    """Drop the draws beyond the room kept for them, the later debtors first."""
    slots, channels = reserve.by_slot.reshape(-1).copy(), reserve.by_channel.copy()
    kept = drawn.copy()
    for position in np.flatnonzero(drawn >= 0):
        slot = drawn[position]
        if slots[slot] > 0 and channels[slot // HOURS] > 0:
            slots[slot] -= 1
            channels[slot // HOURS] -= 1
        else:
            kept[position] = -1
    return kept
