"""The state of everybody in a portfolio on one day."""

from __future__ import annotations

from typing import Final

import numpy as np

from recobro_data.synthetic.amounts import Payment
from recobro_data.synthetic.calendar import build_calendar
from recobro_data.synthetic.contact import PROMISE_DAYS, promise_day
from recobro_data.synthetic.countries import Country
from recobro_data.synthetic.draws import Draws, Ints
from recobro_data.synthetic.ledger import Ledger
from recobro_data.synthetic.lending import NEVER_DAY, SLOTS, Schedule, build_schedule
from recobro_data.synthetic.log import Log
from recobro_data.synthetic.paying import SHOCK_BEGINS, SHOCK_ENDS, Situation
from recobro_data.synthetic.people import CHANNELS, People, build_people, with_shifted_habits
from recobro_data.synthetic.populations import SHIFT_DAYS, Population

#: Days of attempts that are remembered: the longest that a limit or fatigue looks back.
MEMORY_DAYS: Final = 14


class World:
    """One portfolio on its way through time. `day` is the next day to be played, in days since 1970-01-01."""

    def __init__(self, draws: Draws, n: int, made: tuple[Country, Population], *, days: tuple[int, int]) -> None:
        country, population = made
        self.draws, self.country, self.population = draws, country, population
        self.clerk = draws  # what the books add to a fact (minute, agent, method) stays when luck is exchanged
        self.policies: list[str] = []
        self.people: People = build_people(draws, n, country, population)
        self.schedule: Schedule = build_schedule(draws, self.people, country, days=days)
        self.calendar = build_calendar(country, self.schedule, days=days)
        self.day = days[0]
        self.shift_on = days[1] - SHIFT_DAYS if population.shifts else NEVER_DAY
        self.first_hour, self.n_hours = self.people.first_hours(country), self.people.n_hours(country)
        self.owed, self.books = Ledger(self.schedule), Ledger(self.schedule)
        self.shock = draws.uniform("shock at first", np.arange(n)) < SHOCK_BEGINS / (SHOCK_BEGINS + SHOCK_ENDS)
        self.reminded_of = np.full(n, -1, dtype=np.int64)
        self.boost = np.zeros(n)
        self.tried = np.full((MEMORY_DAYS, n), -1, dtype=np.int8)
        self.last_try = np.full(n, -NEVER_DAY, dtype=np.int64)
        self.promise_due = np.full(n, -NEVER_DAY, dtype=np.int64)
        self.promise_amount = np.zeros(n)
        self.promise_account = np.zeros(n, dtype=np.int64)
        self.known_bad = self.people.refused_before.copy()
        self.opted_out = self.people.refused_before.copy()
        self.known_invalid = np.zeros((n, len(CHANNELS)), dtype=bool)
        self.issued = np.zeros(self.schedule.shape, dtype=bool)
        self.cancelled = np.zeros(self.schedule.shape, dtype=bool)
        self.disputed = np.zeros(self.schedule.shape, dtype=bool)
        self.to_record: dict[int, list[Payment]] = {}
        self.to_reverse: dict[int, list[Payment]] = {}
        self.start_logs()

    def start_logs(self) -> None:
        """Forget what was written down so far; the state of the world stays."""
        self.attempts = Log(
            day=int, who=int, channel=np.int8, hour=np.int8, outcome=np.int8, policy=np.int16, propensity=float
        )
        self.payments = Log(day=int, account=int, month=int, amount=float, lag=np.int8, reversed_on=int)
        self.promises = Log(day=int, who=int, hour=np.int8, account=int, due=int, amount=float)

    def begin_day(self) -> None:
        """Habits shift on their day."""
        if self.day == self.shift_on:
            self.people = with_shifted_habits(self.people, self.draws)

    def oldest_charge(self) -> tuple[Ints, Ints, Ints]:
        """Of each debtor: days past due of the oldest open charge, its account, and its number in the schedule."""
        due, account = self.owed.oldest()
        charge = account * self.schedule.shape[1] + self.owed.oldest_month[account]
        return self.day - due.astype(np.int64), account, charge

    def n_recent(self) -> Ints:
        """Attempts of the last 14 days, a value a debtor."""
        return np.asarray((self.tried >= 0).sum(axis=0))

    def promise_days(self, who: Ints) -> Ints:
        """Days from today to the day that each of `who` would promise."""
        start = self.day - self.calendar.first_day
        ahead = self.calendar.paydays[:, start : start + PROMISE_DAYS[1] + 1]
        low, high = PROMISE_DAYS
        fallback = self.draws.whole("promised day", who, low=low, high=high, day=self.day)
        return promise_day(ahead, self.people.payday[who], fallback)

    def situation(self) -> Situation:
        """What decides today's paying."""
        late, _, charge = self.oldest_charge()
        behind = (self.owed.oldest_due < NEVER_DAY).reshape(-1, SLOTS).sum(axis=1)
        return Situation(
            days_past_due=late,
            n_behind=behind,
            shock=self.shock,
            forgot=self.schedule.forgotten.ravel()[charge] & (self.reminded_of != charge),
            boost=self.boost,
            promised=(self.promise_due == self.day) & (self.owed.oldest_due[self.promise_account] < NEVER_DAY),
            waiting=self.promise_due > self.day,
        )
