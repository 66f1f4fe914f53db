"""When a debtor may be contacted on a day: lawful in every zone he may live in, and inside the team's hours.

>>> from recobro_data.contact_rules import load_rulebook
>>> peru = load_rulebook().for_place("PE", None)
>>> open_windows(peru, ("America/Lima",), date(2026, 7, 27), "call", team_hours="18:00-22:00").hours
(18, 19)
>>> open_windows(peru, ("America/Lima",), date(2026, 7, 28), "call").rule
'PE.holiday'
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from recobro_data.contact_rules.form import Span, read_span
from recobro_data.contact_rules.rulebook import Jurisdiction, forbids, open_spans
from recobro_data.contact_rules.zones import Instants, check_zone, intersect, join, local_time, to_instants
from recobro_data.errors import RulesError

Prefer = tuple[str | None, str | None]

SEARCH_DAYS: Final = 30
TEAM_HOURS: Final = "team.hours"
PREFERRED_HOURS: Final = "debtor.preferred_hours"


@dataclass(frozen=True)
class Window:
    """A stretch of time, half open, on the clock of the debtor's principal zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Opening:
    """When a channel is open on a day.

    `hours` are local hours h for which h:00 to h+1:00 is wholly open. Without windows `because` is
    `outside_lawful_hours` or `holiday`, `rule` the rule that decided, and `until` the next day with an opening
    (None: none within 30 days).
    """

    windows: tuple[Window, ...] = ()
    hours: tuple[int, ...] = ()
    because: str | None = None
    rule: str | None = None
    until: date | None = None


@dataclass(frozen=True)
class _Ask:
    """What one opening depends on, the day aside."""

    jurisdiction: Jurisdiction
    zones: tuple[str, ...]
    channel: str
    team: tuple[Span, str]
    preferred: tuple[Span, ...]


def open_windows(
    jurisdiction: Jurisdiction,
    zones: tuple[str, ...],
    work_date: date,
    channel: str,
    *,
    team_hours: str = "00:00-24:00",
    team_zone: str | None = None,
    prefer: Prefer = (None, None),
) -> Opening:
    """When the channel may be used on `work_date`, a date of the principal zone (the first of `zones`).

    Lawful in all candidate zones at once, inside `team_hours` on the clock of `team_zone` (without it: the principal
    one), and inside the hours the debtor asked for. Consent and frequency are other questions.

    Raises:
        RulesError: the rules are past their `holds_until`, hours do not read HH:MM, or a zone is no IANA name.
    """
    jurisdiction.check_in_force(work_date)
    if not zones:
        return Opening(because="outside_lawful_hours", rule=f"{jurisdiction.id}.zones")
    for zone in (*zones, team_zone or zones[0]):
        check_zone(zone)
    team = (_read("HH:MM-HH:MM", team_hours), team_zone or zones[0])
    return _opening(_Ask(jurisdiction, zones, channel, team, _preferred(prefer)), work_date)


@lru_cache(maxsize=65536)
def _opening(ask: _Ask, work_date: date) -> Opening:
    windows = _open(ask, work_date)
    if not windows:
        because, rule = _why_closed(ask, work_date)
        return Opening(because=because, rule=rule, until=_next_open(ask, work_date))
    return Opening(
        tuple(_window(span, ask.zones[0]) for span in windows), _whole_hours(windows, ask.zones[0], work_date)
    )


def _open(ask: _Ask, day: date) -> Instants:
    return intersect(_with_team(ask, day), _in_zone(ask.preferred, ask.zones[0], day))


def _with_team(ask: _Ask, day: date) -> Instants:
    span, zone = ask.team
    team = join([found for near in _around(day) if (found := to_instants(near, span, zone))])
    return intersect(_lawful(ask.jurisdiction, ask.zones, ask.channel, day), team)


@lru_cache(maxsize=16384)
def _lawful(jurisdiction: Jurisdiction, zones: tuple[str, ...], channel: str, day: date) -> Instants:
    """Instants of the principal zone's day at which every zone's own clock and date allow the channel."""
    lawful = _in_zone(((0, 1440),), zones[0], day)
    for zone in zones:
        spans = [_in_zone(_spans_on(jurisdiction, channel, near), zone, near) for near in _around(day)]
        lawful = intersect(lawful, join([span for instants in spans for span in instants]))
    return lawful


def _spans_on(jurisdiction: Jurisdiction, channel: str, day: date) -> tuple[Span, ...]:
    return () if _is_closed_holiday(jurisdiction, day) else open_spans(jurisdiction, channel, day.weekday())


def _is_closed_holiday(jurisdiction: Jurisdiction, day: date) -> bool:
    return not jurisdiction.contacts_on_holidays and jurisdiction.calendar.has(day)


def _around(day: date) -> tuple[date, date, date]:
    """Other zones, and a team elsewhere, may still be on the day before or already on the next."""
    return day - timedelta(days=1), day, day + timedelta(days=1)


def _in_zone(spans: tuple[Span, ...], zone: str, day: date) -> Instants:
    return join([found for span in spans if (found := to_instants(day, span, zone))])


def _why_closed(ask: _Ask, day: date) -> tuple[str, str]:
    law, channel = ask.jurisdiction, ask.channel
    never = forbids(law, channel)
    if never:
        return "outside_lawful_hours", never
    if _lawful(law, ask.zones, channel, day):
        return "outside_lawful_hours", PREFERRED_HOURS if _with_team(ask, day) else TEAM_HOURS
    if _is_closed_holiday(law, day) and open_spans(law, channel, day.weekday()):
        return "holiday", law.holiday_rule
    closing = (layer for layer, hours in law.hours_of(channel) if hours and not hours.days[day.weekday()])
    return "outside_lawful_hours", f"{next(closing, law.hours_of(channel)[0][0])}.windows.{channel}"


def _next_open(ask: _Ask, day: date) -> date | None:
    if forbids(ask.jurisdiction, ask.channel):
        return None
    ahead = (day + timedelta(days=days) for days in range(1, SEARCH_DAYS + 1))
    return next((later for later in ahead if _open(ask, later)), None)


def _window(span: tuple[int, int], zone: str) -> Window:
    return Window(local_time(span[0], zone), local_time(span[1], zone))


def _whole_hours(windows: Instants, zone: str, day: date) -> tuple[int, ...]:
    found = ((hour, to_instants(day, (hour * 60, hour * 60 + 60), zone)) for hour in range(24))
    return tuple(hour for hour, span in found if span and any(a <= span[0] and span[1] <= b for a, b in windows))


def _preferred(prefer: Prefer) -> tuple[Span, ...]:
    """The hours a debtor asked for: 20:00 to 08:00 runs over midnight, a missing end is the day's own."""
    start, end = prefer[0] or "00:00", prefer[1] or "24:00"
    end = "24:00" if end == "00:00" else end
    if start < end:
        return (_read("HH:MM", f"{start}-{end}"),)
    parts = (_read("HH:MM", f"00:00-{end}"), _read("HH:MM", f"{start}-24:00"))
    return () if start == end else parts


def _read(form: str, text: str) -> Span:
    try:
        return read_span(text)
    except ValueError as error:
        raise RulesError(f"hours that read {form}", repr(text), "Mend the hours.") from error
