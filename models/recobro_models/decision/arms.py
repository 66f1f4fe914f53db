"""Two policies side by side: who is whose by a hash, and each with its share of the team.

Were the team shared out freely, the policy that shouts loudest would take it all, and the comparison would be of
voices. So the challenger has its share of every hour and channel, and the champion the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_models.decision.allocation import UNLIMITED, Allocation, Capacity
from recobro_models.decision.capacity import Ints
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import Mask
from recobro_models.decision.policy import Decision, Standing, decide
from recobro_models.decision.team import Worked, team_capacity

Floats = NDArray[np.float64]


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


def split_team(
    is_challenger: Mask, settings: Settings, work_date: date, worked: Worked | None = None
) -> tuple[Arm, ...]:
    """The champion's arm and, where anybody is the challenger's, its arm; together they have the whole team.

    worked: the debtors, where teams, zones, budgets or minimum shares tell them apart.
    """
    whole = team_capacity(settings, work_date, worked)
    if not is_challenger.any():
        return (Arm(~is_challenger, whole),)
    part = _part(whole, settings.policy.challenger_share, work_date.toordinal())
    rest = whole.less(part)
    ours, theirs = whole.with_limit(part).of_members(is_challenger), rest.of_members(~is_challenger)
    return Arm(~is_challenger, theirs), Arm(is_challenger, ours)


def _part(whole: Capacity, share: float, day: int) -> Ints:
    """A share of each limit; what does not divide evenly goes to one arm in one hour or day, to the other in the next,
    so that over many it comes out at the share."""
    n_hours = whole.by_slot.shape[1]
    hour = np.array([int(one.at) if one.kind in ("hour", "team") else 0 for one in whole.resources])
    has_hours = np.array([one.kind in ("hour", "team") for one in whole.resources])
    place = np.where(has_hours, day * n_hours + hour, day)
    cut = np.floor(whole.limit * share * (place + 1)) - np.floor(whole.limit * share * place)
    return np.where(whole.limit >= UNLIMITED, whole.limit, np.minimum(cut.astype(np.int64), whole.limit))


def decide_in_arms(
    arms: tuple[Arm, ...],
    options: tuple[NDArray[np.object_], Mask, Floats],
    settings: Settings,
    work_date: date,
    *,
    standing: Standing | None = None,
) -> Decision:
    """`decide` for each arm with its part of the team, put together again.

    Args:
        arms: of `split_team`.
        options: debtor ids, what is allowed, and priority, as for `decide`.
        settings: exploration, control group, salt.
        work_date: day of the draws.
        standing: whom the law demands to be contacted, and who may be drawn at random.
    """
    ids, allowed, priority = options
    standing, decided = standing or Standing(), []
    if len(arms) == 1:
        # The same as below, without a copy of everything.
        return decide(ids, allowed, priority, settings, work_date, capacity=arms[0].capacity, standing=standing)
    for arm in arms:
        own, theirs = arm.members, standing.of_members(arm.members)
        decided.append(
            decide(ids[own], allowed[own], priority[own], settings, work_date, capacity=arm.capacity, standing=theirs)
        )
    return _put_together(arms, decided)


def _put_together(arms: tuple[Arm, ...], decided: list[Decision]) -> Decision:
    plans = [one.allocation for one in decided]
    unmet = np.concatenate([np.flatnonzero(arm.members)[one.unmet] for arm, one in zip(arms, decided, strict=True)])
    best = Allocation(
        _by_debtor(arms, [plan.choice for plan in plans]), _by_debtor(arms, [plan.way for plan in plans]),
        sum(plan.value for plan in plans), sum(plan.bound for plan in plans), _whole(arms),
        _shared(arms, [plan.price for plan in plans]), np.sum([plan.used for plan in plans], axis=0), unmet,
    )  # fmt: skip
    names = ("choice", "explored", "propensity", "way", "duty")
    parts = [_by_debtor(arms, [getattr(one, name) for one in decided]) for name in names]
    choice, explored, propensity, way, duty = parts
    chance = float(_shared(arms, [np.float64(one.p_explore) for one in decided]))
    undrawn = sum(one.undrawn_value for one in decided)
    return Decision(choice, explored, propensity, best, chance, undrawn, way, duty, unmet)


def _whole(arms: tuple[Arm, ...]) -> Capacity:
    """The capacity of all arms together."""
    first = arms[0].capacity
    limit = np.minimum(sum(arm.capacity.limit for arm in arms), UNLIMITED)
    if not first.group.size:
        return first.with_limit(limit)
    return replace(first, limit=limit, group=_by_debtor(arms, [arm.capacity.group for arm in arms]))


def _by_debtor(arms: tuple[Arm, ...], parts: list[NDArray[Any]]) -> NDArray[Any]:
    whole = np.empty(len(arms[0].members), parts[0].dtype)
    for arm, part in zip(arms, parts, strict=True):
        whole[arm.members] = part
    return whole


def _shared(arms: tuple[Arm, ...], parts: list[Any]) -> Any:
    """One attempt more would be shared out as the debtors are."""
    return sum(arm.share * part for arm, part in zip(arms, parts, strict=True))
