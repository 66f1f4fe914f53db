"""Options drawn at random: who draws what, which capacity is kept for the draws, and the chance that one finds room;
and whose best option is left out at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints, Mask
from recobro_models.decision.draws import draw

#: Of the share of actions that are drawn, how much more is left out. A log speaks for leaving alone with the weight of
#: one over this share, for a contact with that of one over a draw's much smaller chance: so fewer of them will do.
LEFT_OUT: Final = 0.25


class Draw(NamedTuple):
    """A debtor's position, and the slot and way that were drawn."""

    position: int
    slot: int
    way: int


@dataclass(frozen=True)
class Exploring:
    """A day's draws before they are made.

    options: (debtor, slot) from which is drawn; nothing of debtors who do not draw. q: the chance that one draws.
    capacity: what is there for everybody.
    """

    options: Mask
    q: float
    capacity: Capacity

    @cached_property
    def at_random(self) -> Floats:
        """By debtor, the chance of drawing any one option."""
        n_options = self.options.sum(axis=1)
        return np.where(n_options > 0, self.q / np.maximum(n_options, 1), 0.0)

    @cached_property
    def mass(self) -> Floats:
        """(group, slot, way) draws to be expected; ways of a slot are equally likely."""
        own = self.capacity
        group, ways = own.groups_of(len(self.options)), np.maximum(own.is_way.sum(axis=2), 1)
        found = np.stack([self.at_random[group == at] @ self.options[group == at] for at in range(len(own.uses))])
        each: Floats = (found / ways)[:, :, None] * own.is_way
        return each

    @cached_property
    def expected(self) -> tuple[Floats, Floats]:
        """By resource: draws to be expected that use any of it, and the units that they use; a drawn debtor of a
        minimum share takes nothing away."""
        own, n = self.capacity, len(self.capacity.limit)
        used = (own.uses >= 0) & (own.weight > 0)
        each = np.broadcast_to(self.mass[:, :, :, None], own.uses.shape)[used]
        at = own.uses[used]
        draws, units = (np.bincount(at, one, minlength=n) for one in (each, each * own.weight[used]))
        return np.asarray(draws, np.float64), np.asarray(units, np.float64)

    def reserve(self, left: Ints) -> Ints:
        """Units kept for the draws: for as many as are to be expected, as far as so much is left; none of what has no
        limit."""
        draws, units = self.expected
        typical = np.divide(units, draws, out=np.ones(len(draws)), where=draws > 0)
        wanted = np.ceil(np.ceil(draws - 1e-12) * typical - 1e-9).astype(np.int64)
        return np.where(self.capacity.limit >= UNLIMITED, 0, np.clip(wanted, 0, np.maximum(left, 0)))

    def p_kept(self, reserve: Ints) -> Floats:
        """(group, slot) the chance that a draw finds room in everything that it uses."""
        own = self.capacity
        draws, units = self.expected
        typical = np.divide(units, draws, out=np.ones(len(draws)), where=draws > 0)
        room = np.floor(reserve / np.maximum(typical, 1e-12) + 1e-9)
        p_room = np.where(own.limit >= UNLIMITED, 1.0, _p_room(draws, room))
        used = (own.uses >= 0) & (own.weight > 0)
        each = np.where(used, p_room[own.uses], 1.0).prod(axis=3)
        found: Floats = (each * own.is_way).sum(axis=2) / np.maximum(own.is_way.sum(axis=2), 1)
        return found

    def p_drawn(self, p_kept: Floats) -> Floats:
        """By debtor, the chance that a draw is made and kept."""
        group, found = self.capacity.groups_of(len(self.options)), np.zeros(len(self.options))
        for at in range(len(p_kept)):
            here = group == at
            found[here] = self.options[here] @ p_kept[at]
        return self.at_random * found

    def draws(self, debtor_ids: NDArray[np.object_], key: tuple[str, date]) -> list[Draw]:
        """The draws of a day, in random order."""
        n_options = self.options.sum(axis=1)
        who = np.flatnonzero((draw(debtor_ids, "explore", *key) < self.q) & (n_options > 0))
        who = who[np.argsort(draw(debtor_ids[who], "order", *key), kind="stable")]
        number = (draw(debtor_ids[who], "option", *key) * n_options[who]).astype(np.int64)
        slot = np.array([np.flatnonzero(self.options[at])[nth] for at, nth in zip(who, number, strict=True)], np.int64)
        open_ = self.capacity.is_way[self.capacity.groups_of(len(self.options))[who], slot]
        nth = (draw(debtor_ids[who], "way", *key) * open_.sum(axis=1)).astype(np.int64)
        way = np.argmax(np.cumsum(open_, axis=1) > nth[:, None], axis=1)
        return [Draw(*map(int, one)) for one in zip(who, slot, way, strict=True)]

    def keep(self, draws: list[Draw], reserve: Ints) -> tuple[Ints, Ints]:
        """By debtor slot and way of the draws that find room in the reserve, the first ones first; -1 for others."""
        own, n = self.capacity, len(self.options)
        group = own.groups_of(n)
        left = np.where(own.limit >= UNLIMITED, own.limit, reserve)
        slot, way = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
        for one in draws:
            uses = own.uses[group[one.position], one.slot, one.way]
            weight = own.weight[group[one.position], one.slot, one.way]
            taken = (uses >= 0) & (weight > 0)
            if (left[uses[taken]] >= weight[taken]).all():
                np.subtract.at(left, uses[taken], weight[taken])
                slot[one.position], way[one.position] = one.slot, one.way
        return slot, way


def draw_left_out(debtor_ids: NDArray[np.object_], key: tuple[str, date], exploration: float) -> tuple[Mask, float]:
    """Who is left alone where a draw of options does not give one, and the chance of that."""
    share = LEFT_OUT * exploration
    return np.asarray(draw(debtor_ids, "left out", *key) < share), share


def drawable(options: Mask, capacity: Capacity) -> Mask:
    """The options that the team has a way to carry out."""
    can: Mask = np.asarray(capacity.is_way.any(axis=2))
    if can.all():
        return options
    found: Mask = options & can[capacity.groups_of(len(options))]
    return found


def _p_room(expected: Floats, room: NDArray[Any]) -> Floats:
    """Chance of being among the first `room` of those who draw the same, in random order."""
    others = np.arange(int(expected.max(initial=0.0) + 8 * np.sqrt(expected.max(initial=0.0)) + 10))
    chance = np.exp(xlogy(others, expected[:, None]) - expected[:, None] - gammaln(others + 1))
    found: Floats = (chance * np.minimum(1.0, room[:, None] / (others + 1))).sum(axis=1) / chance.sum(axis=1)
    return found
