"""What a real book never shows: why people pay, when they can be reached, and what a contact changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_data.errors import UnknownDebtorError, UsageError
from recobro_data.synthetic.columns import debtor_ids
from recobro_data.synthetic.contact import promise_rate
from recobro_data.synthetic.draws import Floats, Ints
from recobro_data.synthetic.outlook import Outlook, Start, build_outlook, p_unpaid
from recobro_data.synthetic.paying import (
    REMINDS_FROM,
    SHOCK_ABILITY,
    WEAKENS,
)
from recobro_data.synthetic.people import CHANNELS, GROUPS, OCCUPATIONS, PAYDAYS, p_reach
from recobro_data.synthetic.policy import WORKED_FROM
from recobro_data.synthetic.world import World

HORIZON_DAYS: Final = 30


class Truth:
    """The truth behind a portfolio at its `as_of`. Ids are those of the tables; arrays keep the order asked for."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a debtor: `ability` now (1 is usual), `will` (rate of paying a day at its best moment), and traits.

        `fatigue` is what each attempt of the last 14 days takes off the log odds of being reached;
        `persuasion_CHANNEL` what being reached adds to the rate of paying, as a share of it.
        """
        people, ids = self.world.people, np.arange(self.world.people.n)
        frame = {
            "debtor_id": debtor_ids(ids).to_pandas(),
            "group": np.array(GROUPS)[people.group],
            "occupation": np.array(OCCUPATIONS)[people.occupation],
            "payday": np.array(PAYDAYS)[people.payday],
            "ability": people.ability * np.where(self.world.shock, SHOCK_ABILITY, 1.0),
            "will": people.will,
            "in_shock": self.world.shock,
            "fatigue": people.fatigue,
        }
        persuasion = {f"persuasion_{name}": people.persuasion[:, at] for at, name in enumerate(CHANNELS)}
        return pd.DataFrame(frame | persuasion)

    def p_reach(self, debtor_ids: Sequence[str], channel: str, weekday: Any, hour: Any) -> Floats:
        """Probability that one attempt at `as_of` reaches each debtor, with the fatigue of their last 14 days.

        `weekday` (0 is Monday) and `hour` (local, 0 to 23) are numbers, or arrays that broadcast against the ids:
        ids of shape (n,) against hours of shape (24, 1) give (24, n).

        Raises:
            UnknownDebtorError: an id that the portfolio does not have.
            UsageError: a channel that the simulation does not use.
        """
        who, days, hours = np.broadcast_arrays(self._numbers(debtor_ids), np.asarray(weekday), np.asarray(hour))
        flat = who.ravel()
        slot = (np.full(len(flat), channel_number(channel)), days.ravel(), hours.ravel())
        recent = self.world.n_recent()[flat]
        return p_reach(self.world.people, flat, slot, recent).reshape(who.shape)

    def p_pay(self, debtor_ids: Sequence[str]) -> Floats:
        """Probability of any payment in the 30 days from `as_of` if nobody makes contact."""
        who = self._numbers(debtor_ids)
        return 1.0 - self._unpaid(who, self._untouched(who))

    def effect(self, debtor_ids: Sequence[str], channel: str) -> Floats:
        """Change in the probability of any payment within 30 days caused by being reached once at `as_of`.

        It is exact, but for charges that the first payment would have moved: nothing is drawn. No other contact is
        made in those days.

        Raises:
            UnknownDebtorError: an id that the portfolio does not have.
            UsageError: a channel that the simulation does not use.
        """
        who, number = self._numbers(debtor_ids), channel_number(channel)
        late, _, _ = self.world.oldest_charge()
        start = self._untouched(who)
        weight = np.exp(-WEAKENS * self.world.n_recent()[who])
        boost = start.boost + self.world.people.persuasion[who, number] * weight
        reached = replace(start, boost=boost, reminded=late[who] >= REMINDS_FROM)
        promised = replace(reached, promise_in=self.world.promise_days(who))
        can_promise = (late[who] >= WORKED_FROM) & (self.world.promise_due[who] < self.world.day)
        share = promise_rate(self.world.people, who, np.full(len(who), number)) * can_promise
        after = (1.0 - share) * self._unpaid(who, reached) + share * self._unpaid(who, promised)
        return self._unpaid(who, start) - after

    @cached_property
    def _outlook(self) -> Outlook:
        return build_outlook(self.world)

    def _untouched(self, who: Ints) -> Start:
        nobody = np.zeros(len(who), dtype=bool)
        return Start(boost=self.world.boost[who], reminded=nobody, promise_in=np.full(len(who), -1))

    def _unpaid(self, who: Ints, start: Start) -> Floats:
        return p_unpaid(self._outlook, who, start)

    def _numbers(self, debtor_ids: Sequence[str]) -> Ints:
        return debtor_numbers(self.world, debtor_ids)


def channel_number(channel: str) -> int:
    """Position of a channel in the simulation's arrays."""
    if channel not in CHANNELS:
        raise UsageError(f"a channel among {', '.join(CHANNELS)}", repr(channel), "Ask for one that is simulated.")
    return CHANNELS.index(channel)


def debtor_numbers(world: World, ids: Sequence[str]) -> Ints:
    """The numbers behind debtor ids."""
    text = pd.Series(list(ids), dtype="str")
    numbers = pd.to_numeric(text.str.extract(r"^D(\d{7,8})$")[0], errors="coerce").fillna(-1).to_numpy(dtype=np.int64)
    unknown = (numbers < 0) | (numbers >= world.people.n)
    if unknown.any():
        raise UnknownDebtorError("a debtor of this portfolio", repr(text[int(unknown.argmax())]), "Check the id.")
    return np.asarray(numbers)
