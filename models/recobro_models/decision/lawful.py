"""When the law, the team and the debtor's wishes allow a contact on the work date.

Debtors are looked at by group: those of one country, region and clock, with the same wishes, share their hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import Jurisdiction, Opening, Rulebook, open_windows, zones_of
from recobro_data.frames import find_places
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS

HOURS: Final = 24
#: Options of a debtor: slot number is channel * HOURS + hour.
N_SLOTS: Final = len(CHANNELS) * HOURS
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Prefer = tuple[str | None, str | None]
#: By weekday (Monday 0) and hour.
Week = tuple[tuple[bool, ...], ...]

_NOBODY_AT_WORK: Final = Opening(because="outside_lawful_hours", rule="team.hours")
_NO_WISH: Final[Prefer] = (None, None)


class Ground(NamedTuple):
    """What decides a debtor's hours: place, the time zone that was given (if any), the clock times are told on, and the
    portfolio, which may have rules of its own."""

    country: str
    region: str | None
    timezone: str | None
    zone: str
    portfolio_id: str | None = None


@dataclass(frozen=True)
class Grounds:
    """The grounds that occur, and the number of each debtor's."""

    of: Ints
    all: tuple[Ground, ...]

    @classmethod
    def find(cls, debtors: pd.DataFrame) -> Grounds:
        """The grounds of debtors with `country`, `region`, `timezone` and `zone`."""
        numbers: dict[Any, int] = {}
        rows = zip(*(_objects(debtors, name) for name in Ground._fields), strict=True)
        of = np.fromiter((numbers.setdefault(row, len(numbers)) for row in rows), np.int64, len(debtors))
        return cls(of, tuple(Ground(*row) for row in numbers))


def _objects(debtors: pd.DataFrame, name: str) -> list[Any]:
    """A column, None where it is not known or not there."""
    if name not in debtors:
        return [None] * len(debtors)
    values = debtors[name].to_numpy(object)
    return list(np.where(pd.isna(values), None, values))


@dataclass(frozen=True)
class Calendar:
    """The rulebook as it holds on the work date, for the team of one zone."""

    rulebook: Rulebook
    settings: Settings
    work_date: date
    team_zone: str

    def place(self, ground: Ground) -> Jurisdiction:
        """The merged rules of a ground."""
        return self.rulebook.for_place(ground.country, ground.region, ground.portfolio_id)

    def opening(self, ground: Ground, channel: str, prefer: Prefer) -> Opening:
        """When a channel may be used, within the team's and the preferred hours."""
        return self.opening_on(self.work_date, ground, channel, prefer)

    def opening_on(self, day: date, ground: Ground, channel: str, prefer: Prefer) -> Opening:
        """The same on another day."""
        place = self.place(ground)
        return open_windows(
            place, _own_first(ground, place), day, channel,
            team_hours=self.settings.channels[channel].hours, team_zone=self.team_zone, prefer=prefer,
        )  # fmt: skip

    def week_of(self, ground: Ground, channel: str, hours: range) -> Week:
        """Whether each of those hours is lawful on each weekday of an ordinary week."""
        place, monday = self.place(ground), self.work_date - timedelta(days=self.work_date.weekday())
        team = (self.settings.channels[channel].hours, self.team_zone)
        return _ordinary_week((place, _own_first(ground, place), channel, team), monday, hours)

    def shift_of(self, zone: str) -> int:
        """Hours that a debtor's clock is ahead of the team's on the work date."""
        noon = datetime(
            self.work_date.year, self.work_date.month, self.work_date.day, 12, tzinfo=ZoneInfo(self.team_zone)
        )
        own, team = noon.astimezone(ZoneInfo(zone)).utcoffset(), noon.utcoffset()
        return round(((own or timedelta()) - (team or timedelta())) / timedelta(hours=1))


def find_clocks(debtors: pd.DataFrame, rulebook: Rulebook) -> NDArray[np.object_]:
    """The time zone on whose clock each debtor's windows are told.

    It is `zone`, but where the rules of the region name zones of their own (Amazonas is an hour behind São Paulo) and
    `zone` is none of them, the first of those.
    """
    grounds = Grounds.find(debtors)
    clocks = [
        next(iter(_own_first(ground, rulebook.for_place(ground.country, ground.region))), ground.zone)
        for ground in grounds.all
    ]
    return np.array(clocks, dtype=object)[grounds.of] if clocks else np.empty(0, dtype=object)


def _own_first(ground: Ground, place: Jurisdiction) -> tuple[str, ...]:
    """The zones the debtor may live in, that of the ground's clock first: hours are told on the first one's clock."""
    zones = zones_of(ground.country, ground.timezone, place)
    return (ground.zone, *(zone for zone in zones if zone != ground.zone)) if ground.zone in zones else zones


@lru_cache(maxsize=4096)
def _ordinary_week(
    asked: tuple[Jurisdiction, tuple[str, ...], str, tuple[str, str]], monday: date, hours: range
) -> Week:
    """Of each weekday the first day in the four weeks from the next that has any lawful hour."""
    place, zones, channel, (team_hours, team_zone) = asked

    def open_on(day: date) -> Sequence[int]:
        return open_windows(place, zones, day, channel, team_hours=team_hours, team_zone=team_zone).hours

    each = ([open_on(monday + timedelta(days=weekday, weeks=week)) for week in range(1, 5)] for weekday in range(7))
    found = [next(filter(None, weeks), ()) for weeks in each]
    return tuple(tuple(hour in opened for hour in hours) for opened in found)


@dataclass(frozen=True)
class Wishes:
    """Hours that debtors asked for: the number of each debtor's and channel's wish (0: none), and what each is."""

    of: Ints
    all: tuple[Prefer, ...]

    @classmethod
    def find(cls, contact_points: pd.DataFrame, debtor_ids: NDArray[np.object_]) -> Wishes:
        """The wishes in canonical contact points of those debtors."""
        start, end = (contact_points[name].to_numpy(object) for name in ("prefer_from", "prefer_to"))
        wishes = ~(pd.isna(start) & pd.isna(end))
        if not wishes.any():
            return cls(np.zeros((len(debtor_ids), len(CHANNELS)), np.int64), (_NO_WISH,))
        asked = contact_points[wishes]
        row, place = find_places(asked["debtor_id"], debtor_ids), find_places(asked["channel"], CHANNELS)
        hours = (np.where(pd.isna(clock), None, clock)[wishes] for clock in (start, end))
        pairs: dict[Prefer, int] = {_NO_WISH: 0}
        number = [pairs.setdefault(pair, len(pairs)) for pair in zip(*hours, strict=True)]
        of = np.zeros((len(debtor_ids), len(CHANNELS)), np.int64)
        here = (row >= 0) & (place >= 0)
        of[row[here], place[here]] = np.array(number, np.int64)[here]
        return cls(of, tuple(pairs))


@dataclass(frozen=True)
class Hours:
    """Open hours by (debtor, channel, hour of the team's clock), and what closes a channel for those who have none.

    closed: number in `openings` of the closed channel that opens first again, by debtor; past the end where none is
        closed.
    """

    open: Mask
    closed: Ints
    openings: tuple[Opening, ...]


def find_hours(has_channel: Mask, grounds: Grounds, wishes: Wishes, calendar: Calendar) -> Hours:
    """The hours of every debtor and channel that `has_channel` (debtor, channel) marks."""
    found = np.zeros((*has_channel.shape, HOURS), bool)
    by_group = np.full(has_channel.shape, -1, np.int64)
    openings: list[Opening] = []
    for place, channel in enumerate(CHANNELS):
        rows = np.flatnonzero(has_channel[:, place])
        n_wishes = len(wishes.all)
        groups, number = np.unique(grounds.of[rows] * n_wishes + wishes.of[rows, place], return_inverse=True)
        pairs = (divmod(group, n_wishes) for group in groups.tolist())
        asked = [_hours_of(grounds.all[ground], channel, wishes.all[wish], calendar) for ground, wish in pairs]
        if asked:
            found[rows, place] = np.stack([hours for hours, _ in asked])[number]
            by_group[rows, place] = number + len(openings)
            openings += [opening for _, opening in asked]
    return _sorted_by_opening(found, by_group, openings)


def _hours_of(ground: Ground, channel: str, prefer: Prefer, calendar: Calendar) -> tuple[Mask, Opening]:
    """Hours of the team's clock, and the opening: where no hour lies on the team's day, one that says so."""
    opening = calendar.opening(ground, channel, prefer)
    hours = np.array(opening.hours, np.int64) - calendar.shift_of(ground.zone)
    inside = hours[(hours >= 0) & (hours < HOURS)]
    mask = np.zeros(HOURS, bool)
    mask[inside] = True
    return mask, _NOBODY_AT_WORK if opening.hours and not inside.size else opening


def _sorted_by_opening(found: Mask, by_group: Ints, openings: list[Opening]) -> Hours:
    order = sorted(range(len(openings)), key=lambda at: (openings[at].until or date.max, openings[at].rule or "", at))
    rank = np.empty(len(openings) + 1, np.int64)
    rank[order] = np.arange(len(openings))
    rank[-1] = len(openings)
    closed = np.where(found.any(axis=2), len(openings), rank[by_group])
    return Hours(found, closed.min(axis=1, initial=len(openings)), tuple(openings[at] for at in order))
