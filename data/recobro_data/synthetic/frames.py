"""The world as the books show it at the start of a day: canonical tables.

Dates are ISO text, timestamps aware in UTC (microseconds), flags bool, what is absent null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recobro_data.synthetic.columns import (
    account_ids,
    dates,
    debtor_ids,
    frame_of,
    joined,
    named,
    numbered,
    short_dates,
)
from recobro_data.synthetic.contact import COSTS
from recobro_data.synthetic.draws import Bools, Floats, Ints
from recobro_data.synthetic.lending import NEVER_DAY, PRODUCTS, SLOTS
from recobro_data.synthetic.people import (
    CALL,
    CHANNELS,
    DO_NOT_CONTACT_REASONS,
    PORTFOLIOS,
    PREFERRED_HOURS,
)
from recobro_data.synthetic.world import World
from recobro_data.vocabulary import OUTCOMES

METHODS: Final = ("transferencia", "billetera", "agente", "tarjeta", "debito_automatico")
METHOD_SHARES: Final = (0.34, 0.24, 0.22, 0.12, 0.08)
#: Hours of the day in which the books record a payment: of the same day (`consumo` only), and of an earlier one.
SAME_DAY_HOUR, LATER_HOUR, RECORDING_HOURS = 20, 9, 2
DEBTORS_AN_AGENT: Final = 400


def build_tables(world: World) -> dict[str, pd.DataFrame]:
    """All canonical tables as known at the start of `world.day`."""
    return {
        "debtors": debtors(world),
        "contact_points": contact_points(world),
        "charges": charges(world),
        "payments": payments(world, until=world.day),
        "contact_attempts": contact_attempts(world),
        "promises": promises(world),
        "disputes": disputes(world),
    }


def debtors(world: World) -> pd.DataFrame:
    """One row a debtor."""
    people, country = world.people, world.country
    places = np.where(people.has_region, people.place, -1)
    return frame_of(
        debtor_id=debtor_ids(np.arange(people.n)),
        portfolio_id=named(PORTFOLIOS, people.portfolio),
        country=named((country.code,), np.zeros(people.n, dtype=np.int64)),
        timezone=named(country.zones, people.zone),
        region=named(tuple(name for name, *_ in country.places), places),
        kind=named(("person", "company"), people.company.astype(np.int64)),
        language=named((country.language,), np.zeros(people.n, dtype=np.int64)),
        do_not_contact=people.do_not_contact >= 0,
        do_not_contact_reason=named(DO_NOT_CONTACT_REASONS, people.do_not_contact),
    )


def contact_points(world: World) -> pd.DataFrame:
    """One row a channel that a debtor gave; a number is known to be bad from its first failure."""
    who, channel = np.nonzero(world.people.has_channel)
    preference = np.where(channel == CALL, world.people.preference[who], -1)
    return frame_of(
        debtor_id=debtor_ids(who),
        channel=named(CHANNELS, channel),
        valid=~world.known_invalid[who, channel],
        opted_out=world.opted_out[who, channel],
        prefer_from=named(tuple(f"{start:02d}:00" for start, _ in PREFERRED_HOURS), preference),
        prefer_to=named(tuple(f"{end:02d}:00" for _, end in PREFERRED_HOURS), preference),
    )


def charges(world: World) -> pd.DataFrame:
    """Charges issued before the day."""
    schedule = world.schedule
    account, month = np.nonzero(world.issued)
    product = world.people.portfolio[account // SLOTS] * 8 + schedule.product[account]
    cancelled = np.where(world.cancelled, schedule.cancelled, NEVER_DAY)[account, month]
    return frame_of(
        charge_id=_charge_ids(world, account, month),
        debtor_id=debtor_ids(account // SLOTS),
        account_id=account_ids(account),
        issued_on=dates(schedule.issued[account, month]),
        due_on=dates(schedule.due[account, month]),
        amount=schedule.amount[account, month],
        currency=named((world.country.currency,), np.zeros(len(account), dtype=np.int64)),
        product=named((*PRODUCTS[0], *[""] * (8 - len(PRODUCTS[0])), *PRODUCTS[1]), product),
        cancelled_on=dates(np.where(cancelled < world.day, cancelled, NEVER_DAY)),
    )


def payments(world: World, *, until: int | None, since: int = 0) -> pd.DataFrame:
    """Payments recorded from day `since` to before day `until`; all where there is no `until`."""
    log = world.payments.columns()
    recorded = log["day"] + log["lag"]
    known = (recorded >= since) & (recorded < (NEVER_DAY if until is None else until))
    log = {name: values[known] for name, values in log.items()}
    account, month = log["account"], log["month"]
    return frame_of(
        payment_id=joined(numbered("P", account, 8), short_dates(log["day"])),
        charge_id=pc.if_else(pa.array(month >= 0), _charge_ids(world, account, month), pa.scalar(None, pa.string())),
        account_id=account_ids(account),
        paid_on=dates(log["day"]),
        amount=log["amount"],
        recorded_at=_recorded_at(world, log),
        reversed_on=dates(np.where(log["reversed_on"] < world.day, log["reversed_on"], NEVER_DAY)),
        method=_methods(world, log["day"], account),
    )


def payers(world: World) -> Any:
    """Who made each payment, in the order of the log."""
    return debtor_ids(world.payments.column("account") // SLOTS).to_pandas()


def contact_attempts(world: World) -> pd.DataFrame:
    """Attempts made before the day."""
    log = world.attempts.columns()
    who, channel = log["who"], log["channel"].astype(np.int64)
    agents = tuple(f"AG{number:02d}" for number in range(1, max(3, world.people.n // DEBTORS_AN_AGENT) + 1))
    agent = (_chance(world, "agent", log["day"], who) * len(agents)).astype(np.int64)
    return frame_of(
        attempt_id=joined(numbered("G", who, 7), short_dates(log["day"])),
        debtor_id=debtor_ids(who),
        channel=named(CHANNELS, channel),
        attempted_at=_moments(world, who, log["day"], _second(world, log)),
        outcome=named(OUTCOMES, log["outcome"].astype(np.int64)),
        agent_id=named(agents, np.where(channel == CALL, agent, -1)),
        cost=np.round(COSTS[channel] * world.country.money_scale, 2),
        policy=named(tuple(world.policies), log["policy"].astype(np.int64)),
        propensity=pa.array(log["propensity"], mask=np.isnan(log["propensity"])),
    )


def promises(world: World) -> pd.DataFrame:
    """Promises made before the day."""
    log = world.promises.columns()
    return frame_of(
        promise_id=joined(numbered("M", log["who"], 7), short_dates(log["day"])),
        debtor_id=debtor_ids(log["who"]),
        account_id=account_ids(log["account"]),
        made_at=_moments(world, log["who"], log["day"], _second(world, log)),
        due_on=dates(log["due"]),
        amount=log["amount"],
    )


def disputes(world: World) -> pd.DataFrame:
    """Disputes opened before the day."""
    account, month = np.nonzero(world.disputed)
    closed = world.schedule.settled[account, month]
    charge = _charge_ids(world, account, month)
    return frame_of(
        dispute_id=joined(named(("X",), np.zeros(len(account), dtype=np.int64)), charge),
        charge_id=charge,
        opened_on=dates(world.schedule.disputed[account, month]),
        closed_on=dates(np.where(closed < world.day, closed, NEVER_DAY)),
    )


def _charge_ids(world: World, account: Ints, month: Ints) -> Any:
    names = np.datetime_as_string((world.schedule.first_month + np.arange(world.schedule.shape[1])).astype("M8[M]"))
    return joined(numbered("C", account, 8), named(tuple(names), np.maximum(month, 0).astype(np.int64)))


def _moments(world: World, who: Ints, day: Ints, second: Ints) -> Any:
    """Local seconds of a day as aware timestamps."""
    offset = world.calendar.offsets[world.people.zone[who], day - world.calendar.first_day]
    return pa.array((day * 86_400 + second - offset) * 1_000_000).cast(pa.timestamp("us", "UTC"))


def _chance(world: World, stream: str, day: Ints, number: Ints) -> Floats:
    return world.clerk.uniform(stream, number * 65_536 + day)


def _second(world: World, log: Mapping[str, NDArray[Any]]) -> Ints:
    within = (_chance(world, "second", log["day"], log["who"]) * 3600).astype(np.int64)
    return np.asarray(log["hour"].astype(np.int64) * 3600 + within)


def _recorded_at(world: World, log: Mapping[str, NDArray[Any]]) -> Any:
    who, late = log["account"] // SLOTS, log["lag"] > 0
    start = np.where(late, LATER_HOUR, SAME_DAY_HOUR) * 3600
    second = start + (_chance(world, "recorded", log["day"], log["account"]) * RECORDING_HOURS * 3600).astype(np.int64)
    moments = _moments(world, who, log["day"] + log["lag"], second)
    silent: Bools = ~late & (world.people.portfolio[who] == 1)
    return pc.if_else(pa.array(silent), pa.scalar(None, moments.type), moments)


def _methods(world: World, day: Ints, account: Ints) -> Any:
    return named(METHODS, world.clerk.among("method", account * 65_536 + day, METHOD_SHARES))
