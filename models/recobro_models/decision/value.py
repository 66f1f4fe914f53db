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

Floats = NDArray[np.float64]

#: Nobody is sure to pay.
MAX_P_PAY = 0.995


@dataclass(frozen=True)
class Values:
    """Of every debtor by position.

    p_reach: (debtor, channel, hour of the team's clock). effect: (debtor, channel), the change in the probability of
    paying that being reached causes. recovery and value: money of the debtor's currency, as `p_reach`.
    """

    p_reach: Floats
    effect: Floats
    recovery: Floats
    value: Floats


def value_options(
    debtors: pd.DataFrame,
    shift: NDArray[np.int64],
    weekday: int,
    models: tuple[ContactTimes, ContactEffect],
    settings: Settings,
) -> Values:
    """Value every channel and hour for every debtor.

    Args:
        debtors: debtor features, `p_pay_no_action`, `amount_to_collect`; `attempted_on`, the work date, where known.
        shift: hours that each debtor's clock is ahead of the team's.
        weekday: of the work date, Monday 0.
        models: contact times and contact effect.
        settings: for what an attempt costs.
    """
    times, effects = models
    n = len(debtors)
    p_reach = np.zeros((n, len(CHANNELS), HOURS))
    stays = debtors["p_pay_no_action"].to_numpy(np.float64)
    effect = effects.predict_effects(debtors, stays)
    for place, channel in enumerate(CHANNELS):
        for hours_ahead in np.unique(shift):
            here = shift == hours_ahead
            p_reach[here, place] = _on_team_clock(times, debtors[here], channel, weekday, int(hours_ahead))
    # An effect can not lift anyone above MAX_P_PAY, nor push below nothing.
    effect = np.clip(effect, -stays[:, None], np.maximum(MAX_P_PAY - stays, 0)[:, None])
    owed = debtors["amount_to_collect"].to_numpy(np.float64) * effects.predict_paid_share(debtors)
    recovery = p_reach * effect[:, :, None] * owed[:, None, None]
    cost = np.array([settings.channels[channel].cost for channel in CHANNELS])
    return Values(p_reach, effect, recovery, recovery - cost[None, :, None])


def _on_team_clock(times: ContactTimes, rows: pd.DataFrame, channel: str, weekday: int, shift: int) -> Floats:
    return np.roll(times.predict_day(rows, channel, weekday, range(HOURS)), -shift, axis=1)
