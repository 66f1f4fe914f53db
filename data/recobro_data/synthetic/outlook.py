"""The days ahead without payment: the exact probability that a debtor pays nothing in them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from recobro_data.synthetic.days import bill
from recobro_data.synthetic.draws import Bools, Floats, Ints
from recobro_data.synthetic.paying import FADES, REMEMBERS, SHOCK_BEGINS, SHOCK_ENDS, Situation, p_pay
from recobro_data.synthetic.world import World

HORIZON_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Start:
    """How the coming days begin: what contact left behind, whether the debtor was reminded, days to a new promise.

    `promise_in` is -1 where no promise was made.
    """

    boost: Floats
    reminded: Bools
    promise_in: Ints


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Each coming day's situation and oldest charge if nobody pays, and the oldest charge now."""

    world: World
    days: tuple[tuple[Situation, Ints], ...]
    late: Ints
    charge: Ints


def build_outlook(world: World) -> Outlook:
    """The coming days of that world, in which charges go on falling due."""
    late, _, charge = world.oldest_charge()
    ahead, days = copy_world(world), []
    for _ in range(HORIZON_DAYS):
        bill(ahead)
        days.append((ahead.situation(), ahead.oldest_charge()[2]))
        ahead.day += 1
    return Outlook(world=world, days=tuple(days), late=late, charge=charge)


def p_unpaid(outlook: Outlook, who: Ints, start: Start) -> Floats:
    """Probability of no payment in the horizon, summed over what can happen to ability and memory.

    `chance[:, s, f]` is the probability of no payment so far with shock s and the oldest charge forgotten f.
    """
    forgotten = outlook.world.schedule.forgotten.ravel()
    late, before = outlook.late[who], outlook.charge[who]
    chance = _now(outlook.world, who, forgotten[before] & (outlook.world.reminded_of[who] != before))
    boost = start.boost
    for ahead, (everyone, charges) in enumerate(outlook.days):
        now, charge = _rows(everyone, who), charges[who]
        recalls = np.where(start.reminded & (ahead == 0), 1.0, np.where(late >= 0, REMEMBERS, 0.0))
        chance = _on_charge(_recalled(_after_shock(chance), recalls), charge != before, forgotten[charge])
        promised, waiting = ahead == start.promise_in, ahead < start.promise_in
        now = replace(now, boost=boost, promised=now.promised | promised, waiting=now.waiting | waiting)
        for shock, slipped, state in _states(now):
            chance[:, shock, slipped] *= 1.0 - p_pay(outlook.world.people, who, state, _payday_rate(outlook, ahead))
        boost, before, late = boost * FADES, charge, now.days_past_due + 1
    return np.asarray(chance.sum(axis=(1, 2)))


def _now(world: World, who: Ints, forgot: Bools) -> Floats:
    chance = np.zeros((len(who), 2, 2))
    chance[np.arange(len(who)), world.shock[who].astype(int), forgot.astype(int)] = 1.0
    return chance


def _payday_rate(outlook: Outlook, ahead: int) -> Floats:
    calendar = outlook.world.calendar
    return np.asarray(calendar.payday_rates[:, outlook.world.day + ahead - calendar.first_day])


def _states(now: Situation) -> Iterator[tuple[int, int, Situation]]:
    for shock in (0, 1):
        for slipped in (0, 1):
            shape = now.shock.shape
            yield shock, slipped, replace(now, shock=np.full(shape, shock == 1), forgot=np.full(shape, slipped == 1))


def _rows(situation: Situation, who: Ints) -> Situation:
    return Situation(**{field.name: getattr(situation, field.name)[who] for field in fields(situation)})


def _after_shock(chance: Floats) -> Floats:
    well, ill = chance[:, 0], chance[:, 1]
    return np.stack(
        [well * (1 - SHOCK_BEGINS) + ill * SHOCK_ENDS, well * SHOCK_BEGINS + ill * (1 - SHOCK_ENDS)], axis=1
    )


def _recalled(chance: Floats, recalls: Floats) -> Floats:
    moved = chance[:, :, 1] * recalls[:, None]
    return np.stack([chance[:, :, 0] + moved, chance[:, :, 1] - moved], axis=2)


def _on_charge(chance: Floats, is_new: Bools, forgotten: Bools) -> Floats:
    """Where another charge has become the oldest, memory starts afresh."""
    total = chance.sum(axis=2)
    afresh = np.stack([total * ~forgotten[:, None], total * forgotten[:, None]], axis=2)
    return np.where(is_new[:, None, None], afresh, chance)


def copy_world(world: World) -> World:
    """A world of its own that starts where this one stands; what never changes is shared."""
    shared = (world.people, world.schedule, world.calendar, world.country)
    return copy.deepcopy(world, {id(part): part for part in shared})
