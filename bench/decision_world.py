"""The worlds of `bench.decision`: a portfolio's history, its days played on under a policy, and what actions are worth.

An action's worth is the money it adds within the horizon by the world's own equations: the chance of reaching the
debtor in that hour, times the change in the chance of any payment within 30 days, times what such a payment would come
to, less the cost. Nothing is drawn, and the values of the days add up to what the policy adds to leaving all alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic import simulate
from recobro_data.synthetic.amounts import EVERYTHING, OVER, OVER_SHARE, PART, PART_SHARE
from recobro_data.synthetic.columns import debtor_ids
from recobro_data.synthetic.contact import COSTS, Attempts
from recobro_data.synthetic.days import play
from recobro_data.synthetic.lending import NEVER_DAY
from recobro_data.synthetic.outlook import copy_world
from recobro_data.synthetic.people import CALL, CHANNELS, p_reach
from recobro_data.synthetic.policy import View
from recobro_data.synthetic.sight import build_view
from recobro_data.synthetic.truth import Truth
from recobro_data.synthetic.world import World
from recobro_models.decision.allocation import Capacity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HOURS: Final = 24
N_SLOTS: Final = len(CHANNELS) * HOURS
#: Attempts a day by channel, and calls an hour, as shares of the debtors in the book: not everybody can be reached.
PER_DAY: Final = (0.020, 0.010, 0.025, 0.010)
CALLS_PER_HOUR: Final = 0.0025


@dataclass(frozen=True)
class Today:
    """A day before it is played: what the tables show, which options are lawful and what each is truly worth.

    lawful and worth: (debtor, slot), slot = channel * 24 + local hour; worth is -inf where an option is not lawful.
    """

    world: World
    view: View
    lawful: Bools
    worth: Floats


def build_world(population: str, n_debtors: int, months: int, seed: int) -> World:
    """A world of that population at the end of its history."""
    return simulate(n_debtors, months, seed=seed, population=population).truth.world


def capacity_of(n_debtors: int) -> Capacity:
    """What the team can do in a day, the same for every policy."""
    by_slot = np.full((len(CHANNELS), HOURS), n_debtors, np.int64)
    by_slot[CALL] = max(round(CALLS_PER_HOUR * n_debtors), 1)
    return Capacity.of_slots(by_slot, np.maximum(np.round(np.array(PER_DAY) * n_debtors), 1).astype(np.int64))


def look(world: World) -> Today:
    """The day that comes next in a world."""
    view = build_view(world)
    owes = (world.owed.oldest()[0] < NEVER_DAY) & ~view.promise_open
    hours = np.arange(HOURS)
    within = (hours >= view.first_hour[:, :, None]) & (hours < (view.first_hour + view.n_hours)[:, :, None])
    lawful = within & (view.usable & (view.may_contact & owes)[:, None])[:, :, None]
    lawful = lawful.reshape(len(owes), N_SLOTS)
    return Today(world, view, lawful, np.where(lawful, true_worth(world), -np.inf))


def true_worth(world: World) -> Floats:
    """Money that each option adds, by the world's equations, (debtor, slot)."""
    gain = reach_by_hour(world) * (true_effects(world) * payment_size(world)[:, None])[:, :, None]
    return (gain - COSTS[None, :, None]).reshape(world.people.n, N_SLOTS)


def true_effects(world: World) -> Floats:
    """Change in the chance of any payment within the horizon by being reached, (debtor, channel)."""
    truth, ids = Truth(world), debtor_ids(np.arange(world.people.n)).to_pandas().tolist()
    return np.column_stack([truth.effect(ids, channel) for channel in CHANNELS])


def reach_by_hour(world: World) -> Floats:
    """True chance of reaching each debtor today, (debtor, channel, hour)."""
    n = world.people.n
    who, channel, hour = (
        grid.ravel() for grid in np.meshgrid(*map(np.arange, (n, len(CHANNELS), HOURS)), indexing="ij")
    )
    weekday = np.full(len(who), (world.day + 3) % 7)
    return p_reach(world.people, who, (channel, weekday, hour), world.n_recent()[who]).reshape(n, len(CHANNELS), HOURS)


def payment_size(world: World) -> Floats:
    """What a payment made today comes to on average, as `split_payment` draws it; 0 where nothing is owed."""
    due, account = world.owed.oldest()
    oldest = world.owed.balance[account, world.owed.oldest_month[account]]
    overdue = np.maximum(world.owed.overdue(account, world.day), oldest)
    usual = PART * np.mean(PART_SHARE) + OVER * (1 + np.mean(OVER_SHARE)) + (1 - PART - OVER - EVERYTHING)
    several = np.where(overdue > oldest, overdue, oldest)
    return np.where(due < NEVER_DAY, oldest * usual + several * EVERYTHING, 0.0)


def attempts_of(choice: Ints, propensity: Floats | None = None) -> Attempts:
    """The chosen slots (-1: nobody acts) as attempts of no named policy."""
    who = np.flatnonzero(choice >= 0)
    channel, hour = np.divmod(choice[who], HOURS)
    known = np.full(len(who), np.nan) if propensity is None else propensity[who]
    return Attempts(who=who, channel=channel, hour=hour, policy=np.full(len(who), -1), propensity=known)


def play_day(world: World, choice: Ints) -> None:
    """The day with these actions."""
    play(world, attempts_of(choice))


def is_working_day(world: World) -> bool:
    """Whether anybody anywhere may be contacted."""
    return bool(world.calendar.works[:, world.day - world.calendar.first_day].any())


def start_of(world: World) -> World:
    """The world again, to be played on by a policy of its own."""
    return copy_world(world)
