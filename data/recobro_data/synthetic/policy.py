"""Who is contacted, how and when: a rule of thumb, mixed with a random share whose probability is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.synthetic.contact import Attempts
from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.people import CALL, EMAIL, SMS, WHATSAPP

POLICY_NAME: Final = "rule-of-thumb-1"
RANDOM_SHARE: Final = 0.20
#: A debtor is worked from this many days before the oldest open charge falls due.
WORKED_FROM: Final = -5
ATTEMPTS_A_WEEK: Final = 3
#: Days past due at which the rule sends a reminder, and from and to which it calls.
REMINDER_DAYS: Final = (-3, 3)
CALL_DAYS: Final = (4, 365)
REMINDER_REST_DAYS: Final = 6
CALL_REST_DAYS: Final = 3
LATE_MESSAGE_REST_DAYS: Final = 8
#: Attempts the team can make a day, as a share of the debtors in the book.
CALL_CAPACITY: Final = 0.022
MESSAGE_CAPACITY: Final = 0.06
#: The rule's messages go out at ten; its calls follow the ranking through the day, the hardest cases first.
MESSAGE_HOUR: Final = 10
MESSAGE_ORDER: Final = (WHATSAPP, SMS, EMAIL)
NOBODY: Final = -1


@dataclass(frozen=True, kw_only=True)
class View:
    """What the tables show at the start of a day, one row a debtor.

    `usable` and the hours have a column a channel; hours run from `first_hour` for `n_hours`. `rest_days` counts days
    since the last attempt; `may_contact` says whether law and flags allow any attempt today.
    """

    days_past_due: Ints
    owed: Floats
    rest_days: Ints
    promise_open: Bools
    may_contact: Bools
    usable: Bools
    first_hour: NDArray[np.int8]
    n_hours: NDArray[np.int8]


def rule_of_thumb(view: View) -> tuple[Ints, Ints]:
    """The rule's channel and hour for each debtor, -1 where it leaves the debtor alone.

    Oldest debts first, largest first among them: calls when late, messages around the due date.
    """
    order = np.lexsort((-view.owed, -np.minimum(view.days_past_due // 30, 12)))
    calls = _first(order, _to_call(view), int(np.ceil(CALL_CAPACITY * len(order))))
    message = _message_channel(view)
    texts = _first(order, _to_text(view) & (message >= 0), int(np.ceil(MESSAGE_CAPACITY * len(order))))
    channel, hour = np.full(len(order), NOBODY), np.full(len(order), NOBODY)
    channel[texts], hour[texts] = message[texts], MESSAGE_HOUR
    channel[calls] = CALL
    hour[calls] = _calling_hours(view, calls)
    return channel, hour


def choose(draws: Draws, view: View, rule: tuple[Ints, Ints], *, day: int) -> Attempts:
    """What the mixed policy does today: the rule's choice, or for a random share one drawn evenly from all options.

    The options are to do nothing, and every lawful pair of channel and hour.
    """
    every = np.arange(len(view.owed))
    options = np.where(view.usable & view.may_contact[:, None], view.n_hours, 0).astype(np.int64)
    n_options = options.sum(axis=1)
    explored = draws.uniform("explores", every, day) < RANDOM_SHARE
    pick = (draws.uniform("option", every, day) * (n_options + 1)).astype(np.int64) - 1
    channel, hour = _option(view, options, pick)
    channel, hour = np.where(explored, channel, rule[0]), np.where(explored, hour, rule[1])
    as_rule = (channel == rule[0]) & (hour == rule[1])
    propensity = RANDOM_SHARE / (n_options + 1) + (1.0 - RANDOM_SHARE) * as_rule
    done = channel != NOBODY
    made = Attempts(who=every, channel=channel, hour=hour, policy=np.zeros_like(every), propensity=propensity)
    return made.only(done)


def _option(view: View, options: Ints, pick: Ints) -> tuple[Ints, Ints]:
    edges = np.cumsum(options, axis=1)
    channel = (pick[:, None] >= edges).sum(axis=1)
    channel = np.where(pick < 0, NOBODY, np.minimum(channel, options.shape[1] - 1))
    every = np.arange(len(pick))
    within = pick - (edges - options)[every, channel]
    return channel, np.where(pick < 0, NOBODY, view.first_hour[every, channel] + within)


def _to_call(view: View) -> Bools:
    late = (view.days_past_due >= CALL_DAYS[0]) & (view.days_past_due <= CALL_DAYS[1])
    rested = view.rest_days >= CALL_REST_DAYS
    return late & rested & view.may_contact & view.usable[:, CALL] & ~view.promise_open


def _to_text(view: View) -> Bools:
    near = (view.days_past_due >= REMINDER_DAYS[0]) & (view.days_past_due <= REMINDER_DAYS[1])
    late = (view.days_past_due > REMINDER_DAYS[1]) & (view.rest_days >= LATE_MESSAGE_REST_DAYS)
    wanted = (near & (view.rest_days >= REMINDER_REST_DAYS)) | late
    return wanted & view.may_contact & ~view.promise_open


def _message_channel(view: View) -> Ints:
    usable = view.usable[:, MESSAGE_ORDER]
    return np.where(usable.any(axis=1), np.array(MESSAGE_ORDER)[usable.argmax(axis=1)], NOBODY)


def _first(order: Ints, wanted: Bools, capacity: int) -> Ints:
    return np.asarray(order[wanted[order]][:capacity])


def _calling_hours(view: View, calls: Ints) -> Ints:
    first, hours = view.first_hour[calls, CALL].astype(np.int64), view.n_hours[calls, CALL]
    return np.asarray(first + np.arange(len(calls)) * hours // max(len(calls), 1))
