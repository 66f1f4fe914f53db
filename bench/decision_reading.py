"""What the log says of each debtor's traits to one who knows the world's equations: for `bench.decision_ceiling`.

Nobody's traits are known. Each debtor is held against a pool of people drawn from the world's own population; its
members are weighed by how well they explain what the debtor did (a particle filter without resampling). What changes
from day to day and is not seen (a shock, a forgotten charge) is a Markov chain that is carried along for each member.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from bench.decision_world import HOURS, Ints
from recobro_data.synthetic.contact import FAILED, IS_REACHED, MESSAGE_PROMISES, OPTED_OUT, OPTS_OUT, PROMISED, REFUSED
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.lending import FORGETS
from recobro_data.synthetic.paying import (
    FADES,
    FORGOTTEN,
    KEPT_IN_SHOCK,
    LOWEST,
    REMEMBERS,
    REMINDS_FROM,
    SECOND_ACCOUNT_RATE,
    SHOCK_ABILITY,
    SHOCK_BEGINS,
    SHOCK_ENDS,
    WAITS,
    WEAKENS,
    Situation,
    timing,
)  # fmt: skip
from recobro_data.synthetic.people import (
    CALL,
    CHANNELS,
    FREE_DAY,
    HOUR_BUMPS,
    HOUR_WEIGHT,
    PREFERRED,
    PREFERRED_HOURS,
    PROMISE,
    REACH_BASE,
    REACH_SPREAD,
    REFUSAL,
    WEEKDAY,
    People,
    build_people,
    with_shifted_habits,
)  # fmt: skip
from recobro_data.synthetic.policy import WORKED_FROM
from recobro_data.synthetic.populations import SHIFT_REACH
from recobro_data.synthetic.world import World

Singles = NDArray[np.float32]

#: Members of the pool that each debtor is held against, for paying and for being reached, and levels of being reached.
N_PAYERS: Final = 500
N_ANSWERERS: Final = 200
LEVELS: Final = ndtri((np.arange(5) + 0.5) / 5).astype(np.float32)
_POOL_SEED: Final = 987_654_321


class WatchedWorld(World):
    """A world that keeps what decided the last day's paying and the charge that was oldest then."""

    seen: Situation
    seen_charge: Ints

    def situation(self) -> Situation:
        """What decides today's paying, kept."""
        self.seen, self.seen_charge = super().situation(), self.oldest_charge()[2]
        return self.seen


@dataclass(frozen=True)
class Morning:
    """What is known before a day is played."""

    late: Ints
    n_recent: Ints
    promise_due: Ints
    n_attempts: int
    n_payments: int

    @classmethod
    def of(cls, world: World) -> Morning:
        """Of that world."""
        logged = (len(world.attempts.column("day")), len(world.payments.column("day")))
        return cls(world.oldest_charge()[0], world.n_recent(), world.promise_due.copy(), *logged)


def pool_of(world: World, size: int) -> tuple[People, Ints]:
    """People of the world's own population, and for each debtor the positions of `size` of the debtor's kind."""
    pool = build_people(Draws(_POOL_SEED), 60 * size, world.country, world.population)
    kinds, own = pool.portfolio * 2 + pool.company, world.people.portfolio * 2 + world.people.company
    found = np.zeros((4, size), np.int64)
    for kind in np.unique(own):
        members = np.flatnonzero(kinds == kind)
        found[kind] = np.resize(members, size)
    return pool, found[own]


class Payers:
    """Weights of each debtor's members by what was paid and said, and the chance of each hidden state.

    weight: (debtor, member), logs. chance: (debtor, member, in a shock, oldest charge forgotten). boost: as `weight`.
    """

    def __init__(self, world: World) -> None:
        self.pool, self.who = pool_of(world, N_PAYERS)
        shape = self.who.shape
        self.weight = np.zeros(shape, np.float32)
        self.boost = np.zeros(shape, np.float32)
        self.charge = np.full(shape[0], -1, np.int64)
        ill = SHOCK_BEGINS / (SHOCK_BEGINS + SHOCK_ENDS)
        self.chance = np.zeros((*shape, 2, 2), np.float32)
        self.chance[:, :, 0, 0], self.chance[:, :, 1, 0] = 1 - ill, ill
        self._lay_out()

    def shift(self) -> None:
        """Habits shift on their day, as everybody knows."""
        self.pool = with_shifted_habits(self.pool, Draws(_POOL_SEED))
        self._lay_out()

    def _lay_out(self) -> None:
        pool, who = self.pool, self.who
        self.rate = (pool.will * pool.ability).astype(np.float32)[who]
        self.keeping = pool.keeping.astype(np.float32)[who]
        self.persuasion = pool.persuasion.astype(np.float32)
        self.forgets = FORGETS.astype(np.float32)[pool.group][who]
        self.payday, self.group = pool.payday[who], pool.group[who]

    def watch(self, world: WatchedWorld, before: Morning, paid: NDArray[np.bool_]) -> None:
        """Learn from the day that was just played."""
        self.chance = after_shock(self.chance)
        self._recall(np.flatnonzero(before.late >= 0), REMEMBERS)
        self._hear(world, before)
        rows = np.flatnonzero(world.seen.n_behind > 0)
        self._face(rows, world.seen_charge)
        day = world.day - 1 - world.calendar.first_day
        unpaid = p_unpaid_today(self, rows, world.seen, world.calendar.payday_rates[:, day])
        self.chance[rows] *= np.where(paid[rows, None, None, None], 1 - unpaid, unpaid)
        total = self.chance[rows].sum(axis=(2, 3))
        self.chance[rows] /= np.maximum(total, 1e-30)[:, :, None, None]
        self.weight[rows] += np.log(np.maximum(total, 1e-30))
        self.boost *= FADES

    def _recall(self, rows: Ints, share: float) -> None:
        moved = self.chance[rows, :, :, 1] * share
        self.chance[rows, :, :, 0] += moved
        self.chance[rows, :, :, 1] -= moved

    def _face(self, rows: Ints, charge: Ints) -> None:
        """Another charge is the oldest: whether it slipped the mind is open again."""
        new = rows[self.charge[rows] != charge[rows]]
        total, forgets = self.chance[new].sum(axis=3), self.forgets[new][:, :, None]
        self.chance[new] = np.stack([total * (1 - forgets), total * forgets], axis=3)
        self.charge[new] = charge[new]

    def _hear(self, world: World, before: Morning) -> None:
        log = {name: world.attempts.column(name)[before.n_attempts :] for name in ("who", "channel", "outcome")}
        reached = IS_REACHED[log["outcome"]]
        who, channel, outcome = (log[name][reached].astype(np.int64) for name in ("who", "channel", "outcome"))
        self._recall(who[before.late[who] >= REMINDS_FROM], 1.0)
        weaker = np.exp(-WEAKENS * before.n_recent[who]).astype(np.float32)
        self.boost[who] += self.persuasion[self.who[who], channel[:, None]] * weaker[:, None]
        open_to = (before.late[who] >= WORKED_FROM) & (before.promise_due[who] < world.day - 1)
        self.weight[who] += np.log(_said(self.group[who], channel, outcome, open_to)).astype(np.float32)


def _said(group: Ints, channel: Ints, outcome: Ints, open_to: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Chance of what was said by one who was reached, (debtor, member)."""
    call = (channel == CALL)[:, None]
    promise = PROMISE[group] * np.where(call, 1.0, MESSAGE_PROMISES) * open_to[:, None]
    refusal = np.where(call, REFUSAL[group], 0.0)
    opt_out = OPTS_OUT[channel][:, None] + 0 * promise
    by_outcome = {OPTED_OUT: opt_out, PROMISED: promise, REFUSED: refusal}
    chance = np.maximum(1 - opt_out - promise - refusal, 1e-6)
    for name, value in by_outcome.items():
        chance = np.where((outcome == name)[:, None], np.maximum(value, 1e-6), chance)
    return chance


def after_shock(chance: Singles) -> Singles:
    """The next day's chances: troubles begin and end."""
    well, ill = chance[:, :, 0], chance[:, :, 1]
    begins, ends = np.float32(SHOCK_BEGINS), np.float32(SHOCK_ENDS)
    return np.stack([well * (1 - begins) + ill * ends, well * begins + ill * (1 - ends)], axis=2)


def p_unpaid_today(payers: Payers, rows: Ints, now: Situation, payday_rate: NDArray[np.float64]) -> Singles:
    """Chance that each member pays nothing today in each hidden state, (row, member, shock, forgotten)."""
    return unpaid_in_states(
        (
            payers.rate[rows],
            payers.keeping[rows],
            payers.boost[rows],
            payday_rate.astype(np.float32)[payers.payday[rows]],
        ),
        (timing(now.days_past_due[rows]), now.n_behind[rows], now.waiting[rows], now.promised[rows]),
    )


def unpaid_in_states(
    member: tuple[Singles, Singles, Singles, Singles], debtor: tuple[NDArray[np.generic], ...]
) -> Singles:
    """`paying.p_pay`'s complement for every member (rate, keeping, boost, payday factor) of every debtor (timing,
    accounts behind, waiting, promised)."""
    rate, keeping, boost, payday = member
    share, behind, waiting, promised = (np.asarray(each)[:, None] for each in debtor)
    steady = share * (1 + SECOND_ACCOUNT_RATE * np.maximum(behind - 1, 0)) * np.where(waiting, WAITS, 1.0)
    rate = rate * payday * np.maximum(np.float32(LOWEST), 1 + boost) * steady.astype(np.float32)
    shock = np.array([1.0, SHOCK_ABILITY], np.float32)[:, None] * np.array([1.0, FORGOTTEN], np.float32)
    stays = np.exp(-rate[:, :, None, None] * shock)
    if promised.any():
        kept = expit(keeping[:, :, None] + np.array([0, KEPT_IN_SHOCK], np.float32)) * promised[:, :, None]
        stays = stays * (1 - kept)[:, :, :, None]
    return stays


class Answerers:
    """Weights of each debtor's members and levels by channel, by who answered when.

    weight: (debtor, member, channel, level), logs; a channel's level is its own, the clock is shared by all channels.
    """

    def __init__(self, world: World) -> None:
        self.pool, self.who = pool_of(world, N_ANSWERERS)
        self.weight = np.zeros((*self.who.shape, len(CHANNELS), len(LEVELS)), np.float32)
        self.base = REACH_BASE.copy()

    def shift(self) -> None:
        """Habits shift on their day, as everybody knows."""
        self.pool = with_shifted_habits(self.pool, Draws(_POOL_SEED))
        self.base = self.base + np.array(SHIFT_REACH)

    def watch(self, world: World, before: Morning) -> None:
        """Learn from the day's attempts that went to a working number."""
        names = ("who", "channel", "hour", "outcome")
        who, channel, hour, outcome = (
            world.attempts.column(name)[before.n_attempts :].astype(np.int64) for name in names
        )
        works = ~((outcome == FAILED) & world.known_invalid[who, channel])
        who, channel, hour, reached = who[works], channel[works], hour[works], IS_REACHED[outcome[works]]
        weekday = (world.day - 1 + 3) % 7
        z = self.log_odds(world, who, channel, weekday, hour, before.n_recent[who])
        sign = np.where(reached, 1.0, -1.0).astype(np.float32)[:, None, None]
        np.add.at(self.weight, (who, slice(None), channel), -np.logaddexp(0, -sign * z))

    def log_odds(self, world: World, who: Ints, channel: Ints, weekday: int, hour: Ints, n_recent: Ints) -> Singles:
        """Of reaching each of `who` at an hour, if the debtor were this member at this level, (row, member, level)."""
        pool, member = self.pool, self.who[who]
        bumps = HOUR_BUMPS[pool.occupation].astype(np.float32)[member]
        distance = (hour[:, None] + 0.5 - pool.hour_shift.astype(np.float32)[member])[:, :, None] - bumps[:, :, :, 0]
        by_hour = (bumps[:, :, :, 2] * np.exp(-0.5 * (distance / bumps[:, :, :, 1]) ** 2)).sum(axis=2)
        steady = self.base[channel] + WEEKDAY[weekday] + _asked_for(world.people.preference[who], hour)
        z = HOUR_WEIGHT[channel][:, None] * by_hour + FREE_DAY * (pool.free_day[member] == weekday)
        z = z + steady[:, None] - pool.fatigue.astype(np.float32)[member] * n_recent[:, None]
        return (z[:, :, None] + REACH_SPREAD[channel][:, None, None] * LEVELS).astype(np.float32)

    def p_reach(self, world: World, rows: Ints) -> NDArray[np.float64]:
        """Expected chance of reaching each debtor of `rows` today, (row, channel, hour), if the channel works."""
        weekday, recent = (world.day + 3) % 7, world.n_recent()[rows]
        found = np.zeros((len(rows), len(CHANNELS), HOURS))
        shares = self._shares(rows)
        for channel in range(len(CHANNELS)):
            for hour in range(7, 21):
                every = np.full(len(rows), channel), np.full(len(rows), hour)
                z = self.log_odds(world, rows, every[0], weekday, every[1], recent)
                found[:, channel, hour] = (expit(z) * shares[:, :, channel]).sum(axis=(1, 2))
        return found

    def _shares(self, rows: Ints) -> Singles:
        """Weight of member and level by channel, (row, member, channel, level); 1 over members and levels."""
        weight = self.weight[rows]
        top = weight.max(axis=3, keepdims=True)
        of_level = np.exp(weight - top)
        per_channel = np.log(of_level.mean(axis=3)) + top[:, :, :, 0]
        of_member = per_channel.sum(axis=2)
        of_member = np.exp(of_member - of_member.max(axis=1, keepdims=True))
        of_member /= of_member.sum(axis=1, keepdims=True)
        return of_member[:, :, None, None] * of_level / of_level.sum(axis=3, keepdims=True)


def _asked_for(preference: Ints, hour: Ints) -> NDArray[np.float64]:
    hours = np.array([*PREFERRED_HOURS, (0, 0)])[preference]
    return PREFERRED * ((hour >= hours[:, 0]) & (hour < hours[:, 1]))
