"""The policy: best options under capacity, a share of draws at random among the lawful, and their true propensities.

Who draws, and what, follows from a hash of the debtor and the day, so that nothing needs to be remembered. Room is kept
for the draws that are to be expected; a draw that finds it full gives way. Who draws nothing gets the best option, but
for a few, drawn as well, whom nobody contacts on that day: so the log also tells what leaving alone brings. What is
best is decided as if nobody drew, so that it does not depend on the draws and

    P(undrawn | debtor) = 1 - q * share of draws that are kept
    P(best | debtor) = (1 - control) * P(undrawn) * (1 - left out)
    P(drawn option | debtor) = (1 - control) * q / lawful options * P(kept | option)
    P(left alone | debtor) = control + (1 - control) * P(undrawn), where nothing is best
    P(left alone | debtor) = control + (1 - control) * P(undrawn) * left out, where something is

hold as they stand (and add up where the draw is the best option), with P(kept) of a Poisson number of other draws.
A contact that the law demands is no matter of chance: those debtors neither draw nor wait for the draws of others, are
not in the control group, and what they get has the propensity 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_models.decision.allocation import Allocation, Capacity, allocate
from recobro_models.decision.capacity import Floats, Ints, Mask
from recobro_models.decision.exploring import Exploring, draw_left_out, drawable
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.decision.team import team_capacity as team_capacity

Objects = NDArray[np.object_]
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True)
class Standing:
    """How debtors stand beside what their options are worth.

    duties: positions of those whom the law demands to be contacted, the most urgent first. draws: by debtor, whether
    options may be drawn at random; None: of all. prefers: (debtor, channel, hour), what of the allowed options may be
    chosen as the best; None: all.
    """

    duties: Ints = field(default_factory=lambda: _NOBODY)
    draws: Mask | None = None
    prefers: Mask | None = None

    @classmethod
    def of(cls, rule: Objects, until: Objects, draws: Mask | None = None, prefers: Mask | None = None) -> Standing:
        """From the rule that demands a contact and its latest day by debtor, None without; the first due come first."""
        due = [at for at, one in enumerate(rule) if one is not None]
        return cls(np.array(sorted(due, key=lambda at: (until[at], at)), np.int64), draws, prefers)

    def of_members(self, members: Mask) -> Standing:
        """The same for some of the debtors."""
        number = np.cumsum(members) - 1
        duties = number[self.duties[members[self.duties]]]
        return Standing(duties, *(None if one is None else one[members] for one in (self.draws, self.prefers)))


@dataclass(frozen=True)
class Decision:
    """By debtor's position: the slot (channel * 24 + team hour; -1 none), its arm and propensity; and the best plan.

    The propensity is that of what was decided, be it to leave alone: 1 where no option is allowed. `undrawn_value` is
    what the best plan would be worth if nobody drew. way: which team carries it out. duty: who is served by duty.
    unmet: positions of those with a duty for whom there is no room.
    """

    choice: Ints
    explored: Mask
    propensity: Floats
    allocation: Allocation
    p_explore: float
    undrawn_value: float
    way: Ints
    duty: Mask
    unmet: Ints = field(default_factory=lambda: _NOBODY)

    @property
    def left_out(self) -> Mask:
        """Who has a best option, and is left alone by draw."""
        return (self.choice < 0) & (self.allocation.choice >= 0)


def decide(
    debtor_ids: NDArray[np.object_],
    allowed: Mask,
    priority: Floats,
    settings: Settings,
    work_date: date,
    *,
    capacity: Capacity | None = None,
    standing: Standing | None = None,
) -> Decision:
    """Choose at most one option for each debtor.

    Args:
        debtor_ids: whose.
        allowed: (debtor, channel, hour).
        priority: the same shape: what the option is worth, in one currency.
        settings: capacities, exploration, control group, salt.
        work_date: day of the draws.
        capacity: the team's, where it is not the configured one.
        standing: whom the law demands to be contacted, and who may be drawn at random.
    """
    n, standing = len(debtor_ids), standing or Standing()
    options = allowed.reshape(n, N_SLOTS)
    choosable = options if standing.prefers is None else options & standing.prefers.reshape(n, N_SLOTS)
    worth = np.where(choosable, priority.reshape(n, N_SLOTS), -np.inf)
    capacity = capacity or team_capacity(settings)
    wanted = allocate(worth, capacity, duties=standing.duties)
    is_free = np.ones(n, bool)
    is_free[standing.duties] = False
    may_draw = is_free if standing.draws is None else is_free & standing.draws
    everyone = _exploring(options & is_free[:, None], capacity, (wanted.choice >= 0) & is_free, settings)
    exploring = replace(everyone, options=everyone.options & may_draw[:, None])
    best, reserve = _beside_draws(wanted, worth, is_free, everyone)
    key = (settings.policy.salt, work_date)
    kept, way = exploring.keep(exploring.draws(debtor_ids, key), reserve)
    left_out, p_left_out = draw_left_out(debtor_ids, key, settings.policy.exploration)
    undrawn = np.where(left_out & is_free, -1, np.stack([best.choice, best.way]))
    choice, way = np.where(kept >= 0, np.stack([kept, way]), undrawn)
    chances = (exploring, exploring.p_kept(reserve))
    propensity = _propensity(choice, best.choice, chances, (settings.policy.control_group, p_left_out))
    propensity[~is_free] = 1.0
    return Decision(
        choice, kept >= 0, propensity, best, exploring.q, wanted.value, way, ~is_free & (choice >= 0), wanted.unmet
    )


def _beside_draws(wanted: Allocation, worth: Floats, is_free: Mask, everyone: Exploring) -> tuple[Allocation, Ints]:
    """The best plan beside the room that is kept for draws, and that room; duties stay as they were met without, and
    `worth` is left to the others alone.

    Room is kept as if everybody drew: whoever may not be drawn is given none of it by that.
    """
    met = _only(wanted, ~is_free)
    left = wanted.capacity.less(wanted.capacity.used_by(*met))
    reserve = everyone.reserve(left.limit)
    if everyone.q == 0:
        return wanted, reserve
    met_worth = _worth_of(worth, met[0])
    # In place: a copy for everybody would be as much memory again.
    worth[~is_free] = -np.inf
    rest = allocate(worth, left.less(reserve))
    return _with_met(rest, met, wanted, met_worth), reserve


def _exploring(options: Mask, capacity: Capacity, acted: Mask, settings: Settings) -> Exploring:
    """Draws so many that the configured share of the actions is drawn."""
    can = drawable(options, capacity)
    n_eligible = max(int(can.any(axis=1).sum()), 1)
    return Exploring(can, settings.policy.exploration * float(acted.sum()) / n_eligible, capacity)


def _only(plan: Allocation, who: Mask) -> tuple[Ints, Ints]:
    """Slot and way of those debtors, -1 for all others."""
    return np.where(who, plan.choice, -1), np.where(who, plan.way, -1)


def _worth_of(worth: Floats, choice: Ints) -> float:
    """What chosen slots are worth together."""
    taken = np.flatnonzero(choice >= 0)
    return float(worth[taken, choice[taken]].sum(dtype=np.float64))


def _with_met(rest: Allocation, met: tuple[Ints, Ints], whole: Allocation, worth: float) -> Allocation:
    """The plan of the others together with the duties that were met before; both bounds grow by what those bring."""
    choice, way = np.where(met[0] >= 0, met[0], rest.choice), np.where(met[0] >= 0, met[1], rest.way)
    return Allocation(
        choice, way, rest.value + worth, rest.bound + worth, whole.capacity, rest.price,
        whole.capacity.used_by(choice, way), whole.unmet,
    )  # fmt: skip


def _propensity(choice: Ints, best: Ints, chances: tuple[Exploring, Floats], shares: tuple[float, float]) -> Floats:
    """The chance of what was decided, from those of each option being drawn and of a draw being kept.

    shares: of the control group, and of those left out.
    """
    (exploring, p_kept), (control, left_out) = chances, shares
    p_undrawn = 1 - exploring.p_drawn(p_kept)
    group = exploring.capacity.groups_of(len(choice))
    p_choice = (choice == best) * p_undrawn * (1 - left_out) + exploring.at_random * p_kept[group, choice]
    p_alone = p_undrawn * np.where(best >= 0, left_out, 1.0)
    found: Floats = (1 - control) * np.where(choice >= 0, p_choice, p_alone) + control * (choice < 0)
    return found
