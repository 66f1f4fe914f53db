"""What comes of an attempt: whether it reaches the debtor, and what the debtor then says."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.people import CALL, REFUSAL, People
from recobro_data.vocabulary import OUTCOMES, REACHED

FAILED, NO_ANSWER, WRONG_PARTY, DELIVERED, READ, REPLIED, RIGHT_PARTY, PROMISED, REFUSED, OPTED_OUT = range(10)
#: Which outcomes, by position in the contract's list, count as reached.
IS_REACHED: Final = np.isin(OUTCOMES, REACHED)

CALL_FAILS: Final = 0.04
WRONG_PARTY_SHARE: Final = 0.10
MESSAGE_FAILS: Final = 0.03
OPTS_OUT: Final = np.array([0.006, 0.008, 0.004, 0.006])
#: Of the messages that reach the debtor: answered; and promises, as a share of those a call would bring.
REPLIES: Final = 0.14
MESSAGE_PROMISES: Final = 0.15
#: Cost of an attempt in Peru's money.
COSTS: Final = np.array([0.30, 0.05, 0.03, 0.01])
PROMISE_DAYS: Final = (2, 12)


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Attempts, one row each: debtor, channel, hour, and which policy chose it with what probability.

    `policy` is a position in the world's `policies`, -1 where none is named; `propensity` is NaN where unknown.
    """

    who: Ints
    channel: Ints
    hour: Ints
    policy: Ints
    propensity: Floats

    def only(self, kept: Bools) -> Attempts:
        """Those of the rows that are kept."""
        return Attempts(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})


def promise_rate(people: People, who: Ints, channel: Ints) -> Floats:
    """Probability that a debtor who is reached, owes and has no promise running makes one."""
    return people.promise[who] * np.where(channel == CALL, 1.0, MESSAGE_PROMISES)


def outcomes(draws: Draws, people: People, made: Attempts, *, day: int, can_promise: Bools, p: Floats) -> Ints:
    """What came of each attempt, as a position in the contract's list; `p` is the probability of reaching."""
    luck = draws.uniform("reached", made.who, day)
    said = draws.uniform("said", made.who, day)
    is_call = made.channel == CALL
    works = people.works[made.who, made.channel] & people.has_channel[made.who, made.channel]
    missed = np.where(is_call, _missed_call(said), np.where(said < MESSAGE_FAILS, FAILED, DELIVERED))
    missed = np.where(works, missed, FAILED)
    promise = np.where(can_promise, promise_rate(people, made.who, made.channel), 0.0)
    return np.where(luck < p, _said(people, made, said, promise), missed)


def _missed_call(said: Floats) -> Ints:
    return np.where(said < CALL_FAILS, FAILED, np.where(said < CALL_FAILS + WRONG_PARTY_SHARE, WRONG_PARTY, NO_ANSWER))


def _said(people: People, made: Attempts, said: Floats, promise: Floats) -> Ints:
    is_call = made.channel == CALL
    refusal = np.where(is_call, REFUSAL[people.group[made.who]], 0.0)
    opt_out = OPTS_OUT[made.channel]
    other = np.where(is_call, RIGHT_PARTY, np.where(said < opt_out + promise + REPLIES, REPLIED, READ))
    answer = np.where(said < opt_out + promise + refusal, np.where(is_call, REFUSED, other), other)
    return np.where(said < opt_out, OPTED_OUT, np.where(said < opt_out + promise, PROMISED, answer))


def promise_day(paydays_ahead: Bools, payday: Ints, fallback: Ints) -> Ints:
    """Days from today to the promised day: the first payday from `PROMISE_DAYS[0]` on, else `fallback`.

    `paydays_ahead` has a row a kind of payday and a column a day, today first.
    """
    low, high = PROMISE_DAYS
    window = paydays_ahead[:, low : high + 1]
    first = np.where(window.any(axis=1), low + window.argmax(axis=1), -1)[payday]
    return np.where(first < 0, fallback, first)
