"""The team's capacity on a day, from the configuration: channels, teams with skills and shifts, zones, money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.errors import ConfigurationError
from recobro_data.sections_teams import WEEKDAYS
from recobro_data.settings import Settings, Team
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints, Mask, Resource
from recobro_models.decision.lawful import HOURS

#: Units of an agent's hour: divisible by every number of attempts up to 15.
AGENT_HOUR: Final = 360_360
#: Units of money: a millionth.
MONEY: Final = 1_000_000


@dataclass(frozen=True)
class Worked:
    """The debtors who may be worked on a day, by position, as teams, zones, shares and budgets tell them apart.

    debtors: `portfolio_id`, `language`, `stage`, `region`, `currency`. money: what a unit of each one's currency counts
    for in the decision.
    """

    debtors: pd.DataFrame
    money: NDArray[np.floating[Any]]

    def of_members(self, members: Mask) -> Worked:
        """The same for some of them."""
        return Worked(self.debtors[members], self.money[members])


def team_capacity(settings: Settings, work_date: date | None = None, worked: Worked | None = None) -> Capacity:
    """The configured capacity on a day; without debtors that of the channels alone.

    Raises:
        ConfigurationError: a budget for debtors whose currencies can not be compared.
    """
    channels = [settings.channels[channel] for channel in CHANNELS]
    by_slot = [[UNLIMITED if own.capacity_per_hour is None else own.capacity_per_hour] * HOURS for own in channels]
    by_channel = [UNLIMITED if own.capacity_per_day is None else own.capacity_per_day for own in channels]
    plain = Capacity.of_slots(np.array(by_slot, np.int64), np.array(by_channel, np.int64))
    if worked is None or work_date is None or not _is_divided(settings):
        return plain
    _check_money(settings, worked)
    groups = _Groups.find(settings, worked)
    return _Builder(settings, work_date, groups, plain).build()


def _is_divided(settings: Settings) -> bool:
    """Whether anything is limited beside channels."""
    zoned = any(own.zones or own.capacity_per_zone is not None for own in settings.channels.values())
    return bool(settings.teams or settings.portfolios or zoned or settings.budget.per_day is not None)


def _check_money(settings: Settings, worked: Worked) -> None:
    used = worked.debtors["currency"].unique()
    missing = [str(one) for one in used if one not in settings.rates]
    if settings.budget.per_day is not None and len(used) > 1 and len(missing) > 1:
        raise ConfigurationError(
            "a rate for every currency where `budget.per_day` is set", f"none for {', '.join(sorted(missing))}",
            "Put them into [rates], or set `budget_per_day` of each portfolio.",
        )  # fmt: skip


def team_hours(team: Team, work_date: date) -> Floats:
    """By hour of the day, the part of it that the team is at work."""
    told = team.shifts.get(WEEKDAYS[work_date.weekday()])
    if told is None:
        return np.zeros(HOURS) if team.shifts else np.ones(HOURS)
    start, end = (int(clock[:2]) + int(clock[3:]) / 60 for clock in told.split("-"))
    hour = np.arange(HOURS)
    return np.clip(np.minimum(hour + 1, end) - np.maximum(hour, start), 0.0, 1.0)


@dataclass(frozen=True)
class _Groups:
    """Debtors for whom the same ways are open at the same weights: each one's number, and what every group is like."""

    of: NDArray[np.int32]
    teams: Mask
    zone: list[str]
    portfolio: list[str]
    money: Floats

    @classmethod
    def find(cls, settings: Settings, worked: Worked) -> _Groups:
        debtors, n = worked.debtors, len(worked.debtors)
        may = np.array([_may_work(team, debtors) for team in settings.teams.values()]).reshape(len(settings.teams), n).T
        zoned = any(own.zones or own.capacity_per_zone is not None for own in settings.channels.values())
        zone = _texts(debtors, "region", known=None if zoned else ())
        book = _texts(debtors, "portfolio_id", known=settings.portfolios)
        money = np.ones(n) if settings.budget.per_day is None else worked.money.astype(np.float64)
        keys = pd.DataFrame(may, index=range(n)).assign(zone=zone, book=book, money=money)
        number = keys.groupby(list(keys.columns), sort=True, dropna=False).ngroup().to_numpy(np.int32)
        _, first = np.unique(number, return_index=True)
        return cls(number, may[first], [zone[at] for at in first], [book[at] for at in first], money[first])


def _texts(debtors: pd.DataFrame, column: str, *, known: Iterable[str] | None) -> list[str]:
    """A column as texts; of those not known (None: all are) and where there is none, the empty one."""
    values = debtors[column].astype(object).where(debtors[column].notna(), "").astype(str).tolist()
    kept = None if known is None else set(known)
    return [one if kept is None or one in kept else "" for one in values]


def _may_work(team: Team, debtors: pd.DataFrame) -> Mask:
    """The debtors whom a team has the skills and the right to work."""
    asked = {"language": team.languages, "portfolio_id": team.portfolios, "stage": team.stages}
    found = np.ones(len(debtors), bool)
    for column, allowed in asked.items():
        if allowed:
            found &= debtors[column].isin(allowed).to_numpy()
    return found


@dataclass(frozen=True)
class _Builder:
    """Puts resources beside those of the channels: each adds what it limits and what the ways use of it."""

    settings: Settings
    work_date: date
    groups: _Groups
    plain: Capacity

    def build(self) -> Capacity:
        n_groups, n_slots, n_ways = len(self.groups.zone), self.plain.n_slots, max(len(self.settings.teams), 1)
        shape = (n_groups, n_slots, n_ways)
        is_way = self._ways(shape)
        uses = [np.broadcast_to(self.plain.uses[:, :, :, at], shape) for at in range(2)]
        weights = [np.ones(shape, np.int64)] * 2
        resources, limits, floors = list(self.plain.resources), self.plain.limit.tolist(), [0.0] * self.plain.limit.size
        for added in (
            self._team_hours(shape),
            self._team_days(shape),
            self._zones(shape),
            *self._money(shape),
            self._shares(shape),
        ):
            if added.resources:
                uses.append(np.where(added.number >= 0, added.number + len(resources), -1))
                weights.append(np.broadcast_to(added.weight, shape))
                resources += added.resources
                limits += added.limits
                floors += added.floors or [0.0] * len(added.limits)
        return Capacity(
            tuple(resources), np.array(limits, np.int64), np.stack(uses, axis=3).astype(np.int32),
            np.stack(weights, axis=3).astype(np.int64), is_way, self.groups.of, np.array(floors),
        )  # fmt: skip

    def _ways(self, shape: tuple[int, int, int]) -> Mask:
        """A way a team that works the channel and the group; where no team works the channel, the first alone."""
        found = np.zeros(shape, bool)
        for place, channel in enumerate(CHANNELS):
            here = slice(place * HOURS, (place + 1) * HOURS)
            works = [channel in team.attempts_per_hour for team in self.settings.teams.values()]
            if not any(works):
                found[:, here, 0] = True
                continue
            for way, team in enumerate(self.settings.teams.values()):
                at_work = np.tile(team_hours(team, self.work_date) > 0, 1)
                found[:, here, way] = works[way] & self.groups.teams[:, way, None] & at_work
        return found

    def _team_hours(self, shape: tuple[int, int, int]) -> _Added:
        added = _Added.nothing(shape)
        for way, (name, team) in enumerate(self.settings.teams.items()):
            at_work = team_hours(team, self.work_date)
            for here, rate in _rates(team):
                if rate >= 1:
                    added.number[:, here, way] = way * HOURS + np.arange(HOURS)
                    added.weight[:, here, way] = int(AGENT_HOUR / rate)
            added.resources += [Resource("team", name, str(hour), AGENT_HOUR) for hour in range(HOURS)]
            added.limits += np.floor(at_work * team.agents * AGENT_HOUR).astype(int).tolist()
        return added

    def _team_days(self, shape: tuple[int, int, int]) -> _Added:
        """Of teams with attempts that take longer than an hour: all its work is counted by the day too."""
        added = _Added.nothing(shape)
        for way, (name, team) in enumerate(self.settings.teams.items()):
            if min(team.attempts_per_hour.values()) < 1:
                for here, rate in _rates(team):
                    added.number[:, here, way] = len(added.resources)
                    added.weight[:, here, way] = int(AGENT_HOUR / rate)
                at_work = team_hours(team, self.work_date).sum()
                added.resources.append(Resource("team_day", name, "", AGENT_HOUR))
                added.limits.append(int(at_work * team.agents * AGENT_HOUR))
        return added

    def _zones(self, shape: tuple[int, int, int]) -> _Added:
        added = _Added.nothing(shape)
        for place, channel in enumerate(CHANNELS):
            own = self.settings.channels[channel]
            if own.capacity_per_zone is None and not own.zones:
                continue
            for zone in sorted(set(self.groups.zone)):
                here = np.array([one == zone for one in self.groups.zone])
                added.number[here, place * HOURS : (place + 1) * HOURS] = len(added.resources)
                added.resources.append(Resource("zone", channel, zone))
                limit = own.zones.get(zone, own.capacity_per_zone)
                added.limits.append(UNLIMITED if limit is None else limit)
        return added

    def _money(self, shape: tuple[int, int, int]) -> Iterable[_Added]:
        """The day's budget, and each portfolio's."""
        cost = np.repeat([self.settings.channels[channel].cost for channel in CHANNELS], HOURS)
        budget, own = self.settings.budget.per_day, _Added.nothing(shape)
        if budget is not None:
            units = np.rint(cost[None, :] * self.groups.money[:, None] * MONEY)
            yield _Added(np.zeros(shape, int), units[:, :, None], [Resource("budget", "", "", MONEY)], [_units(budget)])
        for name, book in self.settings.portfolios.items():
            if book.budget_per_day is not None:
                here = np.array([one == name for one in self.groups.portfolio], bool)
                own.number[here] = len(own.resources)
                own.weight[here] = np.rint(cost * MONEY)[None, :, None]
                own.resources.append(Resource("budget", name, "", MONEY))
                own.limits.append(_units(book.budget_per_day))
        yield own

    def _shares(self, shape: tuple[int, int, int]) -> _Added:
        added = replace(_Added.nothing(shape), weight=np.full(shape, -1), floors=[])
        for name, book in self.settings.portfolios.items():
            if book.min_share > 0:
                added.number[np.array([one == name for one in self.groups.portfolio], bool)] = len(added.resources)
                added.resources.append(Resource("share", name))
                added.limits.append(0)
                added.floors.append(book.min_share)
        return added


def _rates(team: Team) -> Iterable[tuple[slice, float]]:
    """The slots of each channel that a team works, and how many attempts an agent makes in an hour."""
    for channel, rate in team.attempts_per_hour.items():
        start = CHANNELS.index(channel) * HOURS
        yield slice(start, start + HOURS), rate


@dataclass
class _Added:
    """More resources: which of them each way uses (-1: none), how much, their limits and minimum shares."""

    number: Ints
    weight: Ints
    resources: list[Resource]
    limits: list[int]
    floors: list[float] = field(default_factory=list)

    @classmethod
    def nothing(cls, shape: tuple[int, int, int]) -> _Added:
        return cls(np.full(shape, -1), np.ones(shape, np.int64), [], [])


def _units(money: float) -> int:
    return round(money * MONEY)
