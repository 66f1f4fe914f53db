"""What each allowed option is worth: the money a contact is expected to add within the horizon, less its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.lawful import HOURS
from recobro_models.promises import Promises

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Nobody is sure to pay.
MAX_P_PAY = 0.995


@dataclass(frozen=True)
class Values:
    """Of every debtor by position.

    p_reach: (debtor, channel, hour of the team's clock). effect: (debtor, channel), the change in the probability of
    paying that being reached causes, by a promise that is kept later too. owed: what a payer pays within the horizon,
    in the debtor's currency. cost: by channel. Money follows from these where it is asked for: kept for everybody it
    would take twice the memory again.
    """

    p_reach: Floats
    effect: Floats
    owed: Floats
    cost: Floats

    @property
    def recovery(self) -> Floats:
        """Money that each option is expected to add within the horizon, as `p_reach`, in the debtor's currency."""
        return self.recovery_of(slice(None))

    @property
    def value(self) -> Floats:
        """The same less the cost of the attempt."""
        return self.value_of(slice(None))

    def recovery_of(self, rows: slice | Ints) -> Floats:
        """`recovery` of some debtors."""
        found: Floats = self.p_reach[rows] * self.effect[rows][:, :, None]
        found *= self.owed[rows][:, None, None]
        return found

    def value_of(self, rows: slice | Ints) -> Floats:
        """`value` of some debtors."""
        found = self.recovery_of(rows)
        found -= self.cost[None, :, None]
        return found

    def recovery_at(self, position: int, slot: int) -> float:
        """`recovery` of one option."""
        channel, hour = divmod(slot, HOURS)
        reached = self.p_reach[position, channel, hour] * self.effect[position, channel]
        return float(reached * self.owed[position])

    def value_at(self, rows: Ints, slots: Ints) -> Floats:
        """`value` of one option each of some debtors."""
        channel, hour = slots // HOURS, slots % HOURS
        reached: Floats = self.p_reach[rows, channel, hour] * self.effect[rows, channel]
        return reached * self.owed[rows] - self.cost[channel]


def value_options(
    debtors: pd.DataFrame,
    shift: NDArray[np.int64],
    weekday: int,
    models: tuple[ContactTimes, ContactEffect],
    settings: Settings,
    *,
    promises: Promises | None = None,
) -> Values:
    """Value every channel and hour for every debtor.

    Args:
        debtors: debtor features, `p_pay_no_action`, `amount_to_collect`; `attempted_on`, the work date, where known.
        shift: hours that each debtor's clock is ahead of the team's.
        weekday: of the work date, Monday 0.
        models: contact times and contact effect.
        settings: for what an attempt costs.
        promises: what a contact leads to later than the contact effect sees; None: nothing.
    """
    times, effects = models
    n = len(debtors)
    p_reach = np.zeros((n, len(CHANNELS), HOURS))
    stays = debtors["p_pay_no_action"].to_numpy(np.float64)
    effect = effects.predict_effects(debtors, stays)
    for hours_ahead in np.unique(shift):
        here = shift == hours_ahead
        for place, reach in enumerate(times.predict_days(debtors[here], CHANNELS, weekday, range(HOURS))):
            p_reach[here, place] = np.roll(reach, -int(hours_ahead), axis=1)
    if promises is not None:
        # Who pays anyway, or soon because of the contact, is not counted a second time for having promised to.
        effect = effect + promises.predict_kept_later(debtors) * np.clip(1 - stays[:, None] - effect, 0.0, 1.0)
    # An effect can not lift anyone above MAX_P_PAY, nor push below nothing.
    effect = np.clip(effect, -stays[:, None], np.maximum(MAX_P_PAY - stays, 0)[:, None])
    owed = debtors["amount_to_collect"].to_numpy(np.float64) * effects.predict_paid_share(debtors)
    cost = np.array([settings.channels[channel].cost for channel in CHANNELS], np.float64)
    return Values(p_reach, effect, owed, cost)
