"""Every quarter of an hour asked of every zone's clock, against the windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_data.contact_rules import Jurisdiction, Opening, Rulebook, load_rulebook, open_windows, zones_of

PLACES = [
    ("PE", None),
    ("CO", None),
    ("CL", None),
    ("CL", "NB"),
    ("MX", None),
    ("BR", None),
    ("BR", "AM"),
    ("EC", None),
]
CHANNELS = ("call", "sms", "whatsapp", "email", "visit")
days = st.dates(date(2026, 1, 1), date(2027, 5, 20))


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    return load_rulebook()


def lawful(law: Jurisdiction, channel: str, local: datetime) -> bool:
    entry = law.layers[0]
    hours = entry.hours_of(channel)
    if hours is None or law.calendar.has(local.date()) or ("home_visit" in law.forbidden and channel == "visit"):
        return False
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.days[local.weekday()])


def covers(opening: Opening, at: datetime) -> bool:
    return any(window.start.astimezone(UTC) <= at < window.end.astimezone(UTC) for window in opening.windows)


@settings(max_examples=70, deadline=None)
@given(place=st.sampled_from(PLACES), day=days, channel=st.sampled_from(CHANNELS))
def test_windows_hold_exactly_the_moments_lawful_on_every_clock(
    place: tuple[str, str | None], day: date, channel: str
) -> None:
    law = rulebook().for_place(*place)
    zones = zones_of(place[0], None, law)
    opening = open_windows(law, zones, day, channel)
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zones[0])).astimezone(UTC)
    for at in (start + timedelta(minutes=15 * quarter) for quarter in range(-40, 150)):
        everywhere = all(lawful(law, channel, at.astimezone(ZoneInfo(zone))) for zone in zones)
        on_the_day = at.astimezone(ZoneInfo(zones[0])).date() == day
        assert covers(opening, at) is (everywhere and on_the_day), at


@settings(max_examples=40, deadline=None)
@given(place=st.sampled_from(PLACES), day=days, channel=st.sampled_from(CHANNELS))
def test_a_closed_day_names_the_next_open_one_and_an_open_day_names_none(
    place: tuple[str, str | None], day: date, channel: str
) -> None:
    law = rulebook().for_place(*place)
    zones = zones_of(place[0], None, law)
    opening = open_windows(law, zones, day, channel)
    ahead = [day + timedelta(days=n) for n in range(1, 31) if day + timedelta(days=n) <= law.holds_until]
    following = next((later for later in ahead if open_windows(law, zones, later, channel).windows), None)
    expected = None if opening.windows else following
    assert opening.until == expected or (expected is None and ahead[-1] == law.holds_until)
    assert (opening.because is None) is bool(opening.windows)


@settings(max_examples=40, deadline=None)
@given(
    place=st.sampled_from(PLACES),
    day=days,
    team=st.tuples(st.integers(0, 22), st.integers(1, 23)).map(sorted).filter(lambda pair: pair[0] < pair[1]),
    zone=st.sampled_from(["America/Lima", "Europe/Madrid", "Asia/Tokyo", None]),
)
def test_narrower_hours_never_open_a_moment(
    place: tuple[str, str | None], day: date, team: list[int], zone: str | None
) -> None:
    law = rulebook().for_place(*place)
    zones = zones_of(place[0], None, law)
    narrow = open_windows(law, zones, day, "call", team_hours=f"{team[0]:02d}:00-{team[1]:02d}:00", team_zone=zone)
    wide = open_windows(law, zones, day, "call")
    assert all(covers(wide, window.start.astimezone(UTC)) for window in narrow.windows)
    assert set(narrow.hours) <= set(wide.hours)
