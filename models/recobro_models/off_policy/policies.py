"""The policies that can be evaluated: whom each would contact on a day, and on which channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import allocate
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.policy import team_capacity
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.three_criteria import rank_three_criteria

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Decides by the models in use what each option is worth, rather than by an order of the debtors.
EXPECTED_VALUE: Final = "expected-value"
#: Nobody is contacted.
NOBODY: Final = -1

#: What each policy puts first, the highest score first; money is in one currency.
SCORES: Final[Mapping[str, Callable[[pd.DataFrame], NDArray[np.float64]]]] = MappingProxyType(
    {
        THREE_CRITERIA: rank_three_criteria,
        "largest-balance": lambda rows: rows["amount"].to_numpy(np.float64),
        "oldest": lambda rows: rows["days_past_due"].to_numpy(np.float64),
        "p-pay": lambda rows: rows["p_pay_no_action"].to_numpy(np.float64),
        "p-unpaid": lambda rows: rows["p_unpaid"].to_numpy(np.float64),
        "random": lambda rows: draw(rows["debtor_id"], "random policy", rows["as_of"].iloc[0]),
    }
)
POLICIES: Final = (*SCORES, EXPECTED_VALUE)


class Choices(NamedTuple):
    """By decision: the channel's number (-1: leave alone), and the hour of the debtor's clock (-1: any open one)."""

    channel: Ints
    hour: Ints


def check_policy(name: str) -> str:
    """The name of a policy that can be evaluated.

    Raises:
        UsageError: it is none.
    """
    if name not in POLICIES:
        raise UsageError(f"one of {', '.join(POLICIES)}", repr(name), "Name one of these with --policy.")
    return name


def choose_by_order(policy: str, rows: pd.DataFrame, hours: Ints, settings: Settings) -> Choices:
    """What a policy that puts debtors in order does on one day.

    The first debtors get the dearest channel until its day is full, the next ones the next dearest; who has none of
    the channels with room left is left alone. Equal scores: the larger amount first, then by debtor_id.

    Args:
        policy: one of `SCORES`.
        rows: the day's decisions: `debtor_id`, `portfolio_id`, `as_of`, `days_past_due`, `amount`,
            `amount_to_collect`, `days_since_last_attempt`, `p_pay_no_action`, `p_unpaid`.
        hours: (decision, channel) the open hours of the debtor's clock as bits.
        settings: for costs and capacities.
    """
    amount, ids = rows["amount"].to_numpy(np.float64), rows["debtor_id"].to_numpy(object).astype(str)
    order = np.lexsort((ids, -amount, -SCORES[policy](rows)))
    channel = np.full(len(rows), NOBODY, np.int64)
    for place in _dearest_first(settings):
        waiting = order[(channel[order] == NOBODY) & (hours[order, place] > 0)]
        channel[waiting[: _room(settings, place, hours[:, place])]] = place
    return Choices(channel, np.full(len(rows), NOBODY, np.int64))


def choose_by_value(worth: Floats, shift: Ints, settings: Settings) -> Choices:
    """What the expected-value policy does on one day where it draws nothing at random.

    Args:
        worth: (decision, slot of the team's clock) in one currency; -inf where it is not allowed.
        shift: hours that each debtor's clock is ahead of the team's.
        settings: for capacities.
    """
    slot = allocate(worth, team_capacity(settings)).choice
    channel = np.where(slot >= 0, slot // HOURS, NOBODY)
    return Choices(channel, np.where(slot >= 0, slot % HOURS + shift, NOBODY))


def _dearest_first(settings: Settings) -> list[int]:
    """Channels in use, what costs most first: it is spent on those the policy ranks highest."""
    costs = [settings.channels[channel].cost for channel in CHANNELS]
    return sorted(range(len(CHANNELS)), key=lambda place: (-costs[place], place))


def _room(settings: Settings, place: int, hours: Ints) -> int | None:
    """Attempts a channel has room for in a day; None: any number."""
    own = settings.channels[CHANNELS[place]]
    limits = [] if own.capacity_per_day is None else [own.capacity_per_day]
    if own.capacity_per_hour is not None:
        n_hours = int(np.bitwise_count(np.bitwise_or.reduce(hours, initial=0)))
        limits.append(own.capacity_per_hour * n_hours)
    return min(limits, default=None)
