from __future__ import annotations

from datetime import date, timedelta

import pytest

from recobro_data.contact_rules import Rulebook, load_rulebook, open_windows, zones_of
from recobro_data.errors import RulesError


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


LIMA, BOGOTA, SANTIAGO = "America/Lima", "America/Bogota", "America/Santiago"


@pytest.mark.parametrize(
    ("country", "day", "because", "rule", "until"),
    [
        ("PE", date(2026, 7, 28), "holiday", "PE.holiday", date(2026, 7, 30)),
        ("PE", date(2026, 7, 25), "outside_lawful_hours", "PE.windows.call", date(2026, 7, 27)),
        ("CO", date(2026, 7, 13), "holiday", "CO.holiday", date(2026, 7, 14)),
        ("MX", date(2026, 9, 16), "holiday", "MX.holiday", date(2026, 9, 17)),
    ],
)
def test_a_closed_day_says_why_by_which_rule_and_until_when(
    rulebook: Rulebook, country: str, day: date, because: str, rule: str, until: date
) -> None:
    place = rulebook.for_place(country, None)
    opening = open_windows(place, zones_of(country, None, place), day, "call")
    assert (opening.because, opening.rule, opening.until) == (because, rule, until)


def test_hours_are_those_wholly_open(rulebook: Rulebook) -> None:
    lima = rulebook.for_place("PE", None)
    opening = open_windows(lima, (LIMA,), date(2026, 7, 27), "call", team_hours="08:30-12:15")
    assert opening.hours == (9, 10, 11)


def test_a_channel_that_no_rule_opens_is_never_open_again(rulebook: Rulebook) -> None:
    opening = open_windows(rulebook.for_place("CO", None), (BOGOTA,), date(2026, 7, 14), "visit")
    assert (opening.rule, opening.until) == ("CO.forbidden.home_visit", None)


def test_team_hours_are_read_on_the_clock_of_the_team(rulebook: Rulebook) -> None:
    lima = rulebook.for_place("PE", None)
    day = date(2026, 7, 27)
    opening = open_windows(lima, (LIMA,), day, "call", team_hours="09:00-13:00", team_zone="Europe/Madrid")
    assert [(w.start.isoformat()[11:16], w.end.isoformat()[11:16]) for w in opening.windows] == []
    assert opening.rule == "team.hours"


def test_a_team_that_works_into_its_next_day_still_meets_the_debtors_afternoon(rulebook: Rulebook) -> None:
    lima = rulebook.for_place("PE", None)
    opening = open_windows(
        lima, (LIMA,), date(2026, 7, 27), "call", team_hours="00:00-02:00", team_zone="Europe/Madrid"
    )
    assert opening.hours == (17, 18)


@pytest.mark.parametrize(
    ("prefer", "hours"),
    [
        (("18:00", None), (18, 19)),
        ((None, "09:00"), (7, 8)),
        (("19:00", "08:00"), (7, 19)),
        (("18:30", "20:00"), (19,)),
        (("00:00", "00:00"), tuple(range(7, 20))),
    ],
)
def test_the_hours_a_debtor_asked_for_narrow_the_day(
    rulebook: Rulebook, prefer: tuple[str | None, str | None], hours: tuple[int, ...]
) -> None:
    opening = open_windows(rulebook.for_place("PE", None), (LIMA,), date(2026, 7, 27), "call", prefer=prefer)
    assert opening.hours == hours


@pytest.mark.parametrize("prefer", [("21:00", "23:00"), ("10:00", "10:00")])
def test_preferred_hours_that_meet_no_lawful_hour_close_the_day(rulebook: Rulebook, prefer: tuple[str, str]) -> None:
    opening = open_windows(rulebook.for_place("PE", None), (LIMA,), date(2026, 7, 27), "call", prefer=prefer)
    assert (opening.because, opening.rule) == ("outside_lawful_hours", "debtor.preferred_hours")
    assert opening.until is None


def test_chile_without_a_zone_waits_for_easter_island(rulebook: Rulebook) -> None:
    chile = rulebook.for_place("CL", "RM")
    zones = zones_of("CL", None, chile)
    assert open_windows(chile, zones, date(2026, 9, 22), "call").hours == tuple(range(10, 20))


def test_brazil_without_a_zone_keeps_the_hours_lawful_from_noronha_to_acre(rulebook: Rulebook) -> None:
    brazil = rulebook.for_place("BR", None)
    assert open_windows(brazil, zones_of("BR", None, brazil), date(2026, 9, 10), "call").hours == tuple(range(11, 18))


def test_mexico_without_a_zone_keeps_the_hours_lawful_from_cancun_to_tijuana(rulebook: Rulebook) -> None:
    mexico = rulebook.for_place("MX", None)
    winter, summer = date(2026, 1, 15), date(2026, 7, 15)
    zones = zones_of("MX", None, mexico)
    assert open_windows(mexico, zones, winter, "call").hours == tuple(range(9, 21))
    assert open_windows(mexico, zones, summer, "call").hours == tuple(range(8, 21))  # the border keeps summer time


@pytest.mark.parametrize(
    ("day", "offset_hours"),
    [(date(2026, 4, 2), -3), (date(2026, 4, 6), -4), (date(2026, 9, 4), -4), (date(2026, 9, 7), -3)],
)
def test_windows_follow_the_clock_changes_of_chile(rulebook: Rulebook, day: date, offset_hours: int) -> None:
    window = open_windows(rulebook.for_place("CL", "RM"), (SANTIAGO,), day, "call").windows[0]
    assert window.start.utcoffset() == timedelta(hours=offset_hours)
    assert window.start.hour == 8


def test_magallanes_without_clock_change_agrees_with_santiago_only_in_part_of_winter_days(rulebook: Rulebook) -> None:
    chile = rulebook.for_place("CL", "MA")
    opening = open_windows(chile, (SANTIAGO, "America/Punta_Arenas"), date(2026, 7, 22), "call")
    assert opening.hours == tuple(range(8, 19))


def test_a_debtor_without_any_known_zone_is_left_alone(rulebook: Rulebook) -> None:
    nowhere = rulebook.for_place(None, None)
    opening = open_windows(nowhere, zones_of("", None, nowhere), date(2026, 7, 27), "call")
    assert (opening.windows, opening.rule) == ((), "DEFAULT.zones")


def test_a_place_without_a_holiday_calendar_is_left_alone(rulebook: Rulebook) -> None:
    nowhere = rulebook.for_place("ZZ", None)
    opening = open_windows(nowhere, (LIMA,), date(2026, 7, 27), "call")
    assert (opening.because, opening.rule, opening.until) == ("holiday", "DEFAULT.holiday", None)


def test_rules_past_their_day_fail_naming_the_file_and_the_day(rulebook: Rulebook) -> None:
    with pytest.raises(RulesError, match=r"after 2027-08-21, found PE\.yaml line 11 to be used on 2027-08-22"):
        open_windows(rulebook.for_place("PE", None), (LIMA,), date(2027, 8, 22), "call")


def test_rules_hold_on_their_last_day(rulebook: Rulebook) -> None:
    rulebook.for_place("PE", None).check_in_force(date(2027, 8, 21))


def test_team_hours_that_are_none_are_refused(rulebook: Rulebook) -> None:
    with pytest.raises(RulesError, match="Expected hours that read HH:MM-HH:MM, found '9-18'"):
        open_windows(rulebook.for_place("PE", None), (LIMA,), date(2026, 7, 27), "call", team_hours="9-18")


def test_a_team_zone_that_is_none_is_refused(rulebook: Rulebook) -> None:
    with pytest.raises(RulesError, match="Expected an IANA time zone"):
        open_windows(rulebook.for_place("PE", None), (LIMA,), date(2026, 7, 27), "call", team_zone="Lima")
