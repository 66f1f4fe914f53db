"""Who the debtors are: ability and will to pay, paydays, forgetfulness, and when and where they can be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recobro_data.synthetic.countries import Country
from recobro_data.synthetic.draws import Bools, Draws, Floats, Ints
from recobro_data.synthetic.populations import SHIFT_PERSUASION, SHIFT_REACH, SHIFT_SHARE, Population

#: Channels that the simulation uses, in the order of its arrays.
CHANNELS: Final = ("call", "sms", "whatsapp", "email")
CALL, SMS, WHATSAPP, EMAIL = range(4)

PORTFOLIOS: Final = ("consumo", "servicios")
GROUPS: Final = ("ordinary", "pays_anyway", "forgetful", "never", "contrary")
OCCUPATIONS: Final = ("office", "shift", "shop", "housebound")
PAYDAYS: Final = ("mid_and_end", "month_end", "friday", "irregular")

OCCUPATION_SHARES: Final = (0.45, 0.20, 0.20, 0.15)
PAYDAY_SHARES: Final = (0.40, 0.25, 0.15, 0.20)
REGION_SHARE: Final = 0.95
DO_NOT_CONTACT_SHARE: Final = 0.01
DO_NOT_CONTACT_REASONS: Final = ("deceased", "legal_representation", "vulnerable", "insolvency")

#: Rate of paying per day at its best moment, by group, and its spread between people (log scale).
PAY_RATE: Final = np.array([0.28, 0.58, 0.52, 0.004, 0.17])
PAY_SPREAD: Final = np.array([0.55, 0.30, 0.30, 0.30, 0.45])
ABILITY_SPREAD: Final = 0.45
#: Chance that a charge slips the debtor's mind, by group.
FORGETS: Final = np.array([0.08, 0.03, 0.75, 0.05, 0.05])
#: What being reached adds to the rate of paying, as a share of it, by group; channels differ.
PERSUASION: Final = np.array([1.5, 0.10, 0.35, 0.05, -0.75])
CHANNEL_PERSUASION: Final = np.array([1.0, 0.5, 0.75, 0.4])
PERSUASION_SPREAD: Final = 0.4
#: Chance of a promise and of a refusal when a call reaches the debtor, by group.
PROMISE: Final = np.array([0.30, 0.32, 0.38, 0.15, 0.06])
REFUSAL: Final = np.array([0.12, 0.03, 0.04, 0.45, 0.40])
#: Chance of keeping a promise on its day: log odds by group; will and ability move it.
KEEPING: Final = np.array([-0.2, 0.7, 0.3, -3.0, -1.3])

#: Log odds of reaching somebody, by channel; spread between people; fall per attempt of the last 14 days.
REACH_BASE: Final = np.array([-2.65, -1.75, -0.75, -1.70])
REACH_SPREAD: Final = np.array([0.7, 0.6, 0.8, 0.8])
FATIGUE: Final = (0.05, 0.25)
#: Two bumps over the hours of a day, by occupation: peak hour, width in hours, height in log odds.
HOUR_BUMPS: Final = np.array(
    [
        [[12.8, 0.9, 1.3], [18.8, 1.3, 1.8]],
        [[15.0, 2.0, 1.7], [10.0, 1.0, 0.4]],
        [[9.0, 1.3, 1.6], [15.0, 1.0, 0.7]],
        [[10.8, 2.4, 1.6], [16.5, 1.6, 1.0]],
    ]
)
HOUR_SHIFT: Final = 0.7
#: Messages wait to be read, so the hour matters less to them.
HOUR_WEIGHT: Final = np.array([1.0, 0.35, 0.45, 0.30])
#: Log odds by weekday, Monday first, and for the weekday on which a person is free.
WEEKDAY: Final = np.array([-0.15, 0.05, 0.10, 0.05, -0.20, 0.0, -0.3])
FREE_DAY: Final = 0.6
PREFERENCE_SHARE: Final = 0.10
PREFERRED_HOURS: Final = ((9, 12), (12, 15), (15, 18))
PREFERRED: Final = 0.5
#: Shares of channels that are missing, do not work, or were refused before the history starts.
MISSING: Final = np.array([0.02, 0.05, 0.10, 0.28])
INVALID: Final = np.array([0.08, 0.08, 0.10, 0.14])
REFUSED_BEFORE: Final = np.array([0.01, 0.02, 0.02, 0.03])


@dataclass(frozen=True, kw_only=True)
class People:
    """One row a debtor; channel columns in the order of `CHANNELS`; rates are per day, effects shares of a rate."""

    n: int
    portfolio: Ints
    company: Bools
    place: Ints
    zone: Ints
    has_region: Bools
    do_not_contact: Ints
    group: Ints
    occupation: Ints
    payday: Ints
    ability: Floats
    will: Floats
    persuasion: Floats
    promise: Floats
    keeping: Floats
    reach: Floats
    fatigue: Floats
    hour_shift: Floats
    free_day: Ints
    preference: Ints
    has_channel: Bools
    works: Bools
    refused_before: Bools

    def first_hours(self, country: Country) -> NDArray[np.int8]:
        """First hour in which each channel may be used, (debtor, channel)."""
        first = np.full((self.n, len(CHANNELS)), country.first_hour, dtype=np.int8)
        asked = self.preference >= 0
        first[asked, CALL] = np.array(PREFERRED_HOURS)[self.preference[asked], 0]
        return first

    def n_hours(self, country: Country) -> NDArray[np.int8]:
        """How many hours a day each channel may be used, (debtor, channel)."""
        hours = np.full((self.n, len(CHANNELS)), country.last_hour - country.first_hour + 1, dtype=np.int8)
        hours[self.preference >= 0, CALL] = PREFERRED_HOURS[0][1] - PREFERRED_HOURS[0][0]
        return hours


def build_people(draws: Draws, n: int, country: Country, population: Population) -> People:
    """The debtors 0 to n - 1; each is the same whatever n is."""
    ids = np.arange(n)
    portfolio = draws.among("portfolio", ids, population.portfolio_shares)
    groups = [draws.among("group", ids, shares) for shares in population.group_shares]
    group = np.where(portfolio == 0, groups[0], groups[1])
    return People(
        n=n,
        portfolio=portfolio,
        group=group,
        **_identity(draws, ids, (country, population)),
        **_paying(draws, ids, group),
        **_reaching(draws, ids),
    )


def with_shifted_habits(people: People, draws: Draws) -> People:
    """The same people after their habits changed: the days of some, how channels reach and move everybody."""
    ids = np.arange(people.n)
    changed = (draws.uniform("habits shift", ids) < SHIFT_SHARE) & ~people.company
    return replace(
        people,
        occupation=np.where(changed, draws.among("new occupation", ids, OCCUPATION_SHARES), people.occupation),
        reach=people.reach + np.array(SHIFT_REACH),
        persuasion=np.maximum(people.persuasion * np.array(SHIFT_PERSUASION), -0.9),
    )


def _identity(draws: Draws, ids: Ints, made: tuple[Country, Population]) -> dict[str, Any]:
    country, population = made
    company = draws.uniform("company", ids) < population.company_share
    place = draws.among("place", ids, tuple(share for _, _, share, _ in country.places))
    zones = np.array([country.zones.index(zone) for _, zone, _, _ in country.places])
    return {
        "company": company,
        "place": place,
        "zone": zones[place],
        "has_region": draws.uniform("region", ids) < REGION_SHARE,
        "do_not_contact": _do_not_contact(draws, ids),
        "occupation": np.where(company, 0, draws.among("occupation", ids, OCCUPATION_SHARES)),
        "payday": np.where(company, 3, draws.among("payday", ids, PAYDAY_SHARES)),
    }


def _paying(draws: Draws, ids: Ints, group: Ints) -> dict[str, Any]:
    will, ability = draws.normal("will", ids), np.exp(ABILITY_SPREAD * draws.normal("ability", ids))
    return {
        "ability": ability,
        "will": PAY_RATE[group] * np.exp(PAY_SPREAD[group] * will),
        "persuasion": _persuasion(draws, ids, group),
        "promise": PROMISE[group],
        "keeping": KEEPING[group] + 0.5 * will + 0.5 * np.log(ability),
    }


def _reaching(draws: Draws, ids: Ints) -> dict[str, Any]:
    asks = draws.uniform("preference", ids) < PREFERENCE_SHARE
    asked = draws.whole("preferred hours", ids, low=0, high=len(PREFERRED_HOURS) - 1)
    return {
        "reach": REACH_BASE + REACH_SPREAD * _by_channel(draws, "reach", ids, normal=True),
        "fatigue": FATIGUE[0] + (FATIGUE[1] - FATIGUE[0]) * draws.uniform("fatigue", ids),
        "hour_shift": HOUR_SHIFT * draws.normal("hour shift", ids),
        "free_day": draws.whole("free day", ids, low=0, high=4),
        "preference": np.where(asks, asked, -1),
        "has_channel": _by_channel(draws, "missing", ids) >= MISSING,
        "works": _by_channel(draws, "invalid", ids) >= INVALID,
        "refused_before": _by_channel(draws, "refused", ids) < REFUSED_BEFORE,
    }


def p_reach(people: People, who: Ints, slot: tuple[Ints, Ints, Ints], n_recent: NDArray[np.int64]) -> Floats:
    """Probability that one attempt reaches each of `who`.

    `slot` is channel (position in `CHANNELS`), weekday (0 is Monday) and hour; `n_recent` counts the attempts of the
    last 14 days.
    """
    channel, weekday, hour = slot
    bumps = HOUR_BUMPS[people.occupation[who]]
    distance = (hour + 0.5 - people.hour_shift[who])[:, None] - bumps[:, :, 0]
    by_hour = (bumps[:, :, 2] * np.exp(-0.5 * (distance / bumps[:, :, 1]) ** 2)).sum(axis=1)
    logit = people.reach[who, channel] + HOUR_WEIGHT[channel] * by_hour + WEEKDAY[weekday]
    logit += FREE_DAY * (people.free_day[who] == weekday) + _asked_for(people, who, hour)
    logit -= people.fatigue[who] * n_recent
    usable = people.has_channel[who, channel] & people.works[who, channel]
    return np.asarray(np.where(usable, expit(logit), 0.0))


def _asked_for(people: People, who: Ints, hour: Ints) -> Floats:
    hours = np.array([*PREFERRED_HOURS, (0, 0)])[people.preference[who]]
    return np.asarray(PREFERRED * ((hour >= hours[:, 0]) & (hour < hours[:, 1])))


def _do_not_contact(draws: Draws, ids: Ints) -> Ints:
    """Position of the reason in `DO_NOT_CONTACT_REASONS`; -1 where the debtor may be contacted."""
    reason = draws.whole("do not contact reason", ids, low=0, high=len(DO_NOT_CONTACT_REASONS) - 1)
    return np.where(draws.uniform("do not contact", ids) < DO_NOT_CONTACT_SHARE, reason, -1)


def _persuasion(draws: Draws, ids: Ints, group: Ints) -> Floats:
    spread = np.exp(PERSUASION_SPREAD * _by_channel(draws, "persuasion", ids, normal=True))
    return np.asarray(np.maximum(PERSUASION[group][:, None] * CHANNEL_PERSUASION * spread, -0.9))


def _by_channel(draws: Draws, stream: str, ids: Ints, *, normal: bool = False) -> Floats:
    draw = draws.normal if normal else draws.uniform
    return np.column_stack([draw(f"{stream} {channel}", ids) for channel in CHANNELS])
