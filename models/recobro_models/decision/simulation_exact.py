"""What-if exactly: the options that a plan chose from, shared out again under other settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.arms import Arm, decide_in_arms, draw_challenger, split_team
from recobro_models.decision.capacity import UNLIMITED
from recobro_models.decision.changes import changed_keys
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import HOURS, N_SLOTS, Mask
from recobro_models.decision.options import Options
from recobro_models.decision.policy import Standing
from recobro_models.decision.simulation import Simulation
from recobro_models.decision.team import Worked, team_capacity

Ints = NDArray[np.int64]


def simulate_exactly(
    options: Options, before: Settings, after: Settings, work_date: date, *, within: bool = False
) -> Simulation:
    """The options shared out again, with the same draws by chance, under the old settings and under the new ones.

    Args:
        options: what the plan chose from.
        before: the settings that it was made with.
        after: those of the question.
        work_date: the day of the draws.
        within: the options are some debtors' alone, who have that part of each limit which they use in the plan.
    """
    day = _Day(options, before, work_date, within)
    (then, used_then), (now, used_now) = day.decided(before), day.decided(after)
    channels = {
        name: {"used_before": int(used_then[place]), "used_after": int(used_now[place])}
        for place, name in enumerate(CHANNELS) if used_then[place] or used_now[place]
    }  # fmt: skip
    return Simulation("exact", changed_keys(before, after), then, now, now, now, channels)


@dataclass(frozen=True)
class _Day:
    """The options of a plan, the settings that they were valued with, and the day."""

    options: Options
    valued_with: Settings
    work_date: date
    within: bool

    def decided(self, settings: Settings) -> tuple[float, Ints]:
        """The expected value of what is decided under these settings, and the attempts by channel."""
        worth = self._worth(settings)
        ids = self.options.debtors["debtor_id"].to_numpy(object)
        options = (ids, self._allowed(settings), np.where(self.options.prefers, worth, -np.inf))
        standing = Standing.of(self.options.duty_rule, self.options.duty_until, self.options.draws)
        decision = decide_in_arms(self._arms(settings), options, settings, self.work_date, standing=standing)
        taken = np.flatnonzero(decision.choice >= 0)
        slots = decision.choice[taken]
        value = worth.reshape(len(ids), N_SLOTS)[taken, slots].sum(dtype=np.float64)
        return float(value), np.bincount(slots // HOURS, minlength=len(CHANNELS))

    def _arms(self, settings: Settings) -> tuple[Arm, ...]:
        """Who is decided by which policy, and the part of the team that each has."""
        ids = self.options.debtors["debtor_id"].to_numpy(object)
        worked = Worked(self.options.debtors, self.options.money)
        if not self.within:
            return split_team(draw_challenger(ids, settings), settings, self.work_date, worked)
        whole, asked = (team_capacity(one, self.work_date, worked) for one in (self.valued_with, settings))
        own = np.maximum(whole.used_by(self.options.choice, self.options.way) + asked.limit - whole.limit, 0)
        # No limit stays none, and what a portfolio must have at least is no part of the team.
        is_own = (whole.limit < UNLIMITED) & (whole.limit >= 0) & (whole.floors == 0)
        return (Arm(np.ones(len(ids), bool), asked.with_limit(np.where(is_own, own, asked.limit))),)

    def _worth(self, settings: Settings) -> NDArray[np.floating[Any]]:
        """What each option counts for where attempts cost otherwise."""
        dearer = [settings.channels[name].cost - self.valued_with.channels[name].cost for name in CHANNELS]
        if not any(dearer):
            return self.options.priority
        less = np.outer(self.options.money, dearer).astype(self.options.priority.dtype)
        return self.options.priority - less[:, :, None]

    def _allowed(self, settings: Settings) -> Mask:
        """The options of all but the control group, which the same draw makes larger or smaller."""
        policy = settings.policy
        if policy.control_group == self.valued_with.policy.control_group:
            return self.options.allowed
        period = self.work_date.toordinal() // policy.control_period_days
        drawn = draw(self.options.debtors["debtor_id"], "control", policy.salt, period) < policy.control_group
        apart = drawn & pd.isna(self.options.duty_rule)
        return (self.options.allowed | self.options.withheld) & ~apart[:, None, None]
