"""Two policies side by side: who is whose by a hash, and each with its share of the team.

Were the team shared out freely, the policy that shouts loudest would take it all, and the comparison would be of
voices. So the challenger has its share of every hour and channel, and the champion the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_models.decision.allocation import UNLIMITED, Allocation, Capacity
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import Mask
from recobro_models.decision.policy import Decision, decide, team_capacity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Arm:
    """Debtors who are decided by one policy, and the part of the team that works them."""

    members: Mask
    capacity: Capacity

    @property
    def share(self) -> float:
        """Of all debtors."""
        return float(self.members.mean()) if len(self.members) else 1.0


def draw_challenger(debtor_ids: NDArray[np.object_], settings: Settings) -> Mask:
    """Who is the challenger's: the same debtors on every day, others for another challenger."""
    policy = settings.policy
    if not policy.challenger:
        return np.zeros(len(debtor_ids), bool)
    return np.asarray(draw(debtor_ids, "challenger", policy.salt, policy.challenger) < policy.challenger_share)


def split_team(is_challenger: Mask, settings: Settings, work_date: date) -> tuple[Arm, ...]:
    """The champion's arm and, where anybody is the challenger's, its arm; together they have the whole team."""
    whole = team_capacity(settings)
    if not is_challenger.any():
        return (Arm(~is_challenger, whole),)
    part = _part(whole, settings.policy.challenger_share, work_date.toordinal())
    rest = Capacity(_less(whole.by_slot, part.by_slot), _less(whole.by_channel, part.by_channel))
    return Arm(~is_challenger, rest), Arm(is_challenger, part)


def _less(whole: Ints, part: Ints) -> Ints:
    return np.where(whole >= UNLIMITED, whole, whole - part)


def _part(whole: Capacity, share: float, day: int) -> Capacity:
    """A share of each capacity; what does not divide evenly goes to one arm in one hour or day, to the other in the
    next, so that over many it comes out at the share."""

    def of(capacity: Ints, place: Ints) -> Ints:
        cut = np.floor(capacity * share * (place + 1)) - np.floor(capacity * share * place)
        return np.where(capacity >= UNLIMITED, capacity, np.minimum(cut.astype(np.int64), capacity))

    n_hours = whole.by_slot.shape[1]
    hours = day * n_hours + np.broadcast_to(np.arange(n_hours), whole.by_slot.shape)
    return Capacity(of(whole.by_slot, hours), of(whole.by_channel, np.full(len(whole.by_channel), day)))


def decide_in_arms(
    arms: tuple[Arm, ...], options: tuple[NDArray[np.object_], Mask, Floats], settings: Settings, work_date: date
) -> Decision:
    """`decide` for each arm with its part of the team, put together again.

    Args:
        arms: of `split_team`.
        options: debtor ids, what is allowed, and priority, as for `decide`.
        settings: exploration, control group, salt.
        work_date: day of the draws.
    """
    ids, allowed, priority = options
    decided = []
    for arm in arms:
        own = arm.members
        decided.append(decide(ids[own], allowed[own], priority[own], settings, work_date, capacity=arm.capacity))
    return decided[0] if len(arms) == 1 else _put_together(arms, decided)


def _put_together(arms: tuple[Arm, ...], decided: list[Decision]) -> Decision:
    plans = [one.allocation for one in decided]
    best = Allocation(
        _by_debtor(arms, [plan.choice for plan in plans]), sum(plan.value for plan in plans),
        sum(plan.bound for plan in plans), _shared(arms, [plan.slot_price for plan in plans]),
        _shared(arms, [plan.channel_price for plan in plans]),
    )  # fmt: skip
    names = ("choice", "explored", "propensity")
    choice, explored, propensity = (_by_debtor(arms, [getattr(one, name) for one in decided]) for name in names)
    chance = float(_shared(arms, [np.float64(one.p_explore) for one in decided]))
    return Decision(choice, explored, propensity, best, chance, sum(one.undrawn_value for one in decided))


def _by_debtor(arms: tuple[Arm, ...], parts: list[NDArray[Any]]) -> NDArray[Any]:
    whole = np.empty(len(arms[0].members), parts[0].dtype)
    for arm, part in zip(arms, parts, strict=True):
        whole[arm.members] = part
    return whole


def _shared(arms: tuple[Arm, ...], parts: list[Any]) -> Any:
    """One attempt more would be shared out as the debtors are."""
    return sum(arm.share * part for arm, part in zip(arms, parts, strict=True))
