"""What the team can do: resources with a limit each, and which of them an option of a debtor uses.

One form for all: an hour of a channel, a channel's day, the visits in a zone, a team's hour of work, a budget. An
option (debtor, slot) can be carried out in one or more *ways* (one for each team that may); a way uses whole units of
several resources. Debtors for whom the same ways are open are of one *group*, so that prices stand by group and slot.

A minimum share is a resource too, used up by minus one: its limit of minus 40 says that at least 40 must be used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: A capacity that nothing reaches.
UNLIMITED: Final = 2**40


class Resource(NamedTuple):
    """What is limited: `kind` is hour, day, zone, team, budget or share; of whom; and where, the hour or zone.

    unit: units of the limit in one of what people count: 1 attempt, 1 agent's hour, 1 unit of money.
    """

    kind: str
    name: str
    at: str = ""
    unit: int = 1


@dataclass(frozen=True)
class Capacity:
    """Resources and their use.

    resources: first the hours in the slots' order, then the channels' days, then whatever else is limited.
    limit: by resource, in its units.
    uses, weight: (group, slot, way, use) the resources that a way uses, -1 for none, and how many units of each.
    is_way: (group, slot, way) whether there is such a way.
    group: by debtor; empty where all are of the first.
    min_share: by resource, the least share of the day's attempts; above 0 for resources of kind share alone.
    """

    resources: tuple[Resource, ...]
    limit: Ints
    uses: NDArray[np.int32]
    weight: Ints
    is_way: Mask
    group: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    min_share: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of_slots(cls, by_slot: Ints, by_channel: Ints, channels: Sequence[str] = CHANNELS) -> Capacity:
        """Attempts by (channel, hour) and by channel in the day, `UNLIMITED` where there is no limit."""
        n_channels, n_hours = by_slot.shape
        hours = [Resource("hour", channels[at // n_hours], str(at % n_hours)) for at in range(by_slot.size)]
        days = [Resource("day", channels[place]) for place in range(n_channels)]
        slot = np.arange(by_slot.size)
        uses = np.stack([slot, by_slot.size + slot // n_hours], axis=1).astype(np.int32)[None, :, None, :]
        limit = np.concatenate([by_slot.reshape(-1), by_channel]).astype(np.int64)
        is_way = np.ones((1, by_slot.size, 1), bool)
        return cls((*hours, *days), limit, uses, np.ones(uses.shape, np.int64), is_way)

    @property
    def by_slot(self) -> Ints:
        """Attempts by (channel, hour), whoever makes them."""
        return self.limit[: self.n_slots].reshape(len(self.by_channel), -1)

    @property
    def by_channel(self) -> Ints:
        """Attempts by channel in the day."""
        days = [at for at, one in enumerate(self.resources) if one.kind == "day"]
        return self.limit[days]

    @property
    def n_slots(self) -> int:
        """Options of a debtor."""
        return self.uses.shape[1]

    @property
    def floors(self) -> Floats:
        """By resource the minimum share that it stands for, 0 for all others."""
        return self.min_share if self.min_share.size else np.zeros(len(self.limit))

    def groups_of(self, n: int) -> NDArray[np.int32]:
        """The group of each of n debtors."""
        return self.group if self.group.size else np.zeros(n, np.int32)

    def with_limit(self, limit: Ints) -> Capacity:
        """The same resources with other limits."""
        return replace(self, limit=limit.astype(np.int64))

    def of_members(self, members: Mask) -> Capacity:
        """The same for some of the debtors."""
        return replace(self, group=self.group[members]) if self.group.size else self

    def less(self, used: Ints) -> Capacity:
        """What is left of each limit."""
        return self.with_limit(np.where(self.limit >= UNLIMITED, self.limit, self.limit - used))

    def first_ways(self, choice: Ints) -> Ints:
        """The first way of each chosen slot, -1 where none is chosen."""
        way = np.argmax(self.is_way[self.groups_of(len(choice)), choice], axis=1)
        return np.where(choice >= 0, way, -1)

    def used_by(self, choice: Ints, way: Ints) -> Ints:
        """Units of each resource that chosen slots and ways use (-1: nothing)."""
        taken = np.flatnonzero(choice >= 0)
        at = (self.groups_of(len(choice))[taken], choice[taken], way[taken])
        uses, weight = self.uses[at], self.weight[at]
        found = np.zeros(len(self.limit), np.int64)
        np.add.at(found, uses[uses >= 0], weight[uses >= 0])
        return found
