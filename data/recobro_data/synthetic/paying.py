"""When debtors pay: a daily hazard made of ability, will, timing, payday, memory and what contact left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.people import PAYDAYS, People

#: Timing: share of the best rate by days past due (last day of each span, share).
TIMING: Final = ((-11, 0.015), (-4, 0.12), (-1, 0.55), (3, 1.0), (10, 0.65), (30, 0.44), (60, 0.22), (90, 0.12))
TIMING_AFTER: Final = 0.05
EARLIEST, LATEST = -40, 200
#: A shock (lost job, illness) begins and ends with these chances a day and leaves this share of ability.
SHOCK_BEGINS: Final = 1 / 900
SHOCK_ENDS: Final = 1 / 70
SHOCK_ABILITY: Final = 0.08
#: Rate within `PAYDAY_DAYS` of a payday and otherwise; nothing special for irregular income.
PAYDAY_DAYS: Final = 3
AT_PAYDAY, OFF_PAYDAY = 1.9, 0.65
WEEKEND: Final = 0.6
#: A forgotten charge is paid at this share of the rate; it is remembered unaided, once due, with this chance a day.
FORGOTTEN: Final = 0.04
REMEMBERS: Final = 0.045
#: A contact reminds from this many days before the due date.
REMINDS_FROM: Final = -10
#: What a contact leaves behind fades to this share each day; attempts of the last 14 days weaken it.
FADES: Final = 0.84
WEAKENS: Final = 0.06
LOWEST: Final = 0.1
#: While a promise runs, the debtor waits for its day.
WAITS: Final = 0.5
KEPT_IN_SHOCK: Final = -2.5
SECOND_ACCOUNT_RATE: Final = 0.7


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What decides today's paying, one value a debtor. `promised`: the promise falls due today; `waiting`: later."""

    days_past_due: Ints
    n_behind: Ints
    shock: Bools
    forgot: Bools
    boost: Floats
    promised: Bools
    waiting: Bools


def timing(days_past_due: NDArray[np.int64]) -> Floats:
    """Share of the best rate at which people pay on that day."""
    spans = np.array([last for last, _ in TIMING])
    shares = np.array([*(share for _, share in TIMING), TIMING_AFTER])
    days = np.arange(EARLIEST, LATEST + 1)
    table = shares[np.searchsorted(spans, days)]
    return np.asarray(table[np.clip(days_past_due, EARLIEST, LATEST) - EARLIEST])


def paydays(first_day: int, n_days: int) -> Bools:
    """Which days are paydays, a row a kind of payday."""
    days = first_day + np.arange(n_days)
    date = days.astype("datetime64[D]")
    month_day = (date - date.astype("datetime64[M]")).astype(np.int64) + 1
    month_end = (date + 1).astype("datetime64[M]") != date.astype("datetime64[M]")
    friday = (days + 3) % 7 == 4
    kinds = {"mid_and_end": month_end | (month_day == 15), "month_end": month_end, "friday": friday}
    return np.array([kinds.get(kind, np.zeros(n_days, dtype=bool)) for kind in PAYDAYS])


def payday_rates(first_day: int, n_days: int) -> Floats:
    """Factor on the rate of paying by kind of payday and day; weekends are slower."""
    known = paydays(first_day - PAYDAY_DAYS, n_days + PAYDAY_DAYS)
    near = np.zeros((len(PAYDAYS), n_days), dtype=bool)
    for back in range(PAYDAY_DAYS):
        near |= known[:, PAYDAY_DAYS - back : PAYDAY_DAYS - back + n_days]
    rates = np.where(near, AT_PAYDAY, OFF_PAYDAY)
    rates[PAYDAYS.index("irregular")] = 1.0
    weekend = (first_day + np.arange(n_days) + 3) % 7 >= 5
    return rates * np.where(weekend, WEEKEND, 1.0)


def p_pay(people: People, who: Ints | slice, now: Situation, payday_rate: Floats) -> Floats:
    """Probability that each of `who` pays something today."""
    ability = people.ability[who] * np.where(now.shock, SHOCK_ABILITY, 1.0)
    rate = people.will[who] * ability * timing(now.days_past_due) * payday_rate[people.payday[who]]
    rate = rate * np.where(now.forgot, FORGOTTEN, 1.0) * np.maximum(LOWEST, 1.0 + now.boost)
    rate = rate * (1.0 + SECOND_ACCOUNT_RATE * np.maximum(now.n_behind - 1, 0)) * np.where(now.waiting, WAITS, 1.0)
    kept = now.promised * expit(people.keeping[who] + KEPT_IN_SHOCK * now.shock)
    return np.where(now.n_behind > 0, 1.0 - np.exp(-rate) * (1.0 - kept), 0.0)


def next_shock(draws: Draws, shock: Bools, day: int) -> Bools:
    """Who is in trouble today, given who was yesterday."""
    chance = draws.uniform("shock", np.arange(len(shock)), day)
    return np.where(shock, chance >= SHOCK_ENDS, chance < SHOCK_BEGINS)
