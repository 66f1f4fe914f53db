"""How one day turns into the next."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

import numpy as np

from recobro_data.synthetic.amounts import split_payment
from recobro_data.synthetic.contact import FAILED, IS_REACHED, OPTED_OUT, PROMISED, Attempts, outcomes
from recobro_data.synthetic.draws import Ints
from recobro_data.synthetic.paying import FADES, REMEMBERS, REMINDS_FROM, WEAKENS, next_shock, p_pay
from recobro_data.synthetic.people import p_reach
from recobro_data.synthetic.policy import WORKED_FROM
from recobro_data.synthetic.world import World

#: An account this many days behind gets no new charges: the service is cut, the loan is called in.
CUT_OFF_DAYS: Final = 120


def play(world: World, made: Attempts) -> None:
    """One day with these attempts: shocks, contacts, then the day's charges, then payments, then the books."""
    world.shock = next_shock(world.draws, world.shock, world.day)
    _remember_unaided(world)
    _contact(world, made)
    bill(world)
    _pay(world)
    _record(world)
    world.boost *= FADES
    world.day += 1


def _remember_unaided(world: World) -> None:
    late, _, charge = world.oldest_charge()
    lucky = world.draws.uniform("remembers", np.arange(world.people.n), world.day) < REMEMBERS
    world.reminded_of = np.where((late >= 0) & lucky, charge, world.reminded_of)


def _contact(world: World, made: Attempts) -> None:
    recent = world.n_recent()
    world.tried[:-1] = world.tried[1:]
    world.tried[-1] = -1
    if len(made.who) == 0:
        return
    who, weekday = made.who, np.full(len(made.who), (world.day + 3) % 7)
    chance = p_reach(world.people, who, (made.channel, weekday, made.hour), recent[who])
    late, account, _ = world.oldest_charge()
    can_promise = (late[who] >= WORKED_FROM) & (world.promise_due[who] < world.day)
    result = outcomes(world.draws, world.people, made, day=world.day, can_promise=can_promise, p=chance)
    logged = {field.name: getattr(made, field.name) for field in fields(made)}
    world.attempts.add(day=world.day, outcome=result, **logged)
    world.tried[-1, who] = made.channel
    world.last_try[who] = world.day
    _learn(world, made, result)
    _be_reached(world, made.only(IS_REACHED[result]), recent)
    _promise(world, made.only(result == PROMISED), account)


def _learn(world: World, made: Attempts, result: Ints) -> None:
    """A bad number is known from its first failure; a refused channel is refused for good."""
    dead = (result == FAILED) & ~world.people.works[made.who, made.channel]
    out = result == OPTED_OUT
    world.known_invalid[made.who[dead], made.channel[dead]] = True
    world.opted_out[made.who[out], made.channel[out]] = True
    world.known_bad[made.who[dead | out], made.channel[dead | out]] = True


def _be_reached(world: World, made: Attempts, recent: Ints) -> None:
    late, _, charge = world.oldest_charge()
    reminded = made.who[late[made.who] >= REMINDS_FROM]
    world.reminded_of[reminded] = charge[reminded]
    weight = np.exp(-WEAKENS * recent[made.who])
    world.boost[made.who] += world.people.persuasion[made.who, made.channel] * weight


def _promise(world: World, made: Attempts, account: Ints) -> None:
    who, account = made.who, account[made.who]
    overdue = world.owed.overdue(account, world.day)
    oldest = world.owed.balance[account, world.owed.oldest_month[account]]
    amount = np.round(np.where(overdue > 0, overdue, oldest), 2)
    due = world.day + world.promise_days(who)
    world.promise_due[who], world.promise_amount[who], world.promise_account[who] = due, amount, account
    world.promises.add(day=world.day, who=who, hour=made.hour, account=account, due=due, amount=amount)


def bill(world: World) -> None:
    """Today's new charges, cancellations and disputes, in both ledgers."""
    accounts, months = world.calendar.charges_on("issued", world.day)
    kept = world.day - world.owed.oldest_due[accounts] <= CUT_OFF_DAYS
    accounts, months = accounts[kept], months[kept]
    world.issued[accounts, months] = True
    amounts = world.schedule.amount[accounts, months]
    for ledger in (world.owed, world.books):
        ledger.issue(accounts, months, amounts)
    for name, mark in (("cancelled", world.cancelled), ("disputed", world.disputed)):
        accounts, months = _untouched(world, *world.calendar.charges_on(name, world.day))
        mark[accounts, months] = True
    _cancel_and_hold(world)


def _cancel_and_hold(world: World) -> None:
    for name, mark in (("cancelled", world.cancelled), ("disputed", world.disputed), ("settled", world.disputed)):
        accounts, months = world.calendar.charges_on(name, world.day)
        marked = mark[accounts, months]
        for ledger in (world.owed, world.books):
            if name == "cancelled":
                ledger.cancel(accounts[marked], months[marked])
            else:
                ledger.hold(accounts[marked], months[marked], held=name == "disputed")


def _untouched(world: World, accounts: Ints, months: Ints) -> tuple[Ints, Ints]:
    """Of these charges, those of which nothing was paid, cancelled or disputed."""
    whole = world.owed.balance[accounts, months] == world.schedule.amount[accounts, months]
    whole &= world.issued[accounts, months] & ~world.disputed[accounts, months]
    return accounts[whole], months[whole]


def _pay(world: World) -> None:
    now = world.situation()
    rate = world.calendar.payday_rates[:, world.day - world.calendar.first_day]
    chance = p_pay(world.people, slice(None), now, rate)
    who = np.flatnonzero(world.draws.uniform("pays", np.arange(world.people.n), world.day) < chance)
    promised = now.promised[who]
    account = np.where(promised, world.promise_account[who], world.owed.oldest()[1][who])
    amount = np.where(promised, world.promise_amount[who], 0.0)
    payment = split_payment(world.draws, world.owed, (account, amount), day=world.day, decimals=world.country.decimals)
    world.owed.pay(payment.account, payment.month, payment.amount)
    world.payments.add(day=world.day, **payment.logged())
    for day, rows in payment.by_day(world.day + payment.lag):
        world.to_record.setdefault(day, []).append(rows)
    for day, rows in payment.by_day(payment.reversed_on):
        world.to_reverse.setdefault(day, []).append(rows)


def _record(world: World) -> None:
    """What the books learn at the end of the day: payments recorded today, and those that bounced."""
    for rows in world.to_record.pop(world.day, []):
        world.books.pay(rows.account, rows.month, rows.amount)
    for rows in world.to_reverse.pop(world.day, []):
        for ledger in (world.owed, world.books):
            ledger.put_back(rows.account, rows.month, rows.amount)
