"""Who may be contacted on the work date, on which channel and at which hours; and for everyone else, why not.

Reasons stand in the order in which they are asked, the first that holds is told: the debtor's own state, the control
group, channels, hours and holidays, frequency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import blocked_by_frequency, forbids, needs_consent
from recobro_data.frames import find_places, names_of, read_days, read_flags, read_floats
from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.demands import Duties, find_stops, places_of
from recobro_models.decision.draws import draw
from recobro_models.decision.lawful import Calendar, Grounds, Mask, Wishes, find_hours
from recobro_models.decision.told import Told

#: What is asked before the control group: a debtor left alone for one of these has no part in the comparison.
OWN_STATE: Final = ("do_not_contact", "promise_open", "dispute_open", "awaiting_payment")
_OWN_STATE: Final = names_of(
    ("amount_to_collect", "promise_due_amount", "promised_amount", "disputed_amount", "days_past_due")
)


@dataclass(frozen=True)
class Portfolio:
    """The debtors with an open charge, aligned by position, and what is known of them.

    debtors: one row a debtor: `debtor_id`, `portfolio_id`, `country`, `region`, `timezone`, `zone`, `do_not_contact`,
        `do_not_contact_reason`, and the columns of `debtor_balances`.
    contact_points: canonical rows; `has_contact_points` tells whether the source has the table at all.
    attempts: `debtor_id`, `channel`, `attempted_on`, `reached` and, where known, `outcome` of the last 30 days.
    charges: `debtor_id`, `due_on`, `is_disputed` of the open charges; without them no duty is known.
    """

    debtors: pd.DataFrame
    contact_points: pd.DataFrame
    has_contact_points: bool
    attempts: pd.DataFrame
    charges: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["debtor_id", "due_on", "is_disputed"]).astype({"due_on": "M8[s]"})
    )


@dataclass(frozen=True)
class Eligibility:
    """What is allowed.

    allowed: (debtor, channel, hour) by the hour of the team's clock. `shift` is what is added to it for the hour of
        the debtor's clock.
    withheld: the same of the control group, as it would be without the draw.
    because, rule, until: by debtor; `because` is None where something is allowed.
    blocked: one row a debtor and channel that frequency forbids: `debtor_id`, `channel`, `rule`, `until`.
    duty_rule, duty_until: by debtor; the rule by which the law demands a contact, and the latest day for it. None where
        no duty is open; also told of a debtor who may not be contacted, whose duty can not be met.
    """

    allowed: Mask
    withheld: Mask
    shift: NDArray[np.int64]
    because: NDArray[np.object_]
    rule: NDArray[np.object_]
    until: NDArray[np.object_]
    blocked: pd.DataFrame
    duty_rule: NDArray[np.object_]
    duty_until: NDArray[np.object_]


def check_eligibility(portfolio: Portfolio, calendar: Calendar) -> Eligibility:
    """Decide for every debtor what is allowed on the work date, or why nothing is."""
    debtors, ids = portfolio.debtors, portfolio.debtors["debtor_id"].to_numpy(object)
    grounds = Grounds.find(debtors)
    told = Told.nothing(len(debtors))
    _stops(debtors, grounds, calendar, told)
    _own_state(debtors, calendar, told)
    duties = Duties.find((debtors, portfolio.charges, portfolio.attempts), grounds, calendar)
    apart = _set_apart(debtors, calendar, told, duties)
    has_channel = _channels(portfolio, grounds, calendar, told)
    asked = told.open | apart
    hours = find_hours(has_channel & asked[:, None], grounds, Wishes.find(portfolio.contact_points, ids), calendar)
    shut = told.open & ~hours.open.any(axis=(1, 2))
    closed = {at: hours.openings[hours.closed[at]] for at in np.flatnonzero(shut).tolist()}
    told.note_each(
        shut, {at: (one.because or "outside_lawful_hours", one.rule, one.until) for at, one in closed.items()}
    )
    blocked = _frequency(portfolio, grounds, calendar, told.open | apart)
    left, stopped_by = _without_blocked(hours.open, blocked, ids)
    left = duties.keep_serving(left)
    told.note_each(told.open & ~left.any(axis=(1, 2)), stopped_by)
    allowed, withheld = (left & who[:, None, None] for who in (told.open, apart))
    shifts = np.array([calendar.shift_of(ground.zone) for ground in grounds.all], np.int64)[grounds.of]
    if apart.any():
        blocked = blocked[~blocked["debtor_id"].isin(ids[apart])]
    why = (told.because, told.rule, told.until)
    return Eligibility(allowed, withheld, shifts, *why, blocked, duties.rule, duties.until)


def _stops(debtors: pd.DataFrame, grounds: Grounds, calendar: Calendar, told: Told) -> None:
    """What ends all contact: the debtor's flag, or a reason that does by itself, such as a lawsuit."""
    reason = debtors["do_not_contact_reason"].to_numpy(object)
    reason = np.where(pd.isna(reason), "do_not_contact", reason)
    told.note_rules(debtors["do_not_contact"].to_numpy(bool), "do_not_contact", reason)
    stops = find_stops(debtors, grounds, calendar)
    told.note_rules(~pd.isna(stops), "do_not_contact", stops)


def _own_state(debtors: pd.DataFrame, calendar: Calendar, told: Told) -> None:
    """What the debtor's own state says: promise, dispute, or a payment that is not due yet.

    A promise is left in peace until its day; on that day it is followed up, and once broken it protects nobody.
    """
    collected, due_now, promised, disputed, days = read_floats(debtors, _OWN_STATE).T
    nothing, is_due = collected <= 0, due_now > 0
    promise_due_on = read_days(debtors["promise_due_on"]).astype(object)
    told.note(nothing & (promised > 0) & ~is_due, "promise_open", "promises", promise_due_on)
    told.note(nothing & (disputed > 0), "dispute_open", "disputes")
    ahead = calendar.settings.policy.pre_due_days
    until = (read_days(debtors["next_due_on"]) - ahead).astype(object)
    told.note(((days < -ahead) | nothing) & ~is_due, "awaiting_payment", "policy.pre_due_days", until)


def control_period(day: date, length: int) -> tuple[date, date]:
    """The control period of `length` days that a day lies in: its first day, and the first day after it."""
    start = day.toordinal() // length * length
    return date.fromordinal(max(start, 1)), date.fromordinal(start + length)


def _set_apart(debtors: pd.DataFrame, calendar: Calendar, told: Told, duties: Duties) -> Mask:
    """The control group: who is left alone to measure what contact adds.

    The law stands above the experiment: who is owed a contact is no part of it.
    """
    length = calendar.settings.policy.control_period_days
    start, ends = control_period(calendar.work_date, length)
    period = start.toordinal() // length
    apart = told.open & _control_group(debtors, calendar.settings, period) & pd.isna(duties.rule)
    told.note(apart, "control_group", f"control.{period}", ends)
    return apart


def _control_group(debtors: pd.DataFrame, settings: Settings, period: int) -> Mask:
    share = settings.policy.control_group
    return np.asarray(draw(debtors["debtor_id"], "control", settings.policy.salt, period) < share)


def _channels(portfolio: Portfolio, grounds: Grounds, calendar: Calendar, told: Told) -> Mask:
    """Channels that reach each debtor, that the team works and the law knows; who has none is told why."""
    settings = calendar.settings
    consented, opted_out = _contact_points(portfolio)
    known = consented
    if not portfolio.has_contact_points:
        known = np.broadcast_to([channel in settings.policy.default_channels for channel in CHANNELS], consented.shape)
    jurisdictions = [calendar.place(ground) for ground in grounds.all]
    strict = [[channel in needs_consent(one) for channel in CHANNELS] for one in jurisdictions]
    lawful = [[forbids(one, channel) is None for channel in CHANNELS] for one in jurisdictions]
    worked = np.array([_is_worked(settings, channel) for channel in CHANNELS])
    shape = (len(grounds.all), len(CHANNELS))
    asks, opens = (np.array(rows, bool).reshape(shape)[grounds.of] for rows in (strict, lawful))
    usable = known & worked & opens & (~asks | consented)
    none = ~usable.any(axis=1)
    told.note(none & opted_out, "opted_out", "contact_points.opted_out")
    told.note(none, "no_channel", "contact_points")
    return np.asarray(usable)


def _contact_points(portfolio: Portfolio) -> tuple[Mask, Mask]:
    """Channels (debtor, channel) with a contact point that works; and who refused any."""
    points, n = portfolio.contact_points, len(portfolio.debtors)
    row = find_places(points["debtor_id"], portfolio.debtors["debtor_id"])
    place = find_places(points["channel"], CHANNELS)
    here = (row >= 0) & (place >= 0)
    refused = here & read_flags(points["opted_out"], unknown=False)
    works = here & read_flags(points["valid"], unknown=True) & ~refused
    usable, opted_out = np.zeros((n, len(CHANNELS)), bool), np.zeros(n, bool)
    usable[row[works], place[works]] = True
    opted_out[row[refused]] = True
    return usable, opted_out


def _is_worked(settings: Settings, channel: str) -> bool:
    """Whether the team has any capacity for a channel."""
    own = settings.channels[channel]
    return own.capacity_per_hour != 0 and own.capacity_per_day != 0


def _frequency(portfolio: Portfolio, grounds: Grounds, calendar: Calendar, is_open: Mask) -> pd.DataFrame:
    places, jurisdictions = places_of(grounds, calendar)
    ids = portfolio.debtors["debtor_id"].to_numpy()
    debtors = pd.DataFrame({"debtor_id": ids[is_open], "place": places[is_open]}, dtype=object)
    return blocked_by_frequency(jurisdictions, debtors, portfolio.attempts, calendar.work_date)


def _without_blocked(
    opened: Mask, blocked: pd.DataFrame, ids: NDArray[np.object_]
) -> tuple[Mask, dict[int, tuple[str, str | None, date | None]]]:
    """What frequency leaves; and by position, the rule and day of the blocked channel that comes free first."""
    if not len(blocked):
        return opened, {}
    row, place = find_places(blocked["debtor_id"], ids), find_places(blocked["channel"], CHANNELS)
    left = opened.copy()
    left[row, place] = False
    usable = blocked.assign(row=row)[np.asarray(opened.any(axis=2))[row, place]]
    first = usable.sort_values(["until", "rule"], kind="stable").drop_duplicates("row")
    days = read_days(first["until"]).astype(object)
    return left, {
        int(at): ("frequency_limit", str(rule), until)
        for at, rule, until in zip(first["row"], first["rule"], days, strict=True)
    }
