"""What a policy may know at the start of a day: what the tables show, and what the law leaves open."""

from __future__ import annotations

from typing import Final

import numpy as np

from recobro_data.synthetic.draws import Bools
from recobro_data.synthetic.lending import SLOTS
from recobro_data.synthetic.people import CALL, CHANNELS
from recobro_data.synthetic.policy import ATTEMPTS_A_WEEK, WORKED_FROM, View
from recobro_data.synthetic.world import MEMORY_DAYS, World

#: Days before today that count towards a limit of a week.
WEEK: Final = 6


def build_view(world: World) -> View:
    """What the tables show at the start of the day."""
    due, _ = world.books.oldest()
    late = world.day - due.astype(np.int64)
    recent = world.tried[-WEEK:] >= 0
    may = (world.people.do_not_contact < 0) & (recent.sum(axis=0) < ATTEMPTS_A_WEEK) & (late >= WORKED_FROM)
    may &= world.calendar.works[world.people.place, world.day - world.calendar.first_day]
    return View(
        days_past_due=late,
        owed=world.books.owed.reshape(-1, SLOTS).sum(axis=1),
        rest_days=world.day - world.last_try,
        promise_open=world.promise_due >= world.day,
        may_contact=may,
        usable=world.people.has_channel & ~world.known_bad & _within_limits(world),
        first_hour=world.first_hour,
        n_hours=world.n_hours,
    )


def _within_limits(world: World) -> Bools:
    """Which channels the country's weekly limits leave open, (debtor, channel)."""
    week = world.tried[-WEEK:]
    calls, messages = (week == CALL).sum(axis=0), (week > CALL).sum(axis=0)
    gap = world.country.message_gap_days
    spaced = ~(world.tried[MEMORY_DAYS - gap + 1 :] > CALL).any(axis=0)
    texts = (messages < world.country.messages_a_week) & spaced
    is_open = np.column_stack([calls < world.country.calls_a_week, *[texts] * (len(CHANNELS) - 1)])
    if world.country.one_channel_a_week:
        used = week.max(axis=0)
        is_open &= (used < 0)[:, None] | (used[:, None] == np.arange(len(CHANNELS)))
    return is_open
