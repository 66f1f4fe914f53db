"""One contact judged: the rule that speaks, until when, and what is told of what is not known."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from recobro_data.contact_rules import Rulebook, load_rulebook, zones_of
from recobro_data.contact_rules.verdict import Contact, Tried, Verdict, judge_contact
from recobro_data.errors import RulesError, UsageError
from recobro_pipelines.rules_check import Debtor, check_contact, tell_check


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    return load_rulebook()


def judge(country: str, at: str, channel: str = "call", **given: Any) -> Verdict:
    law = rulebook().for_place(country, given.pop("region", None))
    zones = zones_of(country, given.pop("zone", None), law)
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zones[0]))
    return judge_contact(rulebook(), law, Contact(channel, moment, zones, **given))


def until(verdict: Verdict) -> str:
    return verdict.speaks.until.isoformat() if verdict.speaks.until else ""


def test_an_allowed_contact_names_its_hours_and_when_they_end() -> None:
    verdict = judge("PE", "2026-11-25T10:00")
    assert (verdict.allowed, verdict.speaks.rule, until(verdict)) == (
        True,
        "PE.windows.call",
        "2026-11-25T20:00:00-05:00",
    )


@pytest.mark.parametrize(
    ("at", "rule", "opens"),
    [
        ("2026-11-25T06:30", "PE.windows.call", "2026-11-25T07:00:00-05:00"),
        ("2026-11-27T20:00", "PE.windows.call", "2026-11-30T07:00:00-05:00"),
        ("2026-12-08T10:00", "PE.holiday", "2026-12-10T07:00:00-05:00"),
    ],
)
def test_a_closed_moment_names_the_instant_of_the_next_opening(at: str, rule: str, opens: str) -> None:
    verdict = judge("PE", at)
    assert (verdict.allowed, verdict.speaks.rule, until(verdict)) == (False, rule, opens)


def test_a_cap_names_the_day_on_which_it_ends() -> None:
    verdict = judge("CL", "2026-11-25T12:00", region="RM", history=(Tried("visit", date(2026, 11, 20)),))
    assert (verdict.speaks.rule, until(verdict)) == ("CL.limits.call_or_visit_week", "2026-11-27")


def test_what_ends_all_contact_speaks_before_everything_else() -> None:
    verdict = judge("CO", "2026-11-29T03:00", reason="insolvency")
    assert verdict.speaks.rule == "CO.stops.insolvency"
    assert [one.rule for one in verdict.asked if not one.allows][:3] == [
        "CO.stops.insolvency", "CO.consent.call", "CO.windows.call"
    ]  # fmt: skip


def test_the_flag_stands_above_everything_and_an_opt_out_next() -> None:
    verdict = judge("PE", "2026-11-25T10:00", do_not_contact=True, reason="vulnerable", opted_out=True)
    assert [one.rule for one in verdict.asked if not one.allows] == ["vulnerable", "contact_points.opted_out"]


def test_hours_that_the_debtor_asked_for_are_asked_too() -> None:
    verdict = judge("PE", "2026-11-25T10:00", prefer=("18:00", "20:00"))
    assert (verdict.allowed, verdict.speaks.rule) == (False, "debtor.preferred_hours")


def test_a_holiday_in_one_of_the_candidate_zones_closes_the_moment() -> None:
    # In Auckland's morning of 25 November it is still the 24th, a holiday in India, on Honolulu's clock.
    law = rulebook().for_place("IN", "MH")
    at = datetime(2026, 11, 25, 8, 30, tzinfo=ZoneInfo("Pacific/Auckland"))
    verdict = judge_contact(rulebook(), law, Contact("call", at, ("Pacific/Auckland", "Pacific/Honolulu")))
    assert (verdict.allowed, verdict.speaks.rule) == (False, "IN.holiday")


def test_an_instant_without_an_offset_is_refused() -> None:
    law = rulebook().for_place("PE", None)
    with pytest.raises(UsageError, match="Expected an instant with an offset"):
        judge_contact(rulebook(), law, Contact("call", datetime(2026, 11, 25, 10), ("America/Lima",)))  # noqa: DTZ001


def test_rules_past_their_date_are_refused() -> None:
    with pytest.raises(RulesError, match=r"GT\.yaml line \d+ to be used on 2027-06-01"):
        judge("GT", "2027-06-01T10:00")


def told(country: str, *, region: str | None = None, zone: str | None = None, language: str = "en") -> dict[str, Any]:
    debtor = Debtor("", country, region, zone)
    checked = check_contact(rulebook(), debtor, channel="call", at="2026-11-25T12:00")
    return tell_check(rulebook(), checked, language)


@pytest.mark.parametrize(
    ("country", "region", "zone", "said"),
    [
        ("CL", "RM", None, "all 4 zones"),
        ("CL", None, "America/Santiago", "the holidays of all hold"),
        ("BR", None, "America/Sao_Paulo", "BR-AL, BR-AM, BR-ES, BR-RJ, BR-SP"),
        ("US", "NY", "America/New_York", "city is not known; this holds too: US-NYC"),
        ("HN", None, None, "no rules of its own"),
    ],
)
def test_what_is_read_strictly_because_it_is_not_known_is_told(
    country: str, region: str | None, zone: str | None, said: str
) -> None:
    assert said in " ".join(told(country, region=region, zone=zone)["notes"])


def test_nothing_is_said_of_what_is_known() -> None:
    assert told("CL", region="RM", zone="America/Santiago")["notes"] == []


@pytest.mark.parametrize(
    ("language", "said"), [("es", "hora del deudor"), ("pt", "hora do devedor"), ("en", "debtor's")]
)
def test_each_rule_that_was_asked_is_told_in_words(language: str, said: str) -> None:
    asked = told("PE", language=language)["asked"]
    assert [one["rule"] for one in asked] == ["PE.windows.call", "PE.limits.policy_day", "PE.limits.policy_week"]
    assert said in asked[0]["says"]


def test_an_instant_with_an_offset_is_told_on_the_debtors_clock() -> None:
    checked = check_contact(rulebook(), Debtor("", "PE"), channel="call", at="2026-11-25T12:00+00:00")
    assert checked.contact.at.isoformat() == "2026-11-25T07:00:00-05:00"


@pytest.mark.parametrize(("channel", "at"), [("pigeon", "2026-11-25T12:00"), ("call", "tomorrow")])
def test_words_that_are_no_channel_or_instant_are_refused(channel: str, at: str) -> None:
    with pytest.raises(UsageError, match="Expected a"):
        check_contact(rulebook(), Debtor("", "PE"), channel=channel, at=at)
