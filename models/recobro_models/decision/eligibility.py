"""Who may be contacted on the work date, on which channel and at which hours; and for everyone else, why not.

Reasons stand in the order in which they are asked, the first that holds is told: the debtor's own state, the control
group, channels, hours and holidays, frequency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import (
    Jurisdiction,
    Opening,
    Rulebook,
    blocked_by_frequency,
    forbids,
    needs_consent,
    open_windows,
    zones_of,
)
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.draws import draw

HOURS = 24
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Portfolio:
    """The debtors with an open charge, aligned by position, and what is known of them.

    debtors: one row a debtor: `debtor_id`, `portfolio_id`, `country`, `region`, `timezone`, `zone`, `do_not_contact`,
        `do_not_contact_reason`, and the columns of `debtor_balances`.
    contact_points: canonical rows; `has_contact_points` tells whether the source has the table at all.
    attempts: `debtor_id`, `channel`, `attempted_on`, `reached` of the last 30 days.
    """

    debtors: pd.DataFrame
    contact_points: pd.DataFrame
    has_contact_points: bool
    attempts: pd.DataFrame


@dataclass(frozen=True)
class Eligibility:
    """What is allowed.

    allowed: (debtor, channel, hour) by the hour of the team's clock. `shift` is what is added to it for the hour of
        the debtor's clock.
    because, rule, until: by debtor; `because` is None where something is allowed.
    blocked: one row a debtor and channel that frequency forbids: `debtor_id`, `channel`, `rule`, `until`.
    """

    allowed: Mask
    shift: NDArray[np.int64]
    because: NDArray[np.object_]
    rule: NDArray[np.object_]
    until: NDArray[np.object_]
    blocked: pd.DataFrame


@dataclass(frozen=True)
class Calendar:
    """The rulebook as it holds on the work date, for the team of one zone."""

    rulebook: Rulebook
    settings: Settings
    work_date: date
    team_zone: str

    def place(self, country: str, region: str | None) -> Jurisdiction:
        """The merged rules of a place."""
        return self.rulebook.for_place(country, region)

    def opening(
        self, ground: tuple[str, str | None, str | None], channel: str, prefer: tuple[str | None, str | None]
    ) -> Opening:
        """When a channel may be used on a ground (country, region, zone), within the team's and the preferred hours."""
        return self.opening_on(self.work_date, ground, channel, prefer)

    def opening_on(
        self, day: date, ground: tuple[str, str | None, str | None], channel: str, prefer: tuple[str | None, str | None]
    ) -> Opening:
        """The same on another day."""
        country, region, zone = ground
        place = self.place(country, region)
        return open_windows(
            place, zones_of(country, zone, place), day, channel,
            team_hours=self.settings.channels[channel].hours, team_zone=self.team_zone, prefer=prefer,
        )  # fmt: skip

    def shift_of(self, zone: str) -> int:
        """Hours that a debtor's clock is ahead of the team's on the work date."""
        noon = datetime(
            self.work_date.year, self.work_date.month, self.work_date.day, 12, tzinfo=ZoneInfo(self.team_zone)
        )
        own, team = noon.astimezone(ZoneInfo(zone)).utcoffset(), noon.utcoffset()
        return round(((own or timedelta()) - (team or timedelta())) / timedelta(hours=1))


def check_eligibility(portfolio: Portfolio, calendar: Calendar) -> Eligibility:
    """Decide for every debtor what is allowed on the work date, or why nothing is."""
    debtors = portfolio.debtors
    n = len(debtors)
    grounds = _grounds(debtors)
    told = _Told.empty(n)
    told.note(*_own_state(debtors, calendar))
    told.note(_control_group(debtors, calendar), "control_group", f"control.{_period(calendar)}", _period_end(calendar))
    has_channel, opted_out = _channels(portfolio, grounds, calendar)
    none = ~has_channel.any(axis=1)
    told.note(none & opted_out, "opted_out", "contact_points.opted_out", None)
    told.note(none, "no_channel", "contact_points", None)
    opened = _hours(portfolio, grounds, has_channel, calendar, told)
    blocked = _frequency(portfolio, grounds, calendar, told.open)
    allowed = _without_blocked(opened, blocked, debtors)
    stopped = told.open & ~allowed.any(axis=(1, 2))
    told.note_each(stopped, "frequency_limit", _first_free(blocked, opened, debtors, stopped))
    allowed[~told.open] = False
    shift = debtors["zone"].map({zone: calendar.shift_of(zone) for zone in debtors["zone"].unique()})
    return Eligibility(allowed, shift.to_numpy(np.int64), told.because, told.rule, told.until, blocked)


@dataclass(frozen=True)
class _Told:
    """The first reason that holds for each debtor."""

    because: NDArray[np.object_]
    rule: NDArray[np.object_]
    until: NDArray[np.object_]

    @classmethod
    def empty(cls, n: int) -> _Told:
        return cls(*(np.full(n, None, dtype=object) for _ in range(3)))

    @property
    def open(self) -> Mask:
        """Debtors for whom no reason holds yet."""
        return np.array([because is None for because in self.because], bool)

    def note(self, where: Mask, because: object, rule: object, until: object) -> None:
        """Tell a reason (one for all, or one by debtor) wherever it holds and none was told before."""
        mask = where & self.open
        for column, value in ((self.because, because), (self.rule, rule), (self.until, until)):
            column[mask] = value[mask] if isinstance(value, np.ndarray) else value

    def note_each(self, where: Mask, because: str, told: Mapping[int, tuple[str, date | None]]) -> None:
        """Tell a reason with a rule and a day for each debtor's position."""
        for position in np.flatnonzero(where & self.open):
            rule, until = told.get(int(position), ("", None))
            self.because[position], self.rule[position], self.until[position] = because, rule, until


def _own_state(
    debtors: pd.DataFrame, calendar: Calendar
) -> tuple[Mask, NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
    """What the debtor's own state says: do not contact, dispute, promise, or a payment that is not due yet."""
    told = _Told.empty(len(debtors))
    nothing = (debtors["amount_to_collect"] <= 0).to_numpy()
    reason = debtors["do_not_contact_reason"].fillna("do_not_contact").to_numpy(object)
    told.note(debtors["do_not_contact"].to_numpy(bool), "do_not_contact", reason, None)
    disputed = (debtors["disputed_amount"] > 0).to_numpy()
    promised = (debtors["promised_amount"] > 0).to_numpy()
    kept_until = _dates(debtors["promise_due_on"])
    told.note(nothing & promised, "promise_open", "promises", kept_until)
    told.note(nothing & disputed, "dispute_open", "disputes", None)
    ahead = calendar.settings.policy.pre_due_days
    until = _dates(debtors["next_due_on"] - pd.Timedelta(days=ahead))
    told.note(
        (debtors["days_past_due"] < -ahead).to_numpy() | nothing, "awaiting_payment", "policy.pre_due_days", until
    )
    return ~told.open, told.because, told.rule, told.until


def _dates(column: pd.Series[pd.Timestamp]) -> NDArray[np.object_]:
    return np.array([None if pd.isna(value) else value.date() for value in pd.to_datetime(column)], dtype=object)


def _period(calendar: Calendar) -> int:
    return calendar.work_date.toordinal() // calendar.settings.policy.control_period_days


def _period_end(calendar: Calendar) -> date:
    return date.fromordinal((_period(calendar) + 1) * calendar.settings.policy.control_period_days)


def _control_group(debtors: pd.DataFrame, calendar: Calendar) -> Mask:
    policy = calendar.settings.policy
    return np.asarray(draw(debtors["debtor_id"], "control", policy.salt, _period(calendar)) < policy.control_group)


def _grounds(debtors: pd.DataFrame) -> list[tuple[str, str | None, str | None]]:
    """Each debtor's (country, region, zone), with None for what is not known."""
    columns = (
        debtors[["country", "region", "timezone"]]
        .astype(object)
        .where(debtors[["country", "region", "timezone"]].notna(), None)
    )
    return list(zip(*(columns[name] for name in columns), strict=True))


def _channels(
    portfolio: Portfolio, grounds: list[tuple[str, str | None, str | None]], calendar: Calendar
) -> tuple[Mask, Mask]:
    """Channels that reach each debtor and that the team works and the law knows; and who opted out of any."""
    debtors, settings = portfolio.debtors, calendar.settings
    position = pd.Series(np.arange(len(debtors)), index=debtors["debtor_id"])
    known = np.zeros((len(debtors), len(CHANNELS)), bool)
    opted_out = np.zeros(len(debtors), bool)
    points = portfolio.contact_points[portfolio.contact_points["debtor_id"].isin(position.index)]
    rows = position[points["debtor_id"]].to_numpy()
    refused = points["opted_out"].fillna(False).to_numpy(bool)
    works = points["valid"].fillna(True).to_numpy(bool) & ~refused
    place = pd.Categorical(points["channel"], categories=list(CHANNELS)).codes
    known[rows[works], place[works]] = True
    opted_out[rows[refused]] = True
    consented = known.copy()
    if not portfolio.has_contact_points:
        known[:] = [channel in settings.policy.default_channels for channel in CHANNELS]
    known &= np.array([_is_worked(settings, channel) for channel in CHANNELS])
    for ground in set(grounds):
        here = np.array([other == ground for other in grounds])
        jurisdiction = calendar.place(ground[0], ground[1])
        strict = np.array([channel in needs_consent(jurisdiction) for channel in CHANNELS])
        open_here = np.array([forbids(jurisdiction, channel) is None for channel in CHANNELS])
        known[here] &= open_here & (~strict | consented[here])
    return known, opted_out


def _is_worked(settings: Settings, channel: str) -> bool:
    """Whether the team has any capacity for a channel."""
    own = settings.channels[channel]
    return own.capacity_per_hour != 0 and own.capacity_per_day != 0


def _hours(
    portfolio: Portfolio,
    grounds: list[tuple[str, str | None, str | None]],
    has_channel: Mask,
    calendar: Calendar,
    told: _Told,
) -> Mask:
    """Allowed (debtor, channel, hour of the team's clock); debtors with no hour are told what closes it."""
    debtors = portfolio.debtors
    allowed = np.zeros((len(debtors), len(CHANNELS), HOURS), bool)
    wishes = _preferences(portfolio)
    closed: dict[int, Opening] = {}
    for position in np.flatnonzero(told.open):
        ground = grounds[position]
        shift = calendar.shift_of(debtors["zone"].iat[position])
        for channel_place in np.flatnonzero(has_channel[position]):
            channel = CHANNELS[channel_place]
            opening = calendar.opening(ground, channel, wishes.get((int(position), channel), (None, None)))
            for hour in opening.hours:
                if 0 <= hour - shift < HOURS:
                    allowed[position, channel_place, hour - shift] = True
            if not opening.hours:
                former = closed.get(int(position))
                closed[int(position)] = opening if former is None else _sooner(former, opening)
    shut = told.open & ~allowed.any(axis=(1, 2))
    for position in np.flatnonzero(shut):
        opening = closed[int(position)]
        told.because[position] = opening.because or "outside_lawful_hours"
        told.rule[position], told.until[position] = opening.rule, opening.until
    return allowed


def _sooner(one: Opening, other: Opening) -> Opening:
    """The closed opening that opens first again."""
    return min(one, other, key=lambda opening: (opening.until or date.max, opening.rule or ""))


def _preferences(portfolio: Portfolio) -> dict[tuple[int, str], tuple[str | None, str | None]]:
    """Preferred hours by debtor's position and channel, where any were asked for."""
    points = portfolio.contact_points
    asked = points[points["prefer_from"].notna() | points["prefer_to"].notna()]
    position = pd.Series(np.arange(len(portfolio.debtors)), index=portfolio.debtors["debtor_id"])
    here = asked[asked["debtor_id"].isin(position.index)]
    hours = here[["prefer_from", "prefer_to"]].astype(object).where(here[["prefer_from", "prefer_to"]].notna(), None)
    keys = zip(position[here["debtor_id"]].tolist(), here["channel"], strict=True)
    return dict(zip(keys, zip(hours["prefer_from"], hours["prefer_to"], strict=True), strict=True))


def _frequency(
    portfolio: Portfolio, grounds: list[tuple[str, str | None, str | None]], calendar: Calendar, is_open: Mask
) -> pd.DataFrame:
    places = np.array([calendar.place(country, region).place for country, region, _ in grounds], dtype=object)
    jurisdictions = {calendar.place(*ground[:2]).place: calendar.place(*ground[:2]) for ground in set(grounds)}
    debtors = pd.DataFrame({"debtor_id": portfolio.debtors["debtor_id"].to_numpy(), "place": places})[is_open]
    attempts = portfolio.attempts[portfolio.attempts["debtor_id"].isin(debtors["debtor_id"])]
    return blocked_by_frequency(jurisdictions, debtors, attempts, calendar.work_date)


def _without_blocked(allowed: Mask, blocked: pd.DataFrame, debtors: pd.DataFrame) -> Mask:
    position = pd.Series(np.arange(len(debtors)), index=debtors["debtor_id"])
    rows = position[blocked["debtor_id"]].to_numpy()
    places = pd.Categorical(blocked["channel"], categories=list(CHANNELS)).codes
    inside = places >= 0
    left = allowed.copy()
    left[rows[inside], places[inside]] = False
    return left


def _first_free(
    blocked: pd.DataFrame, opened: Mask, debtors: pd.DataFrame, stopped: Mask
) -> dict[int, tuple[str, date | None]]:
    """For each stopped debtor, the rule and day of the channel that comes free first."""
    position = pd.Series(np.arange(len(debtors)), index=debtors["debtor_id"])
    rows = blocked.assign(position=position[blocked["debtor_id"]].to_numpy())
    rows = rows.assign(place=pd.Categorical(rows["channel"], categories=list(CHANNELS)).codes)
    is_open = np.asarray(opened.any(axis=2))
    usable = rows[stopped[rows["position"]] & is_open[rows["position"], rows["place"]]]
    first = usable.sort_values(["until", "rule"]).drop_duplicates("position")
    return {int(row.position): (str(row.rule), pd.Timestamp(row.until).date()) for row in first.itertuples(index=False)}
