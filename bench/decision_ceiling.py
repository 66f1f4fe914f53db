"""The practical ceiling of `bench.decision`: knows the world's equations and parameters, but nobody's traits.

It reads these off the same log as every other policy (`bench.decision_reading`) and then values each option as the
world would, on average over the people whom the debtor may be. The balances it sees are those owed, not the books',
which lag by up to three days for a tenth of the payments: a small advantage.
"""

from __future__ import annotations

import copy
from typing import Final

import numpy as np

from bench.decision_reading import (
    Answerers,
    Morning,
    Payers,
    Singles,
    WatchedWorld,
    after_shock,
    unpaid_in_states,
)  # fmt: skip
from bench.decision_world import HOURS, Floats, Ints, Today, payment_size
from recobro_data.synthetic.contact import COSTS, MESSAGE_PROMISES
from recobro_data.synthetic.countries import find_country
from recobro_data.synthetic.days import play
from recobro_data.synthetic.draws import Draws
from recobro_data.synthetic.lending import SLOTS
from recobro_data.synthetic.outlook import Outlook, build_outlook
from recobro_data.synthetic.paying import FADES, REMEMBERS, REMINDS_FROM, WEAKENS, timing
from recobro_data.synthetic.people import CALL, CHANNELS, INVALID, PROMISE
from recobro_data.synthetic.policy import POLICY_NAME, WORKED_FROM, choose, rule_of_thumb
from recobro_data.synthetic.populations import find_population
from recobro_data.synthetic.sight import build_view
from recobro_data.synthetic.simulation import history_days

#: Members of the pool that stand for each debtor when options are valued.
N_VALUED: Final = 24


class Ceiling:
    """What is known of everybody's traits on a day; `watch` each day that is played."""

    def __init__(self, world: WatchedWorld) -> None:
        self.payers, self.answerers = Payers(world), Answerers(world)

    def __deepcopy__(self, memo: dict[int, object]) -> Ceiling:
        other = Ceiling.__new__(Ceiling)
        other.payers, other.answerers = copy.copy(self.payers), copy.copy(self.answerers)
        for part in (other.payers, other.answerers):
            kept = {name: value.copy() for name, value in vars(part).items() if isinstance(value, np.ndarray)}
            vars(part).update(kept)
        return other

    def watch(self, world: WatchedWorld, before: Morning) -> None:
        """Learn from the day that was just played."""
        if world.day - 1 == world.shift_on:
            self.payers.shift()
            self.answerers.shift()
        accounts = world.payments.column("account")[before.n_payments :]
        paid = np.zeros(world.people.n, bool)
        paid[accounts // SLOTS] = True
        self.answerers.watch(world, before)
        self.payers.watch(world, before, paid)

    def worth(self, today: Today) -> Floats:
        """What each option adds on average over who the debtor may be, (debtor, slot); 0 where nothing is lawful."""
        world = today.world
        rows = np.flatnonzero(today.lawful.any(axis=1))
        gain = self.p_reach(world, rows) * (self.effects(world, rows) * payment_size(world)[rows, None])[:, :, None]
        worth = np.zeros((world.people.n, len(CHANNELS), HOURS))
        worth[rows] = gain - COSTS[None, :, None]
        return worth.reshape(world.people.n, -1)

    def p_reach(self, world: WatchedWorld, rows: Ints) -> Floats:
        """Expected chance of reaching each debtor of `rows` today, (row, channel, hour)."""
        works = np.where(_is_known(world)[rows], 1.0, 1 - INVALID)
        return self.answerers.p_reach(world, rows) * works[:, :, None]

    def p_untouched(self, world: WatchedWorld, rows: Ints) -> Floats:
        """Expected chance of a payment of each debtor of `rows` within the horizon if nobody makes contact."""
        who = self._members(rows)
        boost = np.take_along_axis(self.payers.boost[rows], who, axis=1)
        ahead = _Ahead(self.payers, (rows, who), build_outlook(world))
        return 1.0 - ahead.of(boost, np.zeros(len(rows), bool), None).mean(axis=1, dtype=np.float64)

    def effects(self, world: WatchedWorld, rows: Ints) -> Floats:
        """Expected change in the chance of a payment within the horizon by being reached, (row, channel)."""
        who = self._members(rows)
        outlook, late = build_outlook(world), world.oldest_charge()[0][rows]
        boost = np.take_along_axis(self.payers.boost[rows], who, axis=1)
        unpaid = _Ahead(self.payers, (rows, who), outlook)
        nothing = unpaid.of(boost, np.zeros(len(rows), bool), None)
        weaker = np.exp(-WEAKENS * world.n_recent()[rows]).astype(np.float32)[:, None]
        promise_in, reminded = world.promise_days(rows), late >= REMINDS_FROM
        may_promise = (late >= WORKED_FROM) & (world.promise_due[rows] < world.day)
        member = np.take_along_axis(self.payers.who[rows], who, axis=1)
        found = np.zeros((len(rows), len(CHANNELS)))
        for channel in range(len(CHANNELS)):
            lifted = boost + self.payers.persuasion[member, channel] * weaker
            share = PROMISE[self.payers.pool.group[member]] * (1.0 if channel == CALL else MESSAGE_PROMISES)
            share = share * may_promise[:, None]
            after = (1 - share) * unpaid.of(lifted, reminded, None) + share * unpaid.of(lifted, reminded, promise_in)
            found[:, channel] = (nothing - after).mean(axis=1)
        return found

    def _members(self, rows: Ints) -> Ints:
        """Positions of members by their weight: evenly spaced draws, so that heavy ones stand more than once."""
        weight = self.payers.weight[rows]
        share = np.exp(weight - weight.max(axis=1, keepdims=True)).astype(np.float64)
        edges = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
        points = (np.arange(N_VALUED) + 0.5) / N_VALUED
        return np.stack([np.searchsorted(edge, points).clip(max=weight.shape[1] - 1) for edge in edges])


class _Ahead:
    """The coming days without payment, as `outlook.p_unpaid`, for members of the pool instead of the debtors."""

    def __init__(self, payers: Payers, whose: tuple[Ints, Ints], outlook: Outlook) -> None:
        rows, who = whose
        self.rows, self.outlook = rows, outlook
        pick = rows[:, None], who
        self.rate, self.keeping = payers.rate[pick], payers.keeping[pick]
        self.forgets, self.payday = payers.forgets[pick], payers.payday[pick]
        self.start, self.charge = payers.chance[pick], payers.charge[rows]

    def of(self, boost: Singles, reminded: np.ndarray, promise_in: Ints | None) -> Singles:
        """Chance of no payment in the horizon, (row, member)."""
        rows, chance, before, calendar = self.rows, self.start, self.charge, self.outlook.world.calendar
        late = self.outlook.late[rows]
        for ahead, (now, charges) in enumerate(self.outlook.days):
            recalls = np.where(reminded & (ahead == 0), 1.0, np.where(late >= 0, REMEMBERS, 0.0)).astype(np.float32)
            chance = self._faced(_recalled(after_shock(chance), recalls), charges[rows] != before)
            due = now.promised[rows] | (False if promise_in is None else promise_in == ahead)
            waits = now.waiting[rows] | (False if promise_in is None else promise_in > ahead)
            day = self.outlook.world.day + ahead - calendar.first_day
            payday = calendar.payday_rates[:, day].astype(np.float32)[self.payday]
            debtor = (timing(now.days_past_due[rows]), now.n_behind[rows], waits, due)
            chance = chance * unpaid_in_states((self.rate, self.keeping, boost, payday), debtor)
            boost, before, late = boost * np.float32(FADES), charges[rows], now.days_past_due[rows] + 1
        return chance.sum(axis=(2, 3))

    def _faced(self, chance: Singles, is_new: np.ndarray) -> Singles:
        total, forgets = chance.sum(axis=3), self.forgets[:, :, None]
        afresh = np.stack([total * (1 - forgets), total * forgets], axis=3)
        return np.where(is_new[:, None, None, None], afresh, chance)


def _recalled(chance: Singles, share: Singles) -> Singles:
    moved = chance[:, :, :, 1] * share[:, None, None]
    return np.stack([chance[:, :, :, 0] + moved, chance[:, :, :, 1] - moved], axis=3)


def _is_known(world: WatchedWorld) -> np.ndarray:
    """Whether each debtor's channel was tried and did not turn out dead, (debtor, channel)."""
    tried = np.zeros((world.people.n, len(CHANNELS)), bool)
    tried[world.attempts.column("who"), world.attempts.column("channel")] = True
    return tried & ~world.known_invalid


def watched_world(population: str, n_debtors: int, months: int, seed: int) -> tuple[WatchedWorld, Ceiling]:
    """The world of `simulate`, day by day the same, and what its log gives away to one who knows the equations."""
    draws, made = Draws(seed), (find_country("PE"), find_population(population))
    world = WatchedWorld(draws, n_debtors, made, days=history_days(months))
    world.policies.append(POLICY_NAME)
    ceiling = Ceiling(world)
    for _ in range(world.day, history_days(months)[1]):
        world.begin_day()
        view, before = build_view(world), Morning.of(world)
        play(world, choose(draws, view, rule_of_thumb(view), day=world.day))
        ceiling.watch(world, before)
    return world, ceiling
