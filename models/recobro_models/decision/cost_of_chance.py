"""What a day's chance costs: the expected value that exploring and leaving a control group alone give up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recobro_models.decision.allocation import allocate
from recobro_models.decision.arms import Arm
from recobro_models.decision.capacity import Floats
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.decision.policy import Standing
from recobro_models.decision.worklist import Scored


@dataclass(frozen=True)
class CostOfChance:
    """Expected value given up on this day, in the money that the decision is made in; never below 0."""

    exploration: float
    control_group: float


def cost_of_chance(scored: Scored) -> CostOfChance:
    """Allocate the day again, without draws and without a control group, and compare.

    The control group's part is told as if nobody explored, so that the two add up to the whole.
    """
    undrawn, eligibility = scored.decision.undrawn_value, scored.eligibility
    everyone = undrawn
    if eligibility.withheld.any():
        options = (eligibility.allowed | eligibility.withheld) & scored.choosable
        worth = np.where(options, scored.priority, -np.inf).reshape(len(options), N_SLOTS)
        standing = Standing.of(eligibility.duty_rule, eligibility.duty_until)
        everyone = sum(_value_of(worth, arm, standing) for arm in scored.arms)
    # Allocation comes within its gap of the best, so that a difference of nothing may come out just below it.
    return CostOfChance(max(undrawn - _in_force(scored), 0.0), max(everyone - undrawn, 0.0))


def _value_of(worth: Floats, arm: Arm, standing: Standing) -> float:
    if arm.members.all():
        return allocate(worth, arm.capacity, duties=standing.duties).value
    duties = standing.of_members(arm.members).duties
    return allocate(worth[arm.members], arm.capacity, duties=duties).value


def _in_force(scored: Scored) -> float:
    """What the decided options are worth."""
    choice = scored.decision.choice
    taken = np.flatnonzero(choice >= 0)
    return float(scored.priority.reshape(len(choice), N_SLOTS)[taken, choice[taken]].sum())
