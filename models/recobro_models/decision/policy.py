"""The policy: best options under capacity, a share of draws at random among the lawful, and their true propensities.

Who draws, and what, follows from a hash of the debtor and the day, so that nothing needs to be remembered. Room is kept
for the draws that are to be expected; a draw that finds it full gives way, and that debtor gets the best option. What
is best is decided as if nobody drew, so that it does not depend on the draws and

    P(best | debtor) = (1 - control) * (1 - q * share of draws that are kept)
    P(drawn option | debtor) = (1 - control) * q / lawful options * P(kept | option)
    P(left alone | debtor) = control + (1 - control) * (1 - q * share of draws that are kept), where nothing is best

hold as they stand (and add up where the draw is the best option), with P(kept) of a Poisson number of other draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import UNLIMITED, Allocation, Capacity, allocate_capacity
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import HOURS, N_SLOTS, Mask

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Decision:
    """By debtor's position: the slot (channel * 24 + team hour; -1 none), its arm and propensity; and the best plan.

    The propensity is that of what was decided, be it to leave alone: 1 where no option is allowed. `undrawn_value` is
    what the best plan would be worth if nobody drew.
    """

    choice: Ints
    explored: Mask
    propensity: Floats
    allocation: Allocation
    p_explore: float
    undrawn_value: float


def team_capacity(settings: Settings) -> Capacity:
    """The configured capacities."""
    channels = [settings.channels[channel] for channel in CHANNELS]
    by_slot = [[UNLIMITED if own.capacity_per_hour is None else own.capacity_per_hour] * HOURS for own in channels]
    by_channel = [UNLIMITED if own.capacity_per_day is None else own.capacity_per_day for own in channels]
    return Capacity(np.array(by_slot, np.int64), np.array(by_channel, np.int64))


def decide(
    debtor_ids: NDArray[np.object_],
    allowed: Mask,
    priority: Floats,
    settings: Settings,
    work_date: date,
    *,
    capacity: Capacity | None = None,
) -> Decision:
    """Choose at most one option for each debtor.

    Args:
        debtor_ids: whose.
        allowed: (debtor, channel, hour).
        priority: the same shape: what the option is worth, in one currency.
        settings: capacities, exploration, control group, salt.
        work_date: day of the draws.
        capacity: the team's, where it is not the configured one.
    """
    n = len(debtor_ids)
    options = allowed.reshape(n, N_SLOTS)
    worth = np.where(options, priority.reshape(n, N_SLOTS), -np.inf)
    capacity = capacity or team_capacity(settings)
    n_options = options.sum(axis=1)
    wanted = allocate_capacity(worth, capacity)
    n_eligible = max(int((n_options > 0).sum()), 1)
    q = settings.policy.exploration * float((wanted.choice >= 0).sum()) / n_eligible
    at_random = q / np.maximum(n_options, 1)
    expected = (options * at_random[:, None]).sum(axis=0)
    reserve = _reserve(expected, capacity)
    best = wanted if q == 0 else allocate_capacity(worth, _less(capacity, reserve))
    kept = _within(_draw_options(debtor_ids, options, q, (settings.policy.salt, work_date)), reserve, n)
    choice = np.where(kept >= 0, kept, best.choice)
    chances = (at_random, options, _p_kept(expected, reserve))
    propensity = _propensity(choice, best.choice, chances, settings.policy.control_group)
    return Decision(choice, kept >= 0, propensity, best, q, wanted.value)


def _propensity(choice: Ints, best: Ints, chances: tuple[Floats, Mask, Floats], control: float) -> Floats:
    """The chance of what was decided, from those of each option being drawn and of a draw being kept."""
    at_random, options, p_kept = chances
    p_best = 1 - at_random * (options @ p_kept)
    p_choice = (choice == best) * p_best + at_random * p_kept[choice]
    found: Floats = (1 - control) * np.where(choice >= 0, p_choice, p_best) + control * (choice < 0)
    return found


def _reserve(expected: Floats, capacity: Capacity) -> Capacity:
    """Room for the draws: as many as are to be expected in each slot and channel; `UNLIMITED` where all have room."""

    def room(wanted: Floats, whole: Ints) -> Ints:
        return np.where(whole >= UNLIMITED, whole, np.minimum(np.ceil(wanted).astype(np.int64), whole))

    by_slot = expected.reshape(capacity.by_slot.shape)
    return Capacity(room(by_slot, capacity.by_slot), room(by_slot.sum(axis=1), capacity.by_channel))


def _p_kept(expected: Floats, reserve: Capacity) -> Floats:
    """By slot: the chance that a draw finds room in its slot and in its channel's day."""
    of_channel = expected.reshape(reserve.by_slot.shape).sum(axis=1)
    in_slot = _p_room(expected, reserve.by_slot.reshape(-1))
    return in_slot * np.repeat(_p_room(of_channel, reserve.by_channel), HOURS)


def _p_room(expected: Floats, room: Ints) -> Floats:
    """Chance of being among the first `room` of those who draw the same, in random order."""
    others = np.arange(int(expected.max(initial=0.0) + 8 * np.sqrt(expected.max(initial=0.0)) + 10))
    chance = np.exp(xlogy(others, expected[:, None]) - expected[:, None] - gammaln(others + 1))
    found: Floats = (chance * np.minimum(1.0, room[:, None] / (others + 1))).sum(axis=1) / chance.sum(axis=1)
    return np.where(room >= UNLIMITED, 1.0, found)


def _less(capacity: Capacity, reserve: Capacity) -> Capacity:
    def left(whole: Ints, kept: Ints) -> Ints:
        return np.where(whole >= UNLIMITED, whole, whole - kept)

    return Capacity(left(capacity.by_slot, reserve.by_slot), left(capacity.by_channel, reserve.by_channel))


def _draw_options(
    debtor_ids: NDArray[np.object_], options: Mask, q: float, key: tuple[str, date]
) -> list[tuple[int, int]]:
    """(position, slot) of each draw, in random order."""
    n_options = options.sum(axis=1)
    who = np.flatnonzero((draw(debtor_ids, "explore", *key) < q) & (n_options > 0))
    who = who[np.argsort(draw(debtor_ids[who], "order", *key), kind="stable")]
    number = (draw(debtor_ids[who], "option", *key) * n_options[who]).astype(np.int64)
    return [(int(at), int(np.flatnonzero(options[at])[nth])) for at, nth in zip(who, number, strict=True)]


def _within(draws: list[tuple[int, int]], reserve: Capacity, n: int) -> Ints:
    """By debtor: the slot of the draws that find room, the first ones first; -1 for everyone else."""
    slots, channels = reserve.by_slot.reshape(-1).copy(), reserve.by_channel.copy()
    kept = np.full(n, -1, np.int64)
    for position, slot in draws:
        if slots[slot] > 0 and channels[slot // HOURS] > 0:
            slots[slot] -= 1
            channels[slot // HOURS] -= 1
            kept[position] = slot
    return kept
