"""Whatever the place, the clock and the team: a window that is allowed lies inside what the law and the wish open."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import build_attempts, build_calendar, build_owing, build_points, build_settings

from recobro_data.contact_rules import open_windows, zones_of
from recobro_data.vocabulary import CHANNELS
from recobro_data.zones import principal_zone
from recobro_models.decision.eligibility import Portfolio, check_eligibility
from recobro_models.decision.lawful import find_clocks
from recobro_models.decision.worklist import window_at

#: Country, region and the zone that was given; among them regions with clocks of their own and a country without rules.
PLACES = (
    ("PE", None, None), ("CO", None, "America/Bogota"), ("CL", None, None), ("CL", None, "Pacific/Easter"),
    ("MX", None, None), ("MX", None, "America/Tijuana"), ("MX", "SON", None), ("BR", None, None), ("BR", "AM", None),
    ("BR", "SP", "America/Sao_Paulo"), ("BR", "AM", "America/Eirunepe"), ("CA", None, None), ("AU", None, None),
    ("US", None, "America/New_York"), ("IN", None, None),
)  # fmt: skip
HOURS = st.sampled_from(["00:00-24:00", "08:00-20:00", "07:30-12:45", "18:00-23:00"])
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
WISH = st.sampled_from([(None, None), ("10:00", "13:00"), ("20:00", "08:00"), (None, "09:30")])


@settings(max_examples=25, deadline=None)
@given(
    places=st.lists(st.sampled_from(PLACES), min_size=1, max_size=4), hours=HOURS, wish=WISH, day=DAYS,
    team_zone=st.sampled_from(["America/Lima", "America/Santiago", "Europe/Madrid"]),
)  # fmt: skip
def test_no_window_lies_outside_the_law_of_its_place(places, hours, wish, day, team_zone) -> None:  # type: ignore[no-untyped-def]
    given_zones = [zone or principal_zone(country) for country, _, zone in places]
    country, region, timezone = (list(column) for column in zip(*places, strict=True))
    debtors = build_owing(len(places), country=country, region=region, timezone=timezone, zone=given_zones)
    calendar = build_calendar(build_settings(channels={"call": {"hours": hours}}), day, team_zone)
    debtors = debtors.assign(zone=find_clocks(debtors, calendar.rulebook))
    points = build_points(debtors["debtor_id"], CHANNELS, prefer_from=wish[0], prefer_to=wish[1])
    eligibility = check_eligibility(Portfolio(debtors, points, True, build_attempts()), calendar)
    for position, channel, hour in zip(*eligibility.allowed.nonzero(), strict=True):
        law = calendar.rulebook.for_place(country[position], region[position])
        opening = open_windows(law, zones_of(country[position], timezone[position], law), day, CHANNELS[channel])
        clock = debtors["zone"].iloc[position]
        start, end = window_at(clock, day, int(hour + eligibility.shift[position]))
        assert any(one.start <= start and end <= one.end for one in opening.windows)
        assert is_wished(f"{start:%H:%M}", f"{end:%H:%M}".replace("00:00", "24:00"), wish)


def is_wished(start: str, end: str, wish: tuple[str | None, str | None]) -> bool:
    """Whether an hour of the debtor's own clock lies in the hours asked for."""
    first, last = wish[0] or "00:00", wish[1] or "24:00"
    return (first <= start and end <= last) if first < last else (end <= last or first <= start)
