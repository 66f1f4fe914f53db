"""The policies of `bench.decision` that need no model: orders of the list, the best last hour, chance, the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from bench.decision_world import HOURS, N_SLOTS, Floats, Ints, Today, capacity_of
from recobro_data.synthetic.contact import IS_REACHED
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.people import CALL, CHANNELS
from recobro_models.decision.allocation import allocate

#: Which channel a list's next debtor is tried on: the strongest that has room.
_CHANNEL_ORDER: Final = ("call", "whatsapp", "sms", "email")
#: Working hours are long; a list without a model of hours spreads its attempts over them.
_FIRST_HOUR, _LAST_HOUR = 8, 19

Policy = Callable[[Today], Ints]


def oracle(today: Today) -> Ints:
    """The best allocation, knowing the truth."""
    return allocate(today.worth, capacity_of(len(today.worth))).choice


def by_worth(worth: Floats, today: Today) -> Ints:
    """The best allocation of what a model thinks the lawful options are worth."""
    return allocate(np.where(today.lawful, worth, -np.inf), capacity_of(len(worth))).choice


def at_random(today: Today) -> Ints:
    """Debtors in random order, each on a random lawful option that has room."""
    n, luck = len(today.lawful), Draws(today.world.day)
    key = luck.uniform("bench order", np.arange(n))
    slots = np.where(today.lawful, luck.uniform("bench slot", np.arange(n * N_SLOTS)).reshape(n, N_SLOTS), -1.0)
    return serve(np.argsort(-key), np.argsort(-slots, axis=1), today)


def in_order(score: Floats, today: Today, hour_of: Floats | None = None) -> Ints:
    """Debtors with the highest score first, by call while there is room, then by message.

    `hour_of`: (debtor, hour) says which hours come first for whom; else the list is worked through the day.
    """
    order = np.argsort(-score, kind="stable")
    n = len(score)
    if hour_of is None:
        hour_of = np.zeros((n, HOURS))
        hour_of[:, _FIRST_HOUR : _LAST_HOUR + 1] = 1.0 - np.arange(_LAST_HOUR - _FIRST_HOUR + 1) / 100
    place = np.array([_CHANNEL_ORDER.index(channel) for channel in CHANNELS])
    wish = -place[None, :, None] + hour_of[:, None, :] / (1 + hour_of.max())
    wish = np.where(today.lawful, wish.reshape(n, N_SLOTS), -np.inf)
    return serve(order, np.argsort(-wish, axis=1, kind="stable"), today)


def serve(order: Ints, wishes: Ints, today: Today) -> Ints:
    """Each debtor in order gets the first wish that is lawful and has room."""
    room = capacity_of(len(order))
    slots, channels = room.by_slot.ravel().copy(), room.by_channel.copy()
    choice = np.full(len(order), -1, np.int64)
    may = today.lawful.any(axis=1)
    for debtor in order:
        if not may[debtor]:
            continue
        for slot in wishes[debtor]:
            if not today.lawful[debtor, slot]:
                continue
            if slots[slot] and channels[slot // HOURS]:
                slots[slot] -= 1
                channels[slot // HOURS] -= 1
                choice[debtor] = slot
                break
        if not channels.any():
            break
    return choice


def largest_balance(today: Today) -> Ints:
    """The largest balance first."""
    return in_order(today.view.owed, today)


def oldest_debt(today: Today) -> Ints:
    """The oldest debt first."""
    return in_order(today.view.days_past_due.astype(float), today)


def best_last_hour(today: Today) -> Ints:
    """The largest balance first, each at the hour at which the debtor last answered, else at that of most answers."""
    log = today.world.attempts.columns()
    reached = IS_REACHED[log["outcome"]] & (log["channel"] == CALL)
    hour_of = np.zeros((len(today.lawful), HOURS)) + np.bincount(log["hour"][reached], minlength=HOURS) / 1e6
    hour_of[log["who"][reached], log["hour"][reached]] = 1.0 + np.arange(reached.sum()) / max(reached.sum(), 1)
    return in_order(today.view.owed, today, hour_of)
